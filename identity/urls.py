from django.contrib.auth import views as auth_views
from django.urls import path

from identity import factor_views, views

urlpatterns = [
    path("login/", views.LoginView.as_view(), name="login"),
    path("logout/", auth_views.LogoutView.as_view(), name="logout"),
    path("password/", views.PasswordView.as_view(), name="password"),
    path("second/", factor_views.second_factor, name="second_factor"),
    path("prove/", factor_views.prove, name="prove"),
    path("factors/", factor_views.factors, name="factors"),
    path("factors/totp/", factor_views.factor_totp, name="factor_totp"),
    path("factors/totp/end/", factor_views.factor_totp_end, name="factor_totp_end"),
    path("factors/passkeys/", factor_views.passkey_new, name="passkey_new"),
    path("factors/passkeys/<int:pk>/end/", factor_views.passkey_end, name="passkey_end"),
    path("factors/codes/", factor_views.factor_codes, name="factor_codes"),
    path("factors/resets/", factor_views.factor_resets, name="factor_resets"),
    path("factors/resets/<int:pk>/", factor_views.factor_reset_settle, name="factor_reset_settle"),
    path("appearance/", views.appearance, name="appearance"),
    path("sessions/", views.sessions, name="sessions"),
    path("sessions/<str:handle>/end/", views.session_end, name="session_end"),
]

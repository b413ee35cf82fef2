from django.contrib.auth import views as auth_views
from django.urls import path

from identity import views

urlpatterns = [
    path("login/", views.LoginView.as_view(), name="login"),
    path("logout/", auth_views.LogoutView.as_view(), name="logout"),
    path("password/", views.PasswordView.as_view(), name="password"),
    path("sessions/", views.sessions, name="sessions"),
    path("sessions/<str:handle>/end/", views.session_end, name="session_end"),
]

from django.contrib.auth import views
from django.urls import path

from accounts.views import LoginView, PasswordView

urlpatterns = [
    path("login/", LoginView.as_view(), name="login"),
    path("logout/", views.LogoutView.as_view(), name="logout"),
    path("password/", PasswordView.as_view(), name="password"),
]

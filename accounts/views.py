from django.contrib.auth import views
from django.shortcuts import redirect
from django.urls import reverse

from accounts import known_browsers
from accounts.forms import LoginForm, PasswordForm
from accounts.models import User


class LoginView(views.LoginView):
    """Django's, and the browser is remembered as one that this name comes in by."""

    template_name = "accounts/login.html"
    authentication_form = LoginForm
    redirect_authenticated_user = True

    def get(self, request, *args, **kwargs):
        """While nobody has an account, to the set-up."""
        if not User.objects.filter(is_service=False).exists():
            return redirect("setup")
        return super().get(request, *args, **kwargs)

    def get_redirect_url(self):
        """Where `next` says, but not to this page again: Django takes that for a fault."""
        found = super().get_redirect_url()
        return "" if found.partition("?")[0].endswith(reverse("login")) else found

    def form_valid(self, form):
        response = super().form_valid(form)
        known_browsers.remember(self.request, response, form.get_user().get_username())
        return response


class PasswordView(views.PasswordChangeView):
    """Django's; the old password is guarded as at the login."""

    template_name = "accounts/password.html"
    form_class = PasswordForm
    success_url = "/"

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"request": self.request}

from django.contrib.auth import views

from accounts import desks
from accounts.forms import LoginForm


class LoginView(views.LoginView):
    """Django's, and the browser is remembered as one that this name comes in by."""

    template_name = "accounts/login.html"
    authentication_form = LoginForm
    redirect_authenticated_user = True

    def form_valid(self, form):
        response = super().form_valid(form)
        desks.remember(self.request, response, form.get_user().get_username())
        return response

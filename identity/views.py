"""The way in, the own password, and the own logins."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import views
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from accounts.models import User
from identity.actions import end_other_sessions, end_session, record_password
from identity.arrival import providers
from identity.entry import OWES, settle_owed, take_first_proof
from identity.forms import LoginForm, PasswordForm
from identity.models import LoginSession
from identity.passwords import why_new
from identity.preferences import choose_appearance
from lib.web.addresses import own_address


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

    def get_context_data(self, **kwargs):
        """The other ways in; and why a directory that took the password refuses the person."""
        refused = getattr(self.request, "way_in_refused", "")
        has_form = settings.LOCAL_PASSWORDS or settings.LDAP_URL
        return super().get_context_data(providers=providers(), has_form=has_form, refused=refused, **kwargs)

    def form_valid(self, form):
        return take_first_proof(self.request, form.get_user(), self.get_success_url(), by_password=True)


class PasswordView(views.PasswordChangeView):
    """Django's; the old password is guarded as at the login, and none of the last ones comes back."""

    template_name = "accounts/password.html"
    form_class = PasswordForm
    success_url = "/"

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"request": self.request}

    def get_context_data(self, **kwargs):
        owed = why_new(self.request.user) if self.request.session.get(OWES) == "password" else ""
        return super().get_context_data(why=owed, days=settings.PASSWORD_DAYS, **kwargs)

    def form_valid(self, form):
        response = super().form_valid(form)
        record_password(user=form.user, by=form.user)
        settle_owed(self.request, "password")
        return response


@require_POST
def appearance(request):
    """Light, dark, or as the system has it; kept for the person."""
    try:
        choose_appearance(request, request.user, request.POST.get("appearance", ""))
    except ValueError:
        messages.error(request, _("没有这种外观；可选：随系统、浅色、深色。"))
    return redirect(own_address(request, request.POST.get("next", "")))


@never_cache
def sessions(request):
    """Where I am logged in."""
    rows = list(LoginSession.objects.of(request.user))
    for row in rows:
        row.is_here = row.session_key == request.session.session_key
    return render(request, "identity/sessions.html", {"sessions": rows, "most": settings.SESSIONS_AT_ONCE})


@require_POST
def session_end(request, handle):
    """End one of my logins, or all the others."""
    if handle == "others":
        count = end_other_sessions(user=request.user, kept=request.session.session_key, by=request.user)
        messages.success(request, _("已结束其他{n}处登录。").format(n=count))
        return redirect("sessions")
    session = LoginSession.objects.of(request.user).filter(handle=handle).first()
    if session is None:
        raise Http404
    end_session(session=session, by=request.user)
    messages.success(request, _("已结束那一处登录。"))
    return redirect("sessions")

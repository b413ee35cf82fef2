"""The back office as a site. Who wants in comes by the one login, and changes the password on the one page for it: so
there is one form, one check of what is typed and one count of what fails, whichever door is tried."""

from django.conf import settings
from django.contrib.admin import AdminSite
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache


class OfficeSite(AdminSite):
    """Django's, without forms of its own that prove who somebody is."""

    @method_decorator([never_cache, login_not_required])
    def login(self, request, extra_context=None):
        """To the site's login, and back from there; who is in and may not come here is told so."""
        target = request.GET.get(REDIRECT_FIELD_NAME) or reverse("admin:index", current_app=self.name)
        if not request.user.is_authenticated:
            return redirect_to_login(target)
        if not self.has_permission(request):
            raise PermissionDenied
        return redirect("admin:index")

    def each_context(self, request):
        """Whether one administrator does everything is shown to whoever works here."""
        return super().each_context(request) | {"one_administrator": settings.ADMINISTRATORS == "one"}

    def index(self, request, extra_context=None):
        """The front page; the three administrators get theirs, whose links are open to them."""
        response = super().index(request, extra_context)
        if request.user.is_officer:
            response.template_name = "admin/officers.html"
        return response

    def password_change(self, request, extra_context=None):
        return redirect("password")

    def password_change_done(self, request, extra_context=None):
        return redirect("password")

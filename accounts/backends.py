from axes.backends import AxesStandaloneBackend
from axes.exceptions import AxesBackendPermissionDenied
from django.conf import settings
from django.contrib.auth.backends import ModelBackend

from accounts import known_browsers
from accounts.models import User


class OrganisationBackend(ModelBackend):
    """Fetches the user together with the organisation, which every page shows: one query, not two. The account that
    a token acts as never logs in, whatever password somebody may give it; those of the demonstration have one password
    that many know, so that over HTTPS they are out unless the operator allows them."""

    def user_can_authenticate(self, user):
        if user.is_demo and not settings.DEMO_LOGINS:
            return False
        return super().user_can_authenticate(user) and not user.is_service

    def get_user(self, user_id):
        user = User.objects.select_related("organisation").filter(pk=user_id).first()
        return user if user is not None and self.user_can_authenticate(user) else None


class LockOutBackend(AxesStandaloneBackend):
    """Lets nobody in who has guessed too often. What no request brought came from no address and is not counted."""

    def authenticate(self, request, username=None, *args, **kwargs):
        if request is None:
            return
        super().authenticate(request, username, *args, **kwargs)
        guarded = known_browsers.guarded(username, request.META.get("REMOTE_ADDR", "")) if username else ""
        if guarded and not known_browsers.is_known(request, username):
            request.axes_locked_out, request.guarded = True, guarded
            raise AxesBackendPermissionDenied(f"too many guesses ({guarded}), and a browser it never came in by")

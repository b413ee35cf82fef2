from axes.backends import AxesStandaloneBackend
from axes.exceptions import AxesBackendPermissionDenied
from django.contrib.auth.backends import ModelBackend

from accounts import known_browsers
from accounts.models import User


class OrganisationBackend(ModelBackend):
    """Fetches the user together with the organisation, which every page shows: one query, not two. The account that
    a token acts as never logs in, whatever password somebody may give it."""

    def user_can_authenticate(self, user):
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
        if username and known_browsers.is_guarded(username) and not known_browsers.is_known(request, username):
            request.axes_locked_out = request.is_name_guarded = True
            raise AxesBackendPermissionDenied("too many guesses at this name, and a browser it never came in by")

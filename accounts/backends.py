from axes.backends import AxesStandaloneBackend
from django.contrib.auth.backends import ModelBackend

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

    def authenticate(self, request, *args, **kwargs):
        return None if request is None else super().authenticate(request, *args, **kwargs)

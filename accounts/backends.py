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

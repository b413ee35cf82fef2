from django.contrib.auth.backends import ModelBackend

from accounts.models import User


class OrganisationBackend(ModelBackend):
    """Fetches the user together with the organisation, which every page shows: one query, not two."""

    def get_user(self, user_id):
        user = User.objects.select_related("organisation").filter(pk=user_id).first()
        return user if user is not None and self.user_can_authenticate(user) else None

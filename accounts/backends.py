import logging

from axes.backends import AxesStandaloneBackend
from axes.exceptions import AxesBackendPermissionDenied
from django.conf import settings
from django.contrib.auth.backends import ModelBackend
from django.db import DEFAULT_DB_ALIAS

from accounts import known_browsers
from accounts.models import Organisation, User
from lib.database.prepared_statements import Prepared

log = logging.getLogger(__name__)
USER_FIELDS = [field.attname for field in User._meta.concrete_fields]
OFFICE_FIELDS = [field.attname for field in Organisation._meta.concrete_fields]
READER = Prepared(
    lambda: (
        User.objects.order_by()
        .filter(pk=0)
        .values_list(*USER_FIELDS, *(f"organisation__{name}" for name in OFFICE_FIELDS))
    )
)


class OrganisationBackend(ModelBackend):
    """Fetches the user together with the organisation, which every page shows: one query, not two. The account that
    a token acts as never logs in, whatever password somebody may give it; those of the demonstration have one password
    that many know, so that over HTTPS they are out unless the operator allows them."""

    def authenticate(self, request, username=None, password=None, **kwargs):
        """By a password kept here. Where LOCAL_PASSWORDS is off, only the sealed administrator's is."""
        if not settings.LOCAL_PASSWORDS and username != settings.SEALED_ADMINISTRATOR:
            User().set_password(password)  # as much work as for a name whose password is tried
            return None
        user = super().authenticate(request, username, password, **kwargs)
        if user is not None and not settings.LOCAL_PASSWORDS:
            log.warning("The sealed administrator %s has come in by the password kept here.", username)
        return user

    def user_can_authenticate(self, user):
        # Either the three administrators come in, or the one who is all of them.
        is_divided = settings.ADMINISTRATORS == "three"
        if user.is_officer and not is_divided:
            return False
        if user.role == User.Role.ADMINISTRATOR and is_divided:
            return False
        if user.is_demo and not settings.DEMO_LOGINS:
            return False
        return super().user_can_authenticate(user) and not user.is_service

    def get_user(self, user_id):
        user = _found(user_id)
        if user is None or not self.user_can_authenticate(user):
            return None
        return user


def _found(user_id: int) -> User | None:
    """The user with the organisation as they are now. Asked at every request of a person: the query is written once."""
    for row in READER.rows(user_id):
        of_user, of_office = row[: len(USER_FIELDS)], row[len(USER_FIELDS) :]
        user = User.from_db(DEFAULT_DB_ALIAS, USER_FIELDS, of_user)
        if user.organisation_id is not None:
            user.organisation = Organisation.from_db(DEFAULT_DB_ALIAS, OFFICE_FIELDS, of_office)
        return user
    return None


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

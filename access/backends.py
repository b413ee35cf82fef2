"""The login form's other answer: the directory's password for the name that was typed."""

import logging

from django.conf import settings
from django.core.exceptions import PermissionDenied

from access.arrivals import arrive
from accounts.backends import OrganisationBackend
from identity import directory
from identity.arrival import NotTaken

log = logging.getLogger(__name__)


class DirectoryBackend(OrganisationBackend):
    """LDAP and Active Directory, where LDAP_URL names one. Who is refused here is told why on the form; while the
    directory does not answer, local accounts come in as before."""

    def authenticate(self, request, username=None, password=None, **kwargs):
        if not settings.LDAP_URL or request is None:
            return None
        try:
            arrival = directory.arrived(username or "", password or "")
            user = arrive(arrival) if arrival else None
        except directory.Unreachable as refusal:
            log.error("The directory cannot be asked: %s", refusal.__cause__)
            request.way_in_refused = refusal.words
            return None
        except NotTaken as refusal:
            request.way_in_refused = refusal.words
            raise PermissionDenied(refusal.words) from refusal
        if user is None or not self.user_can_authenticate(user):
            return None
        return user

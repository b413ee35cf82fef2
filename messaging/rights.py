"""Who may what with messages; everybody has the own preferences, lines and looks."""

from django.utils.translation import gettext as _

from accounts.models import Organisation, User
from lib.refusals import NotAllowed
from messaging.models import Delivery

OFFICE = (User.Role.ADMINISTRATOR, User.Role.MUNICIPAL)


def may_subscribe(user: User) -> bool:
    """Register programs: everybody who acts for a unit, and administrators."""
    if user.is_service:
        return False
    return user.role == User.Role.ADMINISTRATOR or user.own_unit_id is not None


def require_own(organisation: Organisation, by: User) -> None:
    """The unit's people and administrators look after its programs."""
    is_own = by.role == User.Role.ADMINISTRATOR or by.own_unit_id == organisation.pk
    if not is_own or not may_subscribe(by):
        raise NotAllowed(_("接收程序由本单位的人员或系统管理员登记和停用。"))


def may_watch(user: User) -> bool:
    """Look after the channels: the administrator, and the city's office."""
    return not user.is_service and user.role in OFFICE


def may_settle(user: User, delivery: Delivery) -> bool:
    """Send a dead letter again, or put it away: who watches, and whose program it was for."""
    if may_watch(user):
        return True
    if delivery.endpoint is None or delivery.endpoint.organisation_id != user.own_unit_id:
        return False
    return may_subscribe(user)

"""Who may do what with a matter and with a word on a number."""

from accounts.models import Organisation, User
from matters.models import Matter, Remark

Role = User.Role
LEADING = (Role.MUNICIPAL, Role.LEADER)


def may_issue(user: User) -> bool:
    """Whether this user asks units for something at all: the commission, the leaders, a county's office."""
    if user.role in LEADING:
        return True
    return user.role == Role.COUNTY and user.own_area_code is not None


def may_assign(user: User, unit: Organisation) -> bool:
    """The city asks every unit but its own, a county's office the bureaus of its county."""
    if user.role in LEADING:
        return unit.pk != user.own_unit_id
    if user.role != Role.COUNTY or user.own_area_code is None:
        return False
    return unit.kind == Organisation.Kind.BUREAU and unit.area_id == user.own_area_code


def oversees_matter(user: User, matter: Matter) -> bool:
    """Whether this user checks, returns and closes it: the city, and the county's office that issued it; nobody what
    the own unit has to do."""
    if acts_for_owner(user, matter):
        return False
    if user.role in LEADING:
        return True
    unit = user.own_unit_id
    return user.role == Role.COUNTY and unit is not None and unit == matter.issuer_id


def acts_for_owner(user: User, matter: Matter) -> bool:
    """Whether this user speaks for the unit that has to do it."""
    return user.own_unit_id is not None and user.own_unit_id == matter.owner_id


def may_note(user: User) -> bool:
    """Whether this user may say something: every person and unit, but for those who act for no unit and do not lead."""
    return user.own_unit_id is not None or user.sees_all_counties


def may_settle(user: User, note: Remark) -> bool:
    """Who began a thread says when it is settled, and so does the commission."""
    if user.role in LEADING:
        return True
    if note.by_id is not None and note.by_id == user.pk:
        return True
    return user.own_unit_id is not None and user.own_unit_id == note.unit_id

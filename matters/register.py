"""The register of matters as pages, files and the dispatch list read it: each with its light and its days."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Case, Q, QuerySet, When
from django.utils.translation import gettext as _

from accounts.models import User
from lib.database.prepared_statements import again
from matters.models import Matter, MatterStep
from matters.rights import acts_for_owner, oversees_matter
from matters.schedule_lights import MOODS, NAMES, Limits, is_overdue, limits_in_force, matter_lag
from matters.steps import OVERSEER, OWNER, RULES, StepRule, can_follow
from workdays.calendar import WorkCalendar, work_calendar

# The steps that a matter waits for; the others are taken when somebody wants to.
AWAITED = (
    MatterStep.Step.SIGN,
    MatterStep.Step.REPORT,
    MatterStep.Step.GRANT_DELAY,
    MatterStep.Step.VERIFY,
    MatterStep.Step.CLOSE,
    MatterStep.Step.REOPEN,
)


@dataclass(frozen=True)
class ListedMatter:
    """A matter on a day: `days` working days that are left, negative where it is late; None once it is reported or
    closed; `light` by the rule in force."""

    matter: Matter
    days: int | None
    light: str

    @property
    def light_name(self) -> str:
        return str(NAMES[self.light])

    @property
    def mood(self) -> str:
        return MOODS[self.light]

    @property
    def days_words(self) -> str:
        if self.days is None:
            return ""
        if self.days < 0:
            return _("逾期{n}个工作日").format(n=-self.days)
        return _("今天到期") if self.days == 0 else _("还有{n}个工作日").format(n=self.days)


def days_left(matter: Matter, calendar: WorkCalendar, on: date) -> int | None:
    """None where nothing waits for the unit any more. A day that is late only by days off is late by one."""
    if matter.state in (Matter.State.REPORTED, Matter.State.VERIFIED, *Matter.ENDED):
        return None
    days = calendar.between(on, matter.due_on)
    return min(days, -1) if matter.due_on < on else days


def listed(matters: Iterable[Matter], on: date) -> list[ListedMatter]:
    calendar, (limits, _version) = work_calendar(), limits_in_force()
    return [one(matter, on, calendar, limits) for matter in matters]


def one(matter: Matter, on: date, calendar: WorkCalendar, limits: Limits) -> ListedMatter:
    light = limits.light(matter_lag(matter, on), is_over=is_overdue(matter, on))
    return ListedMatter(matter, days_left(matter, calendar, on), light)


def in_order(rows: QuerySet[Matter]) -> QuerySet[Matter]:
    """What asks for something first, then what is under way by its day, what is closed last."""
    asking = When(asks_reopening=True, then=0)
    closed = When(state__in=Matter.ENDED, then=2)
    return rows.select_related("owner", "issuer", "area").order_by(Case(asking, closed, default=1), "due_on", "code")


def awaited_steps(user: User, on: date) -> list[tuple[ListedMatter, StepRule]]:
    """The matters that wait for this user, each with the step that it waits for."""
    found = []
    for listed_matter in listed(again(("open matters", *user.scope), lambda: _open_matters(user)), on):
        steps = [rule for rule in next_steps(listed_matter.matter, user) if rule.step in AWAITED]
        if steps:
            found.append((listed_matter, steps[0]))
    return found


def _open_matters(user: User) -> QuerySet[Matter]:
    rows = Matter.objects.visible_to(user).filter(Q(asks_reopening=True) | ~Q(state__in=Matter.ENDED))
    return in_order(rows)


def next_steps(matter: Matter, user: User) -> list[StepRule]:
    """The steps that this user can take now, in the order of the table."""
    is_mine = {OWNER: acts_for_owner(user, matter), OVERSEER: oversees_matter(user, matter)}
    return [rule for rule in RULES.values() if is_mine.get(rule.who) and can_follow(matter, rule)]

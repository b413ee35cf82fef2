"""通报: who was on time in a month and who was not, as the steps say at its end. Only what the reader may see."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from django.db.models import Min, Prefetch
from django.utils import timezone

from accounts.models import Organisation, User
from matters.models import Matter, MatterStep

State, Step = Matter.State, MatterStep.Step
DONE = (State.REPORTED, State.VERIFIED, State.CLOSED)
ON_TIME, LATE, OVERDUE, OPEN, WITHDRAWN = "on_time", "late", "overdue", "open", "withdrawn"


@dataclass(frozen=True)
class MonthSpan:
    """`last` is the month's last day, or today in the month that is not over."""

    first: date
    last: date

    @property
    def name(self) -> str:
        return f"{self.first:%Y-%m}"


@dataclass(frozen=True)
class BulletinLine:
    """One matter at the end of the month: its state and due date then, and the day that it was last reported done."""

    matter: Matter
    state: str
    due_on: date
    done_on: date | None
    outcome: str


@dataclass
class UnitResult:
    """What a unit had to do in the month."""

    unit: Organisation
    lines: list[BulletinLine] = field(default_factory=list)

    def count(self, *outcomes: str) -> int:
        return sum(line.outcome in outcomes for line in self.lines)

    @property
    def on_time(self) -> int:
        return self.count(ON_TIME)

    @property
    def late(self) -> int:
        return self.count(LATE)

    @property
    def overdue(self) -> int:
        return self.count(OVERDUE)

    @property
    def open(self) -> int:
        return self.count(OPEN)

    @property
    def withdrawn(self) -> int:
        return self.count(WITHDRAWN)

    @property
    def has_demo(self) -> bool:
        return any(line.matter.is_demo for line in self.lines)

    @property
    def unsigned(self) -> int:
        return sum(line.state == State.ISSUED for line in self.lines)


def months_until(today: date) -> list[MonthSpan]:
    """Every month since the first matter of all, the newest first; this one where there is none yet."""
    first = Matter.objects.aggregate(first=Min("issued_at"))["first"]
    found, month = [], today.replace(day=1)
    begin = min(timezone.localdate(first).replace(day=1), month) if first else month
    while month >= begin:
        following = (month + timedelta(days=32)).replace(day=1)
        found.append(MonthSpan(month, min(following - timedelta(days=1), today)))
        month = (month - timedelta(days=1)).replace(day=1)
    return found


def results(user: User, month: MonthSpan) -> list[UnitResult]:
    """By unit, the one with the most that is overdue first. A fixed number of queries."""
    steps = Prefetch("steps", MatterStep.objects.order_by("number"))
    rows = Matter.objects.visible_to(user).select_related("owner", "area").prefetch_related(steps).order_by("code")
    found: dict[int, UnitResult] = {}
    for matter in rows:
        line = line_of(matter, matter.steps.all(), month)
        if line is not None:
            found.setdefault(matter.owner_id, UnitResult(matter.owner)).lines.append(line)
    return sorted(found.values(), key=lambda row: (-row.overdue, -row.late, -row.on_time, row.unit.code))


def line_of(matter: Matter, steps: Iterable[MatterStep], month: MonthSpan) -> BulletinLine | None:
    """None for a matter that had nothing to do with the month: not issued yet, or done or withdrawn before it
    began."""
    known = [step for step in steps if timezone.localdate(step.at) <= month.last]
    if not known:
        return None
    state = known[-1].new_state
    due_on, done_on = _due_on(known), _done_on(known)
    if state == State.WITHDRAWN:
        is_of_month = timezone.localdate(known[-1].at) >= month.first
        return BulletinLine(matter, state, due_on, None, WITHDRAWN) if is_of_month else None
    if done_on is not None and done_on < month.first and due_on < month.first:
        return None
    return BulletinLine(matter, state, due_on, done_on, _outcome(due_on, done_on, month))


def _due_on(steps: Sequence[MatterStep]) -> date:
    """The due date at the end of the steps; a delay that is only asked for moves nothing."""
    return [step.due_on for step in steps if step.due_on and step.step != Step.ASK_DELAY][-1]


def _done_on(steps: Sequence[MatterStep]) -> date | None:
    """The day from which on it has been done without being sent back or reopened; None while it is not."""
    found = None
    for step in steps:
        if step.new_state not in DONE:
            found = None
        elif found is None:
            found = timezone.localdate(step.at)
    return found


def _outcome(due_on: date, done_on: date | None, month: MonthSpan) -> str:
    if done_on is not None:
        return ON_TIME if done_on <= due_on else LATE
    # In the month that is not over, `last` is today: what is due today is not late yet.
    last_day_is_over = month.last < timezone.localdate()
    is_over = due_on <= month.last if last_day_is_over else due_on < month.last
    return OVERDUE if is_over else OPEN

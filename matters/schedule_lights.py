"""红黄绿灯: how far projects, promises and matters lag behind the time that has passed, by one rule for all of them.

What is compared is per cent of the whole: what should be done by now, in proportion to the days passed (序时进度), less
what is done. Where either is not known there is no light; what is over and not kept is red, however little it lacks."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from django.db.models import Sum
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from commitments.frames import standings
from commitments.progress import PromiseProgress
from lib.database.prepared_statements import again
from lib.days import share_passed
from matters.models import LightRule, Matter
from projects.frames import completion_by
from projects.models import Project, ScheduleYear

GREEN, YELLOW, RED, NONE = "green", "yellow", "red", ""
WORST_FIRST = (RED, YELLOW, GREEN, NONE)
NAMES = {GREEN: _("绿灯"), YELLOW: _("黄灯"), RED: _("红灯"), NONE: _("不亮灯")}
MOODS = {GREEN: "met", YELLOW: "near", RED: "behind", NONE: ""}
KINDS = {"project": _("项目"), "commitment": _("承诺"), "matter": _("督办")}
DONE_STATES = (Matter.State.REPORTED, Matter.State.VERIFIED)


@dataclass(frozen=True)
class Limits:
    """From how many points behind on a light is yellow, and red. Points: per cent of the whole."""

    yellow: int = 10
    red: int = 30

    def light(self, lag: float | None, *, is_over: bool = False) -> str:
        """`lag` in points, positive: behind; None: not known. `is_over`: its last day is past and it is not kept."""
        if is_over:
            return RED
        if lag is None:
            return NONE
        lag = round(lag, 6)
        if lag >= self.red:
            return RED
        return YELLOW if lag >= self.yellow else GREEN


@dataclass(frozen=True)
class Lit:
    """One thing with how far it lags behind, in points."""

    kind: str
    code: str
    title: str
    href: str
    lag: float | None
    is_demo: bool = False
    is_over: bool = False  # its last day is past and it is not kept

    def light(self, limits: Limits) -> str:
        return limits.light(self.lag, is_over=self.is_over)

    @property
    def kind_name(self) -> str:
        return str(KINDS[self.kind])


def limits_in_force() -> tuple[Limits, int]:
    """(limits, version); those of the first version where nobody has set any: 10 and 30."""
    found = again("limits of lights", lambda: LightRule.objects.as_of().order_by("-version")[:1])
    if not found:
        return Limits(), 0
    row = found[0]
    return Limits(row.yellow_points, row.red_points), row.version


def matter_lag(matter: Matter, on: date) -> float | None:
    """Points of the time given that have passed, less what the unit says is done; what is reported counts as done."""
    if not matter.is_open:
        return None
    if matter.state in DONE_STATES:
        return 0.0
    first = timezone.localdate(matter.issued_at)
    passed = 100 * share_passed(first, max(matter.due_on, first), on)
    return passed - (matter.percent_done or 0)


def is_overdue(matter: Matter, on: date) -> bool:
    """Whether its day is past and the unit has not reported it done."""
    return matter.is_open and matter.state not in DONE_STATES and on > matter.due_on


def everything(user: User, on: date) -> list[Lit]:
    """Projects, promises and matters under way that this user may see, the farthest behind first."""
    found = [*_projects(user, on), *_promises(user, on), *_matters(user, on)]
    return sorted(found, key=lambda each: (each.lag is None, -(each.lag or 0), each.code))


def _projects(user: User, on: date) -> Iterable[Lit]:
    rows = Project.objects.visible_to(user)
    lags = project_lags(rows, on)
    for row in rows.filter(pk__in=lags).order_by("code"):
        yield Lit("project", row.code, row.name, reverse("project", args=[row.code]), lags[row.pk], row.is_demo)


def project_lags(rows, on: date) -> dict[int, float | None]:
    """{project: points by which the investment lags}, None where plan or progress is not known; of those under way."""
    rows = rows.exclude(state__in=[Project.State.CANCELLED, Project.State.COMPLETED])
    stand, whole = completion_by(rows, on), _planned_in_all(rows)
    found: dict[int, float | None] = {}
    for key in rows.order_by().values_list("pk", flat=True):
        planned, done = stand.get(key, (None, None))
        total = whole.get(key)
        found[key] = None
        if total and planned is not None and done is not None:
            found[key] = 100 * (planned - done) / total
    return found


def _planned_in_all(rows) -> Mapping[int, float]:
    """{project: 亿元 that its yearly plan comes to}."""
    sums = ScheduleYear.objects.filter(project__in=rows.order_by().values("pk")).order_by()
    found = sums.values_list("project").annotate(sum=Sum("planned_yi"))
    return {key: float(value) for key, value in found}


def _promises(user: User, on: date) -> Iterable[Lit]:
    for standing in standings(on, user=user):
        row = standing.commitment
        for line in standing.lines:
            lag = promise_lag(line.progress)
            place = f"/{line.area}" if line.area else ""
            year = f"/{line.year}" if line.year else ""
            href = reverse("commitment", args=[row.code])
            code, is_over = f"{row.code}{place}{year}", line.progress.is_broken
            yield Lit("commitment", code, row.name, href, lag, line.is_demo, is_over=is_over)


def promise_lag(progress: PromiseProgress) -> float | None:
    """Points of what is promised by which it lags; None where that is not known."""
    if progress.lag is None or not progress.promised:
        return None
    return -100 * progress.lag / abs(progress.promised)


def _matters(user: User, on: date) -> Iterable[Lit]:
    for row in Matter.objects.visible_to(user).under_way().order_by("code"):
        href = reverse("matter", args=[row.code])
        lag, is_over = matter_lag(row, on), is_overdue(row, on)
        yield Lit("matter", row.code, row.title, href, lag, row.is_demo, is_over=is_over)


@dataclass(frozen=True)
class CountedLight:
    """How many of a kind are of each light now, and how many would be by other limits."""

    kind_name: str
    now: dict[str, int]
    then: dict[str, int] | None


def counted(rows: Iterable[Lit], limits: Limits, others: Limits | None = None) -> list[CountedLight]:
    rows = list(rows)
    found = []
    for kind, name in KINDS.items():
        own = [row for row in rows if row.kind == kind]
        then = _by_light(own, others) if others else None
        found.append(CountedLight(str(name), _by_light(own, limits), then))
    return found


def _by_light(rows: Iterable[Lit], limits: Limits) -> dict[str, int]:
    lights = [row.light(limits) for row in rows]
    return {light: lights.count(light) for light in WORST_FIRST}


def turned(rows: Iterable[Lit], limits: Limits, others: Limits) -> list[tuple[Lit, str, str]]:
    """(thing, light now, light by the others) of what would turn."""
    found = []
    for row in rows:
        now, then = row.light(limits), row.light(others)
        if now != then:
            found.append((row, now, then))
    return found

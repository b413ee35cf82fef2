"""The dispatch list: whom to press this week and for what, drawn from every room in a fixed number of queries.

Nothing is stored: a line stands as long as its cause does. Days overdue lead within a kind where there is a date, else
the size of what is missing."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Organisation, User
from commitments.frames import standings
from commitments.labels import STATUS_NAMES
from commitments.models import Commitment
from figures.asked import Asked
from figures.causes import DUE_DUTY
from figures.picture import Picture
from figures.summary import attention_words
from funding.frames import cells_by, matching_flows, rules
from funding.matching import cut, match
from lib.numbers import named_rows, rounded
from lib.web.languages import is_english
from matters.models import Matter
from matters.things import THING_OF_LINE
from plan.models import WorkItem
from plan.terms import wan_words, yi_words
from projects.frames import completion_by, quarters_unreported
from projects.models import Project
from reporting.models import Part, Responsibility, Submission
from reporting.reminders.due_reminders import due_on

KINDS = {
    "report": gettext_lazy("报送逾期或退回"),
    "matter": gettext_lazy("督办事项"),
    "task": gettext_lazy("任务逾期"),
    "underfunded": gettext_lazy("落后且欠配套"),
    "match": gettext_lazy("欠配套"),
    "stalled": gettext_lazy("项目停滞"),
    "late_project": gettext_lazy("项目滞后"),
    "commitment": gettext_lazy("承诺落后"),
}
WAITING = (Matter.State.ISSUED, Matter.State.SIGNED, Matter.State.UNDER_WAY)  # for the unit
FAR_BEHIND = 0.2  # of what was planned by now


@dataclass(frozen=True)
class DispatchLine:
    """One thing to press for. `name` tells it from the others of its `kind`, for ever; `weight` orders lines of a kind
    (greater: worse), after what the plan binds to (`is_binding`); `since` the day it was due, None where nothing says;
    `sheet` the submission that is late; `matters` what its unit has been asked about it already."""

    kind: str
    name: str
    what: str
    figure: str
    weight: float
    unit: Organisation | None
    area: str | None
    href: str
    since: date | None = None
    is_demo: bool = False
    sheet: Submission | None = None
    matters: tuple[Matter, ...] = ()
    is_binding: bool = False

    @property
    def key(self) -> str:
        return f"{self.kind}/{self.name}"

    @property
    def thing(self) -> tuple[str, str]:
        """(kind, key) of what the line is drawn from: what is asked about the line is asked about that."""
        return THING_OF_LINE.get(self.kind, ""), self.name

    @property
    def kind_name(self) -> str:
        return str(KINDS[self.kind])

    @property
    def unit_code(self) -> str:
        """Empty where nobody is named."""
        return self.unit.code if self.unit else ""

    @property
    def unit_name(self) -> str:
        """As the page shows it; empty where nobody is named."""
        return self.unit.shown_name if self.unit else ""

    def waits_for(self, unit_key: int | None) -> bool:
        return self.unit is not None and self.unit.pk == unit_key


@dataclass
class Dispatch:
    """The list as one user may read it on a day."""

    user: User
    on: date

    def __post_init__(self):
        self.picture = Picture(Asked(), self.user)
        self.areas = {area.code: area for area in self.picture.counties if self._is_open(area.code)}
        units = Organisation.objects.filter(area__in=self.areas, duty=DUE_DUTY)
        self.offices = {unit.area_id: unit for unit in units}

    def lines(self) -> list[DispatchLine]:
        """Every line, the most pressing kind first, the worst of a kind first. A bureau reads its own alone."""
        readers = (self._reports, self._tasks, self._cells_and_match, self._projects, self._commitments)
        found: list[DispatchLine] = []
        for reader in readers:
            found.extend(reader())
        rows = self._with_matters(found)
        if self.user.role == User.Role.BUREAU:
            rows = [line for line in rows if line.waits_for(self.user.organisation_id)]
        return sorted(rows, key=_urgency)

    def _is_open(self, area: str | None) -> bool:
        """Whether the user reads an area's lines: of a county its own alone, else all."""
        return self.user.own_area_code in (None, area)

    @property
    def has_binding(self) -> bool:
        """Whether the plan tells binding indicators from others at all."""
        return any(definition.is_binding for definition in self.picture.definitions)

    def days(self, line: DispatchLine) -> int | None:
        if line.since is None or line.since >= self.on:
            return None
        return (self.on - line.since).days

    def _with_matters(self, lines: list[DispatchLine]) -> list[DispatchLine]:
        """Matters and causes together, each once: what a unit is asked about a cause stands on the cause's line, what
        it is asked about anything else, and has not reported yet, on a line of its own."""
        rows = Matter.objects.visible_to(self.user).under_way().select_related("owner").order_by("due_on", "code")
        asked: dict[tuple, list[Matter]] = {}
        for matter in rows:
            asked.setdefault((matter.about_kind, matter.about_key, matter.owner_id), []).append(matter)
        found = []
        for line in lines:
            unit_key = line.unit.pk if line.unit else None
            own = asked.pop((*line.thing, unit_key), [])
            found.append(replace(line, matters=tuple(own)) if own else line)
        for others in asked.values():
            found += [self._matter(matter) for matter in others if matter.state in WAITING]
        return found

    def _matter(self, matter: Matter) -> DispatchLine:
        area = matter.owner.area_id
        return DispatchLine(
            kind="matter",
            name=matter.code,
            what=f"{matter.code} {matter.title}",
            figure=f"{matter.state_words} · {matter.words[:60]}",
            weight=(self.on - matter.due_on).days,
            unit=matter.owner,
            area=area if area in self.areas else None,
            href=reverse("matter", args=[matter.code]),
            since=matter.due_on,
            is_demo=matter.is_demo,
        )

    def _reports(self) -> Iterator[DispatchLine]:
        sheets = Submission.objects.visible_to(self.user).filter(state__in=Submission.EDITABLE)
        sheets = sheets.select_related("round", "area")
        late = {}
        for sheet in sheets:
            if sheet.is_editable and self._is_waited_for(sheet):
                late[sheet.pk] = sheet
        waiting: dict[int, list[Organisation]] = {}
        for part in Part.objects.filter(submission__in=late, state=Part.State.OPEN).select_related("organisation"):
            waiting.setdefault(part.submission_id, []).append(part.organisation)
        for sheet in late.values():
            for unit in waiting.get(sheet.pk) or [self.offices.get(sheet.area_id)]:
                yield self._report(sheet, unit)

    def _is_waited_for(self, sheet: Submission) -> bool:
        """Overdue, or returned by the city whatever the due date."""
        return due_on(sheet) < self.on or sheet.state == Submission.State.RETURNED

    def _report(self, sheet: Submission, unit: Organisation | None) -> DispatchLine:
        due, year = due_on(sheet), sheet.round.year
        return DispatchLine(
            kind="report",
            name=f"{sheet.area_id}/{year}",
            what=_("{area}{year}年监测表").format(area=sheet.area.shown_name, year=year),
            figure=sheet.get_state_display(),
            weight=(self.on - due).days,
            unit=unit,
            area=sheet.area_id,
            href=reverse("sheet", args=[sheet.area_id, year]),
            since=due,
            sheet=sheet,
        )

    def _tasks(self) -> Iterator[DispatchLine]:
        rows = WorkItem.objects.visible_to(self.user).overdue(self.on).select_related("responsible", "area")
        for item in rows:
            if self._is_open(item.area_id):
                yield self._task(item)

    def _task(self, item: WorkItem) -> DispatchLine:
        days = (self.on - item.due_on).days
        return DispatchLine(
            kind="task",
            name=item.code,
            what=f"{item.code} {item.title}",
            figure=_("逾期{n}天").format(n=days),
            weight=days,
            unit=item.responsible,
            area=item.area_id,
            href=reverse("task", args=[item.code]),
            since=item.due_on,
            is_demo=item.is_demo,
        )

    def _cells_and_match(self) -> Iterator[DispatchLine]:
        first, last = self.picture.plan.baseline_year + 1, min(self.on.year, self.picture.plan.final_year)
        flows = cells_by(self.on, None, timezone.localdate())
        frame = match(matching_flows(flows), rules(), areas=list(self.areas), years=list(range(first, last + 1)))
        frame = frame[frame["owed"].notna() & (frame["owed"] > 0)]
        demo = set(flows.loc[flows["demo"] > 0, ["area", "year"]].itertuples(index=False, name=None))
        owed = {(row.area, row.year): row for row in named_rows(frame)}
        yield from self._underfunded(owed)
        for (area, year), row in owed.items():
            ratio = rounded(cut(row.ratio), 2)
            yield DispatchLine(
                kind="match",
                name=f"{area}/{year}",
                what=_("{area}{year}年县级配套").format(area=self.areas[area].shown_name, year=year),
                figure=_("欠{money}，比例{ratio}").format(money=wan_words(row.owed), ratio=ratio),
                weight=row.owed,
                unit=self.offices.get(area),
                area=area,
                href=f"{reverse('funding')}?year={year}",
                since=date(year, 12, 31),
                is_demo=(area, year) in demo,
            )

    def _underfunded(self, owed) -> Iterator[DispatchLine]:
        """Indicators behind in a county that owes its match of the same year."""
        pairs = Responsibility.objects.filter(area__in=self.areas).select_related("organisation")
        who = {(row.area_id, row.indicator_id): row.organisation for row in pairs}
        for cell in self.picture.own_cells():
            place, code = cell.area.code, cell.definition.indicator_id
            if cell.status != "behind" or (place, cell.year) not in owed:
                continue
            what = _("{area}{year}年{indicator}").format(
                area=cell.area.shown_name, year=cell.year, indicator=cell.definition.shown_name
            )
            yield DispatchLine(
                kind="underfunded",
                name=f"{place}/{code}/{cell.year}",
                what=what,
                figure=attention_words(cell, self.picture.plan.final_year),
                weight=-(cell.relative_gap or 0),
                unit=who.get((place, code)) or self.offices.get(place),
                area=place,
                href=reverse("cell_causes", args=[place, code, cell.year]),
                since=date(cell.year, 12, 31),
                is_demo=bool(cell.row.get("is_demo")),
                is_binding=cell.definition.is_binding,
            )

    def _projects(self) -> Iterator[DispatchLine]:
        rows = Project.objects.visible_to(self.user).filter(main_area__in=self.areas)
        rows = rows.exclude(state__in=[Project.State.CANCELLED, Project.State.COMPLETED])
        stand = completion_by(rows, self.on)
        for project in rows.with_last_report().select_related("organisation"):
            if project.state == Project.State.STALLED:
                yield self._project("stalled", project, _("停滞"), float(project.total_yi or 0))
                continue
            planned, done = stand.get(project.pk, (None, None))
            if not planned or done is None:
                continue
            share = round(planned - done, 4) / planned
            if share >= FAR_BEHIND:
                yield self._project("late_project", project, self._late_words(project, planned, done, share), share)

    def _late_words(self, project: Project, planned: float, done: float, share: float) -> str:
        """What it lacks; and where nobody has reported of late, that the amount may be out of date."""
        words = _("应完成{planned}，完成{done}，差{share}%")
        money = {"planned": yi_words(planned), "done": yi_words(done)}
        words = words.format(**money, share=rounded(100 * share, 0))
        missing = quarters_unreported(project, self.on)
        if missing:
            told = _("；只报到{year}年{quarter}季度，{n}个季度未报")
            words += told.format(year=project.reported_year, quarter=project.reported_quarter, n=missing)
        return words

    def _project(self, kind: str, project: Project, figure: str, weight: float) -> DispatchLine:
        return DispatchLine(
            kind=kind,
            name=project.code,
            what=project.name,
            figure=figure,
            weight=weight,
            unit=project.organisation or self.offices.get(project.main_area_id),
            area=project.main_area_id,
            href=reverse("project", args=[project.code]),
            is_demo=project.is_demo,
        )

    def _commitments(self) -> Iterator[DispatchLine]:
        """Promises behind; those of the match stand as what is owed already."""
        for row in standings(self.on, user=self.user):
            promise = row.commitment
            if promise.source_kind == Commitment.Source.MATCHING:
                continue
            for line in row.lines:
                if line.progress.status in ("behind", "broken") and self._is_read(line.area):
                    yield self._commitment(promise, line)

    def _is_read(self, area: str | None) -> bool:
        """None: the city as a whole, which a county's own reader has no line of."""
        if area is None:
            return self.user.own_area_code is None
        return area in self.areas

    def _commitment(self, promise: Commitment, line) -> DispatchLine:
        done, expected = line.progress.done, line.progress.expected
        figure = str(STATUS_NAMES[line.progress.status])
        if done is not None and expected is not None:
            words = _("{status}：应{expected}，现{done}{unit}")
            figure = words.format(
                status=figure, expected=rounded(expected, 2), done=rounded(done, 2), unit=promise.unit
            )
        place = self.areas[line.area].shown_name if line.area else ""
        lag = 0.0
        if line.progress.promised:
            lag = -(line.progress.lag or 0) / line.progress.promised
        since = None
        due_year = line.year or promise.to_year
        if line.progress.status == "broken" and due_year:
            since = date(due_year, 12, 31)
        about = _joined((place, promise.name, str(line.year or "")))
        return DispatchLine(
            kind="commitment",
            name="/".join(str(part) for part in (promise.code, line.area, line.year) if part),
            what=f"{promise.code} {about}",
            figure=figure,
            weight=lag,
            unit=self.offices.get(line.area),
            area=line.area,
            href=reverse("commitment", args=[promise.code]),
            since=since,
            is_demo=line.is_demo,
        )


def _urgency(line: DispatchLine) -> tuple:
    """Sorts the most pressing kind first, then what the plan binds to, then the worst."""
    return list(KINDS).index(line.kind), not line.is_binding, -line.weight, line.area or "", line.what


def _joined(words: Iterable[str]) -> str:
    """Words one after the other as the page's language writes them: Chinese without blanks."""
    blank = " " if is_english() else ""
    return blank.join(word for word in words if word)

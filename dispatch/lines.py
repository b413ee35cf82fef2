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


@dataclass
class Dispatch:
    """The list as one user may read it on a day."""

    user: User
    on: date

    def __post_init__(self):
        self.picture = Picture(Asked(), self.user)
        own = self.user.own_area_code
        self.areas = {area.code: area for area in self.picture.counties if own in (None, area.code)}
        units = Organisation.objects.filter(area__in=self.areas, duty=DUE_DUTY)
        self.offices = {unit.area_id: unit for unit in units}

    def lines(self) -> list[DispatchLine]:
        """Every line, the most pressing kind first, the worst of a kind first. A bureau reads its own alone."""
        readers = (self._reports, self._tasks, self._cells_and_match, self._projects, self._commitments)
        rows = self._with_matters([line for reader in readers for line in reader()])
        if self.user.role == User.Role.BUREAU:
            rows = [line for line in rows if line.unit and line.unit.pk == self.user.organisation_id]
        order = list(KINDS)
        return sorted(
            rows,
            key=lambda line: (order.index(line.kind), not line.is_binding, -line.weight, line.area or "", line.what),
        )

    @property
    def has_binding(self) -> bool:
        """Whether the plan tells binding indicators from others at all."""
        return any(definition.is_binding for definition in self.picture.definitions)

    def days(self, line: DispatchLine) -> int | None:
        return (self.on - line.since).days if line.since and line.since < self.on else None

    def _with_matters(self, lines: list[DispatchLine]) -> list[DispatchLine]:
        """Matters and causes together, each once: what a unit is asked about a cause stands on the cause's line, what
        it is asked about anything else, and has not reported yet, on a line of its own."""
        rows = Matter.objects.visible_to(self.user).under_way().select_related("owner").order_by("due_on", "code")
        asked: dict[tuple, list[Matter]] = {}
        for matter in rows:
            asked.setdefault((matter.about_kind, matter.about_key, matter.owner_id), []).append(matter)
        found = []
        for line in lines:
            own = asked.pop((*line.thing, line.unit.pk if line.unit else None), [])
            found.append(replace(line, matters=tuple(own)) if own else line)
        others = [matter for group in asked.values() for matter in group if matter.state in WAITING]
        return [*found, *(self._matter(matter) for matter in others)]

    def _matter(self, matter: Matter) -> DispatchLine:
        days = (self.on - matter.due_on).days
        figure = f"{matter.state_words} · {matter.words[:60]}"
        return DispatchLine(
            "matter",
            matter.code,
            f"{matter.code} {matter.title}",
            figure,
            days,
            matter.owner,
            matter.owner.area_id if matter.owner.area_id in self.areas else None,
            reverse("matter", args=[matter.code]),
            since=matter.due_on,
            is_demo=matter.is_demo,
        )

    def _reports(self) -> Iterator[DispatchLine]:
        sheets = Submission.objects.visible_to(self.user).filter(state__in=Submission.EDITABLE)
        sheets = sheets.select_related("round", "area")
        late = {sheet.pk: sheet for sheet in sheets if sheet.is_editable and self._is_waited_for(sheet)}
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
        what = _("{area}{year}年监测表").format(area=sheet.area.shown_name, year=year)
        href = reverse("sheet", args=[sheet.area_id, year])
        figure = sheet.get_state_display()
        days = (self.on - due).days
        return DispatchLine(
            "report", f"{sheet.area_id}/{year}", what, figure, days, unit, sheet.area_id, href, since=due, sheet=sheet
        )

    def _tasks(self) -> Iterator[DispatchLine]:
        rows = WorkItem.objects.visible_to(self.user).overdue(self.on).select_related("responsible", "area")
        for item in rows:
            if self.user.own_area_code in (None, item.area_id):
                href, days = reverse("task", args=[item.code]), (self.on - item.due_on).days
                what = f"{item.code} {item.title}"
                figure = _("逾期{n}天").format(n=days)
                unit, area = item.responsible, item.area_id
                yield DispatchLine("task", item.code, what, figure, days, unit, area, href, item.due_on, item.is_demo)

    def _cells_and_match(self) -> Iterator[DispatchLine]:
        first, last = self.picture.plan.baseline_year + 1, min(self.on.year, self.picture.plan.final_year)
        flows = cells_by(self.on, None, timezone.localdate())
        frame = match(matching_flows(flows), rules(), areas=list(self.areas), years=list(range(first, last + 1)))
        frame = frame[frame["owed"].notna() & (frame["owed"] > 0)]
        demo = set(flows.loc[flows["demo"] > 0, ["area", "year"]].itertuples(index=False, name=None))
        owed = {(row.area, row.year): row for row in named_rows(frame)}
        yield from self._underfunded(owed)
        for (area, year), row in owed.items():
            what = _("{area}{year}年县级配套").format(area=self.areas[area].shown_name, year=year)
            figure = _("欠{money}，比例{ratio}").format(money=wan_words(row.owed), ratio=rounded(cut(row.ratio), 2))
            href, unit = f"{reverse('funding')}?year={year}", self.offices.get(area)
            name, since, is_demo = f"{area}/{year}", date(year, 12, 31), (area, year) in demo
            yield DispatchLine("match", name, what, figure, row.owed, unit, area, href, since, is_demo)

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
            figure = attention_words(cell, self.picture.plan.final_year)
            href = reverse("cell_causes", args=[place, code, cell.year])
            unit, since = who.get((place, code)) or self.offices.get(place), date(cell.year, 12, 31)
            weight, is_demo = -(cell.relative_gap or 0), bool(cell.row.get("is_demo"))
            name = f"{place}/{code}/{cell.year}"
            line = DispatchLine("underfunded", name, what, figure, weight, unit, place, href, since, is_demo)
            yield replace(line, is_binding=cell.definition.is_binding)

    def _projects(self) -> Iterator[DispatchLine]:
        rows = Project.objects.visible_to(self.user).filter(main_area__in=self.areas)
        rows = rows.exclude(state__in=[Project.State.CANCELLED, Project.State.COMPLETED])
        stand = completion_by(rows, self.on)
        for project in rows.with_last_report().select_related("organisation"):
            planned, done = stand.get(project.pk, (None, None))
            lag = round(planned - done, 4) if planned and done is not None else 0
            share = lag / planned if planned else 0
            if project.state == Project.State.STALLED:
                yield self._project("stalled", project, _("停滞"), float(project.total_yi or 0))
            elif planned and done is not None and share >= FAR_BEHIND:
                words = _("应完成{planned}，完成{done}，差{share}%")
                money = {"planned": yi_words(planned), "done": yi_words(done)}
                words = words.format(**money, share=rounded(100 * share, 0))
                if missing := quarters_unreported(project, self.on):
                    told = _("；只报到{year}年{quarter}季度，{n}个季度未报")
                    words += told.format(year=project.reported_year, quarter=project.reported_quarter, n=missing)
                yield self._project("late_project", project, words, share)

    def _project(self, kind: str, project: Project, figure: str, weight: float) -> DispatchLine:
        unit = project.organisation or self.offices.get(project.main_area_id)
        href = reverse("project", args=[project.code])
        area = project.main_area_id
        return DispatchLine(kind, project.code, project.name, figure, weight, unit, area, href, is_demo=project.is_demo)

    def _commitments(self) -> Iterator[DispatchLine]:
        """Promises behind; those of the match stand as what is owed already."""
        for row in standings(self.on, user=self.user):
            promise = row.commitment
            if promise.source_kind == Commitment.Source.MATCHING:
                continue
            for line in row.lines:
                is_seen = line.area in self.areas or (line.area is None and self.user.own_area_code is None)
                if line.progress.status in ("behind", "broken") and is_seen:
                    yield self._commitment(promise, line)

    def _commitment(self, promise: Commitment, line) -> DispatchLine:
        done, expected = line.progress.done, line.progress.expected
        figure = str(STATUS_NAMES[line.progress.status])
        if done is not None and expected is not None:
            words = _("{status}：应{expected}，现{done}{unit}")
            figure = words.format(
                status=figure, expected=rounded(expected, 2), done=rounded(done, 2), unit=promise.unit
            )
        place = self.areas[line.area].shown_name if line.area else ""
        lag = -(line.progress.lag or 0) / line.progress.promised if line.progress.promised else 0
        href, unit = reverse("commitment", args=[promise.code]), self.offices.get(line.area)
        about = (place, promise.name, str(line.year or ""))
        what = f"{promise.code} {_joined(about)}"
        due_year = line.year or promise.to_year
        is_broken = line.progress.status == "broken"
        since = date(due_year, 12, 31) if is_broken and due_year else None
        name = "/".join(str(part) for part in (promise.code, line.area, line.year) if part)
        return DispatchLine("commitment", name, what, figure, lag, unit, line.area, href, since, line.is_demo)


def _joined(words: Iterable[str]) -> str:
    """Words one after the other as the page's language writes them: Chinese without blanks."""
    blank = " " if is_english() else ""
    return blank.join(word for word in words if word)

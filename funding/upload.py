"""A file of flows before it is taken in: what it would record, what is wrong with it, what looks like a repetition."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from areas.models import Area
from areas.names import area_codes
from funding.actions import FlowRow, flow_problems, void_flows
from funding.day_doubts import day_doubts
from funding.frames import present_cells
from funding.models import Flow, FundingSource, State
from funding.workbook import FLOWS, FlowsReading, FlowWords, read_flows
from lib.tabular.faulty_rows import SentRows, sent_rows
from lib.tabular.reading import read_spreadsheet
from lib.tabular.table_reading import Problem
from plan.models import Field
from plan.terms import wan_words
from projects.models import ProjectShare
from uploads.doors import UndoneLine


@dataclass
class FlowsPreview:
    """Nothing of it is stored. `twins`: rows like one that is recorded already, which are taken only when somebody has
    said that they are no repetition. `doubts`: rows whose day is still to come or outside their year, like another of
    the file, or of a project that lies elsewhere; they can be taken all the same."""

    reading: FlowsReading
    doubts: list[str] = field(default_factory=list)
    twins: list[str] = field(default_factory=list)
    sums: list[tuple] = field(default_factory=list)  # that the rows move, as they stood when it was made

    @property
    def rows(self) -> list[FlowRow]:
        return self.reading.rows

    @property
    def problems(self) -> list[Problem]:
        return sorted(self.reading.problems, key=lambda problem: problem.row or 0)

    @property
    def notes(self) -> list[str]:
        return self.reading.content.notes

    @property
    def sheets(self) -> list[SentRows]:
        return [sent_rows(self.reading.content)]

    @property
    def is_applicable(self) -> bool:
        return not self.problems and bool(self.rows)

    @property
    def effect(self) -> list:
        """All that somebody agrees to who confirms it: the rows, the sums that they move, what is doubtful."""
        return [list(map(vars, self.rows)), self.sums, self.doubts]


def _by_either(named: Iterable[tuple[str, str]]) -> dict[str, str]:
    """{code or name: code}: a file may say either."""
    found: dict[str, str] = {}
    for code, name in named:
        found |= {code: code, name: code}
    return found


def preview_flows(content: bytes, name: str, user: User, typed: Mapping[str, str] | None = None) -> FlowsPreview:
    """Read and check a file; SpreadsheetError where it cannot be read at all."""
    states = _by_either([(code, str(label)) for code, label in State.choices])
    fields = _by_either(Field.objects.values_list("code", "name"))
    sources = dict(FundingSource.objects.values_list("code", "name"))
    words = FlowWords(states, fields, area_codes(Area.objects.counties()), sources)
    reading = read_flows(read_spreadsheet(content, name, typed), words)
    for place, cause in flow_problems(reading.rows, by=user):
        reading.problems.append(Problem(FLOWS.name, reading.lines[place], "", cause))
    twins, repeated = _repetitions(reading)
    odd_days = _odd_days(reading, timezone.localdate())
    return FlowsPreview(reading, odd_days + repeated + _elsewhere(reading), twins, effects(reading.rows))


def _odd_days(reading: FlowsReading, today: date) -> list[str]:
    """Rows whose day is still to come or outside their year."""
    return [
        _("第 {line} 行：{words}").format(line=line, words="；".join(doubts))
        for row, line in zip(reading.rows, reading.lines, strict=True)
        if (doubts := day_doubts(row, today))
    ]


def _repetitions(reading: FlowsReading) -> tuple[list[str], list[str]]:
    """Rows of the same county, year, source, state, day and amount: (recorded already, in the file twice)."""
    days = {row.happened_on for row in reading.rows}
    columns = ("area", "year", "source", "state", "happened_on", "amount_wan")
    recorded = set(Flow.objects.filter(happened_on__in=days, kind=Flow.Kind.ORIGINAL).values_list(*columns))
    seen: dict[tuple, int] = {}
    twins, repeated = [], []
    for row, line in zip(reading.rows, reading.lines, strict=True):
        key = (row.area, row.year, row.source, row.state, row.happened_on, row.amount_wan)
        if key in recorded:
            twins.append(_("第 {line} 行：同一天已登记过同样的一笔，请确认不是重复").format(line=line))
        elif key in seen:
            repeated.append(_("第 {line} 行与第 {other} 行相同，请确认不是重复").format(line=line, other=seen[key]))
        seen.setdefault(key, line)
    return twins, repeated


def _elsewhere(reading: FlowsReading) -> list[str]:
    """Rows whose project has no share in the county that the money goes to."""
    codes = {row.project for row in reading.rows if row.project}
    places = set(ProjectShare.objects.filter(project__code__in=codes).values_list("project__code", "area"))
    known = {code for code, _area in places}
    words = _("第 {line} 行：项目 {project} 在 {area} 没有份额，请确认地区和项目编号")
    return [
        words.format(line=line, project=row.project, area=row.area)
        for row, line in zip(reading.rows, reading.lines, strict=True)
        if row.project in known and (row.project, row.area) not in places
    ]


@dataclass(frozen=True)
class FlowLine:
    """One row of the preview, every field of it in words, as it will be written."""

    number: int
    row: FlowRow
    area: str
    source: str
    state: str
    field: str


def flow_lines(reading: FlowsReading, most: int) -> list[FlowLine]:
    """The first rows that will be recorded."""
    areas = {area.code: area.shown_name for area in Area.objects.all()}
    sources = dict(FundingSource.objects.values_list("code", "name"))
    fields = dict(Field.objects.values_list("code", "name"))
    states = dict(State.choices)
    return [
        FlowLine(
            number,
            row,
            areas.get(row.area, row.area),
            f"{row.source} {sources.get(row.source, '')}",
            str(states.get(row.state, row.state)),
            fields.get(row.field, ""),
        )
        for number, row in zip(reading.lines[:most], reading.rows[:most], strict=True)
    ]


def effects(rows: Sequence[FlowRow]) -> list[tuple]:
    """((county, year, source, state in words), 万元 now, added, then) of every sum that the rows move today; a row
    whose day is still to come moves none."""
    added: dict[tuple, Decimal] = {}
    for row in (row for row in rows if row.happened_on <= timezone.localdate()):
        key = (row.area, row.year, row.source, row.state)
        added[key] = added.get(key, Decimal(0)) + row.amount_wan
    sums = present_cells().groupby(["area", "year", "source", "state"])["amount"].sum()
    now = {key: Decimal(str(round(amount, 6))) for key, amount in sums.to_dict().items()}
    areas, sources = (
        {area.code: area.shown_name for area in Area.objects.all()},
        dict(FundingSource.objects.values_list("code", "name")),
    )
    found = []
    for key, amount in sorted(added.items()):
        area, year, source, state = key
        words = (
            areas.get(area, area),
            year,
            f"{source} {sources.get(source, '')}",
            dict(State.choices).get(state, state),
        )
        before = now.get(key)
        found.append((words, before, amount, (before or 0) + amount))
    return found


def undo_flows(keys: Iterable[int], *, by: User, reason: str) -> list[UndoneLine]:
    """Bring the flows of an upload to nothing by corrections; one that somebody has corrected since stays."""
    rows = Flow.objects.filter(pk__in=list(keys)).select_for_update(of=("self",)).order_by("pk")
    flows = list(rows.select_related("area", "source"))
    corrections = Flow.objects.filter(corrects__in=[flow.pk for flow in flows])
    corrected = {flow.corrects_id: flow for flow in corrections.order_by("pk")}
    states = dict(State.choices)
    lines = []
    for flow in flows:
        words = (flow.area.name, flow.year, flow.source.name, states[flow.state], flow.happened_on)
        last = corrected.get(flow.pk)
        hindrance = str(_("{who}之后更正过，保留现在的").format(who=last.recorded_by_name)) if last else ""
        lines.append(UndoneLine(" ".join(map(str, words)), wan_words(flow.amount_wan), "0", hindrance))
    void_flows([flow for flow in flows if flow.pk not in corrected], reason=reason, by=by)
    return lines

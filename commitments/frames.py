"""What is done of every promise, out of projects, funding and official values, as of a day. A fixed number of queries
for all promises together."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import cached_property
from typing import NamedTuple

import pandas as pd
from django.utils import timezone

from accounts.models import User
from areas.models import Area
from commitments.models import Commitment, CommitmentStatement
from commitments.progress import Promise, PromiseProgress, progress, worst
from funding.frames import cells_by, matching_flows, rules
from funding.matching import Rule, cut, match
from indicators.models import Observation, Target
from lib.numbers import named_rows, records
from plan.models import Plan
from projects.landing.landed_projects import landed_by

Source, Scope = Commitment.Source, Commitment.Scope
WAN_IN_YI = 10_000
Money = tuple[str, str, int]  # (source, county, year)
Parts = dict[str, float]  # by county
Statements = Mapping[tuple[str, str], CommitmentStatement]  # by promise and county


@dataclass(frozen=True)
class PromiseLine:
    """One promise for one county (None: all of them together) and, where it holds for every year, one year."""

    area: str | None
    year: int | None
    progress: PromiseProgress
    is_demo: bool = False
    words: str = ""

    def is_open_year(self, latest: int) -> bool:
        """Whether it is of the latest year, and nothing of that is recorded yet."""
        return self.year is not None and self.year >= latest and self.progress.done is None


@dataclass
class PromiseStanding:
    """A promise and how it stands: `lines` as they are judged, `parts` what each county has brought to a total."""

    commitment: Commitment
    lines: list[PromiseLine] = field(default_factory=list)
    parts: dict[str, float] = field(default_factory=dict)

    @property
    def status(self) -> str:
        """Of its lines the worst; a current year of which nothing is recorded yet does not hide the years before."""
        latest = max((line.year or 0 for line in self.lines), default=0)
        told = [line for line in self.lines if not line.is_open_year(latest)]
        return worst([line.progress.status for line in told or self.lines])

    @property
    def is_demo(self) -> bool:
        return any(line.is_demo for line in self.lines)


class LatestValue(NamedTuple):
    """An indicator's last known value."""

    year: int
    value: float
    is_demo: bool


class PromiseLedger:
    """The facts that promises are held against, as of a day: each kind read once, when it is first asked for."""

    def __init__(self, on: date, as_of: datetime | None = None):
        self.on, self.as_of = on, as_of
        self.counties = list(Area.objects.counties().values_list("code", flat=True))
        plan = Plan.objects.first()
        self.years = range(plan.baseline_year + 1, plan.final_year + 1) if plan else range(0)
        self.final_year = plan.final_year if plan else None

    @cached_property
    def values(self) -> dict[tuple[str, str], LatestValue]:
        return _latest(Observation, self.as_of)

    @cached_property
    def targets(self) -> dict[tuple[str, str, int], float]:
        return _by_year(Target, self.as_of)

    @cached_property
    def _projects(self) -> list[tuple]:
        """(county, total in 亿元, landed on, demonstration) of industrial projects of any size landed by the day."""
        return list(landed_by(self.on).values_list("main_area", "total_yi", "landed_on", "is_demo"))

    @cached_property
    def _cells(self) -> pd.DataFrame:
        return cells_by(self.on, self.as_of, timezone.localdate())

    @cached_property
    def _allocated(self) -> tuple[dict[Money, float], set[Money]]:
        """万元 by source, county and year; those of which a part is demonstration data."""
        money: defaultdict[Money, float] = defaultdict(float)
        demo: set[Money] = set()
        for row in named_rows(self._cells[self._cells["state"] == "allocated"]):
            money[row.source, row.area, row.year] += row.amount
            if row.demo:
                demo.add((row.source, row.area, row.year))
        return money, demo

    @cached_property
    def _known_rules(self) -> list[Rule]:
        return rules(self.as_of)

    @cached_property
    def matching_sources(self) -> set[str]:
        found: set[str] = set()
        for rule in self._known_rules:
            found |= {*rule.base_sources, rule.match_source}
        return found

    @cached_property
    def demo_money(self) -> set[Money]:
        _sums, demo = self._allocated
        return demo

    @cached_property
    def matching(self) -> dict[tuple[str, int], Mapping]:
        years = [year for year in self.years if year <= self.on.year]
        frame = match(matching_flows(self._cells), self._known_rules, areas=self.counties, years=years)
        return {(row["area"], row["year"]): row for row in records(frame)}

    def landed(self, row: Commitment) -> tuple[dict[str, float], bool]:
        """Projects of at least the size that landed in the period, by the county that they mainly lie in; {} while
        the register holds no landed project at all, which is not the same as none."""
        if not self._projects:
            return {}, False
        found, is_demo = dict.fromkeys(self.counties, 0.0), False
        for area, total, landed_on, demo in self._projects:
            in_time = row.from_year <= landed_on.year <= row.to_year
            if in_time and total >= row.counted_from_yi and area in found:
                found[area] += 1
                is_demo |= demo
        return found, is_demo

    def allocated(self, source: str, years: Iterable[int], areas: Iterable[str]) -> tuple[dict[str, float], bool]:
        """亿元 allocated of a source over the years, by county; {} where no flow of it is recorded."""
        money, demo = self._allocated
        years, found, is_demo = list(years), {}, False
        for area in areas:
            known = [key for year in years if (key := (source, area, year)) in money]
            if known:
                found[area] = round(sum(money[key] for key in known) / WAN_IN_YI, 6)
                is_demo |= not demo.isdisjoint(known)
        return found, is_demo


def _latest(model: type[Observation], as_of: datetime | None) -> dict[tuple[str, str], LatestValue]:
    """By area and indicator: the value of the latest year that has one."""
    found = {}
    rows = model.objects.as_of(as_of).order_by("year")
    for area, code, year, value, is_demo in rows.values_list("area", "indicator", "year", "value", "is_demo"):
        found[area, code] = LatestValue(year, float(value), is_demo)
    return found


def _by_year(model: type[Target], as_of: datetime | None) -> dict[tuple[str, str, int], float]:
    rows = model.objects.as_of(as_of).values_list("area", "indicator", "year", "value")
    return {(area, code, year): float(value) for area, code, year, value in rows}


def standings(
    on: date, *, as_of: datetime | None = None, user: User, source: str | None = None
) -> list[PromiseStanding]:
    """Every promise, of one `source` if given, and how it stands at the end of `on`; `as_of`: what was recorded by
    then. Only what these promises are held against is read."""
    ledger = PromiseLedger(on, as_of)
    statements = _statements(on, user)
    rows = Commitment.objects.visible_to(user).select_related("area")
    if source is not None:
        rows = rows.filter(source_kind=source)
    return [_standing(row, ledger, statements) for row in rows]


def _statements(on: date, user: User) -> dict[tuple[str, str], CommitmentStatement]:
    rows = CommitmentStatement.objects.visible_to(user).filter(stated_on__lte=on).order_by("stated_on", "id")
    return {(row.commitment_id, row.area_id): row for row in rows}


def _standing(row: Commitment, ledger: PromiseLedger, statements: Statements) -> PromiseStanding:
    found = PromiseStanding(row)
    READERS[row.source_kind](row, ledger, found, statements)
    return found


def _promise(row: Commitment, year: int | None = None) -> Promise:
    first, last = (year, year) if year else (row.from_year, row.to_year)
    return Promise(_value(row), row.comparison, first, last)


def _value(row: Commitment) -> float:
    """What is promised. ValueError for a promise in words alone."""
    if row.value is None:
        raise ValueError(f"{row.code} promises no number")
    return float(row.value)


def _period(row: Commitment) -> tuple[int, int]:
    """The first and the last year. ValueError for a promise that names none."""
    if row.from_year is None or row.to_year is None:
        raise ValueError(f"{row.code} names no years")
    return row.from_year, row.to_year


def _sum(parts: Mapping[str, float]) -> float | None:
    """None where nothing is known: not reported is not zero."""
    return round(sum(parts.values()), 6) if parts else None


def _areas(row: Commitment, ledger: PromiseLedger) -> list[str]:
    """The counties that a promise speaks of."""
    return [row.area_id] if row.scope == Scope.AREA and row.area_id else ledger.counties


def _by_scope(row: Commitment, parts: Parts, areas: Iterable[str]) -> list[tuple[str | None, Parts]]:
    """What is judged together, with the county that it is of: each by itself, the one county, or all (None)."""
    known = {area: parts[area] for area in areas if area in parts}
    if row.scope != Scope.EACH:
        return [(row.area_id, known)]
    found: list[tuple[str | None, Parts]] = []
    for area in areas:
        found.append((area, {area: known[area]} if area in known else {}))
    return found


def _from_projects(row: Commitment, ledger: PromiseLedger, found: PromiseStanding, _: Statements) -> None:
    found.parts, is_demo = ledger.landed(row)
    for area, parts in _by_scope(row, found.parts, _areas(row, ledger)):
        judged = progress(_promise(row), _sum(parts), on=ledger.on)
        found.lines.append(PromiseLine(area, None, judged, is_demo))


def _from_indicator(row: Commitment, ledger: PromiseLedger, found: PromiseStanding, _: Statements) -> None:
    code = row.indicator_id or ""
    by_area = {area: ledger.values.get((area, code)) for area in _areas(row, ledger)}
    if row.scope == Scope.TOTAL:
        known = {area: value for area, value in by_area.items() if value}
        found.parts = {area: value.value for area, value in known.items()}
        is_demo = any(value.is_demo for value in known.values())
        year = min((value.year for value in known.values()), default=None)  # the total is as old as its oldest part
        judged = progress(_promise(row), _sum(found.parts), on=ledger.on)
        found.lines = [PromiseLine(None, None, _at_the_end(row, judged, year, ledger), is_demo)]
        return
    for area, value in by_area.items():
        if value is None:
            found.lines.append(PromiseLine(area, None, progress(_promise(row), None, on=ledger.on)))
            continue
        expected = ledger.targets.get((area, code, value.year))
        judged = progress(_promise(row), value.value, on=ledger.on, expected=expected)
        judged = _at_the_end(row, judged, value.year, ledger)
        found.lines.append(PromiseLine(area, value.year, judged, value.is_demo))


def _at_the_end(row: Commitment, judged: PromiseProgress, year: int | None, ledger: PromiseLedger) -> PromiseProgress:
    """Of a promise not met whose last year is over: broken by that year's own value; by an older one nothing is known
    of how it ended. Without years of its own its last one is the plan's."""
    last = row.to_year or ledger.final_year
    if last is None or year is None or ledger.on <= date(last, 12, 31):
        return judged
    if judged.status not in ("on_track", "behind", "broken"):
        return judged
    return replace(judged, status="broken" if year >= last else "unknown")


def _from_funding(row: Commitment, ledger: PromiseLedger, found: PromiseStanding, _: Statements) -> None:
    areas = _areas(row, ledger)
    first, last = _period(row)
    if not row.is_every_year:
        found.parts, is_demo = ledger.allocated(row.funding_source, range(first, last + 1), areas)
        for area, parts in _by_scope(row, found.parts, areas):
            judged = progress(_promise(row), _sum(parts), on=ledger.on)
            found.lines.append(PromiseLine(area, None, judged, is_demo))
        return
    for year in range(first, min(last, ledger.on.year) + 1):
        money, is_demo = ledger.allocated(row.funding_source, [year], areas)
        for area, parts in _by_scope(row, money, areas):
            judged = progress(_promise(row, year), _sum(parts), on=ledger.on)
            found.lines.append(PromiseLine(area, year, judged, is_demo))


def _from_matching(row: Commitment, ledger: PromiseLedger, found: PromiseStanding, _: Statements) -> None:
    """A ratio is a level: within the year it is held against the floor itself, for it falls due with the base."""
    first, last = _period(row)
    for (area, year), line in ledger.matching.items():
        if first <= year <= last:
            ratio = None if line["ratio"] is None else cut(line["ratio"])  # as the pages of money show it
            floor = Promise(_value(row), row.comparison)
            judged = progress(floor, ratio, on=ledger.on, expected=floor.value)
            if judged.status == "behind" and year < ledger.on.year:
                judged = PromiseProgress(judged.promised, ratio, judged.expected, "broken")
            is_demo = any((source, area, year) in ledger.demo_money for source in ledger.matching_sources)
            found.lines.append(PromiseLine(area, year, judged, is_demo, line["status"]))


def _from_statements(row: Commitment, ledger: PromiseLedger, found: PromiseStanding, statements: Statements) -> None:
    for area in ledger.counties:
        said = statements.get((row.code, area))
        if said is None:
            found.lines.append(PromiseLine(area, None, PromiseProgress(1.0, None, None, "unknown")))
            continue
        status = said.standing
        if status in ("on_track", "behind") and _is_over_since(row, said, ledger):
            status = "unknown"
        judged = PromiseProgress(1.0, None, None, status)
        found.lines.append(PromiseLine(area, None, judged, said.is_demo, said.words))


def _is_over_since(row: Commitment, said: CommitmentStatement, ledger: PromiseLedger) -> bool:
    """Whether the promise's time has ended after it was said how it stands: of how it ended nothing is known then."""
    last = row.to_year or ledger.final_year
    return last is not None and said.stated_on <= date(last, 12, 31) < ledger.on


READERS: dict[str, Callable[[Commitment, PromiseLedger, PromiseStanding, Statements], None]] = {
    Source.PROJECTS: _from_projects,
    Source.INDICATOR: _from_indicator,
    Source.FUNDING: _from_funding,
    Source.MATCHING: _from_matching,
    Source.STATEMENTS: _from_statements,
}

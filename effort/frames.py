"""Database → the question of the smallest effort: what each row is short of, what it can do, what projects add."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from areas.models import Area
from effort.choices import EffortQuestion, EffortRow, Key
from figures.picture import Picture
from figures.project_support import counted
from indicators.models import IndicatorDefinition
from peers.comparison import Gains, gains_of
from peers.frames import Bounds, bounds_of, known_series
from projects.frames import planned_gains
from projects.models import Project, ProjectShare


@dataclass(frozen=True)
class Terms:
    """What the user sets. `quantile`: the share of comparable changes that a pushed row is taken to exceed; `ordinary`:
    whether what half of the changes brought is counted; `stalled`: whether stalled projects may be taken up again."""

    most_pushed: int = 3
    budget: float | None = None
    least: int = 0
    quantile: float = 0.75
    ordinary: bool = True
    stalled: bool = False


@dataclass(frozen=True)
class RowFacts:
    """What stands behind a row, for the page. `gains` None: too few comparable changes."""

    area: Area
    definition: IndicatorDefinition
    first_year: int
    years: int
    level: float
    target: float
    gains: Gains | None
    is_demo: bool

    @property
    def key(self) -> Key:
        return self.area.code, self.definition.indicator_id

    @property
    def needed(self) -> float:
        """A year, positive good, with all that helps."""
        return self.definition.direction * (self.target - self.level) / self.years


Incomplete = list[tuple[Area, IndicatorDefinition]]


@dataclass(frozen=True)
class EffortFacts:
    """The question, what stands behind it, and the rows that are in none: already reached, or of which a side is
    missing."""

    asked: EffortQuestion
    rows: dict[Key, RowFacts]
    projects: dict[str, Project]
    reached: int = 0
    incomplete: Incomplete = field(default_factory=list)

    @property
    def without_history(self) -> list[RowFacts]:
        """Rows that only projects can bring further, for nobody knows what such a row can do."""
        return [facts for facts in self.rows.values() if facts.gains is None]

    @property
    def is_demo(self) -> bool:
        behind_them: list[RowFacts | Project] = [*self.rows.values(), *self.projects.values()]
        return any(each.is_demo for each in behind_them)


def effort_facts(picture: Picture, areas: Sequence[Area], terms: Terms) -> EffortFacts:
    """Of the counties' rows that have a value and a final target and have not reached it. A handful of queries."""
    search = _RowSearch(picture, terms)
    search.add_all(areas)
    helped = _helped(picture, areas, search.found, terms)
    projects = _projects(helped.values())
    rows = tuple(_row(key, facts, helped.get(key, {}), terms) for key, facts in search.found.items())
    asked = EffortQuestion(
        rows=rows,
        costs=_costs(projects, areas, is_one_county=len(areas) == 1),
        most_pushed=terms.most_pushed,
        budget=terms.budget,
        least=terms.least,
    )
    return EffortFacts(asked, search.found, projects, search.reached, search.incomplete)


@dataclass
class _RowSearch:
    """What is found row by row: what stands behind each row of the question, and how many rows are in none."""

    picture: Picture
    terms: Terms
    found: dict[Key, RowFacts] = field(default_factory=dict)
    reached: int = 0
    incomplete: Incomplete = field(default_factory=list)

    def __post_init__(self) -> None:
        self.series = known_series()

    def add_all(self, areas: Sequence[Area]) -> None:
        for definition in self.picture.definitions:
            bounds = bounds_of(definition)
            if not bounds.direction:  # a band or a stage is reached by no yearly gain
                continue
            for area in areas:
                self._add(area, definition, bounds)

    def _add(self, area: Area, definition: IndicatorDefinition, bounds: Bounds) -> None:
        """One county's row into the one place where it belongs; a target of a year that has passed into none."""
        rows = self._records(area, definition)
        known = [row for row in rows if row["value"] is not None]
        target = rows[-1]["target"] if rows else None
        if target is None or not known:
            self.incomplete.append((area, definition))
            return
        last = known[-1]
        if definition.direction * (target - last["value"]) <= 0:
            self.reached += 1
            return
        years = self.picture.plan.final_year - last["year"]
        if years < 1:
            return
        is_demo = any(row["is_demo"] for row in rows)
        asked = bounds.question(years, with_demo=is_demo)
        gains = gains_of(self.series, asked, last["value"], quantile=self.terms.quantile)
        facts = RowFacts(area, definition, last["year"], years, last["value"], target, gains, is_demo)
        self.found[facts.key] = facts

    def _records(self, area: Area, definition: IndicatorDefinition) -> list[dict]:
        """The judged rows of the years that have one, the earliest first."""
        records, code = self.picture.records, definition.indicator_id
        by_year = [records.get((area.code, code, year)) for year in self.picture.years]
        return [row for row in by_year if row]


def _helped(
    picture: Picture, areas: Sequence[Area], found: dict[Key, RowFacts], terms: Terms
) -> dict[Key, dict[str, float]]:
    """What each project on the way adds to a row by the final year; what falls due in a year that has a value is in the
    value already."""
    indicators = sorted({code for _area, code in found})
    codes = [area.code for area in areas]
    gains = planned_gains(codes, indicators, counted=counted(picture.definitions))
    wanted = {gain.project for gain in gains if gain.is_live}
    if terms.stalled:
        known = {gain.project for gain in gains}
        stalled = Project.objects.filter(code__in=known, state=Project.State.STALLED)
        wanted |= set(stalled.values_list("code", flat=True))
    helped: dict[Key, dict[str, float]] = {}
    for gain in gains:
        facts = found.get((gain.area, gain.indicator))
        if facts is None or gain.project not in wanted:
            continue
        if facts.first_year < gain.year <= picture.plan.final_year:
            own = helped.setdefault(facts.key, {})
            own[gain.project] = own.get(gain.project, 0.0) + gain.value
    return helped


def _projects(helped: Iterable[Mapping[str, float]]) -> dict[str, Project]:
    """By code: those that help any row."""
    codes = sorted(set().union(*helped))
    rows = Project.objects.filter(code__in=codes).with_last_report()
    return {row.code: row for row in rows}


def _costs(projects: dict[str, Project], areas: Sequence[Area], *, is_one_county: bool) -> dict[str, float | None]:
    """亿元 that each project still needs: its investment less what is completed; of one county its share of that."""
    shares: dict[str, float] = {}
    if is_one_county:
        rows = ProjectShare.objects.filter(area=areas[0], project__code__in=list(projects))
        shares = {code: float(share) for code, share in rows.values_list("project__code", "share")}
    found: dict[str, float | None] = {}
    for code, project in projects.items():
        if project.total_yi is None:
            found[code] = None
            continue
        left = max(float(project.total_yi) - float(project.completed_yi or 0), 0.0)
        found[code] = round(left * shares.get(code, 1.0), 4)  # of several counties the whole: `shares` is empty
    return found


def _row(key: Key, facts: RowFacts, helped: dict[str, float], terms: Terms) -> EffortRow:
    gains, years = facts.gains, facts.years
    ordinary = gains.ordinary * years if gains and terms.ordinary else 0.0
    pushed = gains.feasible * years if gains else None
    return EffortRow(key, facts.needed * years, ordinary, pushed, helped)

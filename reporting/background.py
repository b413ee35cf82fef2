"""What a county's sheet of one year is held against: everything that the checks and the judgement need and that nobody
types on the sheet. Read once for each state of it, for it changes seldom and every save asks for it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils import timezone

from indicators.cells.inputs import Columns
from indicators.definitions.context_parts import given_parts
from indicators.frames import Period, cells_columns, period
from indicators.models import IndicatorDefinition, Observation
from indicators.terms.parts import RatioParts
from journal.versions import data_version
from lib.lru_cache import Recent
from reporting.checks.movements import movements
from reporting.checks.row_movement import Movement
from reporting.models import CheckLimit, Submission
from reporting.official import official_facts
from reporting.rules.contradictions import NumberTable, StandingRule, rules_in_force

KEPT = Recent(60)  # sheets; some hundred KiB each
# What people write while they report, and money's and users' own matters: none of it changes what a sheet is held
# against. Limits and rules, which are also of this room, do.
NOT_HERE = (
    "reporting.entry",
    "reporting.evidence",
    "reporting.submission",
    "reporting.notice",
    "matters",
    "accounts",
    "funding",
    "commitments",
    "workdays",
    "indicators.assessment",
    "journal",
)


@dataclass(frozen=True)
class SheetBackground:
    """To be read only: many requests share it. By indicator: how each row is defined, the yearly change that needs no
    explanation (None for any), the parts that context figures hold, how the row has moved before. `facts` are the
    official values of the county from the plan's baseline to the sheet's year, `cells` the kernel's input of all the
    plan's years, `numbers` what the rules compare."""

    area: str
    year: int
    span: Period
    definitions: Mapping[str, IndicatorDefinition]
    limits: Mapping[str, Decimal | None]
    facts: Mapping[tuple[str, int], Observation]
    given: Mapping[str, RatioParts]
    moved: Mapping[str, Movement]
    cells: Columns
    rules: Sequence[StandingRule]
    numbers: NumberTable

    @property
    def facts_of_year(self) -> dict[str, Observation]:
        """The official values in force of the sheet's year, by indicator."""
        return {code: fact for (code, year), fact in self.facts.items() if year == self.year}


def background_of(submission: Submission) -> SheetBackground:
    """The background of the sheet as it is now: one small query, and some fifteen where anything of it has changed."""
    area, year = submission.area_id, submission.round.year
    # The version is read before the data: what is kept may be newer than its name, never older.
    name = (data_version(NOT_HERE)[0], timezone.localdate(), area, year)
    found: SheetBackground | None = KEPT.get(name)
    if found is None:
        found = _read(area, year)
        KEPT.put(name, found)
    return found


def _read(area: str, year: int) -> SheetBackground:
    definitions = {row.indicator_id: row for row in IndicatorDefinition.objects.as_of()}
    span = period()
    facts = official_facts(area, range(span.baseline_year, year + 1))
    rules = rules_in_force()
    official = {(code, area, at): fact.value for (code, at), fact in facts.items()}
    return SheetBackground(
        area=area,
        year=year,
        span=span,
        definitions=definitions,
        limits=dict(CheckLimit.objects.values_list("indicator", "max_yearly_change")),
        facts=facts,
        given=given_parts(definitions.values(), area, year),
        moved=movements(list(definitions), before=year),
        cells=cells_columns(areas=[area], years=span.years),
        rules=rules,
        numbers=NumberTable([each.rule for each in rules], areas=[area], years=[year], official=official).read(),
    )

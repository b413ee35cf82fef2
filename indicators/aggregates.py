"""The city's number, or a group's, out of its counties': a sum, or the sum of the numerators over the sum of the
denominators. Never a mean of percentages: a ratio whose parts are not known does not go in, and how many went in is
told beside the number."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from areas.models import Area
from indicators.cells.inputs import UNCERTAIN
from indicators.models import IndicatorDefinition, Observation
from indicators.terms.parts import NO_PARTS, RatioParts
from lib.numbers import can_be_kept
from plan.models import Plan

Aggregation = IndicatorDefinition.Aggregation
TOGETHER = "+"  # joins the codes of a group


@dataclass(frozen=True)
class CountedFact:
    """One county's official number of one year."""

    area: str
    value: Decimal
    parts: RatioParts = NO_PARTS
    is_demo: bool = False
    is_provisional: bool = False


@dataclass
class Aggregate:
    """One computed number. `value` is None where no county went in, or where the sum is too large to be a figure of
    ours; `included` are the codes of those that did, `counties` how many there are."""

    area: str
    indicator: str
    year: int
    method: str
    counties: int
    value: Decimal | None = None
    parts: RatioParts = NO_PARTS
    included: list[str] = field(default_factory=list)
    is_demo: bool = False
    is_provisional: bool = False

    @property
    def counted(self) -> int:
        return len(self.included)

    @property
    def is_whole(self) -> bool:
        return self.counted == self.counties


def aggregate(
    area: str, definition: IndicatorDefinition, year: int, facts: Iterable[CountedFact], *, counties: int
) -> Aggregate:
    """Of the counties' facts of one indicator and year. Sums are exact; a quotient is rounded as every value that
    follows from its parts."""
    found = Aggregate(area, definition.indicator_id, year, definition.aggregation, counties)
    terms = definition.parts if definition.aggregation == Aggregation.RATIO else None
    own = [fact for fact in facts if terms is None or fact.parts.are_both]
    if not own:
        return found
    found.included = sorted(fact.area for fact in own)
    found.is_demo = any(fact.is_demo for fact in own)
    found.is_provisional = definition.is_provisional or any(fact.is_provisional for fact in own)
    if terms is None:
        found.value = _kept(sum((fact.value for fact in own), Decimal(0)))
        return found
    above = sum((fact.parts.numerator or Decimal(0) for fact in own), Decimal(0))
    below = sum((fact.parts.denominator or Decimal(0) for fact in own), Decimal(0))
    found.parts = RatioParts(above, below)
    found.value = _kept(terms.value(found.parts))
    return found


def _kept(value: Decimal | None) -> Decimal | None:
    return value if value is not None and can_be_kept(value) else None


def city_aggregates(
    *,
    areas: Sequence[str] | None = None,
    indicators: Sequence[str] | None = None,
    years: Iterable[int] | None = None,
    as_of: datetime | None = None,
) -> list[Aggregate]:
    """Of every indicator that adds up, by year, out of the official values in force: of all counties of the plan's
    city, or of `areas` as a group. A year without any value has no row. Three queries."""
    plan = Plan.objects.first()
    if plan is None:
        return []
    counties = set(Area.objects.counties().filter(parent=plan.area_id).values_list("code", flat=True))
    group = counties if areas is None else counties & set(areas)
    code = plan.area_id if group == counties else TOGETHER.join(sorted(group))
    definitions = IndicatorDefinition.objects.as_of(as_of).exclude(aggregation="").select_related("indicator")
    if indicators is not None:
        definitions = definitions.filter(indicator__in=list(indicators))
    return aggregates_of(code, group, definitions.order_by("indicator__position", "indicator"), years, as_of)


def aggregates_of(
    area: str,
    group: Collection[str],
    definitions: Iterable[IndicatorDefinition],
    years: Iterable[int] | None = None,
    as_of: datetime | None = None,
) -> list[Aggregate]:
    """As `city_aggregates`, of counties and definitions that are known already: one query, none where nothing adds up.
    `area` is what the rows are called."""
    known = {row.indicator_id: row for row in definitions if row.aggregation}
    if not known:
        return []
    by_year: dict[tuple[str, int], list[CountedFact]] = {}
    for indicator, year, fact in _facts(group, known, years, as_of):
        by_year.setdefault((indicator, year), []).append(fact)
    places = {indicator: place for place, indicator in enumerate(known)}
    keys = sorted(by_year, key=lambda key: (places[key[0]], key[1]))
    return [aggregate(area, known[key[0]], key[1], by_year[key], counties=len(group)) for key in keys]


def _facts(
    group: Collection[str], indicators: Iterable[str], years: Iterable[int] | None, as_of: datetime | None
) -> Iterator[tuple[str, int, CountedFact]]:
    rows = Observation.objects.as_of(as_of).filter(area__in=group, indicator__in=list(indicators))
    if years is not None:
        rows = rows.filter(year__in=list(years))
    names = ("indicator_id", "year", "area_id", "value", "numerator", "denominator", "is_demo", "uncertain")
    for code, year, area, value, above, below, is_demo, uncertain in (
        rows.annotate(uncertain=UNCERTAIN).order_by().values_list(*names).iterator(chunk_size=2000)
    ):
        yield code, year, CountedFact(area, value, RatioParts(above, below), is_demo, uncertain)

"""Database → what is known of all places: the official values of the plan's counties, and the reference areas."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from indicators.cells.inputs import fact_columns
from indicators.forecasting.pools import pooled_areas
from indicators.models import IndicatorDefinition, Observation
from lib.database.prepared_statements import again
from pagecache.value_cache import NO_FIGURES, kept
from peers.comparison import ChangeQuestion, Series
from peers.models import ReferenceSeries, ReferenceSource
from plan.models import Plan


@dataclass(frozen=True)
class Bounds:
    """What a question needs to know of an indicator. `direction` 0: a band or a stage, of whose way no share can be
    told."""

    code: str
    unit: str
    direction: int
    is_cumulative: bool
    span: float

    def question(self, years: int, *, with_demo: bool) -> ChangeQuestion:
        return ChangeQuestion(self.code, self.unit, self.direction, self.is_cumulative, self.span, years, with_demo)


def bounds_of(definition: IndicatorDefinition) -> Bounds:
    """The same of a definition."""
    lower, upper = definition.lower_bound, definition.upper_bound
    span = np.nan
    if lower is not None and upper is not None:
        span = float(upper - lower)
    return Bounds(
        code=definition.indicator_id,
        unit=definition.unit,
        direction=0 if definition.stages else definition.direction,
        is_cumulative=definition.kind == IndicatorDefinition.Kind.CUMULATIVE,
        span=span,
    )


def known_series() -> Series:
    """The series of all places, kept as long as the facts, the catalogue and the reference areas are the same. Of more
    than 300 counties 300 evenly spread ones; an invented value of a county is left out of an indicator that has
    others."""
    return kept(_read_series, "peers")


def _read_series() -> Series:
    rows = again("definitions in force", IndicatorDefinition.objects.as_of)
    definitions = {row.indicator_id: bounds_of(row) for row in rows}
    # A county's new number changes nothing of the other places, which may be thousands.
    references = kept(lambda: _of_references(definitions), "references", unaffected_by=NO_FIGURES)
    return _assembled([*_of_counties(definitions), *references])


class _KnownSeries(NamedTuple):
    """One series: what is known of one place and one indicator, by year."""

    code: str
    place: str
    unit: str
    direction: int
    is_cumulative: bool
    numbers: dict[int, float]
    is_demo: bool


def _assembled(rows: Sequence[_KnownSeries]) -> Series:
    """A matrix of series × years, NaN where nothing is known, and the columns that say what each series is."""
    years: set[int] = set()
    for row in rows:
        years |= row.numbers.keys()
    first, last = min(years, default=0), max(years, default=0)
    values = np.full((len(rows), last - first + 1), np.nan)
    for at, row in enumerate(rows):
        values[at, [year - first for year in row.numbers]] = list(row.numbers.values())
    return Series(
        values=values,
        code=np.array([row.code for row in rows], dtype=object),
        place=np.array([row.place for row in rows], dtype=object),
        unit=np.array([row.unit for row in rows], dtype=object),
        direction=np.array([row.direction for row in rows], dtype=int),
        is_cumulative=np.array([row.is_cumulative for row in rows], dtype=bool),
        is_demo=np.array([row.is_demo for row in rows], dtype=bool),
    )


def _of_counties(definitions: dict[str, Bounds]) -> Iterator[_KnownSeries]:
    """Each series of a county of the plan."""
    columns = fact_columns(Observation, areas=pooled_areas())
    facts = [columns[name].tolist() for name in ("area", "indicator", "year", "value", "is_demo")]
    told = {code for _area, code, _year, _value, is_demo in zip(*facts, strict=True) if not is_demo}
    series: dict[tuple[str, str], dict[int, float]] = {}
    invented: set[tuple[str, str]] = set()
    for area, code, year, value, is_demo in zip(*facts, strict=True):
        is_directed = code in definitions and definitions[code].direction
        if not is_directed or (is_demo and code in told):
            continue
        series.setdefault((area, code), {})[year] = value
        if is_demo:
            invented.add((area, code))
    baseline = Plan.objects.values_list("baseline_year", flat=True).first()
    for area, code in sorted(series):
        known, numbers = definitions[code], series[area, code]
        if known.is_cumulative and baseline is not None:
            numbers.setdefault(baseline, 0.0)
        about = (known.code, area, known.unit, known.direction, known.is_cumulative)
        yield _KnownSeries(*about, numbers, (area, code) in invented)


def _of_references(definitions: dict[str, Bounds]) -> list[_KnownSeries]:
    """The same of each reference area. Of what two sources say of one area and indicator, the newer counts."""
    totals = {code for code, known in definitions.items() if known.is_cumulative}
    rows = ReferenceSeries.objects.filter(source__in=ReferenceSource.objects.in_force().values("pk"))
    names = ("area", "name", "unit", "indicator_id", "direction", "values", "source__is_demo")
    found: dict[tuple[str, str], _KnownSeries] = {}
    in_order = rows.order_by("source__recorded_at", "pk")  # the newer takes the place of the older
    for area, name, unit, code, direction, values, is_demo in in_order.values_list(*names):
        numbers = {int(year): float(value) for year, value in values.items()}
        found[area, name] = _KnownSeries(code or "", area, unit, direction, code in totals, numbers, is_demo)
    return list(found.values())

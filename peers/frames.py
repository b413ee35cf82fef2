"""Database → what is known of all places: the official values of the plan's counties, and the reference areas."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from indicators.cells.inputs import fact_columns
from indicators.forecasting.pools import pooled_areas
from indicators.models import IndicatorDefinition, Observation
from pagecache.value_cache import kept
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
    return Bounds(
        code=definition.indicator_id,
        unit=definition.unit,
        direction=0 if definition.stages else definition.direction,
        is_cumulative=definition.kind == IndicatorDefinition.Kind.CUMULATIVE,
        span=float(upper - lower) if lower is not None and upper is not None else np.nan,
    )


def known_series() -> Series:
    """The series of all places, kept as long as the facts, the catalogue and the reference areas are the same. Of more
    than 300 counties 300 evenly spread ones; an invented value of a county is left out of an indicator that has
    others."""
    return kept(_read_series, "peers")


def _read_series() -> Series:
    definitions = {row.indicator_id: bounds_of(row) for row in IndicatorDefinition.objects.as_of()}
    years: set[int] = set()
    rows: list[tuple] = []
    for key, numbers, is_demo in _of_counties(definitions):
        rows.append((*key, numbers, is_demo))
        years |= numbers.keys()
    for key, numbers, is_demo in _of_references(definitions):
        rows.append((*key, numbers, is_demo))
        years |= numbers.keys()
    return _assembled(rows, sorted(years))


def _assembled(rows: Sequence[tuple], years: Sequence[int]) -> Series:
    first = years[0] if years else 0
    width = years[-1] - first + 1 if years else 1
    values = np.full((len(rows), width), np.nan)
    for at, row in enumerate(rows):
        numbers = row[-2]
        values[at, [year - first for year in numbers]] = list(numbers.values())
    codes, places, units, directions, totals = ([row[n] for row in rows] for n in range(5))
    return Series(
        values=values,
        code=np.array(codes, dtype=object),
        place=np.array(places, dtype=object),
        unit=np.array(units, dtype=object),
        direction=np.array(directions, dtype=int),
        is_cumulative=np.array(totals, dtype=bool),
        is_demo=np.array([row[-1] for row in rows], dtype=bool),
    )


def _of_counties(definitions: dict[str, Bounds]) -> Iterable[tuple]:
    """((code, place, unit, direction, is_cumulative), {year: value}, is_demo) of each series of a county."""
    columns = fact_columns(Observation, areas=pooled_areas())
    facts = [columns[name].tolist() for name in ("area", "indicator", "year", "value", "is_demo")]
    told = {code for _area, code, _year, _value, is_demo in zip(*facts, strict=True) if not is_demo}
    series: dict[tuple[str, str], dict[int, float]] = {}
    invented: set[tuple[str, str]] = set()
    for area, code, year, value, is_demo in zip(*facts, strict=True):
        if code not in definitions or not definitions[code].direction or (is_demo and code in told):
            continue
        series.setdefault((area, code), {})[year] = value
        if is_demo:
            invented.add((area, code))
    baseline = Plan.objects.values_list("baseline_year", flat=True).first()
    for area, code in sorted(series):
        known, numbers = definitions[code], series[area, code]
        if known.is_cumulative and baseline is not None:
            numbers.setdefault(baseline, 0.0)
        key = (known.code, area, known.unit, known.direction, known.is_cumulative)
        yield key, numbers, (area, code) in invented


def _of_references(definitions: dict[str, Bounds]) -> Iterable[tuple]:
    """The same of each reference area. Of what two sources say of one area and indicator, the newer counts."""
    totals = {code for code, known in definitions.items() if known.is_cumulative}
    rows = ReferenceSeries.objects.filter(source__in=ReferenceSource.objects.in_force().values("pk"))
    names = ("area", "name", "unit", "indicator_id", "direction", "values", "source__is_demo")
    found: dict[tuple[str, str], tuple] = {}
    for area, name, unit, code, direction, values, is_demo in rows.order_by("source__recorded_at", "pk").values_list(
        *names
    ):
        numbers = {int(year): float(value) for year, value in values.items()}
        key = (code or "", area, unit, direction, code in totals)
        found[area, name] = (key, numbers, is_demo)
    return found.values()

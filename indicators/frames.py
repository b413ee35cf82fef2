"""Database → DataFrame, with fixed columns also when empty: the one place where the ORM meets pandas."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import pandas as pd
from django.db import connection
from django.db.models import Max, QuerySet
from django.utils import timezone

from areas.models import Area
from indicators import gaps
from indicators.cells.bulk_copy import PlacedRows, placed_facts
from indicators.cells.grid import Grid
from indicators.cells.inputs import (
    DEFINITION_COLUMNS,
    FACT_COLUMNS,
    KEY,
    LIMITED_AREAS,
    NOTHING,
    SERIES,
    Columns,
    Overlay,
    definition_columns,
    fact_columns,
    frame_of,
)
from indicators.forecasting.cells import FORECAST_COLUMNS, forecast_cells, pools_of
from indicators.forecasting.parameters import VERSION as FORECAST_VERSION
from indicators.forecasting.parameters import shipped_parameters
from indicators.forecasting.pools import pooled_areas, stored_pools
from indicators.models import (
    Assessment,
    ReportingYear,
)
from indicators.terms.applicability import NOT_APPLICABLE, RowScope, Years, applicable_cells, scoped_areas
from lib.numbers import SETTLED_DECIMALS
from plan.models import Plan

BENCHMARKS = ("target", "standard")
INPUT_VERSIONS = ["value_version", "target_version", "standard_version", "definition_version"]
STORED_COLUMNS = [
    "value",
    "target",
    "standard",
    *gaps.OPTIONAL_COLUMNS,
    *gaps.OUTPUT_COLUMNS,
    *INPUT_VERSIONS,
    "is_demo",
    "is_provisional",
    "rule_version",
    *FORECAST_COLUMNS,
    "forecast_version",
]
OF_SCOPE = ("only_areas", "first_year", "last_year", "are_areas_limited")
CELL_DEFINITION = [name for name in DEFINITION_COLUMNS[1:] if name not in OF_SCOPE]
FLAGS = ["is_slipping", "is_demo", "is_provisional"]
# A chance is said in whole per cent, never as certain; a range to where the order of the arithmetic is not yet seen.
PROBABILITY_DECIMALS, RANGE_DECIMALS = 2, 6
NOT_OF_STAGES = ["required_change", "projection", "probability", "range_low", "range_high"]

STORED_NAMES = ["area_id", "indicator_id", "year", *STORED_COLUMNS, "assessed_at"]


@dataclass(frozen=True)
class Period:
    """The years of the picture. `as_of_year` is the latest whose reporting round has opened, or whose reporting day has
    passed."""

    baseline_year: int
    final_year: int
    as_of_year: int

    @property
    def years(self) -> range:
        return range(self.baseline_year, self.final_year + 1)


def period(as_of: datetime | None = None) -> Period:
    """The plan's period as seen at `as_of` (None: now). Raises `Plan.DoesNotExist` before `load_plan`."""
    plan, moment = Plan.objects.get(), as_of or timezone.now()
    opened = ReportingYear.objects.filter(opened_at__lte=moment).aggregate(latest=Max("year"))["latest"]
    due = min(plan.due_year(timezone.localdate(moment)), plan.final_year)
    return Period(plan.baseline_year, plan.final_year, max(plan.baseline_year, due, opened or 0))


def cells_frame(
    *,
    areas: Iterable[str] | None = None,
    indicators: Iterable[str] | None = None,
    as_of: datetime | None = None,
    years: range | None = None,
    overlay: Overlay = NOTHING,
) -> pd.DataFrame:
    """The kernel's input: the whole grid county × indicator × year of the plan's period. See `cells_columns`."""
    return frame_of(cells_columns(areas=areas, indicators=indicators, as_of=as_of, years=years, overlay=overlay))


def cells_columns(
    *,
    areas: Iterable[str] | None = None,
    indicators: Iterable[str] | None = None,
    as_of: datetime | None = None,
    years: range | None = None,
    overlay: Overlay = NOTHING,
) -> Columns:
    """The columns of `cells_frame`: the whole grid county × indicator × year of the plan's period.

    Besides the kernel's columns: the version of each input, `is_demo` and `is_provisional`.
    A cumulative row counts as 0 in the baseline year, for its running total begins after it.
    `overlay` is laid over what is in force: the picture as it would be.
    """
    years = years or period(as_of).years
    definitions = overlay.over_definitions(definition_columns(as_of, indicators))
    codes = list(Area.objects.judged().values_list("code", flat=True) if areas is None else areas)
    grid = Grid(codes, definitions["indicator"].tolist(), years)
    columns = grid.keys() | {name: grid.of_indicators(definitions[name]) for name in CELL_DEFINITION}
    columns["is_applicable"] = _applicable(grid, definitions)
    marks = {"is_demo": [], "is_provisional": [columns["is_definition_provisional"]]}
    for name in SERIES:
        scope = {"as_of": as_of, "areas": areas, "indicators": indicators}
        facts = _placed_facts(name, grid, scope, overlay)
        columns |= {name: facts.value, f"{name}_version": facts.version}
        if name in BENCHMARKS:
            columns[f"{name}_high"] = np.where(columns["direction"] == 0, facts.value_high, np.nan)
        for mark, so_far in marks.items():
            so_far.append(_of_all_inputs(name, getattr(facts, mark), len(years)))
    columns |= {mark: np.logical_or.reduce(of_each) for mark, of_each in marks.items()}
    begins_at_zero = (columns["kind"] == "cumulative") & (columns["year"] == years[0]) & np.isnan(columns["value"])
    columns["value"][begins_at_zero] = 0.0
    return columns


def _applicable(grid: Grid, definitions: Columns) -> np.ndarray:
    """For each cell whether area and indicator are there in its year."""
    ends = zip(definitions["only_areas"], definitions["first_year"], definitions["last_year"], strict=True)
    scopes = [RowScope(scoped_areas(areas or ""), _year(first), _year(last)) for areas, first, last in ends]
    of_areas: dict[str, Years] = {}
    if definitions["are_areas_limited"].any():
        limited = LIMITED_AREAS.filter(code__in=grid.areas).values_list("code", "first_year", "last_year")
        of_areas = {code: (first, last) for code, first, last in limited}
    return applicable_cells(grid.areas, scopes, grid.years, of_areas)


def _year(number: float) -> int | None:
    return None if number is None or np.isnan(number) else int(number)


def _without_the_inapplicable(judged: pd.DataFrame) -> pd.DataFrame:
    """What is not there has no numbers and one word."""
    gone = ~judged["is_applicable"]
    if gone.any():
        judged[NUMBERS] = judged[NUMBERS].mask(gone)
        judged[["status", "standard_status"]] = judged[["status", "standard_status"]].mask(gone, NOT_APPLICABLE)
        judged["outlook"] = judged["outlook"].mask(gone, "unknown")
        judged[FLAGS] = judged[FLAGS].mask(gone, False).astype(bool)
    return judged


def _placed_facts(series: str, grid: Grid, scope: dict, overlay: Overlay) -> PlacedRows:
    """The facts in force on the grid: by COPY where PostgreSQL is asked for what is, else through the ORM."""
    model = SERIES[series]
    if connection.vendor == "postgresql" and scope["as_of"] is None and series not in overlay.facts:
        return placed_facts(model, grid)
    facts = overlay.over_facts(series, fact_columns(model, **scope))
    area_at, indicator_at = _places(grid.areas, facts["area"]), _places(grid.indicators, facts["indicator"])
    at = grid.positions(area_at, indicator_at, facts["year"])
    columns = [facts[name] for name in FACT_COLUMNS[len(KEY) :]]
    return PlacedRows(*grid.scatter(at, columns))


def _places(known: Sequence[str], found: np.ndarray) -> np.ndarray:
    """Where each of `found` stands in `known`; -1: nowhere."""
    place = {word: at for at, word in enumerate(known)}
    return np.array([place.get(word, -1) for word in found], dtype=np.int64)


def _of_all_inputs(name: str, flag: np.ndarray, years: int) -> np.ndarray:
    """A mark carried to every cell that is judged or forecast by the marked fact: besides the year's own facts these
    are the values of all years before, and the target of the final year. `flag` is in the grid's order, the years of a
    series side by side."""
    own = flag.reshape(-1, years)
    if name == "value":
        own = np.logical_or.accumulate(own, axis=1)
    if name == "target":
        own = own | own[:, -1:]
    return own.ravel()


def assessed_frame(
    *,
    areas: Iterable[str] | None = None,
    indicators: Iterable[str] | None = None,
    as_of: datetime | None = None,
    overlay: Overlay = NOTHING,
) -> pd.DataFrame:
    """`cells_frame` judged by the kernel, with the forecast beside: the picture at `as_of` (None: now), computed
    afresh. What all counties have in common is read from the stored pools for now, and counted for a past date."""
    span = period(as_of)
    cells = cells_frame(areas=areas, indicators=indicators, as_of=as_of, years=span.years, overlay=overlay)
    judged = _judged(cells, span)
    judged[COMPUTED] = judged[COMPUTED].round(SETTLED_DECIMALS) + 0.0  # and no negative zero
    judged["rule_version"] = gaps.RULE_VERSION
    if as_of is None:
        pools = stored_pools(indicators)
    else:
        pools = counted_pools(span, indicators=indicators, as_of=as_of, known=cells)
    said = forecast_cells(cells, final_year=span.final_year, parameters=shipped_parameters(), pools=pools)
    least = 10.0**-PROBABILITY_DECIMALS
    judged["probability"] = said["probability"].clip(least, 1 - least).round(PROBABILITY_DECIMALS)
    for name in ("range_low", "range_high"):
        judged[name] = said[name].round(RANGE_DECIMALS)
    judged["forecast_version"] = FORECAST_VERSION
    # A stage is a place, no amount: half of one cannot be expected, nor a part of one be due in a year.
    judged[NOT_OF_STAGES] = judged[NOT_OF_STAGES].mask(judged["is_staged"])
    judged = _without_the_inapplicable(judged)
    return judged


def _judged(cells: pd.DataFrame, span: Period) -> pd.DataFrame:
    return gaps.assess(cells, baseline_year=span.baseline_year, final_year=span.final_year, as_of_year=span.as_of_year)


def statuses_at(as_of: datetime, *, areas: Iterable[str], indicators: Iterable[str]) -> dict[tuple[str, str, int], str]:
    """(area, indicator, year): the status as seen then. `assessed_frame` says the same and costs three times as much,
    for a forecast rests on the cells of all counties."""
    span = period(as_of)
    cells = cells_columns(areas=areas, indicators=indicators, as_of=as_of, years=span.years)
    judged = gaps.assess_columns(
        cells, baseline_year=span.baseline_year, final_year=span.final_year, as_of_year=span.as_of_year
    )
    status = np.where(cells["is_applicable"], judged["status"], NOT_APPLICABLE)
    keys = zip(cells["area"].tolist(), cells["indicator"].tolist(), cells["year"].tolist(), strict=True)
    return dict(zip(keys, status.tolist(), strict=True))


def stored_values(assessments: QuerySet[Assessment]) -> QuerySet:
    """What `stored_rows` takes: STORED_NAMES of each, in any order."""
    return assessments.order_by().values_list(*STORED_NAMES)


def stored_rows(values: Iterable[tuple]) -> list[dict]:
    """Stored assessments as plain rows, for a page that reckons with none of them: KEY, STORED_COLUMNS, `assessed_at`;
    None where nothing is known. A frame of the same costs three times as much. `values`: of `stored_values`."""
    columns = [*KEY, *STORED_COLUMNS, "assessed_at"]
    return [dict(zip(columns, row, strict=True)) for row in values]


def counted_pools(
    span: Period,
    *,
    indicators: Iterable[str] | None = None,
    as_of: datetime | None = None,
    known: pd.DataFrame | None = None,
) -> dict[int, pd.DataFrame]:
    """What all counties say together of each indicator in each year, as `forecast_cells` takes it; from the cells
    `known` where these are of all counties.

    Demonstration numbers are left out of an indicator that has others, so that no official forecast rests on them."""
    areas = pooled_areas()
    if known is not None and set(areas) == set(known["area"].unique()):
        cells = known.copy()
    else:
        cells = cells_frame(areas=areas, indicators=indicators, as_of=as_of, years=span.years)
    if cells.empty:
        return {}
    is_other = cells["value"].notna() & ~cells["is_demo"] & (cells["year"] > span.baseline_year)
    has_others = is_other.groupby(cells["indicator"]).transform("any")
    cells["value"] = cells["value"].mask(has_others & cells["is_demo"])
    return pools_of(cells, final_year=span.final_year)


def stored_frame(assessments: QuerySet[Assessment]) -> pd.DataFrame:
    """Stored assessments as `assessed_frame` gives them: KEY, STORED_COLUMNS, `assessed_at`."""
    columns = [*KEY, *STORED_COLUMNS, "assessed_at"]
    return _typed(pd.DataFrame.from_records(list(assessments.order_by().values_list(*STORED_NAMES)), columns=columns))


def frame_of_stored(rows: Sequence[dict]) -> pd.DataFrame:
    """`stored_frame` of rows that are read already."""
    return _typed(pd.DataFrame(list(rows), columns=[*KEY, *STORED_COLUMNS, "assessed_at"]))


def _typed(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.astype(
        dict.fromkeys(("area", "indicator"), object)
        | dict.fromkeys(FLOATS, float)
        | dict.fromkeys(("is_slipping", "is_demo", "is_provisional"), bool)
        | {"year": int}
    )


COMPUTED = [
    name for name in gaps.OUTPUT_COLUMNS if not name.endswith("status") and name not in {"outlook", "is_slipping"}
]
NUMBERS = ["value", "target", "standard", *gaps.OPTIONAL_COLUMNS, *COMPUTED, "probability", "range_low", "range_high"]
FLOATS = [
    "value",
    "target",
    "standard",
    *gaps.OPTIONAL_COLUMNS,
    *COMPUTED,
    *INPUT_VERSIONS,
    *FORECAST_COLUMNS,
]

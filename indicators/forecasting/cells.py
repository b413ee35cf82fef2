"""The forecast for a frame of cells: the chance of the final target, and the range of the years to come.

DataFrame in, DataFrame out, as the kernel: no Django, no clock, no I/O, no loop over rows.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd

from indicators.forecasting.forecast import (
    LEAST_CHANGES,
    Array,
    Law,
    Parameters,
    Pool,
    Traits,
    chance_of_reaching,
    describe,
    pool_of,
    predict,
    quantile,
    ranges,
)

FORECAST_COLUMNS = ("probability", "range_low", "range_high")
NEXT_COLUMNS = ("area", "indicator", "year", "value", "range_low", "range_high")
MIDDLE = 0.5
SIZE_DECIMALS = 2  # of the logarithm of a pooled size: steps of one per cent
LEAST_SIZE = 1e-6  # a pooled size below this, as of an indicator that never moved, counts as this
POOL_DECIMALS = dict.fromkeys(("unchanged", "steadiness", "common_1", "common_3", "common_all"), 2)


class _Grid(NamedTuple):
    """The cells as series × years, and where each row of the frame stands in it."""

    values: Array
    first_year: int
    series: Array  # of each row
    column: Array  # of each row
    group: Array  # number of each series' indicator
    indicators: Array  # the code of each number
    direction: Array  # of each series
    target: Array  # of the final year, for each series
    target_high: Array
    lower: Array
    upper: Array


def forecast_cells(
    cells: pd.DataFrame,
    *,
    final_year: int,
    parameters: Parameters,
    pools: dict[int, pd.DataFrame] | None = None,
) -> pd.DataFrame:
    """FORECAST_COLUMNS for every cell, under the index of `cells`.

    `cells` has the kernel's columns area, indicator, year, value, target, direction, lower_bound, upper_bound and, if
    wished, target_high; one row for each key, in any order. In a row with a value, `probability` is the chance that
    the final year's target is reached, as seen from the row's year, and the range is that of the final year. In a row
    of a year after the last value of its series, the range is that of the row's own year, as seen from that last value.
    All is NaN where too little is known: fewer than two changes before, no target, or more years to come than the
    parameters were learnt for.

    `pools` holds, for each year of origin, the fields of `Pool` by indicator, as `pools_of` gives them; without it, the
    series given are their own pool.
    """
    result = pd.DataFrame(np.nan, index=cells.index, columns=list(FORECAST_COLUMNS))
    if cells.empty:
        return result
    pools = pools_of(cells, final_year=final_year) if pools is None else pools
    grid = _grid(cells, final_year)
    found = np.full((3, *grid.values.shape), np.nan)
    latest = _latest(grid.values)
    for origin in range(LEAST_CHANGES, grid.values.shape[1]):
        to_come = final_year - grid.first_year - origin
        if to_come > 0:
            _fill(found, grid, origin, to_come, latest == origin, parameters, pools)
    result[:] = found[:, grid.series, grid.column].T
    return result


def next_year_of(
    cells: pd.DataFrame, *, final_year: int, parameters: Parameters, pools: dict[int, pd.DataFrame] | None = None
) -> pd.DataFrame:
    """NEXT_COLUMNS of each series for the year after its last value: the middle of the forecast and its 80 % range,
    within the bounds. `cells` and `pools` as `forecast_cells` takes them. No row where too little is known,
    and none for a year after the final one."""
    found: list[pd.DataFrame] = []
    law = parameters.laws.get(1)
    if not cells.empty and law is not None:
        pools = pools_of(cells, final_year=final_year) if pools is None else pools
        grid = _grid(cells, final_year)
        latest = _latest(grid.values)
        found = [
            _next_year(grid, origin, np.flatnonzero(latest == origin), law, cells, pools)
            for origin in range(LEAST_CHANGES, min(grid.values.shape[1], final_year - grid.first_year))
        ]
    told = [part for part in found if len(part)]
    return pd.concat(told, ignore_index=True) if told else pd.DataFrame(columns=list(NEXT_COLUMNS))


def _next_year(
    grid: _Grid, origin: int, own: Array, law: Law, cells: pd.DataFrame, pools: dict[int, pd.DataFrame]
) -> pd.DataFrame:
    pool = _pool(grid, origin, pools)
    if not len(own) or pool is None:
        return pd.DataFrame(columns=list(NEXT_COLUMNS))
    prediction = predict(describe(grid.values[own, : origin + 1], grid.group[own], pool), law)
    lower = np.where(np.isnan(grid.lower[own]), -np.inf, grid.lower[own])
    upper = np.where(np.isnan(grid.upper[own]), np.inf, grid.upper[own])
    low, high = ranges(prediction, grid.lower[own], grid.upper[own])
    _, first = np.unique(grid.series, return_index=True)
    rows = cells.iloc[first[own]]
    told = pd.DataFrame(
        {
            "area": rows["area"].to_numpy(),
            "indicator": rows["indicator"].to_numpy(),
            "year": grid.first_year + origin + 1,
            "value": np.clip(quantile(prediction, MIDDLE), lower, upper),
            "range_low": low,
            "range_high": high,
        }
    )
    return told[told["value"].notna()]


def pools_of(cells: pd.DataFrame, *, final_year: int) -> dict[int, pd.DataFrame]:
    """What all areas say of each indicator, for each year that can be an origin; as `forecast_cells` takes it.

    Rounded, so that of very many areas one that moves a little does not move every forecast."""
    grid = _grid(cells, final_year)
    origins = range(LEAST_CHANGES, min(grid.values.shape[1], final_year - grid.first_year))
    return {
        grid.first_year + origin: _table(pool_of(grid.values[:, : origin + 1], grid.group), grid.indicators)
        for origin in origins
        if not np.isnan(grid.values[:, origin]).all()
    }


def _table(pool: Pool, indicators: Array) -> pd.DataFrame:
    table = pd.DataFrame(pool._asdict(), index=indicators)
    table["size"] = np.exp(np.log(np.maximum(table["size"], LEAST_SIZE)).round(SIZE_DECIMALS)).round(6)
    return table.round(POOL_DECIMALS | {"size": 6})


def _grid(cells: pd.DataFrame, final_year: int) -> _Grid:
    area, areas = pd.factorize(cells["area"])
    indicator, indicators = pd.factorize(cells["indicator"])
    series, _ = pd.factorize(area * len(indicators) + indicator)
    count = int(series.max()) + 1
    year = cells["year"].to_numpy(dtype=np.int64)
    first = int(year.min())
    values = np.full((count, int(year.max()) - first + 1), np.nan)
    values[series, year - first] = _numbers(cells, "value")
    one = np.full(count, -1)
    one[series[::-1]] = np.arange(len(series))[::-1]  # a row of each series; what holds for all of them is read there
    group = indicator[one]
    last = year == final_year
    target, target_high = np.full(count, np.nan), np.full(count, np.nan)
    target[series[last]] = _numbers(cells, "target")[last]
    if "target_high" in cells:
        target_high[series[last]] = _numbers(cells, "target_high")[last]
    return _Grid(
        values=values,
        first_year=first,
        series=series,
        column=year - first,
        group=group,
        indicators=np.asarray(indicators),
        direction=_numbers(cells, "direction")[one],
        target=target,
        target_high=target_high,
        lower=_numbers(cells, "lower_bound")[one],
        upper=_numbers(cells, "upper_bound")[one],
    )


def _numbers(cells: pd.DataFrame, name: str) -> Array:
    return cells[name].to_numpy(dtype=np.float64, na_value=np.nan)


def _latest(values: Array) -> Array:
    """The column of the last value of each series; −1 where there is none."""
    known = ~np.isnan(values)
    return np.where(known.any(axis=1), values.shape[1] - 1 - known[:, ::-1].argmax(axis=1), -1)


def _fill(
    found: Array,
    grid: _Grid,
    origin: int,
    to_come: int,
    is_latest: Array,
    parameters: Parameters,
    pools: dict[int, pd.DataFrame],
) -> None:
    """Chance and range of one year of origin, and the years to come of the series whose last value it is."""
    own = np.flatnonzero(~np.isnan(grid.values[:, origin]))
    pool = _pool(grid, origin, pools)
    if not len(own) or pool is None:
        return
    traits = describe(grid.values[own, : origin + 1], grid.group[own], pool)
    law = parameters.laws.get(to_come)
    if law:
        found[:, own, origin] = _seen(grid, own, traits, law, parameters.correction)
    last = is_latest[own]
    latest = Traits(*(column[last] for column in traits))
    for years in range(1, to_come + 1):
        law, column = parameters.laws.get(years), origin + years
        if law and column < grid.values.shape[1]:
            low_high = ranges(predict(latest, law), grid.lower[own[last]], grid.upper[own[last]])
            found[1:, own[last], column] = low_high


def _seen(grid: _Grid, own: Array, traits: Traits, law: Law, correction: Array) -> Array:
    prediction = predict(traits, law)
    target, high = grid.target[own], grid.target_high[own]
    lower, upper = grid.lower[own], grid.upper[own]
    chance = chance_of_reaching(prediction, grid.direction[own], target, high, correction)
    chance = np.where(np.isnan(traits.scale) | np.isnan(target), np.nan, chance)
    return np.stack([chance, *ranges(prediction, lower, upper)])


def _pool(grid: _Grid, origin: int, pools: dict[int, pd.DataFrame]) -> Pool | None:
    """The pool in the order of the grid's numbers of indicators; None where nothing was pooled for this year."""
    table = pools.get(grid.first_year + origin)
    if table is None:
        return None
    fields = table.reindex(grid.indicators)
    return Pool(*(fields[name].to_numpy(dtype=float) for name in Pool._fields))

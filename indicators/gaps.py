"""The assessment kernel: values against a county's own targets and the provincial standard.

DataFrame in, DataFrame out (or arrays in, arrays out): no Django, no clock, no I/O, no loop over rows.

Exactness. People type decimals with at most six places and a magnitude below 10⁹. Every such number is a
whole number of millionths below 10¹⁵, which a float64 holds exactly, and so are differences of two of them;
NaN stays NaN on the way. Comparisons are therefore made on whole millionths and are exact, and the pace
bands are compared as integers by cross-multiplication. Outputs are divided once, at the end. A number with
more than six places is judged as rounded to six; its own column is left as it came.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from indicators.explanations.assessed_row import explain

__all__ = [
    "INPUT_COLUMNS",
    "OPTIONAL_COLUMNS",
    "OUTLOOKS",
    "OUTPUT_COLUMNS",
    "RULE_VERSION",
    "STANDARD_STATUSES",
    "STATUSES",
    "assess",
    "assess_columns",
    "explain",
]

RULE_VERSION = "2"

INPUT_COLUMNS = (
    "area",
    "indicator",
    "year",
    "value",
    "target",
    "standard",
    "direction",
    "tolerance",
    "lower_bound",
    "upper_bound",
)
# Upper ends of the band that a value of direction 0 is to stay within; a frame without them has none.
OPTIONAL_COLUMNS = ("target_high", "standard_high")
OUTPUT_COLUMNS = (
    "gap",
    "attainment",
    "status",
    "standard_gap",
    "standard_status",
    "ambition_gap",
    "change",
    "mean_change",
    "required_change",
    "pace",
    "projection",
    "outlook",
    "is_slipping",
)

MET, NEAR, BEHIND, UNREPORTED, NOT_DUE, NO_BENCHMARK = range(6)
STATUSES = ("met", "near", "behind", "unreported", "not_due", "no_target")
STANDARD_STATUSES = ("met", "near", "behind", "unreported", "not_due", "no_standard")

ACHIEVED, MISSED, MOVING_AWAY, ON_TRACK, UNDECIDED, ACCELERATE, LIMITED, UNKNOWN = range(8)
OUTLOOKS = ("achieved", "missed", "moving_away", "on_track", "undecided", "accelerate", "limited", "unknown")

MICRO = 1e6
MAGNITUDE = 1e9
# 20 · (difference of two values in millionths) · (years) has to stay below 2⁶³.
MAX_YEARS = 200

# The columns of words that the kernel's outputs have.
WORDS = {"status": STATUSES, "standard_status": STANDARD_STATUSES, "outlook": OUTLOOKS}

Array = np.ndarray
Column = pd.Series | Array


class _Cells(NamedTuple):
    """One array per quantity, in the order of the frame; amounts in millionths, NaN where absent."""

    v: Array
    t: Array
    s: Array
    v0: Array  # the value at the baseline year, of the row's own series
    final: Array  # the target at the final year, of the row's own series
    previous: Array  # the value one year earlier
    d: Array  # direction, +1.0, -1.0, or 0.0 for a band
    t_high: Array  # upper end of the band; NaN where the direction is not 0
    s_high: Array
    final_high: Array
    tolerance: Array
    lower: Array  # -inf where there is no bound
    upper: Array  # +inf where there is no bound
    year: Array
    elapsed: Array  # years since the baseline year
    remaining: Array  # years until the final year


def assess(cells: pd.DataFrame, *, baseline_year: int = 2022, final_year: int = 2027, as_of_year: int) -> pd.DataFrame:
    """Judge every cell against its own target, the provincial standard and the target of the final year.

    `cells` holds INPUT_COLUMNS (further columns are kept), one row per (area, indicator, year) in any order.
    The result is a new frame with the same rows, index and order and OUTPUT_COLUMNS added (a column of such
    a name in the input is replaced). Amounts are in the row's own unit, `pace` and `attainment` are shares
    with 1 = all; `gap`, `standard_gap` and `ambition_gap` are positive where better, whatever the direction.

    Direction 0 asks a value to stay within a band from `target` to `target_high` (and `standard` to `standard_high`):
    its gap is the distance to the nearer end, positive inside, and it has no attainment, ambition gap, pace or required
    change. Where a pace of 0.95 or more and the projection point different ways, the outlook is `undecided`.

    The pace bands of `outlook` (0.95, 0.60, 0) are those of Statistics Canada's method as used by Open SDG,
    in a linear form: a compound rate divides by zero on a level to keep and misjudges falling indicators.

    `as_of_year` is the latest year whose reporting has opened: an absent value after it is not due yet.

    ValueError, naming the column and the first row at fault: a column missing or there twice; two rows for
    one key; an absent area, indicator or year; a year that is not whole or more than 200 years from the
    baseline; a direction other than +1, -1 and 0; a band turned round, or an upper end beside another direction than 0;
    a tolerance that is absent or negative; a number that is not
    one, is infinite, or is 10⁹ or more in magnitude; a final year that is not after the baseline year.
    """
    for name in (*INPUT_COLUMNS, *OPTIONAL_COLUMNS):
        found = int((cells.columns == name).sum())
        if found > 1:
            raise ValueError(f"{name}: the column is there twice")
    columns = {str(name): cells[name] for name in (*INPUT_COLUMNS, *OPTIONAL_COLUMNS) if name in cells.columns}
    judged = _judged(columns, baseline_year, final_year, as_of_year)
    # Taken from a small ready array: inferring a str column from a million objects costs more than the rest.
    words = {name: pd.array(known, dtype="str").take(judged[name]) for name, known in WORDS.items()}
    return cells.assign(**judged | words)


def assess_columns(
    cells: Mapping[str, Array], *, baseline_year: int = 2022, final_year: int = 2027, as_of_year: int
) -> dict[str, Array]:
    """`assess` without a frame, for the few cells of one sheet or page: `cells` are arrays of one length, by
    INPUT_COLUMNS (and OPTIONAL_COLUMNS), numbers as float64; the result is OUTPUT_COLUMNS."""
    judged = _judged(cells, baseline_year, final_year, as_of_year)
    return judged | {name: np.array(known, dtype=object)[judged[name]] for name, known in WORDS.items()}


def _judged(cells: Mapping[str, Column], baseline_year: int, final_year: int, as_of_year: int) -> dict[str, Array]:
    """OUTPUT_COLUMNS, those of WORDS as places in them."""
    if not baseline_year < final_year <= baseline_year + MAX_YEARS:
        raise ValueError(f"final_year {final_year} is not 1 to {MAX_YEARS} years after {baseline_year}")
    with np.errstate(divide="ignore", invalid="ignore"):
        c = _read(cells, baseline_year, final_year)
        is_band = c.d == 0
        gap = _gap(c, c.t, c.t_high, is_band)
        standard_gap = _gap(c, c.s, c.s_high, is_band)
        change = c.v - c.previous
        pace, outlook = _outlook(c, gap, final_year - baseline_year)
        return {
            "gap": _amount(gap),
            "attainment": _attainment(c),
            "status": _status(c, gap, _benchmark(c.t, c.t_high, is_band), as_of_year),
            "standard_gap": _amount(standard_gap),
            "standard_status": _status(c, standard_gap, _benchmark(c.s, c.s_high, is_band), as_of_year),
            "ambition_gap": _amount(np.where(is_band, np.nan, c.d * (c.t - c.s))),
            "change": _amount(change),
            "mean_change": _yearly(c.v - c.v0, c.elapsed),
            "required_change": _yearly(np.where(is_band, np.nan, c.final - c.v), c.remaining),
            "pace": pace,
            "projection": _projection(c),
            "outlook": outlook,
            "is_slipping": c.d * change < 0,
        }


def _read(cells: Mapping[str, Column], baseline_year: int, final_year: int) -> _Cells:
    """The columns as arrays of whole millionths, checked, with the three look-ups within each series."""
    for name in INPUT_COLUMNS:
        if name not in cells:
            raise ValueError(f"{name}: the column is missing")
    year = _years(cells, baseline_year)
    series, count, previous_row = _series(cells, year)
    d = _floats(cells, "direction")
    _refuse(~np.isin(d, (-1, 0, 1)), cells, "direction", "must be 1, -1 or 0")
    tolerance = _millionths(cells, "tolerance")
    _refuse(~(_floats(cells, "tolerance") >= 0), cells, "tolerance", "must be given, and not negative")
    v, t = _millionths(cells, "value"), _millionths(cells, "target")
    s = _millionths(cells, "standard")
    t_high, s_high = _upper_end(cells, "target", t, d), _upper_end(cells, "standard", s, d)
    lower, upper = _millionths(cells, "lower_bound"), _millionths(cells, "upper_bound")
    is_final = year == final_year
    return _Cells(
        v=v,
        t=t,
        s=s,
        v0=_at_year(v, year == baseline_year, series, count),
        final=_at_year(t, is_final, series, count),
        previous=np.append(v, np.nan)[previous_row],
        d=d,
        t_high=t_high,
        s_high=s_high,
        final_high=_at_year(t_high, is_final, series, count),
        tolerance=tolerance,
        lower=np.where(np.isnan(lower), -np.inf, lower),
        upper=np.where(np.isnan(upper), np.inf, upper),
        year=year,
        elapsed=year - baseline_year,
        remaining=final_year - year,
    )


def _upper_end(cells: Mapping[str, Column], benchmark: str, lower_end: Array, d: Array) -> Array:
    """The upper ends of the bands of a benchmark, in millionths; NaN where the frame has none."""
    name = f"{benchmark}_high"
    if name not in cells:
        return np.full(len(lower_end), np.nan)
    upper_end = _millionths(cells, name)
    _refuse(~np.isnan(upper_end) & (d != 0), cells, name, "belongs to direction 0 alone")
    _refuse(lower_end > upper_end, cells, name, f"must not be below the {benchmark}")
    return upper_end


def _refuse(bad: Array, cells: Mapping[str, Column], name: str, rule: str) -> None:
    if bad.any():
        row = int(bad.argmax())
        raise ValueError(f"{name}: {rule}; row {row + 1} has {_at(cells[name], row)}")


def _at(column: Column, row: int) -> Any:
    return column.iloc[row] if isinstance(column, pd.Series) else column[row]


def _floats(cells: Mapping[str, Column], name: str) -> Array:
    column = cells[name]
    if isinstance(column, np.ndarray):
        return column.astype(np.float64, copy=False)
    if column.dtype == np.float64:
        return column.to_numpy()
    try:
        return column.to_numpy(dtype=np.float64, na_value=np.nan)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{name}: not a number ({error})") from error


def _millionths(cells: Mapping[str, Column], name: str) -> Array:
    amounts = _floats(cells, name)
    _refuse(np.abs(amounts) >= MAGNITUDE, cells, name, "must be finite and below 1e9 in magnitude")
    return np.rint(amounts * MICRO)


def _years(cells: Mapping[str, Column], baseline_year: int) -> Array:
    years = _floats(cells, "year")
    _refuse(years != np.rint(years), cells, "year", "must be given, and whole")
    _refuse(~(np.abs(years - baseline_year) <= MAX_YEARS), cells, "year", f"must be near {baseline_year}")
    return years.astype(np.int64)


def _series(cells: Mapping[str, Column], year: Array) -> tuple[Array, int, Array]:
    """Number of the row's (area, indicator), how many there are, and the row one year earlier (-1: none)."""
    area, _ = _codes(cells, "area")
    indicator, indicators = _codes(cells, "indicator")
    series, distinct = pd.factorize(area * indicators + indicator)
    first, last = (year.min(), year.max()) if len(year) else (0, 0)
    # One more than the span of years: the year before a series' first is never another series' last.
    key = series * (last - first + 2) + (year - first)
    order = np.arange(len(key)) if (key[1:] > key[:-1]).all() else np.argsort(key)
    step = np.diff(key[order])
    if (step == 0).any():
        row = order[int((step == 0).argmax())]
        a, i, y = (_at(cells[name], row) for name in ("area", "indicator", "year"))
        raise ValueError(f"two rows for one key: area={a}, indicator={i}, year={int(y)}")
    follows = np.flatnonzero(step == 1)
    previous = np.full(len(key), -1)
    previous[order[follows + 1]] = order[follows]
    return series, len(distinct), previous


def _codes(cells: Mapping[str, Column], name: str) -> tuple[Array, int]:
    codes, distinct = pd.factorize(cells[name])
    _refuse(codes < 0, cells, name, "must be given")
    return codes.astype(np.int64), len(distinct)


def _at_year(amounts: Array, chosen: Array, series: Array, count: int) -> Array:
    """The amount at one year of a row's own series, for every row."""
    by_series = np.full(count, np.nan)
    by_series[series[chosen]] = amounts[chosen]
    at_year: Array = by_series[series]
    return at_year


def _amount(millionths: Array) -> Array:
    # Adding zero turns -0.0, which a falling direction produces, into 0.0.
    return millionths / MICRO + 0.0


def _yearly(millionths: Array, years: Array) -> Array:
    return np.where(years > 0, millionths, np.nan) / (years * MICRO) + 0.0


def _gap(c: _Cells, benchmark: Array, upper_end: Array, is_band: Array) -> Array:
    """How much better the value is than the benchmark; within a band, how far from its nearer end."""
    gap: Array = c.d * (c.v - benchmark)
    if is_band.any():
        gap = np.where(is_band, np.minimum(c.v - benchmark, upper_end - c.v), gap)
    return gap


def _benchmark(lower_end: Array, upper_end: Array, is_band: Array) -> Array:
    """NaN where there is nothing to compare with: no benchmark, or a band without an end."""
    return np.where(is_band, lower_end + upper_end, lower_end) if is_band.any() else lower_end


def _attainment(c: _Cells) -> Array:
    rising = c.d > 0
    divisor = np.where(rising, c.t, c.v)
    return np.where(rising, c.v, c.t) / np.where((divisor == 0) | (c.d == 0), np.nan, divisor) + 0.0


def _status(c: _Cells, gap: Array, benchmark: Array, as_of_year: int) -> Array:
    status = np.full(len(gap), BEHIND, dtype=np.int8)
    status[gap >= -c.tolerance] = NEAR
    status[gap >= 0] = MET
    absent = np.isnan(c.v)
    status[absent] = UNREPORTED
    status[absent & (c.year > as_of_year)] = NOT_DUE
    status[np.isnan(benchmark)] = NO_BENCHMARK
    return status


def _outlook(c: _Cells, gap: Array, span: int) -> tuple[Array, Array]:
    """Pace as a share (NaN where there is none), and the codes of OUTLOOKS."""
    moved = c.d * (c.v - c.v0)
    whole = c.d * (c.final - c.v0)
    own = c.d * (c.t - c.v0)
    linear = np.isnan(own)
    due = np.where(linear, whole, own)
    paced = (c.elapsed > 0) & (whole > 0) & (due > 0) & ~np.isnan(moved)
    # pace = done ÷ due with the common divisor T − v₀ cancelled: one fraction of whole numbers.
    numerator = np.where(paced, moved, 0).astype(np.int64) * np.where(linear, span, 1)
    denominator = np.where(paced, due, 1).astype(np.int64) * np.where(linear, c.elapsed, 1)
    pace = np.where(paced, numerator / denominator, np.nan)

    reaches = c.d * _beyond(c, c.final) >= 0
    is_due = 20 * numerator >= 19 * denominator
    outlook = np.full(len(gap), UNKNOWN, dtype=np.int8)
    outlook[moved < 0] = MOVING_AWAY
    outlook[gap >= 0] = ON_TRACK
    outlook[paced] = LIMITED
    outlook[paced & (5 * numerator >= 3 * denominator)] = ACCELERATE
    outlook[paced & (is_due | reaches)] = UNDECIDED
    outlook[paced & is_due & reaches] = ON_TRACK
    outlook[paced & (numerator < 0)] = MOVING_AWAY
    outlook[c.remaining <= 0] = MISSED
    outlook[c.d * (c.v - c.final) >= 0] = ACHIEVED
    is_band = c.d == 0
    if is_band.any():
        outlook[is_band] = _band_outlook(c)[is_band]
    absent = np.isnan(c.v) | np.isnan(_benchmark(c.final, c.final_high, is_band))
    outlook[absent | (c.elapsed <= 0)] = UNKNOWN
    return pace, outlook


def _band_outlook(c: _Cells) -> Array:
    """The outlook of values that are to stay within the final year's band."""
    outlook = np.full(len(c.v), LIMITED, dtype=np.int8)
    outlook[(_beyond(c, c.final) >= 0) & (_beyond(c, c.final_high) <= 0)] = ON_TRACK
    outlook[c.remaining <= 0] = MISSED
    outlook[(c.v >= c.final) & (c.v <= c.final_high)] = ACHIEVED
    return outlook


def _beyond(c: _Cells, goal: Array) -> Array:
    """The projection before clipping less the goal, as a sign: 1, 0 or −1; NaN without one."""
    drawn = (c.elapsed > 0) & (c.remaining >= 0) & ~np.isnan(c.v - c.v0) & ~np.isnan(goal)
    way = np.where(drawn, goal - c.v, 0).astype(np.int64) * c.elapsed
    ahead = np.where(drawn, c.v - c.v0, 0).astype(np.int64) * c.remaining
    return np.where(drawn, np.sign(ahead - way), np.nan)


def _projection(c: _Cells) -> Array:
    """v + mean change × years left, over one divisor; whole numbers below 10¹⁸ until the division."""
    drawn = (c.elapsed > 0) & (c.remaining >= 0) & ~np.isnan(c.v - c.v0)
    v = np.where(drawn, c.v, 0).astype(np.int64)
    moved = np.where(drawn, c.v - c.v0, 0).astype(np.int64)
    ahead = v * c.elapsed + moved * c.remaining
    projection = np.where(drawn, ahead, np.nan) / (c.elapsed * MICRO)
    # Through maximum and minimum NaN stays NaN; where the bounds contradict each other the upper one holds.
    return np.minimum(np.maximum(projection, c.lower / MICRO), c.upper / MICRO) + 0.0

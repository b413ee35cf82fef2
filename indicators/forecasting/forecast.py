"""How likely a series is to reach an amount in a later year, and an 80 % range for each year to come.

Arrays in, arrays out: no Django, no clock, no I/O, no random numbers, no loop over series.

The method. The change from a year of origin o to a later year o + h is taken as

    value(o + h) − value(o) = scale of the series · (location + spread · u)

- The scale of a series is the mean size of its own yearly changes (at most the last BACK), drawn towards the mean size
  of the changes of the same indicator in all areas. Those are pooled relative to the level of each series, so that a
  large area does not set the scale of a small one.
- Location is linear in traits of the series' own changes (the last, their means over three and all years, the place
  of the value in its own past, how steadily it moved) and of the changes that the indicator made in all areas.
- Log spread is linear in traits of the same kind. The distribution of u is symmetric and empirical.
- A series that often stood still stands still once more with the chance `stay`.

Coefficients and the distribution of u are parameters, a set for each number of years h; a correction of the log-odds
of reaching a target, the same for all, is one more. `indicators/forecasting/learning.py` learns them;
`docs/forecast.md` says from what. Every trait is free of scale and unit, so that parameters learnt on other series
can be used.

Nothing peeks: `describe` gets the values up to the year of origin and nothing else.
"""

from typing import NamedTuple

import numpy as np

Array = np.ndarray

BACK = 10  # yearly changes looked at, the latest first
LEAST_CHANGES = 2  # own changes without which nothing is said
POOL_WEIGHT = 2.0  # the pool counts as so many changes of the series itself
STEADINESS_WEIGHT = 5.0  # and as so many where it is asked how steadily a series moves
LEAST_POOLED = 3  # a common movement of fewer changes than these is drawn towards none
SMALLEST_SCALE = 1e-3  # share of a series' level below which no scale falls
LIMIT = 8.0  # a single change beyond so many scales counts as so many
CLIP = 2.0  # and a trait of location beyond this as this
RANGE = (0.1, 0.9)  # the 80 % range
CERTAINTY = 0.005  # no chance is said to be nearer to 0 or 1 than this

LEVELS = np.array(
    [0.001, 0.0025, 0.005, 0.01, 0.02, 0.03, 0.05, 0.075]
    + [0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5]
    + [0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9]
    + [0.925, 0.95, 0.97, 0.98, 0.99, 0.995, 0.9975, 0.999]
)

MOVEMENTS = ("last", "before_last", "mean_3", "mean_4_to_6", "mean_all", "place", "common_1", "common_3", "common_all")
BENT = (0, 2, 4, 5)  # the movements that count a second time, bent by tanh
LOCATION = tuple(
    f"{name}{by}"
    for by in ("", " x size", " x steadiness")
    for name in (*MOVEMENTS, *(f"bent {MOVEMENTS[at]}" for at in BENT))
)
SPREAD = (
    "own_share",
    "pool_share",
    "recent",
    "median",
    "fewness",
    "size",
    "distance",
    "drift",
    "roughness",
    "steadiness",
)


class Law(NamedTuple):
    """The parameters for one number of years to come.

    Location has no constant: upside down, a series gets the same forecast upside down, whatever moved how on the panel.
    """

    location: Array  # len(LOCATION)
    spread: Array  # len(SPREAD) + 1, the last the constant
    quantiles: Array  # of u, at LEVELS
    stay: Array  # log-odds of standing still: constant, factor of the log-odds of the past share


class Parameters(NamedTuple):
    """All that is learnt: a law for each number of years to come, and what the record corrects chances by."""

    laws: dict[int, Law]
    correction: Array  # of the log-odds of a chance: constant, factor


class Pool(NamedTuple):
    """What all areas together say of each indicator (one entry for each group) in a year of origin."""

    size: Array  # mean size of a yearly change as a share of the level
    unchanged: Array  # share of yearly changes that were none
    steadiness: Array  # mean over the series of the way gone as a share of the steps made
    common_1: Array  # mean change of the last year, of three years, of all; in scales of each series
    common_3: Array
    common_all: Array


class Traits(NamedTuple):
    """What is known of each series in the year of origin."""

    value: Array
    scale: Array  # NaN where too little is known
    location: Array  # rows × len(LOCATION)
    spread: Array  # rows × len(SPREAD)
    unchanged: Array  # share of own changes that were none, drawn towards the pool's


class Prediction(NamedTuple):
    """The distribution of each series' value some years after the origin; NaN throughout where nothing is said."""

    value: Array
    centre: Array
    width: Array
    stay: Array
    quantiles: Array


class _Past(NamedTuple):
    """The yearly changes of each series up to the origin, the latest first; NaN outside the unbroken run."""

    value: Array
    changes: Array
    known: Array
    length: Array
    own: Array  # mean size of a change
    level: Array  # mean size of the values of the run


def describe(values: Array, group: Array, pool: Pool | None = None) -> Traits:
    """What the years up to the origin say of each series.

    `values` is series × years, the last column the year of origin, NaN where absent; a year missing between two known
    ones is bridged by a straight line. `group` numbers the indicator of each series from 0. Without a `pool` the series
    given are their own. A series without a value in the year of origin, or with fewer than LEAST_CHANGES changes
    before it, gets a scale of NaN.
    """
    past = _past(values)
    pool = pool_of(values, group) if pool is None else pool
    return _traits(past, group, pool)


def pool_of(values: Array, group: Array) -> Pool:
    """What the series of each group say together in the year of the last column; as `describe` takes it."""
    past = _past(values)
    groups = int(group.max()) + 1 if len(group) else 0
    is_said = past.length > 0
    share = np.where(is_said, past.own / np.maximum(past.level, 1e-12), 0)
    size = _mean(share * past.length, past.length, group, groups)
    still = (past.known & (past.changes == 0)).sum(axis=1)
    unchanged = _mean(still, past.length, group, groups)
    scale = _scale(past, size[group])
    steps = np.clip(_steps(past, scale), -3, 3)
    counted = past.known & ~np.isnan(scale)[:, None]
    is_moving = (np.abs(steps) > 0).sum(axis=1) >= LEAST_CHANGES

    def common(years: int) -> Array:
        sums = np.bincount(group, steps[:, :years].sum(axis=1), groups)
        counts = np.bincount(group, counted[:, :years].sum(axis=1), groups)
        return sums / np.maximum(counts, LEAST_POOLED)

    steadiness = _mean(_steadiness(steps) * is_moving, is_moving, group, groups)
    return Pool(size, unchanged, steadiness, common(1), common(3), common(BACK))


def predict(traits: Traits, law: Law) -> Prediction:
    """The distribution of each series' value as many years after the origin as the law is for."""
    location = traits.location @ law.location
    spread = np.exp(traits.spread @ law.spread[:-1] + law.spread[-1])
    odds = law.stay[0] + law.stay[1] * log_odds(traits.unchanged)
    return Prediction(
        value=traits.value,
        centre=traits.value + traits.scale * location,
        width=traits.scale * spread,
        stay=1 / (1 + np.exp(-odds)),
        quantiles=law.quantiles,
    )


def chance_of_at_most(prediction: Prediction, amount: Array, *, itself: bool = True) -> Array:
    """The chance that the value is at most (or, without `itself`, below) the amount; NaN where nothing is said."""
    moved = np.interp((amount - prediction.centre) / prediction.width, prediction.quantiles, LEVELS)
    at_rest = prediction.value <= amount if itself else prediction.value < amount
    return prediction.stay * at_rest + (1 - prediction.stay) * moved


def chance_of_reaching(
    prediction: Prediction, direction: Array, target: Array, target_high: Array, correction: Array
) -> Array:
    """The chance of a value at the target or beyond it; for direction 0, of one from `target` to `target_high`.

    Between CERTAINTY and 1 − CERTAINTY; NaN where nothing is said or a target is absent. The correction is learnt from
    targets with one side and left out for a band.
    """
    below = chance_of_at_most(prediction, target, itself=False)
    up_to = chance_of_at_most(prediction, np.where(direction == 0, target_high, target))
    one_sided = corrected(np.where(direction > 0, 1 - below, up_to), correction)
    return np.clip(np.where(direction == 0, up_to - below, one_sided), CERTAINTY, 1 - CERTAINTY)


def corrected(chance: Array, correction: Array) -> Array:
    """The chance with its log-odds stretched and shifted as the record of past chances asks for."""
    return 1 / (1 + np.exp(-(correction[0] + correction[1] * log_odds(chance))))


def quantile(prediction: Prediction, level: float) -> Array:
    """The amount below which the value falls with the chance `level`; NaN where nothing is said."""
    stay, moving = prediction.stay, 1 - prediction.stay
    below = moving * np.interp((prediction.value - prediction.centre) / prediction.width, prediction.quantiles, LEVELS)
    beyond = np.where(level > below + stay, level - stay, level) / np.maximum(moving, 1e-9)
    amount = prediction.centre + prediction.width * np.interp(np.minimum(beyond, 1), LEVELS, prediction.quantiles)
    stands = (level >= below) & (level <= below + stay)
    return np.where(stands & ~np.isnan(amount), prediction.value, amount)


def ranges(prediction: Prediction, lower: Array, upper: Array) -> tuple[Array, Array]:
    """The 80 % range of each series, cut at its bounds (NaN: none); NaN where nothing is said."""
    low = np.where(np.isnan(lower), -np.inf, lower)
    high = np.where(np.isnan(upper), np.inf, upper)
    return tuple(np.minimum(np.maximum(quantile(prediction, level), low), high) for level in RANGE)


def log_odds(share: Array) -> Array:
    """ln(p / (1 − p)), with p kept a little away from 0 and 1."""
    kept = np.clip(share, CERTAINTY, 1 - CERTAINTY)
    return np.log(kept / (1 - kept))


def _past(values: Array) -> _Past:
    bridged = _bridged(values)[:, -(BACK + 1) :]
    changes = np.full((len(values), BACK), np.nan)
    steps = np.diff(bridged, axis=1)[:, ::-1]
    changes[:, : steps.shape[1]] = steps
    known = np.logical_and.accumulate(~np.isnan(changes), axis=1)
    changes = np.where(known, changes, 0.0)
    count = known.sum(axis=1)
    value = values[:, -1]
    earlier = value[:, None] - np.cumsum(changes, axis=1)
    return _Past(
        value=value,
        changes=changes,
        known=known,
        length=count,
        own=np.abs(changes).sum(axis=1) / np.maximum(count, 1),
        level=(np.abs(value) + (np.abs(earlier) * known).sum(axis=1)) / (1 + count),
    )


def _bridged(values: Array) -> Array:
    """Years missing between two known ones set on the straight line between them."""
    if not np.isnan(values).any():
        return values
    at = np.arange(values.shape[1])
    known = ~np.isnan(values)
    before = np.maximum.accumulate(np.where(known, at, -1), axis=1)
    after = np.minimum.accumulate(np.where(known, at, len(at))[:, ::-1], axis=1)[:, ::-1]
    gap = ~known & (before >= 0) & (after < len(at))
    row, column = np.nonzero(gap)
    first, last = before[row, column], after[row, column]
    share = (column - first) / (last - first)
    bridged = values.copy()
    bridged[row, column] = values[row, first] + share * (values[row, last] - values[row, first])
    return bridged


def _scale(past: _Past, size: Array) -> Array:
    pooled = size * past.level
    squares = past.length * past.own**2 + POOL_WEIGHT * pooled**2
    scale = np.maximum(np.sqrt(squares / (past.length + POOL_WEIGHT)), SMALLEST_SCALE * past.level)
    return np.where((past.length > 0) & (scale > 0), scale, np.nan)


def _steps(past: _Past, scale: Array) -> Array:
    """The changes in scales of their series, 0 where there is none."""
    return np.nan_to_num(np.clip(past.changes / scale[:, None], -LIMIT, LIMIT))


def _steadiness(steps: Array) -> Array:
    """The way gone as a share of all steps made: 1 for a series that always moves one way."""
    return np.abs(steps.sum(axis=1)) / np.maximum(np.abs(steps).sum(axis=1), 1e-9)


def _mean(sums: Array, counts: Array, group: Array, groups: int) -> Array:
    return np.bincount(group, sums, groups) / np.maximum(np.bincount(group, counts, groups), 1)


def _traits(past: _Past, group: Array, pool: Pool) -> Traits:
    size = pool.size[group]
    scale = _scale(past, size)
    steps = _steps(past, scale)
    movements = _movements(past, steps, group, pool)
    own = past.length / (past.length + STEADINESS_WEIGHT)
    steadiness = own * _steadiness(steps) + (1 - own) * pool.steadiness[group]
    relative = np.clip(np.log(scale / np.maximum(np.abs(past.value), 1e-9) + 1e-3), -7, 1) + 3
    bent = np.tanh(movements[:, BENT])
    plain = np.hstack([np.clip(movements, -CLIP, CLIP), bent])
    location = np.hstack([plain, plain * relative[:, None], plain * (steadiness - 0.5)[:, None]])
    still = (past.known & (past.changes == 0)).sum(axis=1)
    return Traits(
        value=past.value,
        scale=np.where(past.length >= LEAST_CHANGES, scale, np.nan),
        location=np.nan_to_num(location),
        spread=np.nan_to_num(_spread(past, steps, scale, size, relative, movements, steadiness)),
        unchanged=(still + pool.unchanged[group]) / (past.length + 1),
    )


def _movements(past: _Past, steps: Array, group: Array, pool: Pool) -> Array:
    """The MOVEMENTS of each series, in its own scale."""
    travelled = np.cumsum(steps, axis=1) * past.known
    return np.column_stack(
        [
            steps[:, 0],
            steps[:, 1],
            _over(steps, past.known, 0, 3),
            _over(steps, past.known, 3, 6),
            _over(steps, past.known, 0, BACK) * past.length / (past.length + 3),
            travelled.sum(axis=1) / (past.length + 1),
            pool.common_1[group],
            pool.common_3[group],
            pool.common_all[group],
        ]
    )


def _over(steps: Array, known: Array, first: int, last: int) -> Array:
    """The mean of the known changes from `first` to before `last`; 0 where there is none."""
    return steps[:, first:last].sum(axis=1) / np.maximum(known[:, first:last].sum(axis=1), 1)


def _spread(
    past: _Past, steps: Array, scale: Array, size: Array, relative: Array, movements: Array, steadiness: Array
) -> Array:
    """The traits of SPREAD of each series."""
    sizes = np.where(past.known, np.abs(steps), np.nan)
    reversals = np.abs(np.diff(steps, axis=1)) * past.known[:, 1:]
    roughness = reversals.sum(axis=1) / np.maximum(past.length - 1, 1)
    return np.column_stack(
        [
            np.log(past.own / scale + 0.05),
            np.log(size * past.level / scale + 0.05),
            np.log(_over(np.abs(steps), past.known, 0, 2) + 0.1),
            np.log(_median(sizes, past.length) + 0.05),
            1 / (past.length + 1),
            relative,
            np.abs(movements[:, 5]),
            np.abs(movements[:, 2]),
            np.log(np.maximum(roughness, 0.02)),
            steadiness,
        ]
    )


def _median(sizes: Array, count: Array) -> Array:
    """The median of each row's known entries; 0 where there is none. Faster than numpy.nanmedian on short rows."""
    ordered = np.sort(sizes, axis=1)  # NaN goes to the end
    rows = np.arange(len(sizes))
    middle = np.maximum(count - 1, 0)
    return np.nan_to_num((ordered[rows, middle // 2] + ordered[rows, (middle + 1) // 2]) / 2)

"""Learning the parameters of `indicators/forecasting/forecast.py` from a panel of series.

Every year of every series is once the origin; what came h years later is known. Location is fitted by least absolute
deviations, log spread by least squares on the log of what location leaves, and the distribution of u is what both leave
over, taken both ways round so that it is symmetric. Each fit is drawn towards `prior` where one is given, else towards
no effect, as if so many more observations had said so. At last the chances are held against plans made in hindsight,
and what these ask for is the correction. Nothing is drawn by chance: the same panel gives the same parameters.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from indicators.forecasting.forecast import (
    LEAST_CHANGES,
    LEVELS,
    LOCATION,
    SPREAD,
    Array,
    Law,
    Parameters,
    Traits,
    chance_of_reaching,
    describe,
    log_odds,
)
from indicators.forecasting.plans import SPAN, predictions_of, windows_of

ROUNDS = 40  # of reweighting; the fit no longer moves in the third digit after about 20
FREE = 1e-6  # a constant is pulled by next to nothing
RIDGE = 50.0  # observations that pull each coefficient towards the prior
PRIOR_RESIDUALS = 400.0  # observations that the prior's distribution of u counts as
CORRECTION_PULL = 50.0  # observations that pull the correction towards the prior's, or towards none
NO_CORRECTION = np.array([0.0, 1.0])
RARELY_STANDS = np.array([-3.0, 1.0])  # log-odds of standing still where nothing is learnt yet
NEAR = 0.3  # deviations smaller than this weigh alike
FAR = 30.0  # a change beyond so many scales is taken as so many


class Samples(NamedTuple):
    """What was known at an origin, and how far the series had gone h years later, in its own scale."""

    location: Array
    spread: Array
    unchanged: Array
    moved: Array


def learn(
    values: Array,
    traits: dict[int, Traits],
    horizons: range,
    *,
    chosen: Array | None = None,
    prior: Parameters | None = None,
) -> Parameters:
    """The law for each number of years in `horizons`, and the correction that plans made in hindsight ask for.

    `values` is series × years without a year left out, NaN where absent; `traits` are those of `described`. Only the
    chosen series (all, without `chosen`) are learnt from. A horizon for which none of them is long enough is taken
    from `prior`, or left out.
    """
    chosen = np.ones(len(values), dtype=bool) if chosen is None else chosen
    laws = {}
    for years in horizons:
        before = prior.laws.get(years) if prior else None
        samples = sample(values, traits, years, chosen)
        if len(samples.moved):
            laws[years] = fit(samples, before)
        elif before:
            laws[years] = before
    start = prior.correction if prior else NO_CORRECTION
    return Parameters(laws, _correction(values, traits, laws, chosen, start))


def described(values: Array, group: Array) -> dict[int, Traits]:
    """The traits of every series at every origin (number of a column) that has enough years before it."""
    return {origin: describe(values[:, : origin + 1], group) for origin in range(LEAST_CHANGES, values.shape[1])}


def sample(values: Array, traits: dict[int, Traits], years: int, chosen: Array) -> Samples:
    """Every origin of every chosen series of which the value `years` later is known."""
    parts = list(_samples(values, traits, years, chosen))
    if not parts:
        return Samples(np.empty((0, len(LOCATION))), np.empty((0, len(SPREAD))), np.empty(0), np.empty(0))
    return Samples(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def _samples(values: Array, traits: dict[int, Traits], years: int, chosen: Array) -> Iterator[Samples]:
    for origin, at in traits.items():
        if origin + years >= values.shape[1]:
            continue
        later = values[:, origin + years]
        usable = chosen & ~np.isnan(at.scale) & ~np.isnan(later)
        moved = (later - at.value)[usable] / at.scale[usable]
        yield Samples(at.location[usable], at.spread[usable], at.unchanged[usable], moved)


def fit(samples: Samples, prior: Law | None = None) -> Law:
    """The law that fits the samples best, drawn towards the prior."""
    stands = samples.moved == 0
    before = RARELY_STANDS if prior is None else prior.stay
    stay = _logistic(log_odds(samples.unchanged), stands, before, pull=1.0)
    moving = ~stands
    moved = np.clip(samples.moved[moving], -FAR, FAR)
    location_of = samples.location[moving]
    spread_of = _with_constant(samples.spread[moving])
    location = _least_deviations(location_of, moved, None if prior is None else prior.location)
    left = samples.moved[moving] - location_of @ location
    spread = _least_squares(spread_of, np.log(np.abs(left) + 0.05), None if prior is None else prior.spread)
    quantiles = _quantiles(left / np.exp(spread_of @ spread), prior)
    return Law(location, spread, quantiles, stay)


def _with_constant(columns: Array) -> Array:
    return np.column_stack([columns, np.ones(len(columns))])


def _least_squares(columns: Array, wanted: Array, prior: Array | None, weights: Array | None = None) -> Array:
    centre = np.zeros(columns.shape[1]) if prior is None else prior
    pull = np.where((columns == 1).all(axis=0), FREE, RIDGE)
    weighted = columns if weights is None else columns * weights[:, None]
    return np.linalg.solve(weighted.T @ columns + np.diag(pull), weighted.T @ wanted + pull * centre)


def _least_deviations(columns: Array, wanted: Array, prior: Array | None) -> Array:
    coefficients = np.zeros(columns.shape[1]) if prior is None else prior
    for _ in range(ROUNDS):
        weights = 1 / np.maximum(np.abs(wanted - columns @ coefficients), NEAR)
        coefficients = _least_squares(columns, wanted, prior, weights)
    return coefficients


def _logistic(odds: Array, happened: Array, prior: Array, pull: float) -> Array:
    """Constant and factor of log-odds, by Newton's method from the prior on, which counts as `pull` observations."""
    columns = np.column_stack([np.ones(len(odds)), odds])
    coefficients = prior
    for _ in range(ROUNDS):
        chance = 1 / (1 + np.exp(-columns @ coefficients))
        weights = chance * (1 - chance) + 1e-9
        slope = columns.T @ (happened - chance) - pull * (coefficients - prior)
        bend = (columns * weights[:, None]).T @ columns + pull * np.eye(2)
        coefficients = coefficients + np.clip(np.linalg.solve(bend, slope), -1, 1)
    return coefficients


def _correction(values: Array, traits: dict[int, Traits], laws: dict[int, Law], chosen: Array, prior: Array) -> Array:
    """What the log-odds of the laws' chances have to be stretched and shifted by, from plans made in hindsight."""
    said, happened = [], []
    windows = windows_of(values)
    own = np.flatnonzero(chosen[windows.series])
    for years in sorted(set(laws) & set(range(1, SPAN))):
        for numbers, prediction in predictions_of(windows, own, traits, laws[years], SPAN - years):
            direction, target = windows.direction[numbers], windows.target[numbers]
            said.append(chance_of_reaching(prediction, direction, target, target, NO_CORRECTION))
            happened.append(windows.came_true[numbers])
    if not said:
        return prior
    chance, came_true = np.concatenate(said), np.concatenate(happened)
    known = ~np.isnan(chance)
    return _logistic(log_odds(chance[known]), came_true[known], prior, pull=CORRECTION_PULL)


def _quantiles(left: Array, prior: Law | None) -> Array:
    own = np.quantile(np.concatenate([left, -left]), LEVELS)
    if prior is None:
        return own
    weight = len(left) / (len(left) + PRIOR_RESIDUALS)
    return weight * own + (1 - weight) * prior.quantiles

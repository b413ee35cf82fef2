"""How large the changes were that comparable places made: what a target is held against, and what a year can bring.

Arrays in, numbers out: no Django, no clock, no I/O, no random numbers.

A comparable change is one that

- the same indicator made, in whatever place; where of these too few are known, also one of like kind: the same unit,
  the same kind (a level, or a running total), and the same good direction where that is known;
- took as many years;
- began at a like level: for an indicator with two bounds within NEAR of the way between them; for one without, between
  half and twice the level. A running total has no like level: how far it has come says nothing of what a year adds.

With two bounds, and for a running total, changes are compared in the indicator's own unit; else as a share of the level
at which each began, so that a large place is no measure for a small one. Changes are counted as place-years: every
year in which such a change began counts once. Fewer than ENOUGH of them, or from fewer than LEAST_PLACES places, are
too few to say anything.
"""

from typing import NamedTuple

import numpy as np

Array = np.ndarray

ENOUGH = 20
LEAST_PLACES = 3
NEAR = 0.15
DOUBLE = 2.0
EXACT = 1e-9


class Series(NamedTuple):
    """What is known of all places, one entry for each place and indicator. `code`: of the plan's indicator, "" for none
    of them; `direction` and `is_cumulative` are 0 and False where nobody says."""

    values: Array  # series × years, NaN where absent
    code: Array
    place: Array
    unit: Array
    direction: Array
    is_cumulative: Array
    is_demo: Array


class ChangeQuestion(NamedTuple):
    """Which changes are asked for. `span`: the way between the two bounds, NaN where one is missing; `with_demo`:
    whether invented series may answer, as they may for an invented value."""

    code: str
    unit: str
    direction: int
    is_cumulative: bool
    span: float
    years: int
    with_demo: bool

    @property
    def is_relative(self) -> bool:
        return not self.is_cumulative and bool(np.isnan(self.span))


class Changes(NamedTuple):
    """Changes a year, positive good: in the unit, or as a share of the level (`ChangeQuestion.is_relative`), by the
    level at which they began. `is_same`: of the same indicator."""

    start: Array
    yearly: Array
    place: Array
    is_same: Array
    is_demo: Array


class Comparable(NamedTuple):
    """The changes that one value is compared with. `is_same`: all of the same indicator. `is_enough`: whether they are
    enough to say anything."""

    yearly: Array
    places: int
    is_same: bool
    is_demo: bool
    is_enough: bool

    @property
    def number(self) -> int:
        """How many place-years they are."""
        return len(self.yearly)


class Realism(NamedTuple):
    """What the past says of a target. `needed`: a year, in the unit, positive good, as `comparable` counts it in
    `needed_as_compared`. `as_large`: how many of the comparable changes were."""

    needed: float
    needed_as_compared: float
    comparable: Comparable
    as_large: int

    @property
    def share(self) -> float | None:
        return self.as_large / self.comparable.number if self.comparable.is_enough else None


class Gains(NamedTuple):
    """What a year can bring, in the unit, positive good: `ordinary` in half of the comparable changes, `feasible` in
    those that went better. `years`: how long the changes took."""

    years: int
    ordinary: float
    feasible: float
    comparable: Comparable


def changes_for(series: Series, asked: ChangeQuestion) -> Changes:
    """Every change of the same indicator and of like kind that took as many years; at whatever level it began."""
    is_same = series.code == asked.code
    rows = np.flatnonzero(is_same | _is_alike(series, asked))
    if not asked.with_demo:
        rows = rows[~series.is_demo[rows]]
    values = series.values[rows]
    if asked.years < 1 or asked.years >= values.shape[1]:
        rows, values = rows[:0], np.empty((0, asked.years + 1))
    start, end = values[:, : -asked.years], values[:, asked.years :]
    yearly = asked.direction * (end - start) / asked.years
    if asked.is_relative:
        with np.errstate(divide="ignore", invalid="ignore"):
            yearly = np.where(start > 0, yearly / start, np.nan)
    row, column = np.nonzero(~np.isnan(yearly))
    own = rows[row]
    return Changes(start[row, column], yearly[row, column], series.place[own], is_same[own], series.is_demo[own])


def _is_alike(series: Series, asked: ChangeQuestion) -> Array:
    """Rows of other indicators that are of like kind. Running totals are like no other: each adds up its own things."""
    if asked.is_cumulative or not asked.unit:
        return np.zeros(len(series.code), dtype=bool)
    is_directed = (series.direction == asked.direction) | (series.direction == 0)
    return (series.unit == asked.unit) & ~series.is_cumulative & is_directed


def comparable_with(changes: Changes, asked: ChangeQuestion, level: float) -> Comparable:
    """The changes that began at a like level: those of the same indicator where they are enough, else all."""
    near = _near(changes.start, asked, level)
    same = _counted(changes, near & changes.is_same, is_same=True)
    return same if same.is_enough else _counted(changes, near, is_same=False)


def _near(start: Array, asked: ChangeQuestion, level: float) -> Array:
    if asked.is_cumulative:
        return np.ones(len(start), dtype=bool)
    if not np.isnan(asked.span):
        return np.abs(start - level) <= NEAR * asked.span + EXACT
    return (start >= level / DOUBLE) & (start <= level * DOUBLE)


def _counted(changes: Changes, chosen: Array, *, is_same: bool) -> Comparable:
    places = len(set(changes.place[chosen]))
    count = int(chosen.sum())
    return Comparable(
        yearly=changes.yearly[chosen],
        places=places,
        is_same=is_same or bool(changes.is_same[chosen].all()),
        is_demo=bool(changes.is_demo[chosen].any()),
        is_enough=count >= ENOUGH and places >= LEAST_PLACES,
    )


def realism_of(changes: Changes, asked: ChangeQuestion, level: float, target: float) -> Realism:
    """How many of the comparable changes were as large as the one from `level` to `target` asks for."""
    needed = asked.direction * (target - level) / asked.years
    compared = needed / level if asked.is_relative and level > 0 else needed
    found = comparable_with(changes, asked, level)
    as_large = int((found.yearly >= compared - EXACT * max(1.0, abs(compared))).sum())
    return Realism(needed, compared, found, as_large)


def gains_of(series: Series, asked: ChangeQuestion, level: float, *, quantile: float) -> Gains | None:
    """What a year can bring from `level` on, by changes that took `asked.years`, or where of these too few are known by
    the longest ones that are enough; None where none are. `quantile`: the share of comparable changes that a
    feasible one exceeds, 0.75 for the better quarter."""
    for years in range(asked.years, 0, -1):
        shorter = asked._replace(years=years)
        found = comparable_with(changes_for(series, shorter), shorter, level)
        if found.is_enough:
            unit = level if asked.is_relative else 1.0
            ordinary, feasible = np.quantile(found.yearly, [0.5, quantile]) * unit
            return Gains(years, float(ordinary), float(feasible), found)
    return None

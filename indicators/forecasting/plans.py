"""The plans that a panel allows to be made in hindsight: what chances are corrected by and back-tested on.

A window is a series and a year b for which b − 3 and b to b + 5 are all known: a plan begun in b for five years, whose
final target continues the three years before in a straight line.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from indicators.forecasting.forecast import Array, Law, Prediction, Traits, predict

SPAN = 5  # years of a plan
BEFORE = 3  # years before it, which its target continues


class Windows(NamedTuple):
    """One entry for each plan."""

    series: Array
    begin: Array  # column of the year b
    start: Array  # value in b
    target: Array  # of the final year
    direction: Array
    came_true: Array


def windows_of(values: Array) -> Windows:
    """Every plan that the panel allows, in the order of its years."""
    begins = range(BEFORE, values.shape[1] - SPAN)
    if not begins:
        none = np.empty(0)
        return Windows(none.astype(int), none.astype(int), none, none, none, none.astype(bool))
    parts = [_windows_begun(values, begin) for begin in begins]
    return Windows(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def _windows_begun(values: Array, begin: int) -> Windows:
    start, end = values[:, begin], values[:, begin + SPAN]
    target = np.round(start + SPAN * (start - values[:, begin - BEFORE]) / BEFORE, 6)
    needed = np.column_stack([values[:, begin - BEFORE], values[:, begin : begin + SPAN + 1]])
    series = np.flatnonzero(~np.isnan(needed).any(axis=1) & (target != start))
    direction = np.sign(target - start)[series]
    return Windows(
        series=series,
        begin=np.full(len(series), begin),
        start=start[series],
        target=target[series],
        direction=direction,
        came_true=direction * np.round(end - target, 6)[series] >= 0,
    )


def predictions_of(
    windows: Windows, chosen: Array, traits: dict[int, Traits], law: Law, elapsed: int
) -> Iterator[tuple[Array, Prediction]]:
    """For the chosen windows, origin by origin: their numbers, and what the law says of them `elapsed` years on.

    `traits` holds those of every series for each origin (number of a column).
    """
    origins = windows.begin[chosen] + elapsed
    for origin in np.unique(origins):
        numbers = chosen[origins == origin]
        at = traits[origin]
        own = Traits(*(column[windows.series[numbers]] for column in at))
        yield numbers, predict(own, law)

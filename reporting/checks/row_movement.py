"""How the rows of all counties have moved from year to year. Pure: numbers in, numbers out."""

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import pairwise
from statistics import median

from reporting.checks.companions import Companion, find_companions

FEWEST = 8  # pooled changes, below which nothing is said
NEAREST = 30  # changes from the nearest values, by which it is told how rare that is
TAIL = 0.99  # of the pooled changes lie within what is usual
ALIKE = 3.0  # largest ÷ smallest value of a row that is compared by differences
Series = Mapping[int, Decimal]  # year → value


@dataclass(frozen=True)
class Movement:
    """How a row moves in a year: `middle` and `spread` (MAD ÷ 0.6745) of the pooled changes, `usual` the distance from
    the middle that 99 of 100 stay within, `straights` the share of years that bring the same change a third time.
    `levels`: from which values the changes began, in order, `stays`: how many of those before each place stayed."""

    is_ratio: bool
    middle: float
    spread: float
    usual: float
    count: int
    straights: float
    levels: tuple[Decimal, ...] = ()
    stays: tuple[int, ...] = (0,)
    companions: tuple[Companion, ...] = ()

    def nearest(self, value: Decimal) -> tuple[int, int]:
        """(how many, how many of them stayed): the changes that began at the values nearest to this one."""
        first = bisect_left(self.levels, value)
        last = bisect_right(self.levels, value)
        if last - first > NEAREST:  # amid those that are equal
            first = last = (first + last) // 2
        while last - first < min(NEAREST, len(self.levels)):
            if self._is_next_below(value, first, last):
                first -= 1
            else:
                last += 1
        return last - first, self.stays[last] - self.stays[first]

    def _is_next_below(self, value: Decimal, first: int, last: int) -> bool:
        """Whether, of the levels before `first` and from `last` on, the one nearest to the value is below it."""
        if first == 0:
            return False
        if last == len(self.levels):
            return True
        return value - self.levels[first - 1] <= self.levels[last] - value

    def repeats(self, value: Decimal) -> float:
        """How rare it is that this value stays: the share among the nearest, with that of all changes as one more."""
        number, stayed = self.nearest(value)
        overall = self.stays[-1] / max(len(self.levels), 1)
        return (stayed + overall) / (number + 1)

    def change(self, value: Decimal, previous: Decimal) -> float:
        """The change in the terms of this row; infinite where a ratio of a value that is not positive is asked."""
        if not self.is_ratio:
            return float(value - previous)
        if value <= 0 or previous <= 0:
            return math.inf
        return math.log(float(value) / float(previous))

    def distance(self, value: Decimal, previous: Decimal, years: int = 1) -> float:
        """How far the change over so many years lies from the ordinary, without sign."""
        return abs(self.change(value, previous) - years * self.middle) / math.sqrt(years)

    def score(self, value: Decimal, previous: Decimal, years: int = 1) -> float:
        """The modified z, without sign."""
        return self.distance(value, previous, years) / self.spread


def movement(series: Iterable[Series], *, step: Decimal = Decimal(0)) -> Movement | None:
    """Out of the known values of all counties; None below FEWEST changes. `step`: the last decimal place, finer than
    which no spread is."""
    values: list[Decimal] = []
    steps: list[tuple[Decimal, Decimal]] = []
    straights: list[bool] = []
    for each in series:
        ordered = dict(sorted(each.items()))
        values += ordered.values()
        steps += neighbours(ordered)
        straights += _run(ordered)
    if len(steps) < FEWEST:
        return None
    is_ratio = min(values) > 0 and max(values) > ALIKE * float(min(values))
    finest = float(step)
    if is_ratio:  # as a share of an ordinary value: changes are logarithms then
        finest /= float(median(values))
    shape = Movement(is_ratio, 0.0, 1.0, 0.0, len(steps), 0.0)
    changes = [shape.change(b, a) for a, b in steps]
    middle = median(changes)
    away = sorted(abs(change - middle) for change in changes)
    # Counties that all moved alike have no deviation: half of the last place, so that nothing is divided by 0.
    spread = max(median(away) / 0.6745, finest / 2, 1e-9)
    within = min(math.ceil(TAIL * len(away)), len(away))
    straight_share = sum(straights) / len(straights) if straights else 0.0
    levels, stays = _stays(steps)
    return Movement(is_ratio, middle, spread, away[within - 1], len(steps), straight_share, levels, stays)


def movements_of(
    series: Mapping[str, Mapping[str, Series]], steps: Mapping[str, Decimal], units: Mapping[str, str]
) -> dict[str, Movement]:
    """By row, how it moves and with which companions; a row of which too little is known is absent. `series`: the known
    values by row, county and year."""
    moved = {code: movement(own.values(), step=steps.get(code, Decimal(0))) for code, own in series.items()}
    beside = find_companions(series, units)
    return {code: replace(each, companions=beside.get(code, ())) for code, each in moved.items() if each is not None}


def _stays(steps: Sequence[tuple[Decimal, Decimal]]) -> tuple[tuple[Decimal, ...], tuple[int, ...]]:
    """`levels` and `stays` of a movement."""
    levels = []
    stays = [0]
    for before, after in sorted(steps):
        levels.append(before)
        stays.append(stays[-1] + (before == after))
    return tuple(levels), tuple(stays)


def neighbours(series: Series) -> Iterator[tuple[Decimal, Decimal]]:
    """The values of years that follow one another."""
    for (year, value), (after, later) in pairwise(series.items()):
        if after == year + 1:
            yield value, later


def _run(series: Series) -> list[bool]:
    """Of every four years in a row, whether the three changes are the same, and any."""
    found = []
    for year in series:
        following = [series.get(each) for each in range(year, year + 4)]
        known = [value for value in following if value is not None]
        if len(known) == len(following):
            found.append(is_line(known))
    return found


def is_line(values: Sequence[Decimal]) -> bool:
    """Whether every change is the same, and one at all."""
    changes = {b - a for a, b in pairwise(values)}
    return len(changes) == 1 and changes != {Decimal(0)}

"""Rows that have always moved together: a value that leaves its companions is held against them, not against its own
past alone. Pure: numbers in, numbers out.

Two rows of one unit are companions where the yearly change of their ratio (on the logarithmic scale, all counties
together) stays within narrower limits than the row's own change does."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import combinations, pairwise
from statistics import median

Series = Mapping[int, Decimal]  # year → value
Change = tuple[str, int]  # (county, year)

FEWEST_TOGETHER = 24  # changes that both rows have, below which nothing is said of the two
MOST = 400  # changes that are looked at: more tell nothing more, and a city may have thousands of counties
WIDEST = 60  # rows of one unit, above which no pairs are looked for
CLOSER = 0.8  # of the row's own limits: how narrow those of the ratio must be
BEST = 3  # companions of a row
LEAST = 0.02  # apart from them that is never worth a question, on the logarithmic scale
FAR = 4.5  # modified z beyond which a change is out of the ordinary
TAIL = 0.99  # of the pooled changes lie within what is usual


@dataclass(frozen=True)
class Companion:
    """A row that moves with another. `middle`: the median yearly change of log(the row ÷ the companion); `limit`: how
    far from it a year may be and still be ordinary; `count`: of how many changes."""

    code: str
    middle: float
    limit: float
    count: int

    def apart(self, row: Sequence[Decimal], other: Sequence[Decimal], years: int = 1) -> float:
        """How many times beyond the limit the two moved apart, both given as (before, now), all above 0."""
        change = _log(row[1], row[0]) - _log(other[1], other[0])
        return abs(change - years * self.middle) / (self.limit * math.sqrt(years))


def find_companions(
    series: Mapping[str, Mapping[str, Series]], units: Mapping[str, str]
) -> dict[str, tuple[Companion, ...]]:
    """By row, its companions, the closest first; a row without any is absent. `series`: the known values by row,
    county and year."""
    changes = {code: dict(_changes(own)) for code, own in series.items()}
    own_limits = {code: _limits(list(own.values()))[1] for code, own in changes.items() if own}
    found: dict[str, list[Companion]] = {}
    for one, two in _pairs(changes, units):
        keys = changes[one].keys() & changes[two].keys()
        if len(keys) < FEWEST_TOGETHER:
            continue
        middle, limit = _limits([changes[one][key] - changes[two][key] for key in keys])
        if limit < CLOSER * own_limits[one]:
            found.setdefault(one, []).append(Companion(two, middle, limit, len(keys)))
        if limit < CLOSER * own_limits[two]:
            found.setdefault(two, []).append(Companion(one, -middle, limit, len(keys)))
    return {code: tuple(sorted(each, key=lambda c: (c.limit, c.code))[:BEST]) for code, each in found.items()}


def _pairs(changes: Mapping[str, Mapping[Change, float]], units: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    by_unit: dict[str, list[str]] = {}
    for code in sorted(changes):
        if len(changes[code]) >= FEWEST_TOGETHER:
            by_unit.setdefault(units.get(code, ""), []).append(code)
    for codes in by_unit.values():
        if len(codes) <= WIDEST:
            yield from combinations(codes, 2)


def _changes(own: Mapping[str, Series]) -> Iterator[tuple[Change, float]]:
    """The first MOST changes from one year to the next between values above 0, county by county."""
    told = 0
    for area in sorted(own):
        for (year, value), (after, later) in pairwise(sorted(own[area].items())):
            if after == year + 1 and value > 0 and later > 0:
                yield (area, after), _log(later, value)
                told += 1
        if told >= MOST:
            return


def _limits(changes: Sequence[float]) -> tuple[float, float]:
    """The median, and how far from it is ordinary: what 99 of 100 stay within, and FAR times the robust spread."""
    middle = median(changes)
    away = sorted(abs(change - middle) for change in changes)
    usual = away[min(math.ceil(TAIL * len(away)), len(away)) - 1]
    return middle, max(FAR * median(away) / 0.6745, usual, LEAST)


def _log(value: Decimal, before: Decimal) -> float:
    return math.log(float(value) / float(before))

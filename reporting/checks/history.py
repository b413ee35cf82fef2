"""Checks that know how a row has moved before, in this county and in all others. Pure: numbers in, findings out.

A yearly change is held against the pooled yearly changes of all counties, by the modified z of Iglewicz and Hoaglin
(1993): 0.6745 × (change − median) ÷ median absolute deviation. Rows that are far from alike in size are compared by the
logarithm of the ratio, others by the difference. Where rows have always moved together, a value is held against its
companions (`reporting/checks/companions.py`)."""

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import accumulate, pairwise
from statistics import median

from django.utils.translation import gettext as _

from reporting.checks.companions import Companion, find_companions
from reporting.checks.findings import SOFT, Finding, typed_words

FEWEST = 8  # pooled changes, below which nothing is said
LIMIT = 4.5  # modified z beyond which a change is out of the ordinary
LIMIT_OWN = 2.5  # and how many times the county's own ordinary change it is
LIMIT_FIT = 4.0  # beyond which another reading of the digits, or another row, that fits much better is named
FITS = 1.2  # modified z within which a value fits a row
BETTER = 4.0  # how many times better another reading must fit
RARE = 0.04  # share of years below which a straight line is rare
RARE_REPEAT = 0.04  # and last year's value again
NEAREST = 30  # changes from the nearest values, by which it is told how rare that is
BEYOND = 1.5  # times its limits a change must be to ask for words
ALONE = 2.0  # and where its companions moved alike
TAIL = 0.99  # of the pooled changes lie within what is usual
ALIKE = 3.0  # largest ÷ smallest value of a row that is compared by differences
SHIFTS = (Decimal("0.1"), Decimal(10), Decimal("0.01"), Decimal(100))
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
        first, last, levels = bisect_left(self.levels, value), bisect_right(self.levels, value), self.levels
        if last - first > NEAREST:  # amid those that are equal
            first = last = (first + last) // 2
        while last - first < min(NEAREST, len(levels)):
            is_below = first > 0 and (last == len(levels) or value - levels[first - 1] <= levels[last] - value)
            first, last = (first - 1, last) if is_below else (first, last + 1)
        return last - first, self.stays[last] - self.stays[first]

    def repeats(self, value: Decimal) -> float:
        """How rare it is that this value stays: the share among the nearest, with that of all changes as one more."""
        number, stayed = self.nearest(value)
        overall = self.stays[-1] / max(len(self.levels), 1)
        return (stayed + overall) / (number + 1)

    def change(self, value: Decimal, previous: Decimal) -> float:
        """The change in the terms of this row; infinite where a ratio of a value that is not positive is asked."""
        if not self.is_ratio:
            return float(value - previous)
        return math.log(float(value) / float(previous)) if value > 0 and previous > 0 else math.inf

    def distance(self, value: Decimal, previous: Decimal, years: int = 1) -> float:
        """How far the change over so many years lies from the ordinary, without sign."""
        return abs(self.change(value, previous) - years * self.middle) / math.sqrt(years)

    def score(self, value: Decimal, previous: Decimal, years: int = 1) -> float:
        """The modified z, without sign."""
        return self.distance(value, previous, years) / self.spread


def movement(series: Iterable[Series], *, step: Decimal = Decimal(0)) -> Movement | None:
    """Out of the known values of all counties; None below FEWEST changes. `step`: the last decimal place, finer than
    which no spread is."""
    found = [dict(sorted(each.items())) for each in series]
    values = [value for each in found for value in each.values()]
    steps = [(a, b) for each in found for a, b in _neighbours(each)]
    if len(steps) < FEWEST:
        return None
    is_ratio = all(value > 0 for value in values) and max(values) > ALIKE * float(min(values))
    finest = float(step) / (float(median(values)) or 1.0) if is_ratio else float(step)
    shape = Movement(is_ratio, 0.0, 1.0, 0.0, len(steps), 0.0)
    changes = [shape.change(b, a) for a, b in steps]
    middle = median(changes)
    away = sorted(abs(change - middle) for change in changes)
    spread = max(median(away) / 0.6745, finest / 2, 1e-9)
    usual = away[min(math.ceil(TAIL * len(away)), len(away)) - 1]
    runs = [_run(each) for each in found]
    straights = [is_straight for run in runs for is_straight in run]
    return Movement(
        is_ratio,
        middle,
        spread,
        usual,
        len(steps),
        sum(straights) / len(straights) if straights else 0.0,
        *_stays(steps),
    )


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
    ordered = sorted(steps)
    return tuple(a for a, _b in ordered), tuple(accumulate((a == b for a, b in ordered), initial=0))


def _neighbours(series: Series) -> Iterator[tuple[Decimal, Decimal]]:
    """The values of years that follow one another."""
    for (year, value), (after, later) in pairwise(series.items()):
        if after == year + 1:
            yield value, later


def _run(series: Series) -> list[bool]:
    """Of every four years in a row, whether the three changes are the same, and any."""
    found = []
    for year in series:
        four = [series.get(year + step) for step in range(4)]
        if None not in four:
            found.append(_is_line([value for value in four if value is not None]))
    return found


def _is_line(values: Sequence[Decimal]) -> bool:
    changes = {b - a for a, b in pairwise(values)}
    return len(changes) == 1 and changes != {Decimal(0)}


@dataclass(frozen=True)
class HistoryRow:
    """A row of a sheet with what came before it. `own`: the county's known values of earlier years."""

    code: str
    name: str
    unit: str
    year: int
    value: Decimal | None
    own: Series
    movement: Movement | None
    lower_bound: Decimal | None = None
    upper_bound: Decimal | None = None

    @property
    def last(self) -> int | None:
        """The last known year, whatever lies between."""
        return max((year for year in self.own if year < self.year), default=None)

    def score(self, value: Decimal) -> float | None:
        """How far `value` would be out of the ordinary; None where nothing is known."""
        if self.movement is None or self.last is None:
            return None
        return self.movement.score(value, self.own[self.last], self.year - self.last)

    def away(self, value: Decimal) -> float:
        """How many times beyond all that is usual `value` lies: beyond LIMIT of the pooled score, what 99 of 100
        changes stay within, and LIMIT_OWN of the county's own ordinary changes. Above 1: out of the ordinary."""
        moved, last = self.movement, self.last
        if moved is None or last is None:
            return 0.0
        years = self.year - last
        limit = max(LIMIT * moved.spread, moved.usual, LIMIT_OWN * self._own_spread(moved))
        return moved.distance(value, self.own[last], years) / limit

    def _own_spread(self, moved: Movement) -> float:
        away = [moved.distance(b, a) for a, b in _neighbours(dict(sorted(self.own.items())))]
        known = [each for each in away if math.isfinite(each)]
        return median(known) / 0.6745 if len(known) >= 3 else 0.0

    def is_possible(self, value: Decimal) -> bool:
        low, high = self.lower_bound, self.upper_bound
        return (low is None or value >= low) and (high is None or value <= high)


def check_history(row: HistoryRow, sheet: Mapping[str, HistoryRow] | None = None) -> list[Finding]:
    """What is out of the ordinary in one row; `sheet`: the rows beside it, by code."""
    if row.value is None or row.movement is None or row.last is None:
        return []
    if row.value == row.own[row.last]:  # what stays is judged by how rare that is, not as a change of 0
        return list(_again(row, row.value))
    beside = _apart(row, row.value, sheet or {})
    if beside is not None and beside.times > 1:
        return [_left_companions(row, row.value, beside, sheet or {}), *_line(row, row.value)]
    least = BEYOND if beside is None else ALONE
    return [*_outlier(row, row.value, row.movement, least), *_line(row, row.value)]


@dataclass(frozen=True)
class Apart:
    """How many times beyond the limit a row left the companion that stands in the middle of those known."""

    times: float
    companion: Companion


def _apart(row: HistoryRow, value: Decimal, sheet: Mapping[str, HistoryRow]) -> Apart | None:
    """None where no companion is filled, or a number is not above 0."""
    moved, last = row.movement, row.last
    if moved is None or last is None:
        return None
    found = []
    for each in moved.companions:
        other = sheet.get(each.code)
        before = other.own.get(last) if other else None
        if (
            other is None
            or other.value is None
            or before is None
            or min(value, row.own[last], other.value, before) <= 0
        ):
            continue
        times = each.apart((row.own[last], value), (before, other.value), row.year - last)
        found.append(Apart(times, each))
    found.sort(key=lambda apart: apart.times)
    return found[(len(found) - 1) // 2] if found else None


def left_companions_by(row: HistoryRow, value: Decimal, sheet: Mapping[str, HistoryRow]) -> float | None:
    """How many times beyond the limit `value` would leave the row's companions; None where there are none."""
    beside = _apart(row, value, sheet)
    return None if beside is None else beside.times


def _left_companions(row: HistoryRow, value: Decimal, beside: Apart, sheet: Mapping[str, HistoryRow]) -> Finding:
    companion, last = beside.companion, row.last or row.year
    other = sheet[companion.code]
    now = other.value or Decimal(0)
    own, others = (value / row.own[last], now / other.own[last])
    words = _(
        "较{last}年变为 {times} 倍，一向同步变化的“{other}”是 {others} 倍（{before} → {now}）；"
        "各地区历年 {n} 次变化中两行几乎从不这样分开，请核对这两行。"
    )
    told = words.format(
        last=last,
        times=_three(own),
        other=other.name,
        others=_three(others),
        before=typed_words(other.own[last]),
        now=typed_words(now),
        n=companion.count,
    )
    compared = [(_("{year}年").format(year=last), row.own[last])]
    compared += [(f"{other.name}（{last}）", other.own[last]), (other.name, now)]
    return Finding(SOFT, "companions", told, tuple(compared))


def _three(value: Decimal) -> str:
    """To three digits."""
    return f"{Decimal(f'{value:.3g}'):f}"


def with_history(
    found: Sequence[Finding], row: HistoryRow, sheet: Mapping[str, HistoryRow] | None = None
) -> list[Finding]:
    """What the checks of one number alone found, and what history adds: where a row is known to move tenfold in an
    ordinary year, ten times as much asks for nothing, and where it is not, one finding says it."""
    more = check_history(row, sheet)
    if row.value is not None and row.movement is not None and row.last is not None and row.away(row.value) <= BEYOND:
        found = [each for each in found if each.code != "magnitude"]
    is_told = any(each.code == "magnitude" for each in found)
    return [*found, *(each for each in more if not (is_told and each.code == "outlier"))]


def _outlier(row: HistoryRow, value: Decimal, moved: Movement, least: float) -> Iterator[Finding]:
    """A change that is not of this row's kind; or one that is only large, where another reading of the same digits is
    quite ordinary."""
    away, meant = row.away(value), _meant(row, value)
    if away <= least and (meant is None or least == ALONE):
        return
    last = row.last or row.year
    low, high = _ordinary(moved, row.own[last], row.year - last)
    words = _("{value} 较{last}年 {previous} 的变化不寻常：按各地区历年 {n} 次年度变化，多在 {low} 至 {high} 之间。")
    told = words.format(
        value=typed_words(value), last=last, previous=typed_words(row.own[last]), n=moved.count, low=low, high=high
    )
    if meant is not None:
        told += _("是否想填 {value}？").format(value=typed_words(meant))
    compared = [(_("{year}年").format(year=last), row.own[last])]
    if meant is not None:
        compared.append((_("同样的数字"), meant))
    yield Finding(SOFT, "outlier" if meant is None else "digits", told, tuple(compared))


def _ordinary(moved: Movement, previous: Decimal, years: int) -> tuple[str, str]:
    """Between what the value would be expected, to three digits."""
    reach = max(LIMIT / 2 * moved.spread, moved.usual) * math.sqrt(years)
    ends = (years * moved.middle - reach, years * moved.middle + reach)
    if moved.is_ratio:
        found = [float(previous) * math.exp(min(end, 50.0)) for end in ends]
    else:
        found = [float(previous) + end for end in ends]
    low, high = (_three(Decimal(value)) for value in found)
    return low, high


def _meant(row: HistoryRow, value: Decimal) -> Decimal | None:
    """Another reading of the digits that fits this row much better: the point one or two places off, or two
    neighbouring digits swapped."""
    score = row.score(value)
    if score is None or score <= LIMIT_FIT:
        return None
    for reading in (*_shifted(value), *_swapped(value)):
        other = row.score(reading)
        if other is not None and row.is_possible(reading) and other <= FITS and other * BETTER < score:
            return reading
    return None


def _shifted(value: Decimal) -> list[Decimal]:
    return [value * shift for shift in SHIFTS] if value else []


def _swapped(value: Decimal) -> Iterator[Decimal]:
    text = typed_words(abs(value))
    places = [place for place, sign in enumerate(text) if sign != "."]
    for a, b in pairwise(places):
        if text[a] != text[b]:
            digits = list(text)
            digits[a], digits[b] = digits[b], digits[a]
            yield Decimal("".join(digits)).copy_sign(value)


def _again(row: HistoryRow, value: Decimal) -> Iterator[Finding]:
    """Last year's value again, where that is rare; not at a limit, where a row may well stay."""
    moved, last = row.movement, row.last
    if moved is None or last is None or value != row.own[last] or moved.repeats(value) > RARE_REPEAT:
        return
    if value in (row.lower_bound, row.upper_bound) or not value:
        return
    number, stayed = moved.nearest(value)
    words = _(
        "与{last}年的 {value} 完全相同；各地区从相近的数开始的 {n} 次年度变化中只有 {stayed} 次不变，请确认不是照抄。"
    )
    told = words.format(last=last, value=typed_words(value), n=number, stayed=stayed)
    yield Finding(SOFT, "repeated", told, ((_("{year}年").format(year=last), row.own[last]),))


def _line(row: HistoryRow, value: Decimal) -> Iterator[Finding]:
    """The same change a third time, where rows do not move like that."""
    moved = row.movement
    before = [row.own.get(row.year - step) for step in (3, 2, 1)]
    known = [each for each in before if each is not None]
    if moved is None or len(known) < 3 or moved.straights > RARE or not _is_line([*known, value]):
        return
    words = _("连续三年的变化都正好是 {change}，请确认不是推算。")
    told = words.format(change=typed_words(value - known[-1]))
    compared = tuple((_("{year}年").format(year=row.year - 3 + place), each) for place, each in enumerate(known))
    yield Finding(SOFT, "too_straight", told, compared)

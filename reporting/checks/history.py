"""Checks that know how a row has moved before, in this county and in all others. Pure: numbers in, findings out.

A yearly change is held against the pooled yearly changes of all counties, by the modified z of Iglewicz and Hoaglin
(1993): 0.6745 × (change − median) ÷ median absolute deviation. Rows that are far from alike in size are compared by the
logarithm of the ratio, others by the difference. Where rows have always moved together, a value is held against its
companions (`reporting/checks/companions.py`)."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from statistics import median

from django.utils.translation import gettext as _

from reporting.checks.companions import Companion
from reporting.checks.findings import SOFT, Finding, typed_words
from reporting.checks.row_movement import Movement, Series, is_line, neighbours

LIMIT = 4.5  # modified z beyond which a change is out of the ordinary
LIMIT_OWN = 2.5  # and how many times the county's own ordinary change it is
LIMIT_FIT = 4.0  # beyond which another reading of the digits, or another row, that fits much better is named
FITS = 1.2  # modified z within which a value fits a row
BETTER = 4.0  # how many times better another reading must fit
RARE = 0.04  # share of years below which a straight line is rare
RARE_REPEAT = 0.04  # and last year's value again
BEYOND = 1.5  # times its limits a change must be to ask for words
ALONE = 2.0  # and where its companions moved alike
SHIFTS = (Decimal("0.1"), Decimal(10), Decimal("0.01"), Decimal(100))


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
        away = [moved.distance(b, a) for a, b in neighbours(dict(sorted(self.own.items())))]
        known = [each for each in away if math.isfinite(each)]
        if len(known) < 3:
            return 0.0
        return median(known) / 0.6745

    def is_possible(self, value: Decimal) -> bool:
        if self.lower_bound is not None and value < self.lower_bound:
            return False
        return self.upper_bound is None or value <= self.upper_bound


def check_history(row: HistoryRow, sheet: Mapping[str, HistoryRow] | None = None) -> list[Finding]:
    """What is out of the ordinary in one row; `sheet`: the rows beside it, by code."""
    value, others = row.value, sheet or {}
    if value is None or row.movement is None or row.last is None:
        return []
    if value == row.own[row.last]:  # what stays is judged by how rare that is, not as a change of 0
        return list(_again(row, value))
    beside = _apart(row, value, others)
    if beside is not None and beside.times > 1:
        return [_left_companions(row, value, beside, others), *_line(row, value)]
    least = BEYOND if beside is None else ALONE
    return [*_outlier(row, value, row.movement, least), *_line(row, value)]


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
    own = (row.own[last], value)
    found = []
    for each in moved.companions:
        beside = _both_numbers(sheet.get(each.code), last)
        if beside is None or min(*own, *beside) <= 0:
            continue
        found.append(Apart(each.apart(own, beside, row.year - last), each))
    if not found:
        return None
    found.sort(key=lambda apart: apart.times)
    # The middle one, so that a single companion that went astray itself decides nothing; of two, the nearer.
    return found[(len(found) - 1) // 2]


def _both_numbers(row: HistoryRow | None, earlier: int) -> tuple[Decimal, Decimal] | None:
    """A row's number of an earlier year and of the sheet's own; None where either is missing."""
    if row is None or row.value is None:
        return None
    before = row.own.get(earlier)
    return None if before is None else (before, row.value)


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
    others = [each for each in found if each.code != "magnitude"]
    if _is_ordinary(row):
        return [*others, *more]
    if len(others) < len(found):  # it asks already how the value came to be so large
        more = [each for each in more if each.code != "outlier"]
    return [*found, *more]


def _is_ordinary(row: HistoryRow) -> bool:
    """Whether the change is known to be one that this row makes; not where too little is known of it."""
    if row.value is None or row.movement is None or row.last is None:
        return False
    return row.away(row.value) <= BEYOND


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
    compared = [(_("{year}年").format(year=last), row.own[last])]
    code = "outlier"
    if meant is not None:
        code = "digits"
        told += _("是否想填 {value}？").format(value=typed_words(meant))
        compared.append((_("同样的数字"), meant))
    yield Finding(SOFT, code, told, tuple(compared))


def _ordinary(moved: Movement, previous: Decimal, years: int) -> tuple[str, str]:
    """Between what the value would be expected, to three digits."""
    reach = max(LIMIT / 2 * moved.spread, moved.usual) * math.sqrt(years)
    middle = years * moved.middle

    def reached(change: float) -> str:
        if not moved.is_ratio:
            return _three(Decimal(float(previous) + change))
        factor = math.exp(min(change, 50.0))  # far beyond that a float overflows
        return _three(Decimal(float(previous) * factor))

    return reached(middle - reach), reached(middle + reach)


def _meant(row: HistoryRow, value: Decimal) -> Decimal | None:
    """Another reading of the digits that fits this row much better: the point one or two places off, or two
    neighbouring digits swapped."""
    score = row.score(value)
    if score is None or score <= LIMIT_FIT:
        return None
    for reading in (*_shifted(value), *_swapped(value)):
        if not row.is_possible(reading):
            continue
        other = row.score(reading)
        if other is not None and other <= FITS and other * BETTER < score:
            return reading
    return None


def _shifted(value: Decimal) -> list[Decimal]:
    if not value:  # 0 stays 0
        return []
    return [value * shift for shift in SHIFTS]


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
    if moved is None or last is None or value != row.own[last]:
        return
    if value in {row.lower_bound, row.upper_bound, 0} or moved.repeats(value) > RARE_REPEAT:
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
    if moved is None or len(known) < 3 or moved.straights > RARE or not is_line([*known, value]):
        return
    words = _("连续三年的变化都正好是 {change}，请确认不是推算。")
    told = words.format(change=typed_words(value - known[-1]))
    compared = []
    for year, number in zip(range(row.year - 3, row.year), known, strict=True):
        compared.append((_("{year}年").format(year=year), number))
    yield Finding(SOFT, "too_straight", told, tuple(compared))

"""What looks wrong in an entry. Hard (强制性) findings block handing over, never saving; soft (核实性) ones need
a true explanation. A pure function of numbers: no database; only the words are looked up."""

from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _

from lib.reasons import SHORTEST_BLANK, says_something
from lib.value_words import value_words

HARD, SOFT = "hard", "soft"
MAGNITUDE = 10  # times more or less than what is known: a slipped point, or another unit
WORSE = {"met": 0, "near": 1, "behind": 2}


@dataclass(frozen=True)
class Finding:
    """`compared`: the numbers that it was found by, (what, value). `rule`: the code of the rule between numbers that
    does not hold. `is_settled`: another unit whose number meets in it has said why."""

    severity: str
    code: str
    words: str
    compared: tuple[tuple[str, Decimal], ...] = ()
    rule: str = ""
    is_settled: bool = False

    @property
    def asks(self) -> bool:
        """Whether words of the own row are still wanted."""
        return self.severity == SOFT and not self.is_settled


@dataclass(frozen=True)
class CheckedRow:
    """An entry with what it is checked against; Decimals in the row's own unit, None where absent. `previous` is the
    last value known, of `years_since` years before; `expected` the target, else the standard, of the year."""

    value: Decimal | None
    explanation: str
    previous: Decimal | None
    lower_bound: Decimal | None
    upper_bound: Decimal | None
    direction: int
    is_cumulative: bool
    max_yearly_change: Decimal | None
    status: str = ""
    previous_status: str = ""
    previous_year: int | None = None
    years_since: int = 1
    expected: Decimal | None = None
    is_whole: bool = False
    parts_fault: str = ""
    stages: tuple[str, ...] = ()


def check(row: CheckedRow) -> list[Finding]:
    """All findings of one entry, the hard ones first. `parts_fault`: why no value follows from the parts."""
    if row.parts_fault:
        return [Finding(HARD, "parts_incomplete", row.parts_fault)]
    if row.value is None:
        return list(_blank(row))
    hard = [*_bounds(row, row.value), *_fraction(row, row.value), *_falling_total(row, row.value)]
    soft = [*_magnitude(row, row.value), *_jump(row, row.value), *_slipping(row, row.value), *_worse_status(row)]
    return [*hard, *soft]


def obstacles(findings: list[Finding], explanation: str) -> list[str]:
    """Why an entry cannot be handed over, in words; empty where it can."""
    words = [finding.words for finding in findings if finding.severity == HARD]
    soft = [finding.words for finding in findings if finding.asks]
    if soft and not is_explained(explanation):
        words.append("".join(soft) + _ask_for_words(explanation))
    return words


def is_explained(text: str) -> bool:
    """Whether an explanation says something: at least 6 characters that are not assurances such as 核实无误."""
    return says_something(text)


def _ask_for_words(explanation: str) -> str:
    if not explanation.strip():
        return _("请说明原因（不少于6个字，“核实无误”不算）。")
    return _("说明太笼统：请写清原因（不少于6个字，“核实无误”不算）。")


def _blank(row: CheckedRow):
    if not row.explanation.strip():
        yield Finding(HARD, "blank_without_reason", _("没有填数：请填数，或说明为什么没有。"))
    elif not says_something(row.explanation, SHORTEST_BLANK):
        words = _("没有填数，而“{reason}”没有说明原因；请写清为什么没有，例如“尚未统计”。")
        yield Finding(HARD, "blank_without_reason", words.format(reason=row.explanation.strip()[:20]))


def _fraction(row: CheckedRow, value: Decimal):
    if row.is_whole and value != value.to_integral_value():
        words = _("{value} 不是整数：这个指标按整数填报，请核对单位和小数点。")
        yield Finding(HARD, "not_whole", words.format(value=typed_words(value)))


def _magnitude(row: CheckedRow, value: Decimal):
    """A value so far from what is known that a unit or a point must be meant. Running totals may well grow tenfold in
    their first years; they are compared with what is expected alone."""
    if row.stages:
        return
    known = row.previous
    if row.is_cumulative or not row.previous:
        known = row.expected
    if not known or not value:  # of 0 nothing is so many times
        return
    if known * value < 0:
        return
    ratio = value / known
    is_smaller = not row.is_cumulative and ratio * MAGNITUDE <= 1
    if ratio >= MAGNITUDE or is_smaller:
        words = _("{value} 与{what} {known} 相差 10 倍以上，请核对单位和小数点。")
        what = _before(row) if known is row.previous else _("目标或标准")
        told = words.format(value=typed_words(value), what=what, known=typed_words(known))
        yield Finding(SOFT, "magnitude", told, ((what, known),))


def _previous(row: CheckedRow) -> tuple[tuple[str, Decimal], ...]:
    """The last value known, as what a finding compared."""
    return () if row.previous is None else ((_before(row), row.previous),)


def _before(row: CheckedRow) -> str:
    """Of when the last known value is: 上年, or the year where one is missing between."""
    return _("上年") if row.years_since == 1 else _("{year}年").format(year=row.previous_year)


def _bounds(row: CheckedRow, value: Decimal):
    low, high = row.lower_bound, row.upper_bound
    is_below = low is not None and value < low
    is_above = high is not None and value > high
    if not is_below and not is_above:
        return
    compared = []
    if low is not None:
        compared.append((_("下限"), low))
    if high is not None:
        compared.append((_("上限"), high))
    words = _("{value} 超出允许范围（{limits}）。{guess}")
    told = words.format(value=typed_words(value), limits=_limits(low, high), guess=_guess(row, value))
    yield Finding(HARD, "out_of_bounds", told, tuple(compared))


def _limits(low: Decimal | None, high: Decimal | None) -> str:
    """The natural limits in words; one of them at least is given."""
    if low is not None and high is not None:
        return f"{typed_words(low)}–{typed_words(high)}"
    if low is not None:
        return _("不小于{low}").format(low=typed_words(low))
    if high is not None:
        return _("不大于{high}").format(high=typed_words(high))
    return ""


def _guess(row: CheckedRow, value: Decimal) -> str:
    """A slipped decimal point is the commonest cause: offers the number it would have been."""
    for shift in (Decimal("0.1"), Decimal("0.01")):
        shifted = value * shift
        if _is_within(row, shifted) and _is_near_the_last(row, shifted):
            return _("是否想填 {shifted}？").format(shifted=typed_words(shifted))
    return _("请核对单位和小数点。")


def _is_within(row: CheckedRow, value: Decimal) -> bool:
    """Not where there is no lower limit: then a value that is too large says nothing of the point."""
    low, high = row.lower_bound, row.upper_bound
    if low is None or value < low:
        return False
    return not high or value <= high


def _is_near_the_last(row: CheckedRow, value: Decimal) -> bool:
    """Within half of the last value known, and within 1 of small ones."""
    if row.previous is None:
        return True
    return abs(value - row.previous) <= max(abs(row.previous) / 2, Decimal(1))


def _falling_total(row: CheckedRow, value: Decimal):
    if row.is_cumulative and row.previous is not None and value < row.previous:
        words = _("累计数不能减少：{before}为 {previous}，本年填了 {value}。").format(
            before=_before(row), previous=typed_words(row.previous), value=typed_words(value)
        )
        yield Finding(HARD, "cumulative_falls", words, _previous(row))


def _jump(row: CheckedRow, value: Decimal):
    if row.previous is None or row.max_yearly_change is None:
        return
    limit = row.max_yearly_change * row.years_since
    if abs(value - row.previous) > limit:
        words = _("较{before}的 {previous} 变化 {change}，超过核实限值 {limit}。").format(
            before=_before(row),
            previous=typed_words(row.previous),
            change=_signed(value - row.previous),
            limit=typed_words(limit),
        )
        yield Finding(SOFT, "yearly_jump", words, (*_previous(row), (_("核实限值"), limit)))


def _slipping(row: CheckedRow, value: Decimal):
    if row.previous is None or row.is_cumulative:  # a running total that falls is a fault of its own
        return
    change = value - row.previous
    if row.direction * change >= 0:
        return
    words = _("较{before}的 {previous} 变化 {change}，向坏的方向变化。").format(
        before=_before(row), previous=typed_words(row.previous), change=_signed(change)
    )
    if row.stages:
        words = _("{before}已到“{previous}”，本年填了“{value}”，退回了。").format(
            before=_before(row),
            previous=value_words(row.previous, stages=row.stages),
            value=value_words(value, stages=row.stages),
        )
    yield Finding(SOFT, "slipping", words, _previous(row))


def _worse_status(row: CheckedRow):
    before, now = WORSE.get(row.previous_status), WORSE.get(row.status)
    if before is not None and now is not None and now > before:
        names = {"met": _("达标"), "near": _("接近"), "behind": _("滞后")}
        yield Finding(
            SOFT,
            "status_worse",
            _("由{before}转为{now}。").format(before=names[row.previous_status], now=names[row.status]),
            (*_previous(row), *_held_against(row)),
        )


def _held_against(row: CheckedRow) -> tuple[tuple[str, Decimal], ...]:
    """What the year's status was judged by, as what a finding compared."""
    return () if row.expected is None else ((_("目标或标准"), row.expected),)


def typed_words(value: Decimal) -> str:
    """A value as it is typed."""
    return f"{value.normalize():f}"


def _signed(value: Decimal) -> str:
    return f"+{typed_words(value)}" if value > 0 else typed_words(value)

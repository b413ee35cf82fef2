"""What the past says of a target, in a sentence: numbers, and what counted as comparable; who reads it judges."""

from django.utils.translation import gettext as _

from indicators.models import IndicatorDefinition
from lib.numbers import rounded, signed
from peers.comparison import DOUBLE, ENOUGH, LEAST_PLACES, NEAR
from peers.targets import NO_TARGET, NO_VALUE, REACHED, TOO_FEW, TargetRealism
from plan.terms import term


def realism_words(said: TargetRealism, definition: IndicatorDefinition) -> str:
    """One sentence: every +11.8: of 87 comparable place-years 3 were as large."""
    if said.state == NO_TARGET:
        return str(_("这一年没有目标。"))
    if said.state == NO_VALUE:
        return str(_("此前没有官方数值，无法判断。"))
    if said.state == REACHED:
        return str(_("{year}年的数值已经达到这个目标。")).format(year=said.first_year)
    change = _change(said, definition)
    if said.state == TOO_FEW:
        words = _("{change}：可比的以往变化只有{n}个县年（{places}个地区），少于{least}个县年或{few}个地区，无法判断。")
        return words.format(change=change, n=said.count, places=said.places, least=ENOUGH, few=LEAST_PLACES)
    words = _("{change}：可比的{n}个县年（{places}个地区）中{m}个做到。")
    return words.format(change=change, n=said.count, places=said.places, m=said.as_large)


def _change(said: TargetRealism, definition: IndicatorDefinition) -> str:
    """2024 to 2027, +11.8 a year."""
    needed = signed(None if said.needed is None else round(said.needed, places_of(definition)))
    words = _("从{first}年到{year}年要每年{needed}{unit}")
    return words.format(first=said.first_year, year=said.year, needed=needed, unit=term(definition.gap_unit))


def places_of(definition: IndicatorDefinition) -> int:
    """Of a change a year: one more than the value is shown with, for it is a part of it."""
    return max(2, definition.decimals + 1)


def comparable_words(said: TargetRealism, definition: IndicatorDefinition) -> str:
    """What counted as comparable, in a sentence."""
    if said.realism is None or said.bounds is None or said.level is None:
        return ""
    kind = _("同一指标") if said.realism.comparable.is_same else _("同一指标，和单位相同、方向不相反的指标")
    words = _("可比：{kind}，同样{years}年，起点{start}。")
    return words.format(kind=kind, years=said.years, start=_start(said, definition))


def _start(said: TargetRealism, definition: IndicatorDefinition) -> str:
    bounds, level, decimals = said.bounds, said.level, definition.decimals
    if bounds is None or level is None:
        return ""
    if bounds.is_cumulative:
        return str(_("不限（累计数每年的增量与起点无关）"))
    if bounds.span == bounds.span:  # two bounds; NaN where one is missing
        near, lower, upper = NEAR * bounds.span, definition.lower_bound, definition.upper_bound
        low = level - near if lower is None else max(level - near, float(lower))
        high = level + near if upper is None else min(level + near, float(upper))
        return str(_("在{low}至{high}之间")).format(low=rounded(low, decimals), high=rounded(high, decimals))
    low, high = level / DOUBLE, level * DOUBLE
    words = _("在{low}至{high}之间，按占起点的份额比较")
    return words.format(low=rounded(low, decimals), high=rounded(high, decimals))


def percent_words(said: TargetRealism) -> str:
    """The share in whole per cent; "" where nothing is said. None of many is "under 1 %", not 0."""
    if said.share is None:
        return ""
    if not said.as_large:
        return str(_("没有一个"))
    return f"{max(1, round(100 * said.share))}%"

"""What is wrong with the figures of a plan file: their years, their limits, the parts of ratios, whose they are."""

import math
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from indicators.terms.parts import agree, ratio
from seeding.plan_files.kinds import kind_faults
from seeding.plan_files.reading import Row, area_kinds, by_code, is_number, is_year, rows_of, shown_limit, span_of
from seeding.plan_files.repeats import facts_twice
from seeding.plan_files.yaml_text import Place, PlanFault

FACTS = ("targets", "standards", "observations")
OF_SHARES = ("growth", "relative")  # kinds of targets whose number is a share of another
Limits = tuple[float, float]


def indicator_faults(data: Row) -> Iterator[PlanFault]:
    """Limits the wrong way round, and parts of ratios that do not go together."""
    for number, row in rows_of(data, "indicators"):
        limits = _limits(row)
        if limits:
            lower, upper = limits
            if not lower < upper:
                yield PlanFault(("indicators", number, "bounds"), _("下限应小于上限，写成 [下限, 上限]。"))
        yield from _parts(row, ("indicators", number))


def fact_faults(data: Row) -> Iterator[PlanFault]:
    """Years outside the plan, values outside the limits of their indicator, figures of a city that has none; values
    that their parts deny; of targets, rows for one key."""
    span, kinds = span_of(data), area_kinds(data)
    limits = {code: _limits(row) for code, row in by_code(data, "indicators").items()}
    judged = {code for code, row in by_code(data, "areas").items() if row.get("own_rows") is True}
    cities = {code for code, kind in kinds.items() if kind == "city"}
    for section in FACTS:
        for number, row in rows_of(data, section):
            place = (section, number)
            yield from _year(row, place, span)
            yield from _value(row, place, limits)
            yield from _area(row, place, cities - judged)
    yield from _observations(data)
    yield from facts_twice(data, cities)
    yield from kind_faults(data, span)


def _year(row: Row, place: Place, span: tuple[int, int] | None) -> Iterator[PlanFault]:
    year = row.get("year")
    if span is None or not is_year(year):
        return
    first, last = span
    if not first <= year <= last:
        words = _("{year} 不在方案的年份里，应在 {first} 至 {last} 之间。")
        yield PlanFault((*place, "year"), words.format(year=year, first=first, last=last))


def _value(row: Row, place: Place, limits: dict[str, Limits | None]) -> Iterator[PlanFault]:
    code: Any = row.get("indicator")
    value: Any = row.get("value")
    between = limits.get(code) if isinstance(code, str) else None
    if between is None or row.get("target_kind") in OF_SHARES or not is_number(value):
        return
    lower, upper = between
    if not lower <= value <= upper:
        words = _("{value} 超出指标的上下限 {lower} 至 {upper}。")
        told = words.format(value=value, lower=shown_limit(lower), upper=shown_limit(upper))
        yield PlanFault((*place, "value"), told)


def _area(row: Row, place: Place, without_rows: set[str]) -> Iterator[PlanFault]:
    area = row.get("area")
    if isinstance(area, str) and area in without_rows:
        words = _("{area} 是市。请写它所辖的一个地区；市有自己的目标的，在 areas 里给它写 own_rows: true。")
        yield PlanFault((*place, "area"), words.format(area=area))


def _limits(row: Row) -> tuple[float, float] | None:
    bounds = row.get("bounds")
    if not isinstance(bounds, list) or len(bounds) != 2:
        return None
    if not all(isinstance(bound, int | float | None) for bound in bounds):
        return None
    lower, upper = bounds
    return (-math.inf if lower is None else lower, math.inf if upper is None else upper)


def _parts(row: Row, place: Place) -> Iterator[PlanFault]:
    """A ratio names both of its parts, and only a ratio is multiplied and added up by them."""
    if ("numerator" in row) != ("denominator" in row):
        absent = "denominator" if "numerator" in row else "numerator"
        yield PlanFault((*place, absent), _("分子、分母要么都写，要么都不写。"))
    elif "numerator" not in row:
        if "parts_factor" in row:
            yield PlanFault((*place, "parts_factor"), _("没有分子、分母的行不写倍数。"))
        if row.get("aggregation") == "ratio":
            yield PlanFault((*place, "aggregation"), _("没有分子、分母的行不能按比率汇总；请写 sum，或不写。"))


def _observations(data: Row) -> Iterator[PlanFault]:
    """What is counted in whole numbers has no halves; a value beside its parts is their quotient."""
    rows = by_code(data, "indicators")
    for number, row in rows_of(data, "observations"):
        code: Any = row.get("indicator")
        value: Any = row.get("value")
        of = rows.get(code) if isinstance(code, str) else None
        if of is not None and is_number(value):
            place = ("observations", number)
            if of.get("decimals") == 0 and value % 1:
                yield PlanFault((*place, "value"), _("{value} 不是整数：这个指标按整数计。").format(value=value))
            yield from _fact_parts(row, of, place)


def _fact_parts(row: Row, of: Row, place: Place) -> Iterator[PlanFault]:
    above, below = row.get("numerator"), row.get("denominator")
    if above is None and below is None:
        return
    if above is None or below is None:
        absent = "numerator" if above is None else "denominator"
        yield PlanFault((*place, absent), _("分子、分母要么都写，要么都不写。"))
    elif "numerator" not in of:
        yield PlanFault((*place, "numerator"), _("这个指标没有分子、分母；请只写数值。"))
    elif is_number(above) and is_number(below):
        yield from _quotient(row["value"], above, below, of, (*place, "value"))


def _quotient(value: float, above: float, below: float, of: Row, place: Place) -> Iterator[PlanFault]:
    factor, decimals = of.get("parts_factor", 100 if of.get("unit") == "%" else 1), of.get("decimals", 1)
    if not is_number(factor) or not isinstance(decimals, int):
        return
    computed = ratio(Decimal(str(above)), Decimal(str(below)), Decimal(str(factor)), decimals)
    if computed is not None and not agree(Decimal(str(value)), computed, decimals):
        words = _("{value} 与分子、分母算出的 {computed} 不一致。")
        yield PlanFault(place, words.format(value=value, computed=computed))

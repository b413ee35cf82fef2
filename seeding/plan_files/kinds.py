"""What the rows of a plan file say of kinds: targets that speak for several years, bands, stages, rows that are held
against another one. Tells nothing of what the schema refuses already."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from django.utils.translation import gettext as _

from lib.value_words import stage_number
from seeding.plan_files.reading import Row, by_code, is_number, is_year, names_in, no_such, rows_of, shown_limit
from seeding.plan_files.yaml_text import Place, PlanFault

AGAINST = {"higher": ("<", "<="), "lower": (">", ">=")}  # comparisons that point the other way
OF_NUMBERS = ("growth", "relative", "than")  # kinds that neither a band nor a stage can have
WITH_VALUE = ("yearly", "growth", "relative")


def kind_faults(data: Row, span: tuple[int, int] | None) -> Iterator[PlanFault]:
    """Every fault of that sort; `span`: the plan's first and last year, where it has sensible ones."""
    definitions = by_code(data, "indicators")
    for number, row in rows_of(data, "indicators"):
        yield from _stages(row, ("indicators", number))
        yield from _years(row, ("indicators", number), span)
    for number, row in rows_of(data, "areas"):
        yield from _years(row, ("areas", number), span)
    for section in ("targets", "standards", "observations"):
        for number, row in rows_of(data, section):
            of = _indicator_of(row, definitions)
            if of is not None:
                yield from _value(row, of, (section, number))
                yield from _upper_end(row, of, (section, number))
                yield from _day(row, of, (section, number))
                yield from _scope(row, of, (section, number))
    for number, row in rows_of(data, "targets"):
        yield from _kind(row, ("targets", number), span)
        yield from _fitting(row, _indicator_of(row, definitions) or {}, ("targets", number))
        yield from _than(row, data, ("targets", number))


def _indicator_of(row: Row, definitions: Mapping[str, Row]) -> Row | None:
    """The row of the indicator that a number is of; None where the file has none."""
    code = row.get("indicator")
    return definitions.get(code) if isinstance(code, str) else None


def _years(row: Row, place: Place, span: tuple[int, int] | None) -> Iterator[PlanFault]:
    """The years of an area or an indicator, and the one in which its definition changes."""
    first, last = row.get("first_year"), row.get("last_year")
    if is_year(first) and is_year(last) and last < first:
        yield PlanFault((*place, "last_year"), _("终止年应不早于起始年 {first}。").format(first=first))
    found = row.get("break")
    year = found.get("year") if isinstance(found, dict) else None
    if span and is_year(year) and not span[0] < year <= span[1]:
        words = _("{year} 不在方案的年份里，应在 {first} 至 {last} 之间。")
        yield PlanFault((*place, "break", "year"), words.format(year=year, first=span[0] + 1, last=span[1]))


def _scope(row: Row, of: Row, place: Place) -> Iterator[PlanFault]:
    """A number of an area or a year that does not have the indicator."""
    own, area = of.get("only_areas"), row.get("area", "each_county")
    is_of_one = isinstance(area, str) and area != "each_county"
    if is_of_one and isinstance(own, list) and area not in own:
        yield PlanFault((*place, "area"), _("{area} 没有这个指标：不在它的 only_areas 里。").format(area=area))
    first, last, year = of.get("first_year"), of.get("last_year"), row.get("year")
    if not is_year(year):
        return
    is_too_early = is_year(first) and year < first
    is_too_late = is_year(last) and year > last
    if is_too_early or is_too_late:
        words = _("这个指标在 {year} 年还没有，或者已经没有了。")
        yield PlanFault((*place, "year"), words.format(year=year))


def names_of(definition: Row) -> list[str]:
    """The names of its stages, where they can be read."""
    stages = definition.get("stages")
    if not isinstance(stages, list):
        return []
    return [name for name in stages if isinstance(name, str)]


def _stages(row: Row, place: Place) -> Iterator[PlanFault]:
    """What goes by stages is no number: it has no places, no tolerance and nothing to be divided."""
    names, english = names_of(row), row.get("stages_en")
    if isinstance(english, list) and len(english) != len(names):
        words = _("阶段的英文名应与阶段一一对应：阶段有{n}个，这里有{m}个。")
        yield PlanFault((*place, "stages_en"), words.format(n=len(names), m=len(english)))
    if not names:
        return
    if len({"".join(name.split()) for name in names}) < len(names):
        yield PlanFault((*place, "stages"), _("两个阶段同名，请改正。"))
    for key, wanted in (("decimals", 0), ("tolerance", 0), ("direction", "higher"), ("kind", "level")):
        if row.get(key, wanted) != wanted:
            yield PlanFault((*place, key), _("分阶段的指标这里写 {wanted}。").format(wanted=wanted))
    for key in ("bounds", "numerator", "aggregation"):
        if key in row:
            yield PlanFault((*place, key), _("分阶段的指标不写这一项。"))


def _value(row: Row, of: Row, place: Place) -> Iterator[PlanFault]:
    """A stage by its name, anything else as a number."""
    value, names = row.get("value"), names_of(of)
    if isinstance(value, str) and not names:
        yield PlanFault(
            (*place, "value"), _('"{value}" 不能用。请写数字，不带单位；这个指标不分阶段。').format(value=value)
        )
    elif isinstance(value, str) and stage_number(value, names) is None:
        words = _("“{value}”不是这个指标的阶段。可以写的有：{names}。")
        yield PlanFault((*place, "value"), words.format(value=value, names="、".join(names)))
    elif is_number(value) and names:
        words = _("这个指标分阶段，请写阶段的名称：{names}。")
        yield PlanFault((*place, "value"), words.format(names="、".join(names)))


def _upper_end(row: Row, of: Row, place: Place) -> Iterator[PlanFault]:
    if "value_high" not in row:
        return
    low, high = row.get("value"), row["value_high"]
    if of.get("direction") != "within":
        yield PlanFault((*place, "value_high"), _("只有方向为 within 的指标写区间上限；不是区间的请删去。"))
    elif is_number(low) and is_number(high) and high < low:
        yield PlanFault((*place, "value_high"), _("区间上限应不小于下限 {low}。").format(low=low))
    bounds = of.get("bounds")
    if not isinstance(bounds, list) or len(bounds) != 2:
        return
    _lower, upper = bounds
    if is_number(upper) and is_number(high) and high > upper:
        words = _("{value} 超出指标的上限 {upper}。")
        yield PlanFault((*place, "value_high"), words.format(value=high, upper=shown_limit(upper)))


def _day(row: Row, of: Row, place: Place) -> Iterator[PlanFault]:
    day = row.get("reached_on")
    if not isinstance(day, str):
        return
    if not names_of(of):
        yield PlanFault((*place, "reached_on"), _("只有分阶段的指标写达到日期。"))
        return
    try:
        reached = date.fromisoformat(day)
    except ValueError:
        yield PlanFault((*place, "reached_on"), _("没有“{day}”这一天。请按日历写。").format(day=day))
        return
    year = row.get("year")
    if is_year(year) and reached.year > year:
        yield PlanFault((*place, "reached_on"), _("达到日期晚于 {year} 年：那一年还没有达到。").format(year=year))


def _kind(row: Row, place: Place, span: tuple[int, int] | None) -> Iterator[PlanFault]:
    """A row of one year has a year and a number; one of a kind has no year, and none that keeps the base a number."""
    needed, refused = _keys_of(row.get("target_kind"))
    for key in needed:
        if key not in row:
            yield PlanFault((*place, key), _("缺这一项。一年的目标要写年份和数；用 target_kind 的不写年份。"))
    for key in refused:
        if key in row:
            yield PlanFault((*place, key), _("这里不写这一项：target_kind 的年份写 from、to，keep 不写数。"))
    for key in ("from", "to"):
        if span and is_year(row.get(key)) and not span[0] < row[key] <= span[1]:
            words = _("{year} 不在方案的年份里，应在 {first} 至 {last} 之间。")
            yield PlanFault((*place, key), words.format(year=row[key], first=span[0] + 1, last=span[1]))
    if is_year(row.get("from")) and is_year(row.get("to")) and row["to"] < row["from"]:
        yield PlanFault((*place, "to"), _("终止年应不早于起始年 {first}。").format(first=row["from"]))


def _keys_of(kind: object) -> tuple[Sequence[str], Sequence[str]]:
    """What a target of that kind must have, and what it must not; None: a target of one year."""
    if kind is None:
        return ("year", "value"), ("from", "to", "than")
    if kind == "keep":
        return (), ("year", "value")
    return ("value",) if kind in WITH_VALUE else (), ("year",)


def _fitting(row: Row, of: Row, place: Place) -> Iterator[PlanFault]:
    """Whether the kind and the comparison fit what the indicator is."""
    if row.get("comparison") in AGAINST.get(str(of.get("direction")), ()):
        yield PlanFault((*place, "comparison"), _("与指标的方向相反。"))
    is_within = of.get("direction") == "within"
    if is_within and "comparison" in row:
        yield PlanFault((*place, "comparison"), _("方向为 within 的指标不写比较：区间的两端都算在内。"))
    if row.get("target_kind") in OF_NUMBERS and (is_within or names_of(of)):
        words = _("区间和分阶段的指标只能写 yearly、keep，或逐年写。")
        yield PlanFault((*place, "target_kind"), words)


def _than(row: Row, data: Row, place: Place) -> Iterator[PlanFault]:
    """The row that a target is held against: another one of the file."""
    other, kind = row.get("than"), row.get("target_kind")
    if kind == "than" and other is None:
        yield PlanFault((*place, "than"), _("缺这一项。请写与哪个指标比。"))
    elif kind is not None and kind != "than" and other is not None:
        yield PlanFault((*place, "than"), _("只有 target_kind 为 than 时写这一项。"))
    elif isinstance(other, str):
        codes = names_in(data, "indicators", "code")
        if other not in codes:
            yield PlanFault((*place, "than"), no_such(other, "indicators", codes))
        elif other == row.get("indicator"):
            yield PlanFault((*place, "than"), _("一个指标不能与自己比。"))

"""What the rows of a plan file say of one another: names of other rows, years, limits, rows that stand twice. Tells
nothing of what the schema refuses already: a row that is no row, or a value of another kind, is passed over."""

import math
from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from django.utils.translation import gettext as _

from lib.partial_dates import first_day
from reporting.rules.contradictions import register_names
from reporting.rules.language import RuleError, parse
from seeding.plan_files.facts import fact_faults, indicator_faults
from seeding.plan_files.reading import (
    Row,
    area_kinds,
    choice_words,
    is_number,
    is_year,
    names_in,
    no_such,
    part_of,
    rows_of,
)
from seeding.plan_files.yaml_text import Place, PlanFault

MOST_YEARS = 100

# section → key → the section and key that it names
LINKS = {
    "areas": {"parent": ("areas", "code")},
    "indicators": {
        "field": ("fields", "code"),
        "chapter": ("chapters", "number"),
        "only_areas": ("areas", "code"),
    },
    "targets": {"indicator": ("indicators", "code"), "area": ("areas", "code")},
    "standards": {"indicator": ("indicators", "code"), "area": ("areas", "code")},
    "observations": {"indicator": ("indicators", "code"), "area": ("areas", "code")},
    "known_shortfalls": {"indicator": ("indicators", "code")},
    "context": {"area": ("areas", "code")},
    "commitments": {"scope": ("areas", "code")},
    "funding_sources": {"commitment": ("commitments", "code")},
    "projects": {"field": ("fields", "code"), "areas": ("areas", "code")},
}
# section → the keys by which a row is known
IDENTITIES = {
    "departments": ("code",),
    "documents": ("code",),
    "areas": ("code",),
    "milestones": ("year",),
    "chapters": ("number",),
    "fields": ("code",),
    "indicators": ("code",),
    "observations": ("area", "indicator", "year"),
    "known_shortfalls": ("indicator",),
    "context": ("area", "name", "year"),
    "commitments": ("code",),
    "funding_sources": ("code",),
    "number_rules": ("code",),
    "governance": ("body",),
    "projects": ("code",),
}
EVERYWHERE = {"each_county", "all_counties_total"}
DATES = {"documents": ("date",), "projects": ("started", "expected", "completed")}
PLACES = {"least_total_yi": 4, "promised_yearly_yi": 4, "floor_ratio": 4}  # decimal places that are kept; else 6
KINDS_WITH_YEARS = {"projects", "funding", "matching"}


def link_faults(data: object) -> Iterator[PlanFault]:
    """Every fault between rows, in no order."""
    if not isinstance(data, dict):
        return
    yield from _plan_faults(data)
    yield from _twice(data)
    yield from _named(data)
    yield from _numbers(data, ())
    yield from _dates(data)
    for fault in (indicator_faults, fact_faults, _commitments, _matching, _number_rules):
        yield from fault(data)


def _plan_faults(data: Row) -> Iterator[PlanFault]:
    plan = part_of(data, "plan")
    first, last = plan.get("baseline_year"), plan.get("final_year")
    if is_year(first) and is_year(last) and not first < last <= first + MOST_YEARS:
        words = _("目标年应晚于基期年 {first}，至多晚{most}年。").format(first=first, most=MOST_YEARS)
        yield PlanFault(("plan", "final_year"), words)
    yield from _city_faults(data, plan)
    yield from _plan_names(data, plan)
    day = plan.get("reporting_day")
    if isinstance(day, str) and not _is_day(f"2001-{day}"):
        yield PlanFault(
            ("plan", "reporting_day"), _('没有 {day} 这一天。请写每年都有的 月-日，例如 "06-30"。').format(day=day)
        )


def _city_faults(data: Row, plan: Row) -> Iterator[PlanFault]:
    kinds = area_kinds(data)
    city = plan.get("city")
    if isinstance(city, str) and kinds.get(city) != "city":
        cities = [code for code, kind in kinds.items() if kind == "city"]
        yield PlanFault(
            ("plan", "city"),
            _("应是 areas 里 kind 为 city 的代码。那里有：{known}。").format(known=choice_words(cities) or _("（空）")),
        )
    if kinds and set(kinds.values()) == {"city"}:
        yield PlanFault(
            ("areas",),
            _("至少要有一个县（kind: county）、县级市（kind: county_level_city）或市辖区（kind: district）。"),
        )
    for number, row in rows_of(data, "areas"):
        if row.get("kind") in ("county", "county_level_city", "district") and not row.get("parent"):
            words = _('各地区要写明所属的市，例如 parent: "{city}"。').format(city=city)
            yield PlanFault(("areas", number, "parent"), words)
        if row.get("own_rows") is True and row.get("code") != city:
            words = _("只有方案所属的市（{city}）写 own_rows；各地区本来就有自己的目标。").format(city=city)
            yield PlanFault(("areas", number, "own_rows"), words)


def _plan_names(data: Row, plan: Row) -> Iterator[PlanFault]:
    departments, owners = names_in(data, "departments", "code"), list(part_of(data, "owners"))
    for key, section, known in (("finance", "departments", departments), ("county_office", "owners", owners)):
        value = plan.get(key)
        if isinstance(value, str) and value not in known:
            yield PlanFault(("plan", key), no_such(value, section, known))
    owner = part_of(plan, "owner").get("code")
    for number, row in rows_of(data, "departments"):
        if owner is not None and row.get("code") == owner:
            yield PlanFault(
                ("departments", number, "code"), _("{code} 已是主管单位的代码，请另取一个。").format(code=owner)
            )
    for number, row in rows_of(data, "documents"):
        if row.get("code") == plan.get("code") and row.get("title") != plan.get("title"):
            words = _("与 plan 的标题不同。同一份文件应写成“{title}”。").format(title=plan.get("title"))
            yield PlanFault(("documents", number, "title"), words)
    taken: dict[str, str] = {}
    for name, code in part_of(data, "owners").items():
        if isinstance(code, str) and taken.setdefault(code, name) != name:
            yield PlanFault(
                ("owners", str(name)),
                _("代码 {code} 已用于“{other}”，请另取一个。").format(code=code, other=taken[code]),
            )


def _twice(data: Row) -> Iterator[PlanFault]:
    for section, keys in IDENTITIES.items():
        seen: dict[tuple, int] = {}
        for number, row in rows_of(data, section):
            identity = tuple(row.get(key) for key in keys)
            if all(isinstance(part, str | int) for part in identity):
                earlier = seen.setdefault(identity, number)
                if earlier != number:
                    words = _("与第{earlier}行相同，请改正或删去一行。").format(earlier=earlier + 1)
                    yield PlanFault((section, number, keys[-1]), words)


def _named(data: Row) -> Iterator[PlanFault]:
    """Keys that name a row which is not there."""
    for section, keys in LINKS.items():
        for key, (other, name) in keys.items():
            known = names_in(data, other, name)
            for number, row in rows_of(data, section):
                for place, value in _values(row, (section, number), key):
                    if value not in known and value not in EVERYWHERE:
                        yield PlanFault(place, no_such(value, other, known))
    owners = list(part_of(data, "owners"))
    for number, row in rows_of(data, "indicators"):
        if isinstance(row.get("owner"), str) and row["owner"] not in owners:
            yield PlanFault(("indicators", number, "owner"), no_such(row["owner"], "owners", owners))


def _values(row: Row, place: Place, key: str) -> Iterator[tuple[Place, object]]:
    value = row.get(key)
    if isinstance(value, list):
        for number, part in enumerate(value):
            if isinstance(part, str | int):
                yield (*place, key, number), part
    elif isinstance(value, str | int):
        yield (*place, key), value


def _numbers(value: object, place: Place) -> Iterator[PlanFault]:
    """Numbers that are none, or have more decimal places than are kept."""
    if isinstance(value, dict):
        for key, part in value.items():
            yield from _numbers(part, (*place, str(key)))
    elif isinstance(value, list):
        for number, part in enumerate(value):
            yield from _numbers(part, (*place, number))
    elif isinstance(value, float):
        most = 4 if "amounts" in place else PLACES.get(str(place[-1]), 6)
        if not math.isfinite(value):
            yield PlanFault(place, _("应是一个数。没有数的，不写这一项。"))
        elif -int(Decimal(repr(value)).normalize().as_tuple().exponent) > most:
            yield PlanFault(
                place, _("{value} 的小数超过{most}位，请四舍五入到{most}位。").format(value=value, most=most)
            )


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _dates(data: Row) -> Iterator[PlanFault]:
    for section, keys in DATES.items():
        for number, row in rows_of(data, section):
            for key in keys:
                if isinstance(row.get(key), str) and not _is_partial_date(row[key]):
                    yield PlanFault((section, number, key), _("没有“{day}”这一天。请按日历写。").format(day=row[key]))


def _is_partial_date(text: str) -> bool:
    try:
        return first_day(text) is not None
    except ValueError:
        return False


def _commitments(data: Row) -> Iterator[PlanFault]:
    codes = set(names_in(data, "indicators", "code"))
    paid = [row.get("commitment") for _n, row in rows_of(data, "funding_sources")]
    for number, row in rows_of(data, "commitments"):
        place = ("commitments", number)
        derived = row.get("derived_from", "statements")
        kind, _space, indicator = derived.partition(" ") if isinstance(derived, str) else ("", "", "")
        if indicator and indicator not in codes:
            yield PlanFault((*place, "derived_from"), no_such(indicator, "indicators", sorted(codes)))
        needed = _needed(kind)
        for key in needed:
            if key not in row:
                yield PlanFault((*place, key), _("由 {kind} 计算的承诺要写 {key}。").format(kind=kind, key=key))
        if kind == "statements" and "value" in row:
            words = _("有数的承诺要写明用什么算：projects、funding、matching 或 indicator 代码。")
            yield PlanFault((*place, "derived_from"), words)
        first, last = row.get("from"), row.get("to")
        if is_year(first) and is_year(last) and last < first:
            yield PlanFault((*place, "to"), _("终止年应不早于起始年 {first}。").format(first=first))
        if kind == "funding" and paid.count(row.get("code")) != 1:
            words = _("由资金计算的承诺，funding_sources 里应有一行写 commitment: {code}，现在有{n}行。")
            yield PlanFault((*place, "derived_from"), words.format(code=row.get("code"), n=paid.count(row.get("code"))))
        if is_number(row.get("value")) and row["value"] < 0:
            yield PlanFault((*place, "value"), _("承诺的数不小于0。"))


def _number_rules(data: Row) -> Iterator[PlanFault]:
    """Texts that are no rule, and rules that name what is not there."""
    codes, registers = names_in(data, "indicators", "code"), register_names()
    for number, row in rows_of(data, "number_rules"):
        if not isinstance(row.get("rule"), str):
            continue
        place = ("number_rules", number, "rule")
        try:
            quantities = parse(row["rule"]).quantities
        except RuleError as error:
            yield PlanFault(place, str(error))
            continue
        for each in quantities:
            if each.name not in codes and each.name not in registers:
                known = sorted(registers) if each.is_register else codes
                yield PlanFault(place, no_such(each.name, "registers" if each.is_register else "indicators", known))
        if all(each.is_register for each in quantities):
            yield PlanFault(place, _("规则里至少要有一个指标代码。"))


def _needed(kind: str) -> tuple[str, ...]:
    if kind == "statements":
        return ()
    needed: tuple[str, ...] = ("comparison", "value")
    if kind in KINDS_WITH_YEARS:
        needed += ("from", "to")
    return needed


def _matching(data: Row) -> Iterator[PlanFault]:
    rule = part_of(data, "matching_rule")
    sources, promises = names_in(data, "funding_sources", "code"), names_in(data, "commitments", "code")
    for key, section, known in (
        ("base_sources", "funding_sources", sources),
        ("match_source", "funding_sources", sources),
        ("commitment", "commitments", promises),
    ):
        for place, value in _values(rule, ("matching_rule",), key):
            if value not in known:
                yield PlanFault(place, no_such(value, section, known))
    bases = rule.get("base_sources")
    if isinstance(bases, list) and rule.get("match_source") in bases:
        yield PlanFault(("matching_rule", "match_source"), _("配套资金不能同时计入基数，请从 base_sources 里去掉。"))
    first, last = rule.get("from"), rule.get("to")
    if is_year(first) and is_year(last) and last < first:
        yield PlanFault(("matching_rule", "to"), _("终止年应不早于起始年 {first}。").format(first=first))
    if not rule:
        for number, row in rows_of(data, "commitments"):
            if row.get("derived_from") == "matching":
                yield PlanFault(
                    ("commitments", number, "derived_from"), _("由配套规则计算的承诺，要有 matching_rule 一节。")
                )

"""The tables behind the pages, as header and rows: one source for what is downloaded."""

from collections.abc import Iterator
from datetime import datetime
from itertools import chain

from django.utils import timezone

from figures.cells import JudgedCell
from figures.picture import Picture
from figures.templatetags.display import OUTLOOK_NAMES, STATUS_NAMES
from indicators.aggregates import Aggregate
from indicators.labels import GRADE_NAMES
from indicators.models import Fact, IndicatorDefinition, Observation, Standard, Target
from indicators.terms.parts import NO_PARTS
from lib.numbers import is_absent

WORDS = {code: str(name) for code, name in {**GRADE_NAMES, **STATUS_NAMES, **OUTLOOK_NAMES}.items()}
CELL_COLUMNS = (
    "value",
    "target",
    "target_high",
    "gap",
    "status",
    "standard",
    "standard_high",
    "standard_gap",
    "standard_status",
    "ambition_gap",
    "change",
    "required_change",
    "pace",
    "projection",
    "outlook",
    "grade",
    "probability",
    "range_low",
    "range_high",
    "forecast_version",
)
HEADER = (
    "区划代码",
    "地区",
    "指标代码",
    "指标",
    "单位",
    "年份",
    "实际值",
    "分子",
    "分母",
    "年度目标",
    "年度目标上限",
    "差距",
    "状态",
    "省定标准",
    "省定标准上限",
    "与省定标准差距",
    "对标状态",
    "目标与省定标准之差",
    "较上年变化",
    "所需年均变化",
    "进度比",
    "{final_year}年预测",
    "前景",
    "达到{final_year}年目标的可能性",
    "可能性数值（0至1）",
    "80%区间下限",
    "80%区间上限",
    "推算方法版本",
    "约束力",
    "指标暂定",
    "含演示数据",
)


def revisions(
    indicator: str, *, area: str | None = None, year: int | None = None, as_of: datetime | None = None
) -> list[Fact]:
    """Every version of the values, targets and standards of an indicator that was ever revised (of a cell: all
    its versions), the latest first."""
    found: list[Fact] = []
    for model in (Observation, Target, Standard):
        rows = model.objects.filter(indicator=indicator).select_related("area", "recorded_by", "document")
        if as_of is not None:
            rows = rows.filter(recorded_at__lte=as_of)
        if area is not None:
            rows = rows.filter(area=area, year=year)  # type: ignore[misc]  # who names a county names a year
        found += rows
    if area is None:
        many = {(type(f), f.area_id, f.year) for f in found if f.version > 1}
        found = [f for f in found if (type(f), f.area_id, f.year) in many]
    _tell_ends(found, as_of or timezone.now())
    return sorted(found, key=lambda f: (f.recorded_at, f.version), reverse=True)


def _tell_ends(facts: list[Fact], moment: datetime) -> None:
    """`end` of every version as it stood at `moment`: "" (in force), "superseded", or "withdrawn" (none came after)."""
    last: dict[tuple, int] = {}
    for fact in facts:
        key = type(fact), fact.area_id, fact.year
        last[key] = max(fact.version, last.get(key, 0))
    for fact in facts:
        end = ""
        if fact.superseded_at is not None and fact.superseded_at <= moment:
            is_last = fact.version == last[type(fact), fact.area_id, fact.year]
            end = "withdrawn" if is_last else "superseded"
        fact.end = end  # type: ignore[attr-defined]  # for the page


def notes(picture: Picture) -> list[str]:
    """What a downloaded table is: year, date, marks."""
    lines = [
        f"{picture.plan.document.title}：监测数据，{picture.year}年",
        f"导出时间 {timezone.localtime():%Y-%m-%d %H:%M}（北京时间）",
        "“指标暂定”为“是”的行：指标或其目标尚未经主管部门正式表确认。",
        "差距为正表示好于目标；空格表示没有数据，不是零。",
        f"80%区间：有值的年份为{picture.plan.final_year}年数值的区间，此后的年份为当年数值的区间；推算不含项目的预期贡献。",
    ]
    if picture.asked.as_of_on:
        lines.insert(1, f"数据为截至 {picture.asked.as_of_on} 的记录，不是当前数据。")
    if picture.has_demo:
        lines.append("含演示数据：“含演示数据”为“是”的行不是真实数据。")
    return lines


def _header(picture: Picture) -> list[str]:
    return [title.format(final_year=picture.plan.final_year) for title in HEADER]


def _row(picture: Picture, cell: JudgedCell) -> list:
    d, row = cell.definition, {**cell.row, "grade": cell.grade}
    values = [None if is_absent(row[name]) else WORDS.get(row[name], row[name]) for name in CELL_COLUMNS]
    yes = {True: "是", False: "否"}
    parts = picture.parts.get((cell.area.code, d.indicator_id, cell.year), NO_PARTS)
    value, *others = values
    return [
        cell.area.code,
        cell.area.name,
        d.indicator_id,
        d.name,
        d.unit,
        cell.year,
        value,
        _number(parts.numerator),
        _number(parts.denominator),
        *others,
        d.get_force_display() or None,
        yes[bool(row["is_provisional"])],
        yes[bool(row["is_demo"])],
    ]


def overview(picture: Picture, code: str | None):
    """Every county's cells of the year, below them the city's own; of the rows that add up, the counties taken
    together."""
    rows = (_row(picture, cell) for cell in chain(picture.cells(), picture.city_cells()))
    found = picture.aggregates_of_years([picture.year])
    together = [
        _aggregated_row(picture, definition, found[definition.indicator_id, picture.year])
        for definition in picture.definitions
        if (definition.indicator_id, picture.year) in found
    ]
    return _header(picture), chain(rows, together)


def counties(picture: Picture, code: str):
    area = picture.county(code)
    cells = picture.city_cells() if area == picture.city else picture.cells()
    return _header(picture), (_row(picture, cell) for cell in cells if cell.area == area)


def indicator(picture: Picture, code: str):
    definition = picture.definition(code)
    return _header(picture), chain(_all_years(picture, definition), _aggregated(picture, definition))


def _all_years(picture, definition) -> Iterator[list]:
    for area in picture.judged:
        for year in picture.years:
            cell = picture.cell(area, definition, year)
            if cell:
                yield _row(picture, cell)


def _aggregated(picture: Picture, definition: IndicatorDefinition) -> Iterator[list]:
    """The counties taken together, by year: a computed number, with how many went in; nothing is judged of it."""
    for each in picture.aggregates(definition):
        yield _aggregated_row(picture, definition, each)


def aggregated_name(picture: Picture, each: Aggregate) -> str:
    """What stands in the column of the county: that it is computed, and how many counties went in."""
    return f"{picture.plan.whole}合计（计算得出，{each.counties}个中的{each.counted}个）"


def _aggregated_row(picture: Picture, d: IndicatorDefinition, each: Aggregate) -> list:
    name = aggregated_name(picture, each)
    row = [each.area, name, d.indicator_id, d.name, d.unit, each.year, _number(each.value)]
    row += [_number(each.parts.numerator), _number(each.parts.denominator)]
    marks = ["是" if mark else "否" for mark in (each.is_provisional, each.is_demo)]
    return [*row, *[None] * (len(HEADER) - len(row) - len(marks)), *marks]


def catalogue(picture: Picture, code: str | None):
    header = (
        "代码",
        "指标",
        "英文名",
        "单位",
        "领域",
        "方向",
        "性质",
        "容差",
        "下限",
        "上限",
        "来源",
        "约束力",
        "阶段",
        "责任部门",
        "计算方法",
        "依据",
        "暂定",
    )
    rows = (
        (
            d.indicator_id,
            d.name,
            d.name_en,
            d.unit,
            d.field.name,
            d.get_direction_display(),
            d.get_kind_display(),
            float(d.tolerance),
            _number(d.lower_bound),
            _number(d.upper_bound),
            d.get_origin_display(),
            d.get_force_display() or None,
            d.stages or None,
            d.owner,
            d.definition,
            d.get_cite_display(),
            "是" if d.is_provisional else "否",
        )
        for d in picture.definitions
    )
    return header, rows


def _number(value):
    return None if value is None else float(value)


TABLES = {"overview": overview, "counties": counties, "indicators": catalogue, "indicator": indicator}

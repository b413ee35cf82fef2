"""A plan's file as a workbook, for who would rather fill in tables than write YAML: a sheet for each section of the
schema. What comes back is the same rows, checked by the same rules; the line of a fault is the row of its sheet."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.utils.translation import gettext as _

from indicators.importing.workbook import write_workbook
from lib.numbers import plain
from lib.refusals import Refused
from lib.tabular.cells import Row, Spreadsheet, parse_number
from lib.tabular.reading import read_spreadsheet
from lib.tabular.table_reading import Table, TableColumn, normal
from lib.value_words import STAGE_MARK
from seeding.plan_files.schema import plan_schema
from seeding.plan_files.yaml_text import Place, PlanFault, PlanFileError, PlanText

ABOUT = (
    "填表说明",
    "1. 每张表是方案的一部分。必填的表：方案、区划、章节、领域、责任部门、指标；别的没有就空着。",
    "2. 第一行是名称，鼠标停在上面能看到该填什么。不要改第一行，不要合并单元格。",
    "3. 有几项的格（计入基数的资金）用顿号隔开。没有的不填。",
    "4. 填好后在网站“建站”里上传，或运行 check_plan、load_plan。有错会一次列全，什么也不写入。",
)
SHEETS = {  # section: sheet; projects have a workbook of their own
    "plan": "方案",
    "areas": "区划",
    "chapters": "章节",
    "fields": "领域",
    "owners": "责任部门",
    "indicators": "指标",
    "targets": "年度目标",
    "standards": "省定标准",
    "commitments": "承诺",
    "funding_sources": "资金来源",
    "matching_rule": "配套规则",
    "milestones": "里程碑",
    "documents": "政策文件",
    "departments": "市级部门",
    "governance": "组织机构",
    "known_shortfalls": "已知差距",
    "observations": "实际值",
    "context": "背景数字",
}
TITLES = {
    **{"code": "代码", "title": "标题", "name": "名称", "name_en": "英文名", "issuer": "发文机关", "date": "日期"},
    **{"date_cite": "日期依据", "level": "层级", "cite": "依据", "words": "原文", "source": "出处", "note": "说明"},
    **{
        "kind": "类型",
        "parent": "所属的市",
        "provincial_pilot": "省级试点",
        "own_rows": "市有自己的目标",
        "population_2020": "七普常住人口",
    },
    **{"year": "年份", "number": "章", "subjects": "主要内容", "unit": "单位", "direction": "方向", "field": "领域"},
    **{"chapter": "章", "origin": "来源", "origin_cite": "来源依据", "decimals": "小数位", "tolerance": "容差"},
    **{"tolerance_cite": "容差依据", "bounds.0": "下限", "bounds.1": "上限", "owner": "责任部门", "value": "数值"},
    **{"definition": "计算方法", "derived_from": "取自", "indicator": "指标代码", "area": "区划代码"},
    **{"year_cite": "年份依据", "comparison": "比较", "from": "起始年", "to": "终止年", "years_cite": "年份依据"},
    **{"every_year": "每年", "scope": "范围", "scope_cite": "范围依据", "least_total_yi": "项目总投资下限（亿元）"},
    **{"payer": "出资方", "keeper": "登记方", "commitment": "承诺代码", "promised_yearly_yi": "每年承诺（亿元）"},
    **{"base_sources": "计入基数的资金", "match_source": "配套资金", "floor_ratio": "最低配套比例", "body": "机构"},
    **{"members": "成员", "duty": "职责", "city": "城市代码", "owner.code": "主管单位代码", "finance": "资金登记单位"},
    **{"owner.name": "主管单位名称", "owner.name_en": "主管单位英文名", "county_office": "各地牵头部门"},
    **{"baseline_year": "基期年", "final_year": "目标年", "whole": "全部地区的称呼", "whole_en": "全部地区的英文称呼"},
    **{"reporting_day": "上年数据到期日", "target_kind": "目标类型", "value_high": "区间上限", "force": "约束力"},
    **{
        "stages": "阶段",
        "stages_en": "阶段英文名",
        "than": "相比的指标",
        "reached_on": "达到日期",
        "only_areas": "适用地区",
    },
    **{"break.year": "口径改变的年份", "break.words": "口径怎样改变"},
    **{"first_year": "起始年", "last_year": "终止年", "parts_factor": "倍数", "parts_cite": "分子分母依据"},
    **{"numerator.name": "分子", "numerator.unit": "分子单位", "numerator.source": "分子来源"},
    **{"denominator.name": "分母", "denominator.unit": "分母单位", "denominator.source": "分母来源"},
    **{"aggregation": "汇总方法", "quarterly": "可按季填报", "numerator": "分子", "denominator": "分母"},
}
OWNERS: dict[str, dict] = {  # the section whose rows are “name: code”
    "name": {"type": "string", "description": "责任部门的名称", "maxLength": 40},
    "code": {"type": "string", "description": "部门代码：字母、数字、下划线，用在单位代码里"},
}
NO_SLASH = "^[^/]+$"  # of the names of stages, which may have blanks in them
SEPARATORS = str.maketrans(dict.fromkeys("，,；;/ ", "、"))
TRUTHS = {"是": True, "否": False, "true": True, "false": False}


def write_plan_workbook(known: Mapping[str, Any] | None = None) -> bytes:
    """The workbook to be filled in; `known`: what is known of the plan already, as in its file."""
    tables, choices = [], {}
    for section, sheet in SHEETS.items():
        columns = []
        for key, schema in _keys(section).items():
            column, words = _column(section, key, schema)
            columns.append(column)
            if words:
                choices[column.choices] = words
        tables.append((Table(sheet, tuple(columns)), list(_flat_rows(section, (known or {}).get(section)))))
    return write_workbook(tables, choices=choices, about=ABOUT)


def read_plan_workbook(content: bytes) -> PlanText:
    """What a filled workbook holds. Raises `PlanFileError` where it is none, or a sheet has columns of another kind."""
    try:
        book = read_spreadsheet(content)
        return _read(book)
    except Refused as refusal:
        raise PlanFileError([PlanFault((), str(refusal))]) from refusal


def _keys(section: str) -> dict[str, dict]:
    """Of a section its columns: those of an object in it, and the two ends of its limits, one by one."""
    found: dict[str, dict] = {}
    for key, schema in _properties(section).items():
        if schema.get("type") == "object":
            found |= {f"{key}.{part}": each for part, each in schema["properties"].items()}
        elif key == "bounds":
            found |= {
                f"{key}.{n}": {"type": "number", "description": words} for n, words in enumerate(("下限", "上限"))
            }
        else:
            found[key] = schema
    return found


def _properties(section: str) -> dict[str, dict]:
    if section == "owners":
        return OWNERS
    schema = plan_schema()["properties"][section]
    return schema.get("items", schema)["properties"]


def _column(section: str, key: str, schema: Mapping) -> tuple[TableColumn, list[str]]:
    words = list(_words(schema))
    title = TITLES.get(key, key)
    column = TableColumn(
        key,
        title,
        width=max(10, 2 * len(title) + 2),
        help=schema.get("description", ""),
        format="@" if schema.get("type", "string") in ("string", ["string", "null"]) and not words else "",
        choices=f"{section}.{key}" if words else "",
    )
    return column, words


def _words(schema: Mapping) -> dict[str, Any]:
    """{word: value} of a key that takes one of some values, out of its description: “higher 越高越好”."""
    if schema.get("type") == "boolean":
        return {"是": True, "否": False}
    if not any(isinstance(value, str) for value in schema.get("enum", ())):
        return {}
    named = {}
    for part in schema.get("description", "").partition("：")[2].split("，"):
        code, _space, word = part.strip().partition(" ")
        named[code] = word
    return {named.get(value) or value: value for value in schema["enum"]}


def _flat_rows(section: str, rows: Any) -> Iterator[dict]:
    if isinstance(rows, Mapping):
        rows = [{"name": name, "code": code} for name, code in rows.items()] if section == "owners" else [rows]
    for row in rows or []:
        flat: dict[str, Any] = {}
        for key, value in row.items():
            if isinstance(value, Mapping):
                flat |= {f"{key}.{part}": each for part, each in value.items()}
            elif key == "bounds":
                flat |= {f"{key}.{n}": each for n, each in enumerate(value)}
            else:
                mark = STAGE_MARK if key.startswith("stages") else "、"
                flat[key] = mark.join(value) if isinstance(value, list) else value
        yield flat


def _read(book: Spreadsheet) -> PlanText:
    data: dict[str, Any] = {}
    lines: dict[Place, int] = {}
    faults: list[PlanFault] = []
    names = {normal(name): name for name in book.sheet_names}
    for section, title in SHEETS.items():
        sheet = names.get(normal(title))
        if sheet is None:
            continue
        rows = list(_rows(section, book.sheet(sheet).rows, lines, faults))
        if rows:
            data[section] = _section(section, rows)
            lines[(section,)] = 1
    return PlanText(data, lines, faults)


def _section(section: str, rows: list[dict]) -> Any:
    if section == "owners":
        return {str(row.get("name", "")): row.get("code", "") for row in rows}
    return rows[0] if plan_schema()["properties"][section]["type"] == "object" else rows


def _rows(section: str, rows: list[Row], lines: dict[Place, int], faults: list[PlanFault]) -> Iterator[dict]:
    if not rows:
        return
    keys, is_single = _keys(section), plan_schema()["properties"][section]["type"] == "object"
    titles = {normal(name): key for key in keys for name in (TITLES.get(key, key), key)}
    header = [titles.get(normal(cell.text)) for cell in rows[0].cells]
    for cell, key in zip(rows[0].cells, header, strict=True):
        if key is None and cell.text:
            words = _("没有“{title}”这一列。可以有的列：{known}。")
            known = "、".join(TITLES.get(name, name) for name in keys)
            faults.append(PlanFault((section, cell.text), words.format(title=cell.text, known=known), rows[0].number))
    number = 0
    for row in rows[1:]:
        found: dict[str, Any] = {}
        for key, cell in zip(header, row.cells, strict=False):
            if key is not None and cell.text.strip():
                _set(found, key, _value(cell.text.strip(), keys[key]))
        if found:
            place: Place = (section,) if is_single else (section, number)
            lines[place] = row.number
            number += 1
            yield found


def _set(row: dict, key: str, value: Any) -> None:
    outer, dot, inner = key.partition(".")
    if not dot:
        row[key] = value
    elif outer == "bounds":
        row.setdefault("bounds", [None, None])[int(inner)] = value
    else:
        row.setdefault(outer, {})[inner] = value


def _value(text: str, schema: Mapping) -> Any:
    """What the cell's text is as the schema wants it; else the text itself, for the check."""
    words = _words(schema)
    kind = schema.get("type", "string")
    if kind == "boolean":
        return TRUTHS.get(text.lower(), text)
    if words:
        return words.get(text, text)
    if kind == "array":
        is_spaced = schema["items"].get("pattern") == NO_SLASH  # names with blanks in them
        parts = text.split(STAGE_MARK) if is_spaced and STAGE_MARK in text else text.translate(SEPARATORS).split("、")
        return [part.strip() for part in parts if part.strip()]
    if kind in ("integer", "number") or kind in (["integer", "null"], ["number", "string"]):
        return _number(text)
    return text


def _number(text: str) -> Any:
    try:
        number = parse_number(text)
    except Refused:
        return text
    return int(number) if number == number.to_integral_value() else float(plain(number))

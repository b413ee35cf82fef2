"""One row of the sheet 指标 as the columns of a definition, or what is wrong with it."""

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, cast

from django.db import models

from areas.models import Area
from indicators.definitions.actions import kept_fields
from indicators.models import IndicatorDefinition
from indicators.terms.applicability import AREA_MARK
from lib.tabular.cells import SpreadsheetError, parse_number
from lib.tabular.table_reading import Content, Problem, Record, normal, year_of
from lib.value_words import STAGE_MARK, stage_names
from plan.models import Chapter, Cite, Field

DIRECTIONS = {
    "越高越好": 1,
    "正向": 1,
    "higher": 1,
    "1": 1,
    "越低越好": -1,
    "逆向": -1,
    "负向": -1,
    "lower": -1,
    "-1": -1,
    "在区间内": 0,
    "区间": 0,
    "within": 0,
    "0": 0,
}
FORCES = {"": "", "约束性": "binding", "binding": "binding", "预期性": "expected", "expected": "expected"}
KINDS = {"年度水平": "level", "水平": "level", "level": "level", "累计": "cumulative", "cumulative": "cumulative"}
ORIGINS = {"省定": "provincial", "provincial": "provincial", "市特色": "municipal", "municipal": "municipal"}
AGGREGATIONS = {"": "", "各地相加": "sum", "sum": "sum", "分子之和除以分母之和": "ratio", "ratio": "ratio"}
PART_TEXTS = tuple(f"{part}_{text}" for part in ("numerator", "denominator") for text in ("name", "unit", "source"))
TEXTS = ("name", "name_en", "unit", "owner", "definition", *PART_TEXTS)
AREA_MARKS = str.maketrans(dict.fromkeys("，,；; /", AREA_MARK))
STAGE_MARKS = str.maketrans(dict.fromkeys("、，,；;→", STAGE_MARK))
KEPT: dict[str, Any] = {"name_en": "", "decimals": 1, "lower_bound": None, "upper_bound": None, "definition": ""}


class Definitions:
    """Reads rows against the columns that the sheet has; a column that is not there keeps what is in force."""

    def __init__(self, current: Mapping[str, IndicatorDefinition], content: Content):
        self.current, self.columns = current, content.columns
        self.fields: dict[str, str] = {}
        for row in Field.objects.all():
            self.fields |= {normal(row.name): row.code, normal(row.code): row.code}
        self.field_names = "、".join(Field.objects.values_list("name", flat=True))
        self.chapters = set(Chapter.objects.values_list("number", flat=True))

    def read(self, record: Record) -> tuple[dict, list[Problem]]:
        """The mapping that `define_indicators` takes (but for `position`), and what is wrong."""
        code = record.text("code")
        old = self.current.get(code)
        values: dict[str, Any] = {"code": code, "cite": Cite.OFFICIAL, "tolerance_cite": Cite.OFFICIAL}
        values["derived_from"] = old.derived_from if old else ""
        kept = kept_fields(old)
        values |= kept
        problems = record.unreadable("tolerance", "lower_bound", "upper_bound", "decimals", "parts_factor")
        if not re.fullmatch(r"[A-Z][A-Z0-9_]{0,15}", code):
            words = f"“{code}”不能作代码；应为大写字母开头的字母和数字，例如 P01" if code else "指标代码为空"
            problems.append(record.problem("code", words))
        for column, target, reader in self._readers():
            if column not in self.columns:
                values[target] = kept.get(target, getattr(old, target, KEPT.get(column)))
                continue
            try:
                values[target] = reader(record, column)
            except SpreadsheetError as error:
                problems.append(record.problem(column, str(error)))
        lower, upper = values.get("lower_bound"), values.get("upper_bound")
        if lower is not None and upper is not None and lower >= upper:
            problems.append(record.problem("upper_bound", f"上限 {upper} 应大于下限 {lower}"))
        problems += _part_problems(record, values)
        problems += [record.problem(*fault) for fault in stage_faults(values)]
        if "numerator_name" in self.columns and values.get("numerator_name"):
            values["parts_cite"] = Cite.OFFICIAL
        return values, problems

    def _readers(self) -> list[tuple[str, str, Callable]]:
        return [
            *((name, name, _text) for name in TEXTS),
            ("direction", "direction", _one_of(DIRECTIONS, "越高越好、越低越好、在区间内")),
            ("kind", "kind", _one_of(KINDS, "年度水平、累计")),
            ("origin", "origin", _one_of(ORIGINS, "省定、市特色")),
            ("force", "force", _one_of(FORCES, "约束性、预期性，或留空")),
            ("stages", "stages", _stages),
            ("stages_en", "stages_en", _english_stages),
            ("only_areas", "only_areas", _areas),
            *((name, name, _year) for name in ("first_year", "last_year", "break_year")),
            ("break_note", "break_note", _text),
            ("decimals", "decimals", _decimals),
            ("tolerance", "tolerance", _tolerance),
            ("lower_bound", "lower_bound", _bound),
            ("upper_bound", "upper_bound", _bound),
            ("parts_factor", "parts_factor", _factor),
            ("aggregation", "aggregation", _one_of(AGGREGATIONS, "各地相加、分子之和除以分母之和，或留空")),
            ("field", "field_id", _one_of(self.fields, self.field_names)),
            ("chapter", "chapter_id", self._chapter),
        ]

    def _chapter(self, record: Record, name: str) -> int:
        found = re.match(r"第?(\d+)", normal(record.text(name)))
        if not found or int(found.group(1)) not in self.chapters:
            known = f"{min(self.chapters)} 至 {max(self.chapters)}"
            raise SpreadsheetError(f"“{record.text(name)}”不是方案的章；应为 {known} 的数字")
        return int(found.group(1))


def _text(record: Record, name: str) -> str:
    text = record.text(name)
    column = cast(models.Field, IndicatorDefinition._meta.get_field(name))  # a column, no relation from elsewhere
    if not text and not column.blank:
        raise SpreadsheetError(f"{column.verbose_name}为空")
    if column.max_length and len(text) > column.max_length:
        raise SpreadsheetError(f"{column.verbose_name}有 {len(text)} 字，最多 {column.max_length} 字")
    return text.replace("％", "%") if name == "unit" else text


def _one_of(words: Mapping, known: str) -> Callable:
    def read(record: Record, name: str):
        text = normal(record.text(name))
        if text not in words:
            fault = f"“{record.text(name)}”不认识" if text else "为空"
            raise SpreadsheetError(f"{fault}；应为 {known}")
        return words[text]

    return read


def _number(record: Record, name: str) -> Decimal:
    return parse_number(record.cells[name].cell, unit=record.text("unit"))


def _tolerance(record: Record, name: str) -> Decimal:
    if record.cells[name].cell.is_empty:
        raise SpreadsheetError("容差为空；不设容差请填 0")
    number = _number(record, name)
    if number < 0:
        raise SpreadsheetError(f"容差不能是负数（{number}）")
    return number


def _bound(record: Record, name: str) -> Decimal | None:
    return None if record.cells[name].cell.is_empty else _number(record, name)


def _factor(record: Record, name: str) -> Decimal | None:
    """How much the quotient is multiplied by; left empty of a ratio, what its unit asks for."""
    if record.cells[name].cell.is_empty:
        if not _names_parts(record):
            return None
        return Decimal(100) if record.text("unit") in {"%", "％"} else Decimal(1)
    number = parse_number(record.cells[name].cell)
    if number <= 0:
        raise SpreadsheetError(f"倍数应大于 0，不是 {record.text(name)}")
    return number


def _names_parts(record: Record) -> bool:
    return bool(record.text("numerator_name") and record.text("denominator_name"))


def _part_problems(record: Record, values: Mapping) -> list[Problem]:
    """A ratio names both of its parts; only a ratio has a factor and is added up by its parts."""
    has_above, has_below = bool(values.get("numerator_name")), bool(values.get("denominator_name"))
    if has_above != has_below:
        absent = "denominator_name" if has_above else "numerator_name"
        return [record.problem(absent, "分子、分母要么都写，要么都不写")]
    if has_above:
        return []
    if values.get("parts_factor") is not None:
        return [record.problem("parts_factor", "没有分子、分母的行不写倍数")]
    if values.get("aggregation") == "ratio":
        return [record.problem("aggregation", "没有分子、分母的行不能按比率汇总；请选“各地相加”，或留空")]
    return []


def _areas(record: Record, name: str) -> str:
    """The codes as they are kept: in order, with one mark between them."""
    codes = [part for part in record.text(name).translate(AREA_MARKS).split(AREA_MARK) if part]
    known = set(Area.objects.judged().values_list("code", flat=True)) if codes else set()
    unknown = [code for code in codes if code not in known]
    if unknown:
        raise SpreadsheetError(f"没有代码为“{unknown[0]}”的地区；应为 {'、'.join(sorted(known))}")
    return AREA_MARK.join(codes)


def _year(record: Record, name: str) -> int | None:
    text = record.text(name)
    if not text:
        return None
    year = year_of(text)
    if year is None:
        raise SpreadsheetError(f"“{text}”不是年份；应为四位数字")
    return year


def _stages(record: Record, name: str) -> str:
    """The names as they are kept: in order, with one mark between them."""
    names = stage_names(record.text(name).translate(STAGE_MARKS))
    if len(names) == 1:
        raise SpreadsheetError("只写了一个阶段；请按先后写全，例如 未启动/创建中/已命名")
    if len(set(names)) < len(names):
        raise SpreadsheetError("两个阶段同名")
    return STAGE_MARK.join(names)


def _english_stages(record: Record, name: str) -> str:
    """English names have blanks and commas of their own: one mark alone parts them."""
    return STAGE_MARK.join(stage_names(record.text(name)))


def stage_faults(values: Mapping[str, Any]) -> list[tuple[str, str]]:
    """(column, words) of what a row in stages cannot be: a stage is no number with places, tolerance or parts."""
    names = stage_names(str(values.get("stages") or ""))
    english = stage_names(str(values.get("stages_en") or ""))
    apart = []
    if english and len(english) != len(names):
        apart.append(("stages_en", "阶段的英文名应与阶段一一对应，用 / 隔开"))
    if not names:
        return apart
    wanted = {"direction": (1, "越高越好"), "kind": ("level", "年度水平"), "decimals": (0, "0"), "tolerance": (0, "0")}
    found = []
    for name, (value, words) in wanted.items():
        if name in values and values[name] != value:
            found.append((name, f"分阶段的指标这里应为 {words}"))
    if values.get("numerator_name"):
        found.append(("numerator_name", "分阶段的指标没有分子、分母"))
    return found + apart


def _decimals(record: Record, name: str) -> int:
    if record.cells[name].cell.is_empty:
        return int(KEPT["decimals"])
    number = parse_number(record.cells[name].cell)
    if number != number.to_integral_value() or not 0 <= number <= 6:
        raise SpreadsheetError(f"小数位应为 0 至 6 的整数，不是 {record.text(name)}")
    return int(number)

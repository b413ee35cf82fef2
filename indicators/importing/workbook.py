"""The owner's tables as files: one list of columns for template, import and export. No database.

Sheets 指标, 年度目标 and 省定标准; the last two are written wide, one column a year, as offices keep them; official
values (`OBSERVATIONS`) long, with 年份 and 数值. Each is read either way. A csv holds one of them.
"""

import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from openpyxl import Workbook
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill, Protection
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from lib.numbers import NUMBER_LIMIT
from lib.tabular.cell_text import put, put_rows
from lib.tabular.cells import Row
from lib.tabular.table_reading import VALUE, YEAR, Table, TableColumn

SPARE_ROWS = 60
INLINE = 255  # the longest list that Excel takes inside a rule
LISTS = "选项"


CODE = TableColumn(
    "code", "指标代码", ("代码", "编号", "indicator"), is_locked=True, width=10, help="不可改；新指标另起一行"
)
AREA = TableColumn("area", "区划代码", ("县市代码", "行政区划代码", "REF_AREA"), is_locked=True, width=10)
AREA_NAME = TableColumn("area_name", "地区", ("县（市）", "县市", "县"), is_required=False, is_locked=True)
NAME_BESIDE = TableColumn("name", "指标", ("指标名称",), is_required=False, is_locked=True, width=34)
UNIT_BESIDE = TableColumn("unit", "单位", ("计量单位",), is_required=False, is_locked=True, width=9)
NOTE = TableColumn(
    "note", "文件依据、说明", ("文件依据/说明", "依据", "说明", "备注", "文件依据"), is_required=False, width=40
)

INDICATORS = Table(
    "指标",
    (
        CODE,
        TableColumn("name", "指标名称", ("指标", "名称"), width=34),
        TableColumn("name_en", "英文名", ("英文名称",), is_required=False, width=30),
        TableColumn("unit", "单位", ("计量单位",), width=9),
        TableColumn("direction", "方向", choices="direction", help="越高越好，或越低越好"),
        TableColumn("kind", "性质", choices="kind", help="年度水平，或自基期以后的累计"),
        TableColumn("decimals", "小数位", ("小数位数",), is_required=False, width=8, least=0, most=6, is_whole=True),
        TableColumn("tolerance", "容差", width=9, least=0, help="低于目标多少以内仍算“接近”，按本指标单位"),
        TableColumn(
            "lower_bound", "下限", is_required=False, width=9, is_number=True, help="数值不可能低于它；没有就留空"
        ),
        TableColumn(
            "upper_bound", "上限", is_required=False, width=9, is_number=True, help="数值不可能高于它；没有就留空"
        ),
        TableColumn("field", "领域", choices="field"),
        TableColumn("chapter", "章节", choices="chapter", width=20),
        TableColumn("origin", "来源", choices="origin", help="省定，或市特色"),
        TableColumn(
            "force",
            "约束力",
            ("约束性", "属性"),
            is_required=False,
            choices="force",
            help="约束性或预期性；没有区分就留空",
        ),
        TableColumn(
            "stages",
            "阶段",
            is_required=False,
            width=24,
            help="分阶段的指标按先后写，例：未启动/创建中/已命名；是数的留空",
        ),
        TableColumn(
            "stages_en",
            "阶段英文名",
            is_required=False,
            width=24,
            help="英文页面上的阶段名，与阶段一一对应，用 / 隔开；可留空",
        ),
        TableColumn(
            "only_areas",
            "适用地区",
            is_required=False,
            width=20,
            help="只有部分地区有的写区划代码，用顿号隔开；各地都有就留空",
        ),
        TableColumn("first_year", "起始年", is_required=False, width=8, help="从哪一年起才有；一直有就留空"),
        TableColumn("last_year", "终止年", is_required=False, width=8, help="到哪一年为止；一直有就留空"),
        TableColumn(
            "break_year", "口径改变的年份", is_required=False, width=10, help="从这一年起口径与以前不同；没有改过就留空"
        ),
        TableColumn("break_note", "口径怎样改变", is_required=False, width=30),
        TableColumn("owner", "责任部门", ("牵头部门",), choices="owner", width=18),
        TableColumn("definition", "计算方法", ("口径", "指标解释"), is_required=False, width=60),
        TableColumn(
            "numerator_name", "分子", is_required=False, width=24, help="比率由哪两个数相除得出；不是比率就留空"
        ),
        TableColumn("numerator_unit", "分子单位", is_required=False, width=9),
        TableColumn("numerator_source", "分子来源", is_required=False, width=18),
        TableColumn("denominator_name", "分母", is_required=False, width=24),
        TableColumn("denominator_unit", "分母单位", is_required=False, width=9),
        TableColumn("denominator_source", "分母来源", is_required=False, width=18),
        TableColumn("parts_factor", "倍数", is_required=False, width=8, is_number=True, help="百分数填 100"),
        TableColumn("aggregation", "汇总方法", is_required=False, width=14, choices="aggregation", help="留空则不汇总"),
    ),
)
# What our own exports, csv of the API and SDMX-CSV, say of a row.
DEMO = TableColumn("is_demo", "演示数据", ("含演示数据",), is_required=False)
SERIES = TableColumn("series", "SERIES", is_required=False)
STATUS = TableColumn("obs_status", "OBS_STATUS", is_required=False)
UNIT_CODE = TableColumn("unit_code", "UNIT_MEASURE", is_required=False)
MARKS = (DEMO, SERIES, STATUS, UNIT_CODE)
NUMERATOR = TableColumn("numerator", "分子", is_required=False, width=13, is_number=True)
DENOMINATOR = TableColumn("denominator", "分母", is_required=False, width=13, is_number=True)
REACHED = TableColumn(
    "reached_on", "达到日期", ("达到时间",), is_required=False, width=13, help="分阶段的指标：哪一天达到的"
)
FACT_COLUMNS = (replace(AREA, choices="area"), AREA_NAME, replace(CODE, choices="code"), NAME_BESIDE, UNIT_BESIDE)
TARGETS = Table("年度目标", (*FACT_COLUMNS, NOTE), has_years=True, marks=MARKS)
STANDARDS = Table("省定标准", (*FACT_COLUMNS, NOTE), has_years=True, marks=MARKS)
PLAN_TABLES = (INDICATORS, TARGETS, STANDARDS)
OBSERVATIONS = Table(
    "官方数值",
    (*FACT_COLUMNS, replace(YEAR, choices="year"), VALUE, REACHED, NUMERATOR, DENOMINATOR, NOTE),
    has_years=True,
    marks=MARKS,
)


# Writing ----------------------------------------------------------------------------------------

HEAD = PatternFill("solid", fgColor="12395B")
LOCKED = PatternFill("solid", fgColor="EEF2F6")
PROVISIONAL = PatternFill("solid", fgColor="FFF6DD")
ABOUT = (
    "填表说明",
    "1. 在“指标”“年度目标”“省定标准”里填写或修改，然后在网站“导入”页上传；先看预览，确认之后才生效。",
    "2. 灰底的代码、名称不要改。数字只填数字，不带单位；百分数填 95.5 或 95.5% 都可以。",
    "3. 黄底的是暂定内容，尚未经正式表确认；原样导入即表示确认为正式。演示数据不在表里。",
    "4. 空格表示“本表没有说”：已有的数值保留，不会被清空。方向为“在区间内”的写 下限–上限，例如 45–50，"
    "一个数左右就写那个数；分阶段的写阶段的名称。",
    "5. “省定标准”里区划代码留空，表示每个地区都用这个标准。",
    "6. 不要合并单元格，不要隐藏工作表。可以用 .csv 只导入其中一张表。",
)

ABOUT_OBSERVATIONS = (
    "填表说明",
    "1. 每行一个数值：哪个地区、哪个指标、哪一年、多少。区划代码、指标代码、年份从下拉列表里选。",
    "2. 数值只填数字，不带单位；百分数填 95.5 或 95.5% 都可以。地区、指标、单位三列可以不填，填了就会与代码核对。"
    "比率可以填分子、分母，数值就由它们算出；只有结果的，只填数值。",
    "3. 在网站“导入”页上传；先看预览，确认之后才生效。有一处错误就一项也不导入，错的格可以在预览里直接改。",
    "4. “文件依据、说明”写数值的出处；只改它也算一次修改。数值空着的行不读取，已有的数值保留。",
    "5. 不要合并单元格，不要隐藏工作表或行。也可以用 .csv。",
)


def write_workbook(
    tables: Iterable[tuple[Table, Sequence[Mapping]]],
    *,
    years: Sequence[int] = (),
    choices: Mapping[str, Sequence[str]] | None = None,
    about: Sequence[str] = ABOUT,
) -> bytes:
    """A workbook as it is filled in. A row maps names of columns, and years, to values; its key `provisional`
    holds the names and years that are shown as such."""
    book = Workbook()
    book.remove(book.active)
    for table, rows in tables:
        _write_sheet(book.create_sheet(table.name), table, rows, years if table.has_years else (), choices or {})
    if about:
        sheet = book.create_sheet("填表说明")
        sheet.column_dimensions["A"].width = 110
        put_rows(sheet, ([line] for line in about))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _write_sheet(sheet, table: Table, rows: Sequence[Mapping], years: Sequence[int], choices: Mapping) -> None:
    before = [column for column in table.columns if column.name != "note"]
    after = [column for column in table.columns if column.name == "note"]
    names: list[Any] = [*(column.name for column in before), *years, *(column.name for column in after)]
    titles = [*(column.title for column in before), *(f"{year}年" for year in years), *(c.title for c in after)]
    columns = {column.name: column for column in table.columns}
    for at, (name, title) in enumerate(zip(names, titles, strict=True), start=1):
        head = sheet.cell(1, at)
        put(head, title)
        head.font, head.fill = Font(bold=True, color="FFFFFF"), HEAD
        head.alignment = Alignment(vertical="center", wrap_text=True)
        column = columns.get(name)
        sheet.column_dimensions[get_column_letter(at)].width = column.width if column else 10
        if column and column.help:
            head.comment = Comment(column.help, "")
        if column and column.choices in choices:
            _add_choices(sheet, get_column_letter(at), choices[column.choices], len(rows))
        else:
            _add_limit(sheet, get_column_letter(at), column or VALUE, len(rows))  # of a year's column numbers
    for number, row in enumerate(rows, start=2):
        _write_row(sheet, number, row, names, columns)
    for number in range(len(rows) + 2, len(rows) + 2 + SPARE_ROWS):
        for at, name in enumerate(names, start=1):
            cell = sheet.cell(number, at)
            cell.protection = Protection(locked=False)
            if name in columns and columns[name].format:
                cell.number_format = columns[name].format
    sheet.freeze_panes = sheet.cell(2, 3 if table is INDICATORS else 5)
    sheet.protection.sheet = True
    for freedom in ("formatCells", "formatColumns", "formatRows", "insertRows", "deleteRows", "sort", "autoFilter"):
        setattr(sheet.protection, freedom, False)


def _add_choices(sheet, letter: str, words: Sequence[str], rows: int) -> None:
    listed = f'"{",".join(words)}"'
    if len(listed) > INLINE or any("," in word for word in words):
        listed = _word_list(sheet.parent, words)
    rule = DataValidation(type="list", formula1=listed, allow_blank=True, showErrorMessage=True)
    rule.error = "请从下拉列表里选"
    rule.errorTitle = "请核对"
    rule.add(f"{letter}2:{letter}{rows + 1 + SPARE_ROWS}")
    sheet.add_data_validation(rule)


def _word_list(book, words: Sequence[str]) -> str:
    """Words too many for a rule of their own, as a column of a sheet; the reference to it."""
    sheet = book[LISTS] if LISTS in book.sheetnames else book.create_sheet(LISTS)
    column = sheet.max_column + 1 if sheet["A1"].value else 1
    for number, word in enumerate(words, start=1):
        put(sheet.cell(number, column), word)
    letter = get_column_letter(column)
    return f"'{LISTS}'!${letter}$1:${letter}${len(words)}"


def _add_limit(sheet, letter: str, column: TableColumn, rows: int) -> None:
    if column.longest:
        rule = DataValidation(type="textLength", operator="lessThanOrEqual", formula1=str(column.longest))
        rule.error = f"不超过 {column.longest} 个字"
    elif column.is_number or column.is_whole or column.least is not None:
        rule = _number_rule(column)
    else:
        return
    rule.errorTitle = column.title
    if column.help:
        rule.promptTitle, rule.prompt, rule.showInputMessage = column.title, column.help, True
    rule.showErrorMessage, rule.allow_blank = True, True
    rule.add(f"{letter}2:{letter}{rows + 1 + SPARE_ROWS}")
    sheet.add_data_validation(rule)


def _number_rule(column: TableColumn) -> DataValidation:
    """A number within the column's limits, or within those of the database."""
    least = -NUMBER_LIMIT if column.least is None else column.least
    most = NUMBER_LIMIT if column.most is None else column.most
    kind = "whole" if column.is_whole else "decimal"
    rule = DataValidation(type=kind, operator="between", formula1=f"{least:f}", formula2=f"{most:f}")
    words = "请填整数" if column.is_whole else "请填数字，不带单位"
    bounds = [f"不小于 {column.least}"] if column.least is not None else []
    bounds += [f"不大于 {column.most}"] if column.most is not None else []
    rule.error = "，".join([words, *bounds]) + "；没有就留空"
    return rule


def _write_row(sheet, number: int, row: Mapping, names: Sequence, columns: Mapping) -> None:
    for at, name in enumerate(names, start=1):
        cell = sheet.cell(number, at)
        put(cell, row.get(name))
        column = columns.get(name)
        if column and column.format:
            cell.number_format = column.format
        is_locked = bool(column and column.is_locked)
        cell.protection = Protection(locked=is_locked)
        if is_locked:
            cell.fill = LOCKED
        elif name in row.get("provisional", ()):
            cell.fill = PROVISIONAL
        if column and column.width >= 30:
            cell.alignment = Alignment(wrap_text=True, vertical="top")


def write_refused(contents: Iterable[tuple[str, Sequence[str], Sequence[tuple[Row, str]]]]) -> bytes:
    """Refused rows as they came, with the cause beside them: (sheet, header, [(row, words)])."""
    book = Workbook()
    book.remove(book.active)
    for name, header, rows in contents:
        sheet = book.create_sheet(name[:31])
        width = max([len(header), *(len(row.cells) for row, _ in rows)])
        titles = [*header, *[""] * (width - len(header)), "原行号", "错误"]
        for at, title in enumerate(titles, start=1):
            put(sheet.cell(1, at), title)
            sheet.cell(1, at).font = Font(bold=True)
        sheet.column_dimensions[get_column_letter(width + 2)].width = 80
        for number, (row, words) in enumerate(rows, start=2):
            for at, cell in enumerate(row.cells, start=1):
                put(sheet.cell(number, at), cell.text or None)
            put(sheet.cell(number, width + 1), row.number or None)
            put(sheet.cell(number, width + 2), words)
            sheet.cell(number, width + 2).fill = PROVISIONAL
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()

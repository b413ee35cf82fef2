"""Files as other programs and other people make them: each read as its program shows it, or refused by cell and cause.

All come by the door of official values; what a cell is, every door takes from the same reader (`test_doors.py`)."""

import contextlib
import io
import tracemalloc

import pytest
from openpyxl import load_workbook
from openpyxl.styles import Font

from indicators.importing.tables import preview_observations, preview_plan
from lib.tabular.cells import MEGABYTE, SpreadsheetError
from lib.tabular.packages import BROKEN
from lib.tabular.parted_lines import PARTED
from lib.tabular.reading import read_spreadsheet
from tests.pace import least_seconds
from tests.tables.books import (
    MAIN,
    OBSERVED,
    OFFICE,
    PACKAGE,
    STRICT,
    Raw,
    by_openpyxl,
    by_xlsxwriter,
    package,
    renamed,
    sheet_xml,
)
from tests.tables.test_inputs import INPUTS

PERCENT = ("330127", "淳安县", "P02", "污水集中处理率", "%", 2024)
MONEY = ("330127", "淳安县", "P09", "重点项目累计完成投资", "亿元", 2024)
PLACES = ("330127", "淳安县", "P03", "每千人口拥有3岁以下婴幼儿托位数", "个/千人", 2024)
HOSPITALS = ("330127", "淳安县", "P12", "三级医院数", "家", 2024)
WHERE = "G2 数值"
NOT_A_NUMBER = "“{}”不是数字；请只填数字，不带单位和文字"
IS_A_DATE = "“{}”是日期，不是数字；请把单元格格式改为“常规”后重填"
IS_A_TIME = "“{}”是时间，不是数字；请把单元格格式改为“常规”后重填"
DISGUISED = "单元格显示为“{}”，里面存的是 {}，两个数不一致；请把格式改为“常规”，填要报的数"
UNSEEN = "单元格的格式使内容显示为空，里面存的是 {}；请把格式改为“常规”，核对后再上传"
OTHER_UNIT = "“{}”的单位是 {}，这里的单位是 {}；请换算后填写"
CROSSED_OUT = "“{}”划了删除线；要报的请去掉删除线，不报的请清空"
ACCOUNTING = '_ * #,##0.00_ ;_ * \\-#,##0.00_ ;_ * "-"??_ ;_ @_ '
NO_RESULT = "单元格是没有算出结果的公式；请在 Excel 或 WPS 里打开、重算并保存，或改填数字"


def table(*rows) -> list:
    return [OBSERVED, *rows]


def said(content: bytes, name: str = "a.xlsx", preview=preview_observations) -> list[tuple[str, str, str]]:
    return [(line.column, line.new, line.words) for line in preview(content, name).lines]


# What a number format shows -------------------------------------------------------------------------

# (row, stored number, format) → what is read, or why not.
SHOWN = {
    "as typed": (PERCENT, 94.1, "General", "94.1 %"),
    "two places": (PERCENT, 94.1, "0.00", "94.1 %"),
    "rounded": (PERCENT, 94.1478, "0.0", "94.1 %"),
    "rounded up at five": (PERCENT, 94.05, "0.0", "94.1 %"),
    "per cent": (PERCENT, 0.941, "0.0%", "94.1 %"),
    "per cent rounded": (PERCENT, 0.94149, "0.0%", "94.1 %"),
    "per cent in quotes": (PERCENT, 94.1, '0.0"%"', "94.1 %"),
    "per cent escaped": (PERCENT, 94.1, "0.0\\%", "94.1 %"),
    "per cent with a blank": (PERCENT, 0.941, "0.0 %", "94.1 %"),
    "thousands": (MONEY, 1234.5, "#,##0.00", "1,234.5 亿元"),
    "accounting": (MONEY, 74.88, ACCOUNTING, "74.88 亿元"),
    "the indicator's unit": (MONEY, 74.88, '0.00"亿元"', "74.88 亿元"),
    "the indicator's unit, WPS": (HOSPITALS, 2, 'G/通用格式"家"', "2 家"),
    "the indicator's unit, a fraction": (PLACES, 4.15, '0.00" 个/千人"', "4.15 个/千人"),
    "scientific": (MONEY, 74.88, "0.00E+00", "74.9 亿元"),
    "engineering": (MONEY, 1234.5, "##0.0E+0", "1,200 亿元"),
    "two points": (MONEY, 94.145, "0.0.0", DISGUISED.format("94.145", "94.145")),
    "as a text": (MONEY, 74.88, "@", "74.88 亿元"),
    "condition that does not hold": (MONEY, 74.88, '[>=10000]0!.0,"万元";0.00', "74.88 亿元"),
    "red when negative, and positive": (MONEY, 74.88, "0.00;[Red]0.00", "74.88 亿元"),
    "room for brackets": (MONEY, 74.88, "0.00_);\\(0.00\\)", "74.88 亿元"),
    "colours": (MONEY, 74.88, "[蓝色]0.00;[红色]-0.00", "74.88 亿元"),
    "exact thousands": (MONEY, 75000, "0,", "75 亿元"),
    "another scale": (MONEY, 748800, '0!.0,"万元"', DISGUISED.format("74.9万元", "748800")),
    "another scale, exact": (MONEY, 749000, '0!.0,"万元"', OTHER_UNIT.format("74.9万元", "万元", "亿元")),
    "thousands cut off": (MONEY, 748800, "#,##0,", DISGUISED.format("749", "748800")),
    "another unit": (MONEY, 74.88, '0.00"万元"', OTHER_UNIT.format("74.88万元", "万元", "亿元")),
    "yuan": (MONEY, 1234, "¥#,##0.00", OTHER_UNIT.format("¥1234", "¥", "亿元")),
    "yuan by its locale": (MONEY, 1234, "[$¥-804]#,##0.00", OTHER_UNIT.format("¥1234", "¥", "亿元")),
    "dollars": (MONEY, 12, "[$$-409]#,##0.00", OTHER_UNIT.format("$12", "$", "亿元")),
    "per cent of money": (MONEY, 0.5, "0%", "“50%”带百分号，但这里的单位不是 %；请填不带百分号的数字"),
    "red instead of a sign": (MONEY, -5, "0.00;[Red]0.00", DISGUISED.format("5", "-5")),
    "accounting nothing": (MONEY, 0, ACCOUNTING, NOT_A_NUMBER.format("-")),
    "words for zero": (MONEY, 0, '0;-0;"无"', NOT_A_NUMBER.format("无")),
    "nothing for zero": (MONEY, 0, "0;-0;", UNSEEN.format("0")),
    "nothing at all": (MONEY, 5, ";;;", UNSEEN.format("5")),
    "a fraction": (MONEY, 0.5, "# ?/?", DISGUISED.format("0.5", "0.5")),
    "digits of a telephone": (MONEY, 5712345, "000-0000", NOT_A_NUMBER.format("571-2345")),
    "about": (MONEY, 5, '"约"0', NOT_A_NUMBER.format("约5")),
    "a day": (MONEY, 45721, "yyyy/m/d", IS_A_DATE.format("2025-03-05")),
    "a day in Chinese": (MONEY, 45721, 'yyyy"年"m"月"d"日";@', IS_A_DATE.format("2025-03-05")),
    "a day with its weekday": (MONEY, 45721, "[$-F800]dddd\\,\\ mmmm\\ dd\\,\\ yyyy", IS_A_DATE.format("2025-03-05")),
    "a month": (MONEY, 45721, "yyyy-mm", IS_A_DATE.format("2025-03")),
    "a year": (MONEY, 45721, "yyyy", IS_A_DATE.format("2025")),
    "a weekday": (MONEY, 45721, "aaaa", IS_A_DATE.format("星期三")),
    "a moment": (MONEY, 45721.5, "yyyy/m/d h:mm", IS_A_DATE.format("2025-03-05 12:00")),
    "a time": (MONEY, 0.5, "h:mm", IS_A_TIME.format("12:00")),
    "minutes": (MONEY, 0.5, "mm:ss", IS_A_TIME.format("00:00")),
    "hours that go on": (MONEY, 1.5, "[h]:mm", IS_A_TIME.format("1.5")),
    "a day that never was": (MONEY, 60, "yyyy-mm-dd", DISGUISED.format("60", "60")),
    "a day before all days": (MONEY, -3, "yyyy-mm-dd", DISGUISED.format("-3", "-3")),
}


def read_or_why(content: bytes) -> str:
    """The one number of a file as it is read, or why its cell is refused."""
    (line,) = preview_observations(content, "a.xlsx").lines
    assert line.column in {WHERE, "G2"}
    return line.new or line.words


@pytest.mark.parametrize("write", [by_openpyxl, by_xlsxwriter])
@pytest.mark.parametrize("kind", SHOWN)
def test_a_number_is_what_its_format_shows(plan, kind, write):
    row, stored, code, expected = SHOWN[kind]
    read = read_or_why(write(table((*row, stored, None)), {"G2": code}))
    assert read.partition("（1234 ¥")[0].partition("（74")[0] == expected


CHINESE_DAYS = {27: "2025-03", 28: "3月5日", 29: "3月5日", 30: "2025-03-05", 31: "2025-03-05", 36: "2025-03"}
CHINESE_DAYS |= {50: "2025-03", 51: "3月5日", 52: "2025-03", 53: "3月5日", 54: "3月5日", 57: "2025-03", 58: "3月5日"}
CHINESE_TIMES = {32: "12:00", 33: "12:00:00", 34: "12:00", 35: "12:00:00", 55: "12:00", 56: "12:00:00"}


def styled(number_id: int, value: str, own: str = "") -> bytes:
    """A number in a style of that id; `own`: the format that the file itself gives the id."""
    row = [*PERCENT, Raw(f'<c r="G2" s="1"><v>{value}</v></c>')]
    formats = f'<numFmts><numFmt numFmtId="{number_id}" formatCode="{own}"/></numFmts>' if own else ""
    styles = f'<styleSheet xmlns="{MAIN}">{formats}<cellXfs><xf/><xf numFmtId="{number_id}"/></cellXfs></styleSheet>'
    return package(sheet_xml(table(row)), xl__styles_dot_xml=styles)


@pytest.mark.parametrize("number_id", CHINESE_DAYS | CHINESE_TIMES)
def test_formats_that_chinese_editions_build_in(plan, number_id):
    expected = IS_A_TIME.format(CHINESE_TIMES.get(number_id)) if number_id in CHINESE_TIMES else ""
    expected = expected or IS_A_DATE.format(CHINESE_DAYS[number_id])
    assert read_or_why(styled(number_id, "0.5" if number_id in CHINESE_TIMES else "45721")) == expected


def test_a_format_of_the_file_itself_goes_before_the_built_in_one(plan):
    assert read_or_why(styled(58, "94.1", own="0.00")) == "94.1 %"


# Packages -------------------------------------------------------------------------------------------

GOOD = table((*PERCENT, 94.1, None))
READ = [("G2", "94.1 %", "")]
PLAIN = by_openpyxl(GOOD)
SHARED = by_xlsxwriter(GOOD)
RELATED = (
    f'<Relationships xmlns="{PACKAGE}"><Relationship Id="rId1" Type="{OFFICE}/{{}}" Target="{{}}"/></Relationships>'
)
BESIDE = f'<Relationship Id="rId9" Type="{OFFICE}/sharedStrings" Target="../texts.xml"/>'
RAISED = '<r><t>94.1</t></r><r><rPr><vertAlign val="superscript"/></rPr><t>1</t></r>'
CROSSED = "<r><rPr><strike/></rPr><t>94</t></r><r><t>95</t></r>"


def texts_of(runs: str) -> dict[str, bytes]:
    """A cell with these runs of text, in the cell itself and among the shared texts."""
    row = (*PERCENT, Raw(f'<c r="G2" t="inlineStr"><is>{runs}</is></c>'))
    shared = (*PERCENT, Raw('<c r="G2" t="s"><v>0</v></c>'))
    part = f'<sst xmlns="{MAIN}"><si>{runs}</si></sst>'
    return {
        "in the cell": package(sheet_xml(table(row))),
        "shared": package(
            sheet_xml(table(shared)),
            xl__sharedStrings_dot_xml=part,
            xl___rels__workbook_dot_xml_dot_rels=RELATED.format("worksheet", "worksheets/sheet1.xml").replace(
                "</Relationships>",
                f'<Relationship Id="r2" Type="{OFFICE}/sharedStrings" Target="sharedStrings.xml"/></Relationships>',
            ),
        ),
    }


@pytest.mark.parametrize("place", ["in the cell", "shared"])
def test_a_raised_figure_is_a_footnote_and_a_crossed_out_one_is_not_said(plan, place):
    """Joined to the others they would be 94.11 and 9495."""
    assert read_or_why(texts_of(RAISED)[place]) == NOT_A_NUMBER.format("94.1¹")
    assert read_or_why(texts_of(CROSSED)[place]) == CROSSED_OUT.format("9495")


@pytest.mark.parametrize("write", [by_openpyxl, by_xlsxwriter])
@pytest.mark.parametrize("place", ["B2", "G2", "H2"])
def test_a_cell_that_is_crossed_out_is_not_said(plan, write, place):
    content = struck(write(table((*PERCENT, 94.1, "说明"))), place)
    shown = {"B2": "淳安县", "G2": "94.1", "H2": "说明"}[place]
    (line,) = preview_observations(content, "a.xlsx").lines
    assert (line.column[:2], line.words) == (place, CROSSED_OUT.format(shown))


def struck(content: bytes, place: str) -> bytes:
    book = load_workbook(io.BytesIO(content))
    book.active[place].font = Font(strike=True)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


PACKAGES = {
    "backslashes": renamed(
        SHARED, {name: name.replace("/", "\\") for name in ("xl/worksheets/sheet1.xml", "xl/sharedStrings.xml")}
    ),
    "other cases": renamed(
        SHARED,
        {
            "xl/workbook.xml": "XL/Workbook.xml",
            "xl/styles.xml": "xl/Styles.xml",
            "xl/sharedStrings.xml": "xl/SHAREDSTRINGS.XML",
            "xl/worksheets/sheet1.xml": "xl/Worksheets/Sheet1.XML",
        },
    ),
    "the fewest parts": package(sheet_xml(GOOD)),
    "no relationships at all": package(
        sheet_xml(GOOD), _rels___dot_rels=None, xl___rels__workbook_dot_xml_dot_rels=None
    ),
    "a workbook of another name": package(
        sheet_xml(GOOD),
        **{
            "_rels/.rels": RELATED.format("officeDocument", "/book/main.xml"),
            "xl/workbook.xml": None,
            "xl/_rels/workbook.xml.rels": None,
            "xl/worksheets/sheet1.xml": None,
            "book/main.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets><sheet name="官方数值" r:id="rId1"/>'
            "</sheets></workbook>",
            "book/_rels/main.xml.rels": RELATED.format("worksheet", "one%20sheet.xml"),
            "book/one sheet.xml": sheet_xml(GOOD),
        },
    ),
    "strict": package(
        sheet_xml(GOOD, namespace=STRICT),
        xl__workbook_dot_xml=f'<workbook xmlns="{STRICT}" xmlns:r="{OFFICE}"><sheets>'
        '<sheet name="官方数值" r:id="rId1"/></sheets></workbook>',
    ),
    "prefixes everywhere": package(
        f'<x:worksheet xmlns:x="{MAIN}">'
        + sheet_xml(GOOD).partition(">")[2].replace("</", "</x:").replace("<", "<x:").replace("<x:/x:", "</x:")
    ),
    "cells without places": package(sheet_xml(GOOD).replace(' r="', ' x="')),
    "a chart sheet before it": package(
        sheet_xml(GOOD),
        xl__workbook_dot_xml=f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets><sheet name="图" r:id="rId5"/>'
        '<sheet name="官方数值" r:id="rId1"/></sheets></workbook>',
    ),
    "phonetic runs": package(
        sheet_xml(
            table(
                (
                    *PERCENT[:1],
                    Raw('<c r="B2" t="inlineStr"><is><t>淳安县</t><rPh sb="0" eb="1"><t>じゅん</t></rPh></is></c>'),
                    *PERCENT[2:],
                    94.1,
                )
            )
        )
    ),
    "a text in pieces": package(
        sheet_xml(
            table(
                (
                    *PERCENT[:1],
                    Raw('<c r="B2" t="inlineStr"><is><r><t>淳</t></r><r><t>安县</t></r></is></c>'),
                    *PERCENT[2:],
                    94.1,
                )
            )
        )
    ),
    "escaped sheet name": package(
        sheet_xml(GOOD),
        xl__workbook_dot_xml=f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets><sheet name="_x5B98_方数值" '
        'r:id="rId1"/></sheets></workbook>',
    ),
    "noise of binary fractions": package(sheet_xml(table((*PERCENT, Raw('<c r="G2"><v>94.099999999999994</v></c>'))))),
    "a number with an exponent": package(sheet_xml(table((*PERCENT, Raw('<c r="G2"><v>9.41E1</v></c>'))))),
    "what is neither raised nor struck": texts_of(
        '<r><rPr><strike val="0"/><vertAlign val="baseline"/></rPr><t>94</t></r><r><t>.1</t></r>'
    )["in the cell"],
    "a number kept as a text": package(sheet_xml(table((*PERCENT, Raw('<c r="G2" t="str"><v>94.1</v></c>'))))),
}


@pytest.mark.parametrize("kind", PACKAGES)
def test_a_package_is_read_by_what_points_to_what(plan, kind):
    assert said(PACKAGES[kind]) == READ


REFUSED = {
    "two parts of one name": (renamed(PLAIN, {"docProps/app.xml": "XL/workbook.XML"}), BROKEN),
    "two sheets of one name": (
        package(
            sheet_xml(GOOD),
            xl__workbook_dot_xml=f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>'
            '<sheet name="官方数值" r:id="rId1"/><sheet name="官方数值" r:id="rId1"/></sheets></workbook>',
        ),
        BROKEN,
    ),
    "a sheet in UTF-16": (package(sheet_xml(GOOD).encode("utf-16")), BROKEN),
    "an encoding nobody knows": (package('<?xml version="1.0" encoding="klingon"?>' + sheet_xml(GOOD)), BROKEN),
    "a sheet that ends too early": (package(sheet_xml(GOOD)[:-60]), BROKEN),
    "no sheet": (
        package(sheet_xml(GOOD), xl__workbook_dot_xml=f'<workbook xmlns="{MAIN}"><sheets/></workbook>'),
        "工作簿里没有看得见的工作表",
    ),
    "a document type": (
        package("<!DOCTYPE x>" + sheet_xml(GOOD)),
        "文件里有不该有的声明（DOCTYPE），没有打开；请把内容复制到新的工作簿再上传",
    ),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_a_package_that_is_none_is_refused(plan, kind):
    content, words = REFUSED[kind]
    with pytest.raises(SpreadsheetError) as refused:
        preview_observations(content, "a.xlsx")
    assert str(refused.value) == words


def formula(result: str, **parts) -> bytes:
    row = (*PERCENT, Raw(f'<c r="G2"><f>90+4</f><v>{result}</v></c>'))
    return package(sheet_xml(table(row)), **parts)


CALCULATED = {
    "a result": (formula("94"), "94 %"),
    "no result": (formula(""), NO_RESULT),
    "nothing but zero": (formula("0"), NO_RESULT),
    "zero, worked out by LibreOffice": (
        formula(
            "0",
            **{
                "_rels/.rels": RELATED.format("officeDocument", "xl/workbook.xml").replace(
                    "</Relationships>",
                    f'<Relationship Id="rId2" Type="{OFFICE}/extended-properties" Target="app.xml"/></Relationships>',
                ),
                "app.xml": "<Properties><Application>LibreOffice/7.4</Application></Properties>",
            },
        ),
        "0 %",
    ),
    "to be worked out when opened": (
        formula(
            "0",
            xl__workbook_dot_xml=f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets><sheet name="官方数值" '
            'r:id="rId1"/></sheets><calcPr fullCalcOnLoad="1"/></workbook>',
        ),
        NO_RESULT,
    ),
    "an error": (
        package(sheet_xml(table((*PERCENT, Raw('<c r="G2" t="e"><f>1/0</f><v>#DIV/0!</v></c>'))))),
        "单元格是错误值 #DIV/0!，请更正公式或改填数字",
    ),
}


@pytest.mark.parametrize("kind", CALCULATED)
def test_a_formula_counts_where_somebody_worked_it_out(plan, kind):
    content, expected = CALCULATED[kind]
    assert read_or_why(content) == expected


# Rows, columns and what stands around a table --------------------------------------------------------


def wide(header, *rows, above=()) -> bytes:
    return by_openpyxl([*above, header, *rows])


BY_YEAR = ("区划代码", "地区", "指标代码", "2023年", "2024年")
BY_COUNTY = ("指标代码", "年份", "桐庐县", "淳安", "330182")
LAYOUTS = {
    "years as columns": (
        wide(BY_YEAR, ("330127", "淳安县", "P02", 93, 94.1)),
        [("D2", "93 %", ""), ("E2", "94.1 %", "")],
        [],
    ),
    "years as columns, a blank": (wide(BY_YEAR, ("330127", "淳安县", "P02", None, 94.1)), [("E2", "94.1 %", "")], []),
    "counties as columns": (
        wide(BY_COUNTY, ("P02", 2024, 95, 94.1, 96)),
        [("C2", "95 %", ""), ("D2", "94.1 %", ""), ("E2", "96 %", "")],
        [],
    ),
    "counties and years in one title": (
        wide(("指标代码", "指标", "桐庐县2024年", "2024年淳安县"), ("P02", "污水集中处理率", 95, 94.1)),
        [("C2", "95 %", ""), ("D2", "94.1 %", "")],
        [],
    ),
    "the county by its name": (
        wide(("地区", "指标代码", "年份", "数值"), ("淳安县", "P02", 2024, 94.1)),
        [("D2", "94.1 %", "")],
        [],
    ),
    "the county by its short name": (
        wide(("地区", "指标代码", "年份", "数值"), ("淳安", "P02", 2024, 94.1)),
        [("D2", "94.1 %", "")],
        [],
    ),
    "a county of another city by its name": (
        wide(("地区", "指标代码", "年份", "数值"), ("安吉县", "P02", 2024, 94.1)),
        [("A2 地区", "", "没有名为“安吉县”的地区；应为 330122 桐庐县、330127 淳安县、330182 建德市")],
        [],
    ),
    "a blank among values": (
        wide(OBSERVED, (*PERCENT, None), (*HOSPITALS, 2)),
        [("G3", "2 家", "")],
        ["官方数值：第 2 行没有填数值，没有读取（已有的数值保留）"],
    ),
    "notes and a source below": (
        wide(
            OBSERVED,
            (*PERCENT, 94.1),
            ("注：2024年为快报数",),
            ("数据来源：统计局",),
            ("填表人：张三", "", "", "审核：李四"),
        ),
        [("G2", "94.1 %", "")],
        [
            "官方数值：第 3 行“注：2024年为快报数”不是数据，没有读取",
            "官方数值：第 4 行“数据来源：统计局”不是数据，没有读取",
            "官方数值：第 5 行“填表人：张三”不是数据，没有读取",
        ],
    ),
    "a total below": (
        wide(OBSERVED, (*MONEY, 74.88), ("合计", "", "", "", "", "", 74.88)),
        [("G2", "74.88 亿元", "")],
        ["官方数值：第 3 行“合计”不是数据，没有读取"],
    ),
    "means and totals of every kind": (
        wide(
            OBSERVED,
            (*MONEY, 74.88),
            ("合　计", "", "", "", "", "", 1),
            ("三县（市）合计", "", "", "", "", "", 2),
            ("14个县市区平均", "", "", "", "", "", 3),
            ("全省平均值", "", "", "", "", "", 4),
        ),
        [("G2", "74.88 亿元", "")],
        [
            f"官方数值：第 {row} 行“{words}”不是数据，没有读取"
            for row, words in enumerate(("合　计", "三县（市）合计", "14个县市区平均", "全省平均值"), start=3)
        ],
    ),
    "a title and a unit above": (
        wide(
            ("区划代码", "指标代码", "年份", "数值"),
            ("330127", "P09", 2024, 74.88),
            above=[("附件3 官方数值表",), ("（单位：亿元）",)],
        ),
        [("D4", "74.88 亿元", "")],
        [],
    ),
    "another unit above": (
        wide(("区划代码", "指标代码", "年份", "数值"), ("330127", "P09", 2024, 748800), above=[("单位：万元",)]),
        [
            (
                "B3 指标代码",
                "",
                "表上方写的是“单位：万元”，P09 的单位是 亿元；请换算后填写（748800 万元 = 74.88 亿元）",
            )
        ],
        [],
    ),
    "another unit in a column": (
        wide(OBSERVED, (*MONEY[:4], "万元", 2024, 748800)),
        [("E2 单位", "", "单位写的是“万元”，P09 的单位是 亿元；请换算后填写（748800 万元 = 74.88 亿元）")],
        [],
    ),
    "the same unit in full width": (wide(OBSERVED, (*PERCENT[:4], "％", 2024, 94.1)), [("G2", "94.1 %", "")], []),
    "per cent in a row of another unit": (
        wide(OBSERVED, (*PLACES, "4.15%")),
        [(WHERE, "", "“4.15%”带百分号，但这里的单位不是 %；请填不带百分号的数字")],
        [],
    ),
    "another unit in a row of per cent": (
        wide(OBSERVED, (*PERCENT, "4.15 个/千人")),
        [(WHERE, "", OTHER_UNIT.format("4.15 个/千人", "个/千人", "%"))],
        [],
    ),
    "its own unit behind the number": (wide(OBSERVED, (*PLACES, "4.15 个/千人")), [("G2", "4.15 个/千人", "")], []),
    "half a hospital": (
        wide(OBSERVED, (*HOSPITALS, 0.5)),
        [(WHERE, "", "0.5 不是整数；三级医院数按整数计，请核对单位和小数点")],
        [],
    ),
    "a rounded number": (
        by_openpyxl(table((*PERCENT, 94.1478)), {"G2": "0.0"}),
        [("G2", "94.1 %", "")],
        ["官方数值：G2 显示 94.1（存的是 94.1478）：按显示的数读取"],
    ),
    "a hidden column": (
        by_openpyxl(GOOD, change=lambda book: setattr(book.active.column_dimensions["G"], "hidden", True)),
        READ,
        ["官方数值：第 G 列是隐藏的，也一并读取，请核对"],
    ),
    "a number beside the table": (
        wide(OBSERVED[:7], (*PERCENT, 94.1, 95.2)),
        [("G2", "94.1 %", "")],
        ["官方数值：H2 上面没有列名，没有读取"],
    ),
    "a filter": (
        by_openpyxl(
            table((*PERCENT, 94.1), (*HOSPITALS, 2)),
            change=lambda book: setattr(book.active.row_dimensions[3], "hidden", True),
        ),
        [("G2", "94.1 %", ""), ("G3", "2 家", "")],
        ["官方数值：第 3 行是隐藏的（或被筛选掉了），也一并读取，请核对"],
    ),
    "zeros that are not shown": (
        package(
            sheet_xml(
                table((*HOSPITALS, 0)), before='<sheetViews><sheetView showZeros="0" workbookViewId="0"/></sheetViews>'
            )
        ),
        [(WHERE, "", UNSEEN.format("0"))],
        [],
    ),
    "a year shown by a date": (
        by_openpyxl(table((*PERCENT[:5], 45292, 94.1)), {"F2": 'yyyy"年"'}),
        [("G2", "94.1 %", "")],
        [],
    ),
    "codes in front of zeros": (
        by_openpyxl(table((330127, *PERCENT[1:], 94.1)), {"A2": "000000"}),
        [("G2", "94.1 %", "")],
        [],
    ),
}


@pytest.mark.parametrize("kind", LAYOUTS)
def test_tables_as_offices_lay_them_out(plan, kind):
    content, lines, notes = LAYOUTS[kind]
    preview = preview_observations(content, "a.xlsx")
    assert [(line.column, line.new, line.words) for line in preview.lines] == lines
    assert preview.notes == notes


HEAD = "area,indicator,year,value"
TEXTS = {
    "a title before tabs": (
        "2024年官方数值\n区划代码\t指标代码\t年份\t数值\n330127\tP02\t2024\t94.1\n",
        [("D3", "94.1 %", "")],
    ),
    "a title before semicolons": (
        "数值表，2024\n区划代码;指标代码;年份;数值\n330127;P02;2024;94.1\n",
        [("D3", "94.1 %", "")],
    ),
    "bars": ("区划代码|指标代码|年份|数值\n330127|P02|2024|94.1\n", [("D2", "94.1 %", "")]),
    "a line that names the separator": (
        "sep=;\n区划代码;指标代码;年份;数值\n330127;P02;2024;94.1\n",
        [("D3", "94.1 %", "")],
    ),
    "digits kept as a text": (f'{HEAD}\n="330127",P02,2024,94.1\n', [("D2", "94.1 %", "")]),
    "a thousands comma in quotes": (f'{HEAD}\n330127,P09,2024,"1,234.5"\n', [("D2", "1,234.5 亿元", "")]),
    "a thousands comma without quotes": (f"{HEAD}\n330127,P09,2024,1,234\n", [("", "", PARTED), ("D2", "1 亿元", "")]),
    "a thousands comma before a note": (
        f"{HEAD},note\n330127,P09,2024,1,234\n",
        [("", "", PARTED), ("D2", "1 亿元", "")],
    ),
    "a thousands comma among years": (
        "area,indicator,2023,2024\n330127,P09,1,234,500\n330122,P09,2,3\n",
        [
            ("", "", PARTED),
            ("C2", "1 亿元", ""),
            ("D2", "234 亿元", ""),
            ("C3", "2 亿元", ""),
            ("D3", "3 亿元", ""),
        ],
    ),
    "a comma at the end of every line": (
        f"{HEAD}\n330127,P02,2024,94.1,\n330122,P02,2024,95,\n",
        [("D2", "94.1 %", ""), ("D3", "95 %", "")],
    ),
    "a decimal comma": (
        "area;indicator;year;value\n330127;P02;2024;94,1\n",
        [("D2 value", "", NOT_A_NUMBER.format("94,1"))],
    ),
    "three numbers in a cell": (
        f"{HEAD}\n330127,P09,2024,101 202 303\n",
        [("D2 value", "", NOT_A_NUMBER.format("101 202 303"))],
    ),
    "two numbers in a cell": (f"{HEAD}\n330127,P09,2024,101 202\n", [("D2 value", "", NOT_A_NUMBER.format("101 202"))]),
    "a true separator": (f"{HEAD}\n330127,P09,2024,101\u202f202\n", [("D2", "101,202 亿元", "")]),
    "a small two": (f"{HEAD}\n330127,P02,2024,94.1²\n", [("D2 value", "", NOT_A_NUMBER.format("94.1²"))]),
    "a number that is turned round": (
        f"{HEAD}\n330127,P02,2024,\u202e1.49\n",
        [("D2 value", "", NOT_A_NUMBER.format("\u202e1.49"))],
    ),
    "SDMX-CSV": (
        "DATAFLOW,FREQ,REF_AREA,INDICATOR,SERIES,TIME_PERIOD,OBS_VALUE,UNIT_MEASURE,OBS_STATUS\n"
        "HZDRC:COUNTY_SEAT(1.0),A,330127,P02,OBS,2024,94.1,PT,A\n",
        [("G2", "94.1 %", "")],
    ),
    "SDMX-CSV of a demonstration": (
        "DATAFLOW,FREQ,REF_AREA,INDICATOR,SERIES,TIME_PERIOD,OBS_VALUE,UNIT_MEASURE,OBS_STATUS\n"
        "HZDRC:COUNTY_SEAT(1.0),A,330127,P02,OBS,2024,94.1,PT,G\n",
        [("I2 OBS_STATUS", "", "这一行标着演示数据，不是真实数值，不能作为正式数值导入；请删去这一行")],
    ),
    "SDMX-CSV of targets": (
        "REF_AREA,INDICATOR,SERIES,TIME_PERIOD,OBS_VALUE\n330127,P02,TARGET,2024,94.1\n",
        [("C2 SERIES", "", "SERIES 是 TARGET，不是“官方数值”（OBS）；请删去这一行")],
    ),
    "SDMX-CSV in another unit": (
        "REF_AREA,INDICATOR,SERIES,TIME_PERIOD,OBS_VALUE,UNIT_MEASURE\n330127,P09,OBS,2024,94.1,PT\n",
        [("F2 UNIT_MEASURE", "", "“PT”不是 P09 的单位（CNY_E8，亿元）；请核对")],
    ),
    "the API's csv of a demonstration": (
        "area,indicator,year,value,version,is_demo\n330127,P02,2024,94.1,1,true\n",
        [("F2 is_demo", "", "这一行标着演示数据，不是真实数值，不能作为正式数值导入；请删去这一行")],
    ),
    "the API's csv": (
        "area,indicator,year,value,version,is_demo\n330127,P02,2024,94.1,1,false\n",
        [("D2", "94.1 %", "")],
    ),
}


@pytest.mark.parametrize("kind", TEXTS)
def test_texts_as_other_systems_write_them(plan, kind):
    text, lines = TEXTS[kind]
    assert said(text.encode(), "a.csv") == lines


def test_there_are_files_enough():
    kinds = (SHOWN, CHINESE_DAYS, CHINESE_TIMES, PACKAGES, REFUSED, CALCULATED, LAYOUTS, TEXTS)
    assert sum(map(len, kinds)) >= 60 + 18


def test_no_file_of_the_corpus_takes_two_seconds_or_a_hundred_megabytes():
    contents = [by_openpyxl(table((*row, stored, None)), {"G2": code}) for row, stored, code, _read in SHOWN.values()]
    contents += [*PACKAGES.values(), *(each[0] for kind in (REFUSED, CALCULATED, LAYOUTS) for each in kind.values())]
    contents += [text.encode() for text, _lines in TEXTS.values()]
    contents += [path.read_bytes() for path in INPUTS.iterdir()]
    assert len(contents) >= 60 + 18
    tracemalloc.start()
    longest = max(map(seconds_to_read, contents))
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (longest < 2, most < 100 * MEGABYTE) == (True, True), (longest, most / MEGABYTE)


def seconds_to_read(content: bytes) -> float:
    """Of this process, for every sheet that can be seen; refused or not."""

    def read() -> None:
        with contextlib.suppress(SpreadsheetError):
            book = read_spreadsheet(content)
            for name in book.sheet_names:
                book.sheet(name)

    return least_seconds(read, enough=2)


# Bounds ---------------------------------------------------------------------------------------------

BIG = {
    "twenty thousand rows": lambda: package(
        sheet_xml([OBSERVED, *[(f"33{n % 10_000:04}", "", "P02", "", "", 2024, 94.1) for n in range(20_000)]])
    ),
    "a thousand formats": lambda: package(
        sheet_xml(table((*PERCENT, Raw('<c r="G2" s="999"><v>94.1</v></c>')))),
        xl__styles_dot_xml=f'<styleSheet xmlns="{MAIN}"><numFmts>'
        + "".join(f'<numFmt numFmtId="{200 + n}" formatCode="{"0" * (n % 200)}.{"#" * 50}"/>' for n in range(1000))
        + "</numFmts><cellXfs>"
        + "".join(f'<xf numFmtId="{200 + n}"/>' for n in range(1000))
        + "</cellXfs></styleSheet>",
    ),
    "two hundred thousand texts": lambda: package(
        sheet_xml(GOOD),
        xl__sharedStrings_dot_xml=f'<sst xmlns="{MAIN}">' + "<si><t>文_x000D_字</t></si>" * 200_000 + "</sst>",
    ),
    "a sheet of empty cells": lambda: package(
        sheet_xml(GOOD).replace("</sheetData>", f"<row>{'<c/>' * 500_000}</row></sheetData>")
    ),
}


@pytest.mark.parametrize("kind", BIG)
def test_no_file_takes_more_than_two_seconds_or_a_hundred_megabytes(kind):
    """Of the reader itself: the time of this process, and what Python holds at most."""
    content = BIG[kind]()

    def read() -> None:
        read_spreadsheet(content).sheet("官方数值")

    taken = least_seconds(read, enough=2)
    tracemalloc.start()
    read()
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (taken < 2, most < 100 * MEGABYTE) == (True, True), (taken, most / MEGABYTE)


def test_targets_with_a_demonstration_beside_them_are_refused(plan):
    content = wide(
        ("区划代码", "指标代码", "2024年", "含演示数据"), ("330127", "P02", 94.1, "是"), ("330122", "P02", 95, "否")
    )
    text = content
    lines = said(by_openpyxl_named(text, "年度目标"), preview=preview_plan)
    assert lines[0] == ("D2 含演示数据", "", "这一行标着演示数据，不是真实数值，不能作为正式数值导入；请删去这一行")


def by_openpyxl_named(content: bytes, name: str) -> bytes:
    return renamed(content, {}, {"workbook.xml": ("官方数值".encode(), name.encode())})

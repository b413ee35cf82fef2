"""Files as they really come: each is read rightly, or refused in words that say where and what to do. Never in part,
and never at the price of the server's memory."""

import cProfile
import pstats
import tracemalloc

import pytest
from django.apps import apps

from county_urbanization.rooms import ROOMS
from indicators.importing.tables import apply, preview_observations, preview_plan
from lib.tabular.cells import SpreadsheetError
from tests.indicators import files
from tests.indicators.files import CHUNAN, INDICATOR_HEADER, OLE, P02, P09, TARGET_HEADER, TONGLU, indicators, targets
from tests.indicators.files import with_ as w
from uploads.doors import SentTable, fingerprint

P09_ROW = ["330122", "桐庐县", "P09", P09[1]]
COUNTIES = "应为 330122 桐庐县、330127 淳安县、330182 建德市"
NOT_A_NUMBER = "“{}”不是数字；请只填数字，不带单位和文字"
NOT_WORKED_OUT = "单元格是没有算出结果的公式；请在 Excel 或 WPS 里打开、重算并保存，或改填数字"
NO_YEARS = "没有年份列；应有 2022年 至 2027年 的列，或“年份”和“数值”两列"
BROKEN = "文件已损坏，打不开；请用 Excel 或 WPS 打开、另存为 .xlsx 后再上传"
COPY = "请把要导入的内容复制到新的工作簿再上传"
HEADER = TARGET_HEADER

# What was written → the cells refused, each with its cause. Everything else in the file is fine.
FAULTS = {
    "a code that is not there": (
        targets(w(TONGLU, C="P99", D="")),
        [("C2 指标代码", "没有代码为“P99”的指标；请核对，或先在“指标”表里增加")],
    ),
    "a code in small letters": (targets(w(TONGLU, C="p02")), [("C2 指标代码", "代码“p02”应写作 P02")]),
    "no code": (targets(w(TONGLU, C="", D="")), [("C2 指标代码", "指标代码为空")]),
    "code and name of two rows": (
        targets(w(TONGLU, D="供水普及率")),
        [("D2 指标", "代码 P02 是“污水集中处理率”，表中写的是“供水普及率”；请核对代码和名称")],
    ),
    "a district that is no county of the plan": (
        targets(w(TONGLU, A="330108", B="滨江区")),
        [("A2 区划代码", f"没有代码为“330108”的地区；{COUNTIES}")],
    ),
    "code of one county, name of another": (
        targets(w(TONGLU, B="淳安县")),
        [("B2 地区", "代码 330122 是桐庐县，表中写的是“淳安县”；请核对")],
    ),
    "no county": (targets(w(TONGLU, A="", B="")), [("A2 区划代码", f"区划代码为空；{COUNTIES}")]),
    "words for a number": (targets(w(TONGLU, E="九十五")), [("E2 2024年", NOT_A_NUMBER.format("九十五"))]),
    "a sign before the number": (targets(w(TONGLU, E="≥95%")), [("E2 2024年", NOT_A_NUMBER.format("≥95%"))]),
    "not a number, infinite": (
        targets(w(TONGLU, E="NaN", F="inf")),
        [("E2 2024年", NOT_A_NUMBER.format("NaN")), ("F2 2025年", NOT_A_NUMBER.format("inf"))],
    ),
    "a per cent where the unit is money": (
        targets([*P09_ROW, "50%", 1, ""]),
        [("E2 2024年", "“50%”带百分号，但这里的单位不是 %；请填不带百分号的数字")],
    ),
    "a comma where no thousand ends": (
        targets([*P09_ROW, "12,34", 1, ""]),
        [("E2 2024年", NOT_A_NUMBER.format("12,34"))],
    ),
    "seven decimals": (
        targets(w(TONGLU, E=95.1234567)),
        [("E2 2024年", "“95.1234567”的小数超过 6 位，请四舍五入")],
    ),
    "yuan for 亿元": (
        targets([*P09_ROW, 1e9, 1, ""]),
        [("E2 2024年", "“1000000000”太大，应小于 10 亿；请检查单位")],
    ),
    "above the bound": (targets(w(TONGLU, E=120)), [("E2 2024年", "120 高于上限 100 %")]),
    "below the bound": (targets(w(TONGLU, E=-1)), [("E2 2024年", "−1 低于下限 0 %")]),
    "a date": (
        targets(TONGLU, change=files.dated),
        [("F2 2025年", "“2025-03-01”是日期，不是数字；请把单元格格式改为“常规”后重填")],
    ),
    "an error value": (
        targets(w(TONGLU, E="#REF!")),
        [("E2 2024年", "单元格是错误值 #REF!，请更正公式或改填数字")],
    ),
    "true": (targets(w(TONGLU, E=True)), [("E2 2024年", "“TRUE”不是数字")]),
    "a formula nobody worked out": (targets(TONGLU, change=files.formula), [("F2 2025年", NOT_WORKED_OUT)]),
    "the same row twice": (
        targets(TONGLU, w(TONGLU, E=97)),
        [("E3 2024年", "桐庐县 P02 2024年 与 E2 重复"), ("F3 2025年", "桐庐县 P02 2025年 与 F2 重复")],
    ),
    "a year before the plan": (
        targets(TONGLU, header=w(HEADER, E="2021年")),
        [("E2 2021年", "2021 年不在方案期 2022–2027 之内")],
    ),
    "a year twice": (
        targets(TONGLU, header=w(HEADER, E="2025")),
        [("F1", "“2025年”列出现了两次（E1）；请删去一列")],
    ),
    "merged cells": (
        targets(TONGLU, CHUNAN, change=files.merged),
        [("E2:E3", "有合并单元格 E2:E3；请取消合并，每行、每格各填各的")],
    ),
    "a column renamed": (
        targets(TONGLU, header=w(HEADER, C="指标编码")),
        [("", "缺少列 指标代码（列名要与模板一致）；不认识的列：指标编码")],
    ),
    "a column missing": (
        targets(TONGLU[2:], header=HEADER[2:]),
        [("", "缺少列 区划代码（列名要与模板一致）")],
    ),
    "no year at all": (targets(TONGLU[:4], header=HEADER[:4]), [("", NO_YEARS)]),
    "an empty sheet": (files.workbook(年度目标=[]), [("", "工作表是空的；请按模板填写，或删去这个工作表")]),
    "a header and no rows": (targets(), [("", "表头下面没有数据")]),
    "no header": (
        files.workbook(年度目标=[["甲", "乙"], [1, 2]]),
        [("", "没有找到表头：前 10 行里应有一行写着 区划代码、指标代码")],
    ),
    "a direction of its own": (
        indicators(w(P02, D="上升")),
        [("D2 方向", "“上升”不认识；应为 越高越好、越低越好、在区间内")],
    ),
    "a negative tolerance": (indicators(w(P02, F=-1)), [("F2 容差", "容差不能是负数（-1）")]),
    "no tolerance": (indicators(w(P02, F=None)), [("F2 容差", "容差为空；不设容差请填 0")]),
    "an unknown field": (
        indicators(w(P02, G="环保")),
        [("G2 领域", "“环保”不认识；应为 产业配套、市政公用、公共服务、环境卫生、人口与就业、城乡融合")],
    ),
    "a chapter too many": (
        indicators(w(P02, H="第12章")),
        [("H2 章节", "“第12章”不是方案的章；应为 1 至 9 的数字")],
    ),
    "an origin of its own": (indicators(w(P02, I="国家")), [("I2 来源", "“国家”不认识；应为 省定、市特色")]),
    "a kind of its own": (indicators(w(P02, E="存量")), [("E2 性质", "“存量”不认识；应为 年度水平、累计")]),
    "no department": (indicators(w(P02, J="")), [("J2 责任部门", "责任部门为空")]),
    "an indicator twice": (indicators(P02, P02), [("A3 指标代码", "P02 与第 2 行重复")]),
    "a code that is none": (
        indicators(w(P02, A="02-P")),
        [("A2 指标代码", "“02-P”不能作代码；应为大写字母开头的字母和数字，例如 P01")],
    ),
    "bounds the wrong way round": (
        indicators([*P02, 90, 80], header=[*INDICATOR_HEADER, "下限", "上限"]),
        [("L2 上限", "上限 80 应大于下限 90")],
    ),
    "a name too long": (indicators(w(P02, B="长" * 101)), [("B2 指标名称", "名称有 101 字，最多 100 字")]),
    "half a decimal place": (
        indicators([*P02, 0.5], header=[*INDICATOR_HEADER, "小数位"]),
        [("K2 小数位", "小数位应为 0 至 6 的整数，不是 0.5")],
    ),
}

# What was sent, under which name, as which sheet → why the file as a whole is refused.
REFUSED = {
    "an .xls renamed": (OLE + b"\0" * 600, "a.xlsx", None, "这是旧版 .xls 文件，请另存为 .xlsx"),
    "a password": (
        OLE + "EncryptedPackage".encode("utf-16-le"),
        "a.xlsx",
        None,
        "这个工作簿设了打开密码；请在 Excel 或 WPS 里取消密码，另存后再上传",
    ),
    "a web page named .xls": (
        b"\r\n<html><table></table></html>",
        "a.xls",
        None,
        "这是网页或 XML 格式的表格（导出时只改了扩展名），请用 Excel 或 WPS 另存为 .xlsx",
    ),
    "a pdf": (b"%PDF-1.4", "a.xlsx", None, "这是 PDF 文件，不是表格；请上传 .xlsx 或 .csv"),
    "nothing": (b"", "a.xlsx", None, "文件是空的，请选择填好的表格"),
    "blanks": (b" \r\n\t", "a.csv", "年度目标", "文件是空的，请选择填好的表格"),
    "cut short": (targets(TONGLU)[:-300], "a.xlsx", None, BROKEN),
    "a document": (
        files.archive(word__document_xml="x"),
        "a.docx",
        None,
        "这是 Word 文档，不是表格；请上传 .xlsx 或 .csv",
    ),
    "a zip": (
        files.archive(a_csv="x"),
        "a.zip",
        None,
        "这是压缩包，不是工作簿；请先解压，再上传其中的 .xlsx 或 .csv",
    ),
    "an .ods": (
        files.archive(content_xml="x"),
        "a.ods",
        None,
        "这是 OpenDocument 表格（.ods），请另存为 .xlsx",
    ),
    "an .xlsb": (files.archive(xl__workbook_bin="x"), "a.xlsb", None, "这是 .xlsb 二进制工作簿，请另存为 .xlsx"),
    "entities in entities": (
        files.laughs(),
        "a.xlsx",
        None,
        "文件里有不该有的声明（DOCTYPE），没有打开；请把内容复制到新的工作簿再上传",
    ),
    "a hidden sheet of the wanted name": (
        targets(TONGLU, change=files.hidden),
        "a.xlsx",
        None,
        "工作表“年度目标”是隐藏的，不读取看不见的数据；请取消隐藏，核对后再上传",
    ),
    "a sheet renamed": (
        targets(TONGLU, name="目标"),
        "a.xlsx",
        None,
        "没有找到工作表 指标、年度目标、省定标准；文件里有：目标。请改成模板里的名字",
    ),
    "a csv of no table": (
        files.text(TONGLU),
        "a.csv",
        None,
        "csv 只含一张表，请指明是哪一张：指标、年度目标、省定标准",
    ),
    "a sheet that cannot be": (
        targets(TONGLU),
        "a.xlsx",
        "目标",
        "没有名为“目标”的表；可以是 指标、年度目标、省定标准",
    ),
    "a quotation without end": (
        files.text(w(TONGLU, G='"')),
        "a.csv",
        "年度目标",
        "第 2 行附近的引号不成对，或一格的文字过长，读不下去；请检查后重新保存",
    ),
    "bytes of no alphabet": (
        b"\xb0\xcf\xb9\xba,\x81\xff\xff",
        "a.csv",
        "年度目标",
        "看不懂文件的文字编码；请用 Excel 或 WPS 打开，另存为“CSV UTF-8”或 .xlsx",
    ),
    "three hundred columns": (
        files.text([*TONGLU, *["x"] * 300]),
        "a.csv",
        "年度目标",
        "第 2 行用到第 KU 列，超过 200 列的上限；请删去多余的列",
    ),
}

# Too much of something: refused (or read) without the memory it asks for. Made when the test runs.
HEAVY = {
    "50 MB": (
        lambda: b"a,b\n" * (50 * 2**18),
        "a.csv",
        "文件有 50.0 MB，超过 10 MB 的上限；请只保留要导入的工作表，删去图片和空行后再上传",
    ),
    "a zip bomb": (files.zip_bomb, "a.xlsx", f"文件解开后有 500 MB，超过 100 MB 的上限；{COPY}"),
    "a small zip bomb": (
        files.small_zip_bomb,
        "a.xlsx",
        f"文件的压缩比异常（可能是“压缩炸弹”），没有打开；{COPY}",
    ),
    "a zip that lies about its size": (files.lying_zip, "a.xlsx", BROKEN),
    "a million empty rows, then a row": (
        lambda: files.million_empty_rows(files.inline(1_048_576, TONGLU)),
        "a.xlsx",
        "工作表“年度目标”第 2 行之后隔了 5,000 多个空行又有内容；请删去空行",
    ),
    "twenty thousand rows and some": (
        lambda: files.targets(*[[f"33{n:04}", "", "P02", "", 95, 96, ""] for n in range(20_020)]),
        "a.xlsx",
        "表格超过 20,000 行数据的上限；请分成几个文件导入",
    ),
    "five million columns": (
        lambda: b"," * 5_000_000 + b"x\n",
        "a.csv",
        "第 1 行用到第 5000001 列，超过 200 列的上限；请删去多余的列",
    ),
    "a novel in quotes": (
        lambda: files.text(w(TONGLU, G="长" * 3_000_000)),
        "a.csv",
        "第 2 行附近的引号不成对，或一格的文字过长，读不下去；请检查后重新保存",
    ),
    "a letter in a cell": (
        lambda: files.text(w(TONGLU, G="长" * 5_000)),
        "a.csv",
        "单元格 G2 的文字超过 4,000 字，请缩短",
    ),
}

# What was sent → the numbers of Tonglu's P02 (or P09) in 2024 and 2025, and what the reader notes.
REST = "文件里没有工作表 指标、省定标准，这部分不变"
READ = {
    "full-width digits and spaces": (targets(w(TONGLU, E="９５．５", F="　96 ")), ["95.5 %", "96 %"], [REST]),
    "per cent signs": (targets(w(TONGLU, E="95.5%", F="９６％")), ["95.5 %", "96 %"], [REST]),
    "a cell shown as per cent": (targets(TONGLU, change=files.per_cent), ["95 %", "96.5 %"], [REST]),
    "thousands": (targets([*P09_ROW, "1,234.5", "1，000", ""]), ["1,234.5 亿元", "1,000 亿元"], [REST]),
    "a title above the header": (targets(TONGLU, change=files.title_above), ["95 %", "96 %"], [REST]),
    "another hidden sheet": (targets(TONGLU, change=files.hidden_beside), ["95 %", "96 %"], [REST]),
    "a column more": (
        targets([*TONGLU, "某某"], header=[*HEADER, "联系人"]),
        ["95 %", "96 %"],
        [REST, "年度目标：多出的列没有读取：联系人"],
    ),
    "a formula with its result": (
        files.cached_formula(),
        ["95 %", "96.1 %"],
        [REST, "年度目标：1 个单元格是公式（F2），按文件里存的结果读取"],
    ),
    "long instead of wide": (
        targets(
            ["330122", "P02", 2024, 95], ["330122", "P02", 2025, 96], header=["区划代码", "指标代码", "年份", "目标值"]
        ),
        ["95 %", "96 %"],
        [REST],
    ),
}
READ_CSV = {
    "gbk": (files.text(TONGLU, encoding="gbk"), "a.csv", ["文件按 GBK 编码读取"]),
    "utf-16": (files.text(TONGLU, encoding="utf-16"), "a.csv", ["文件按 UTF-16 编码读取"]),
    "utf-8 with mark, tabs": (files.text(TONGLU, encoding="utf-8-sig", delimiter="\t"), "a.csv", []),
    "semicolons": (files.text(TONGLU, delimiter=";"), "a.csv", []),
    "a csv renamed .xlsx": (
        files.text(TONGLU),
        "a.xlsx",
        ["扩展名是 Excel 的，内容却是 csv 文本，已按 csv 读取"],
    ),
}


def rows_in_every_table():
    ours = [model for app in ROOMS if apps.is_installed(app) for model in apps.get_app_config(app).get_models()]
    return {model._meta.label: model.objects.count() for model in ours}


@pytest.fixture
def untouched(plan):
    before = rows_in_every_table()
    yield
    assert rows_in_every_table() == before


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_named_with_its_cell_and_nothing_is_applied(untouched, fault):
    content, expected = FAULTS[fault]
    preview = preview_plan(content, "表.xlsx")
    assert [(line.column, line.words) for line in preview.of("refused")] == expected
    assert (preview.is_applicable, preview.flips) == (False, [])
    with pytest.raises(ValueError, match="refused rows"):
        apply(preview, by=None)


def calls_of(count: int) -> int:
    """How many functions are called while so many faulty rows are read and signed for their confirmation."""
    text = "区划代码,指标代码,2027年\n" + "甲,乙,丙\n" * count
    profile = cProfile.Profile()
    preview = profile.runcall(preview_plan, text.encode(), "年度目标.csv", "年度目标")
    sent = SentTable("年度目标.csv", text.encode())
    profile.runcall(fingerprint, sent, preview)
    return pstats.Stats(profile).total_calls


def test_a_faulty_row_costs_little_more_than_a_right_one(untouched):
    """Twenty thousand of them took ten seconds: each was held against every known code anew, and copied deeply."""
    calls_of(10)
    assert (calls_of(1_100) - calls_of(100)) / 1_000 < 320


@pytest.mark.parametrize("kind", REFUSED)
def test_a_file_that_is_no_good_is_refused_with_what_to_do(untouched, kind):
    content, name, sheet, words = REFUSED[kind]
    with pytest.raises(SpreadsheetError) as refused:
        preview_plan(content, name, sheet)
    assert str(refused.value) == words


@pytest.mark.parametrize("kind", HEAVY)
def test_too_much_is_refused_in_little_memory(untouched, kind):
    make, name, words = HEAVY[kind]
    content = make()
    tracemalloc.start()
    try:
        with pytest.raises(SpreadsheetError) as refused:
            preview_plan(content, name, "年度目标")
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert str(refused.value) == words
    assert peak < 80 * 2**20


def test_a_million_empty_rows_are_read_in_little_memory(untouched):
    content = files.million_empty_rows()
    tracemalloc.start()
    preview = preview_plan(content, "a.xlsx")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert preview.counts == {"new": 2, "changed": 0, "same": 0, "refused": 0}
    assert peak < 20 * 2**20


@pytest.mark.parametrize("kind", READ)
def test_what_can_be_read_is_read_rightly(untouched, kind):
    content, numbers, notes = READ[kind]
    preview = preview_plan(content, "a.xlsx")
    assert [line.new for line in preview.lines] == numbers
    assert preview.notes == notes


@pytest.mark.parametrize("kind", READ_CSV)
def test_every_csv_is_read_rightly(untouched, kind):
    content, name, notes = READ_CSV[kind]
    preview = preview_plan(content, name, "年度目标")
    assert [line.new for line in preview.lines] == ["95 %", "96 %"]
    assert preview.notes == notes


OBSERVED = {
    "no year": ("330122,P02,,95,", ("C2 year", "“”不是年份；应为四位数字，例如 2023")),
    "a year in words": ("330122,P02,二〇二四,95,", ("C2 year", "“二〇二四”不是年份；应为四位数字，例如 2023")),
    "half a year": ("330122,P02,2024.5,95,", ("C2 year", "“2024.5”不是年份；应为四位数字，例如 2023")),
    "a year to come": ("330122,P02,2031,95,", ("D2 value", "2031 年不在方案期 2022–2027 之内")),
    "above the bound": ("330122,P02,2024,101,", ("D2 value", "101 高于上限 100 %")),
    "another county": ("330108,P02,2024,95,", ("A2 area", f"没有代码为“330108”的地区；{COUNTIES}")),
    "twice": ("330122,P02,2024,95,\n330122,P02,2024,96,", ("D3 value", "桐庐县 P02 2024年 与 D2 重复")),
}


@pytest.mark.parametrize("kind", OBSERVED)
def test_a_faulty_value_is_named_with_its_cell(untouched, kind):
    rows, expected = OBSERVED[kind]
    preview = preview_observations(f"{files.OBSERVED}\n{rows}\n".encode())
    assert [(line.column, line.words) for line in preview.of("refused")] == [expected]
    assert not preview.is_applicable


def test_values_come_under_chinese_headers_too(untouched):
    preview = preview_observations("区划代码,指标代码,年份,数值\n330122,P02,2024年,95.5%\n".encode("gb18030"))
    assert [(line.column, line.words) for line in preview.of("refused")] == []
    assert [(line.verdict, line.new) for line in preview.lines] == [("new", "95.5 %")]


def test_a_running_total_that_falls_is_noted(untouched):
    preview = preview_observations(b"area,indicator,year,value\n330122,P09,2023,8\n330122,P09,2024,5\n")
    assert preview.is_applicable
    assert preview.notes == ["桐庐县 P09 2024年 的累计值 5 小于上年的 8，请核对"]

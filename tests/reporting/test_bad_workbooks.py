"""Bad workbooks: each is refused with row, column and cause in words that say what to do, and nothing is stored."""

import io
import zipfile
from decimal import Decimal

import pytest
from django.test import Client
from openpyxl import Workbook
from openpyxl.utils import get_column_letter

from journal.models import AuditEntry
from lib.tabular.cells import SpreadsheetError
from reporting.entries.saving import Typed, save_entries
from reporting.models import EntryVersion, Submission
from reporting.workbooks.layout import AT, HEADER_ROW, MARKER, SHEET, TITLES
from reporting.workbooks.upload import confirm_upload, preview_upload, write_sheet
from tests.reporting.books import cell, fill, row_of, saved, sheet_book

HOUSING = "330127-housing"
FRESH = "请在填报页重新下载本表，把数填进去再上传"
ALL_TITLES = "、".join(TITLES)


@pytest.fixture(autouse=True)
def apart(settings, tmp_path):
    settings.VAR_DIR = tmp_path


@pytest.fixture
def housing(actors):
    return actors[HOUSING]


def typed(code="P02", column="value"):
    """A change that puts something into a cell of the own row."""

    def puts(value, number_format="General"):
        def change(book):
            target = cell(book, code, column)
            target.value, target.number_format = value, number_format

        return change

    return puts


# Files that are no sheet of ours ------------------------------------------------------------------


def emptied(_):
    return b""


def old_xls(_):
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(4096)


def with_password(_):
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512) + "EncryptedPackage".encode("utf-16-le")


def csv(_):
    return f"{','.join(TITLES)}\r\nP02,污水集中处理率,%,,,,,93.4,,\r\n".encode()


def pdf(_):
    return b"%PDF-1.7\n%%EOF"


def cut_off(content):
    return content[: len(content) // 2]


def of_forty_megabytes(content):
    return content + bytes(40 * 2**20 - len(content))


def with_part(content, name, data):
    out = io.BytesIO(content)
    with zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, data)
    return out.getvalue()


def bomb(content):
    return with_part(content, "xl/media/image1.bin", bytes(90 * 2**20))


def huge(content):
    return with_part(content, "xl/media/image1.bin", bytes(120 * 2**20))


def no_book(_):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("readme.txt", "x")
    return out.getvalue()


def of_ones_own(_):
    book = Workbook()
    book.active.title = SHEET
    book.active.append(TITLES)
    return saved(book)


FILES = {
    emptied: "文件是空的，请选择填好的表格",
    old_xls: "这是旧版 .xls 文件，请另存为 .xlsx",
    with_password: "这个工作簿设了打开密码；请在 Excel 或 WPS 里取消密码，另存后再上传",
    csv: f"csv 文件不带地区、年份和版本的标记，不能核对；{FRESH}",
    pdf: "这是 PDF 文件，不是表格；请上传 .xlsx 或 .csv",
    cut_off: "文件已损坏，打不开；请用 Excel 或 WPS 打开、另存为 .xlsx 后再上传",
    of_forty_megabytes: "文件有 40.0 MB，超过 10 MB 的上限；请只保留要导入的工作表，删去图片和空行后再上传",
    bomb: "文件的压缩比异常（可能是“压缩炸弹”），没有打开；请把要导入的内容复制到新的工作簿再上传",
    huge: "文件解开后有 120 MB，超过 100 MB 的上限；请把要导入的内容复制到新的工作簿再上传",
    no_book: "这是压缩包，不是工作簿；请先解压，再上传其中的 .xlsx 或 .csv",
    of_ones_own: f"文件里没有本平台的标记，可能是另建的表，或把内容复制到了新工作簿；{FRESH}",
}


@pytest.mark.parametrize(("make", "words"), FILES.items(), ids=[make.__name__ for make in FILES])
def test_files_that_are_no_sheet_of_ours(sheet, housing, make, words):
    with pytest.raises(SpreadsheetError) as refusal:
        preview_upload(sheet, housing, make(write_sheet(sheet, housing)), "a.xlsx")
    assert str(refusal.value) == words
    assert_nothing_stored()


def without_marker(book):
    del book[MARKER]


def with_a_marker_overwritten(book):
    book[MARKER]["A1"].value = "{}"


def renamed(book):
    book[SHEET].title = "表1"


def hidden(book):
    book.create_sheet("空")
    book.active = 2
    book[SHEET].sheet_state = "hidden"


BOOKS = {
    without_marker: f"文件里没有本平台的标记，可能是另建的表，或把内容复制到了新工作簿；{FRESH}",
    with_a_marker_overwritten: f"文件里没有本平台的标记，可能是另建的表，或把内容复制到了新工作簿；{FRESH}",
    renamed: f"找不到工作表“填报表”，可能被改名或删除；请改回原名，或{FRESH}",
    hidden: "工作表“填报表”是隐藏的，不读取看不见的数据；请取消隐藏，核对后再上传",
}


@pytest.mark.parametrize(("change", "words"), BOOKS.items(), ids=[change.__name__ for change in BOOKS])
def test_books_that_are_not_as_they_were(sheet, housing, change, words):
    book = sheet_book(sheet, housing)
    change(book)
    with pytest.raises(SpreadsheetError) as refusal:
        preview_upload(sheet, housing, saved(book))
    assert str(refusal.value) == words
    assert_nothing_stored()


def test_the_sheet_of_another_county(sheet, housing, actors):
    other = Submission.objects.get(round=sheet.round, area="330182")
    with pytest.raises(SpreadsheetError) as refusal:
        preview_upload(sheet, housing, write_sheet(other, actors["330182-housing"]))
    words = "这是建德市2024年的报送表，不能传到淳安县2024年；请到那一张表的填报页上传"
    assert str(refusal.value) == words
    assert_nothing_stored()


def test_the_sheet_of_another_year(sheet, housing):
    book = sheet_book(sheet, housing)
    book[MARKER]["A1"].value = book[MARKER]["A1"].value.replace("2024", "2023")
    with pytest.raises(SpreadsheetError) as refusal:
        preview_upload(sheet, housing, saved(book))
    assert str(refusal.value) == "这是淳安县2023年的报送表，不能传到淳安县2024年；请到那一张表的填报页上传"
    assert_nothing_stored()


# Sheets with a fault at a place ----------------------------------------------------------------------


def without_column(title):
    return lambda book: book[SHEET].delete_cols(TITLES.index(title) + 1)


def without_header(book):
    book[SHEET].delete_rows(HEADER_ROW)


def with_a_column_between(book):
    book[SHEET].insert_cols(AT["value"])
    book[SHEET].cell(HEADER_ROW, AT["value"]).value = "自查值"


def with_a_column_twice(book):
    book[SHEET].cell(HEADER_ROW, len(TITLES) + 1).value = "实际值"


def with_columns_swapped(book):
    for at, title in ((AT["value"], "说明"), (AT["explanation"], "实际值")):
        book[SHEET].cell(HEADER_ROW, at).value = title


def without_row(book):
    book[SHEET].delete_rows(row_of(book, "P15"))


def with_code(code):
    return lambda book: setattr(cell(book, "P02", "code"), "value", code)


def twice(book):
    book[SHEET].cell(row_of(book, "P15"), 1).value = "P02"


def with_a_row_added(book):
    number = book[SHEET].max_row + 1
    book[SHEET].cell(number, AT["name"]).value = "新指标"
    book[SHEET].cell(number, AT["value"]).value = 5


def with_codes_exchanged(book):
    first, second = row_of(book, "P02"), row_of(book, "P16")
    book[SHEET].cell(first, 1).value, book[SHEET].cell(second, 1).value = "P16", "P02"


def merged(book):
    number = row_of(book, "P02")
    book[SHEET].merge_cells(start_row=number, end_row=number + 1, start_column=8, end_column=8)


def by_others(code, column, value):
    def change(book):
        cell(book, code, column).value = value

    return change


VALUE, NOT_A_NUMBER = "第 {P02} 行“实际值”（H{P02}）", "不是数字；请只填数字，不带单位和文字"
OTHERS = "由淳安县卫生健康局填报，您不能改"
PLACES = {
    "text for a number": (typed()("九十三"), [f"{VALUE}：“九十三”{NOT_A_NUMBER}"]),
    "a number with its unit": (typed()("93.4个"), [f"{VALUE}：“93.4个”的单位是 个，这里的单位是 %；请换算后填写"]),
    "a range": (typed()("93~94"), [f"{VALUE}：“93~94”{NOT_A_NUMBER}"]),
    "a word for nothing": (
        typed()("无"),
        [f"{VALUE}：“无”{NOT_A_NUMBER}；没有数请留空，在“说明”里写明原因"],
    ),
    "a dash for nothing": (
        typed()("—"),
        [f"{VALUE}：“—”{NOT_A_NUMBER}；没有数请留空，在“说明”里写明原因"],
    ),
    "too many decimals": (typed()(1 / 3), [f"{VALUE}：“0.333333333333333”的小数超过 6 位，请四舍五入"]),
    "too large": (typed()(1e10), [f"{VALUE}：“10000000000”太大，应小于 10 亿；请检查单位"]),
    "a date": (
        typed()(45000, "yyyy-mm-dd"),
        [f"{VALUE}：“2023-03-15”是日期，不是数字；请把单元格格式改为“常规”后重填"],
    ),
    "a truth value": (typed()(True), [f"{VALUE}：“TRUE”不是数字"]),
    "an error value": (typed()("#DIV/0!"), [f"{VALUE}：单元格是错误值 #DIV/0!，请更正公式或改填数字"]),
    "a formula that nobody worked out": (
        typed()("=1+1"),
        [f"{VALUE}：单元格是没有算出结果的公式；请在 Excel 或 WPS 里打开、重算并保存，或改填数字"],
    ),
    "a column deleted": (without_column("单位"), [f"第 3 行“单位”（C3）：缺少这一列，可能被删除或改名；{FRESH}"]),
    "the values' column deleted": (
        without_column("实际值"),
        [f"第 3 行“实际值”（H3）：缺少这一列，可能被删除或改名；{FRESH}"],
    ),
    "the header deleted": (without_header, [f"整张表：找不到表头（{ALL_TITLES}）；{FRESH}"]),
    "a column put between": (
        with_a_column_between,
        [f"第 3 行“自查值”：H3 是本表没有的列；请删去，或{FRESH}"],
    ),
    "a column twice": (with_a_column_twice, [f"第 3 行“实际值”（H3）：O3 与前面的列重复；请删去，或{FRESH}"]),
    "columns swapped": (
        with_columns_swapped,
        [f"第 3 行：列的次序被改动，应依次为{ALL_TITLES}；{FRESH}"],
    ),
    "an own row deleted": (
        without_row,
        ["整张表：缺少 P15（公共供水管网漏损率）这一行，可能被删除；不填数也请保留该行"],
    ),
    "a code changed": (
        with_code("P99"),
        [
            "整张表：缺少 P02（污水集中处理率）这一行，可能被删除；不填数也请保留该行",
            "第 {P02} 行“代码”（A{P02}）：本表没有代码为“P99”的指标；代码列不能改",
        ],
    ),
    "a code deleted": (
        with_code(None),
        [
            "整张表：缺少 P02（污水集中处理率）这一行，可能被删除；不填数也请保留该行",
            "第 {P02} 行“代码”（A{P02}）：没有代码，不知道是哪个指标；代码列不能改，多余的行请清空",
        ],
    ),
    "a code twice": (
        twice,
        [
            "整张表：缺少 P15（公共供水管网漏损率）这一行，可能被删除；不填数也请保留该行",
            "第 {P15} 行“代码”（A{P15}）：代码 P02 与第 {P02} 行重复；每个指标只能有一行，请清空多出的一行",
        ],
    ),
    "codes exchanged": (
        with_codes_exchanged,
        [
            "第 {P02} 行“指标”（B{P02}）：P16 这一行应为“城镇老旧小区改造完成率”，表中是“污水集中处理率”；"
            "锁定的列不能改，请核对数有没有填错行",
            "第 {P16} 行“指标”（B{P16}）：P02 这一行应为“污水集中处理率”，表中是“城镇老旧小区改造完成率”；"
            "锁定的列不能改，请核对数有没有填错行",
        ],
    ),
    "a unit changed": (
        typed("P02", "unit")("万吨"),
        ["第 {P02} 行“单位”（C{P02}）：P02 这一行应为“%”，表中是“万吨”；锁定的列不能改，请核对数有没有填错行"],
    ),
    "a row added": (
        with_a_row_added,
        ["第 {end} 行“代码”（A{end}）：没有代码，不知道是哪个指标；代码列不能改，多余的行请清空"],
    ),
    "cells merged": (merged, ["第 {P02} 行：合并了单元格 H{P02}:H{P15}；请取消合并，每格各填各的"]),
    "another unit's number": (
        by_others("P03", "value", 4.5),
        [f"第 {{P03}} 行“实际值”（H{{P03}}）：{OTHERS}（现为 空，表中是 4.5）；请恢复原来的内容"],
    ),
    "another unit's words": (
        by_others("P03", "explanation", "听说是4.5"),
        [f"第 {{P03}} 行“说明”（M{{P03}}）：{OTHERS}（现为 空，表中是 空（说明：听说是4.5））；请恢复原来的内容"],
    ),
    "nonsense for another unit": (
        by_others("P03", "value", "四点五"),
        [f"第 {{P03}} 行“实际值”（H{{P03}}）：{OTHERS}；请恢复原来的内容"],
    ),
    "a percentage where the unit is another": (
        typed("P03")(0.5, "0%"),
        [f"第 {{P03}} 行“实际值”（H{{P03}}）：{OTHERS}；请恢复原来的内容"],
    ),
    "several at once": (
        lambda book: fill(book, P02="九十三", P15="十", P16=50),
        [f"{VALUE}：“九十三”{NOT_A_NUMBER}", f"第 {{P15}} 行“实际值”（H{{P15}}）：“十”{NOT_A_NUMBER}"],
    ),
}


@pytest.mark.parametrize(("change", "words"), PLACES.values(), ids=PLACES)
def test_faults_name_row_column_and_cause(sheet, housing, change, words):
    book = sheet_book(sheet, housing)
    places = {code: row_of(book, code) for code in ("P02", "P15", "P16", "P03")} | {"end": book[SHEET].max_row + 1}
    change(book)
    preview = preview_upload(sheet, housing, saved(book))
    assert [str(fault) for fault in preview.faults] == [text.format(**places) for text in words]
    assert not preview.is_applicable
    assert confirm_upload(sheet, housing, saved(book))[1] == {}
    assert_nothing_stored()


def test_there_are_enough_of_them():
    assert len(FILES) + len(BOOKS) + len(PLACES) >= 25


def test_a_stale_row_shows_both_values(sheet, housing):
    book = sheet_book(sheet, housing)
    fill(book, P02=93.4)
    save_entries(submission=sheet, typed=[Typed("P02", Decimal(95), "另一台电脑上填的")], by=housing)
    preview = preview_upload(sheet, housing, saved(book))
    number = row_of(book, "P02")
    assert [str(fault) for fault in preview.faults] == [
        f"第 {number} 行“实际值”（H{number}）：您下载之后，330127-housing（淳安县住房城乡建设局）已存为 "
        "95（说明：另一台电脑上填的）；您表中是 93.4。请商定用哪一个"
    ]
    assert EntryVersion.objects.count() == 1


def test_a_percentage_is_a_number_only_where_the_unit_is(sheet, actors):
    health = actors["330127-health"]
    book = sheet_book(sheet, health)
    typed("P03")(0.5, "0%")(book)
    preview = preview_upload(sheet, health, saved(book))
    number = row_of(book, "P03")
    words = "“50%”带百分号，但这里的单位不是 %；请填不带百分号的数字"
    assert [str(fault) for fault in preview.faults] == [f"第 {number} 行“实际值”（H{number}）：{words}"]


# What is read rightly, and told --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "number_format", "number"),
    [
        ("９５．５", "General", "95.5"),
        ("95.5%", "General", "95.5"),
        (0.955, "0.0%", "95.5"),
        (" 95.5 ", "General", "95.5"),
        ("1,095.5", "General", "1095.5"),
        (95, "General", "95"),
    ],
)
def test_numbers_as_people_type_them(sheet, housing, value, number_format, number):
    book = sheet_book(sheet, housing)
    typed()(value, number_format)(book)
    preview = preview_upload(sheet, housing, saved(book))
    assert [row.value for row in preview.typed] == [Decimal(number)]


def test_what_is_left_unread_is_told(sheet, housing):
    book = sheet_book(sheet, housing)
    fill(book, P02=93.4)
    book.create_sheet("测算")["A1"] = 1
    place = f"{get_column_letter(len(TITLES) + 1)}{row_of(book, 'P02')}"
    book[SHEET][place] = "草稿"
    book[SHEET].delete_rows(row_of(book, "P03"))
    preview = preview_upload(sheet, housing, saved(book))
    assert preview.is_applicable
    assert preview.reading.notes == [
        "工作表“测算”不是本表的，没有读取。",
        f"{place} 在表的列之外，没有读取。",
        "表中没有 P03，这些不由您填，不受影响。",
        f"不由您填的 {sheet.entries.count() - 4} 行没有改动，已略过。",
    ]


def test_a_formula_counts_as_the_result_in_the_file(sheet, housing):
    book = sheet_book(sheet, housing)
    fill(book, P02=93.5)
    place = cell(book, "P02", "value").coordinate
    content, out = saved(book), io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w") as new:
        for part in old.namelist():
            data = old.read(part)
            if part == "xl/worksheets/sheet1.xml":
                data = data.replace(b"<v>93.5</v>", b"<f>90+3.5</f><v>93.5</v>")
            new.writestr(part, data)
    preview = preview_upload(sheet, housing, out.getvalue())
    assert [row.value for row in preview.typed] == [Decimal("93.5")]
    assert preview.reading.notes[0] == f"{place} 是公式，按文件里存的结果 93.5 读取。"


# On the page -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("make", [None, *FILES], ids=lambda make: make.__name__ if make else "none")
def test_the_page_says_why_and_keeps_nothing(sheet, housing, make, settings):
    client = Client()
    client.force_login(housing)
    data = {}
    if make:
        data["file"] = io.BytesIO(make(write_sheet(sheet, housing)))
        data["file"].name = "<script>.xlsx"
    answer = client.post("/reporting/330127/2024/upload/", data)
    assert answer.status_code == 400
    assert answer.context["error"]
    folder = settings.VAR_DIR / "uploads" / "sheets"
    assert not folder.exists() or not list(folder.iterdir())
    assert_nothing_stored()


def assert_nothing_stored():
    assert EntryVersion.objects.count() == 0
    assert not AuditEntry.objects.filter(subject="reporting.entry").exists()

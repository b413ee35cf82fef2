"""The sheet as a workbook: down, filled in, up, previewed, confirmed; and down again."""

import io
from decimal import Decimal

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from lib.files import shelf
from lib.files.shelf import Shelf
from reporting.actions import change_state, hand_over
from reporting.entries.saving import Typed, save_entries
from reporting.models import EntryVersion, Submission
from reporting.workbooks.layout import AT, HEADER_ROW, MARKER, SHEET, TITLES, SheetRow, marker_of, trace, write_workbook
from reporting.workbooks.reading import read_upload
from reporting.workbooks.upload import confirm_upload, preview_upload, write_faults, write_sheet
from tests.reporting.books import cell, fill, row_of, saved, sheet_book

HOUSING, HEALTH = "330127-housing", "330127-health"
PLACE = "/reporting/330127/2024/"
OWN = ("P02", "P15", "P16")


@pytest.fixture(autouse=True)
def apart(settings, tmp_path):
    settings.VAR_DIR, settings.MEDIA_ROOT = tmp_path, tmp_path / "uploads"


@pytest.fixture
def housing(actors):
    return actors[HOUSING]


@pytest.fixture
def client(housing):
    found = Client()
    found.force_login(housing)
    return found


def contents(submission, codes=OWN):
    rows = submission.entries.filter(indicator__in=codes).order_by("indicator")
    return {row.indicator_id: (row.value, row.explanation, row.version) for row in rows}


def upload(client, content, name="淳安2024.xlsx", place=PLACE):
    file = io.BytesIO(content)
    file.name = name
    return client.post(f"{place}upload/", {"file": file})


def save(submission, by, **values):
    typed = [Typed(code, Decimal(value), "另一人填的数") for code, value in values.items()]
    return save_entries(submission=submission, typed=typed, by=by)


# Down -------------------------------------------------------------------------------------------


def test_one_list_of_columns(sheet, housing):
    """The template's header is the filled sheet's, the one that is accepted, and that of the faults sent back."""
    book = sheet_book(sheet, housing)
    header = tuple(found.value for found in book[SHEET][HEADER_ROW])
    assert header == TITLES
    assert TITLES == (
        "代码",
        "指标",
        "单位",
        "责任单位",
        "上年值",
        "目标",
        "省定标准",
        "实际值",
        "分子和分母",
        "分子",
        "分母",
        "达到日期",
        "说明",
        "核查意见",
    )
    fill(book, P02="无")
    preview = preview_upload(sheet, housing, saved(book))
    back = load_workbook(io.BytesIO(write_faults(sheet, preview)))
    assert tuple(found.value for found in back[SHEET][HEADER_ROW]) == TITLES


def test_only_the_cells_of_the_own_rows_are_open(sheet, housing):
    book = sheet_book(sheet, housing)
    assert book[SHEET].protection.sheet
    assert book.security.lockStructure
    rows = book[SHEET].iter_rows(min_row=HEADER_ROW + 1)
    opened = {(row[0].value, found.column) for row in rows for found in row if not found.protection.locked}
    assert opened == {(code, AT[name]) for code in OWN for name in ("value", "numerator", "denominator", "explanation")}
    assert [book[SHEET].cell(n, 1).value for n in range(4, 7)] == list(OWN)
    assert book[SHEET].max_row == HEADER_ROW + sheet.entries.count()


def test_limits_and_suggestions_of_a_row(sheet, housing):
    book = sheet_book(sheet, housing)
    place = cell(book, "P02", "value").coordinate
    (number,) = [rule for rule in book[SHEET].data_validations.dataValidation if place in rule.sqref]
    assert (number.type, number.formula1, number.formula2) == ("decimal", "0.000000", "100.000000")
    assert number.prompt == "单位：%，应在 0 与 100 之间。没有数请留空，在右边写明原因。"
    place = cell(book, "P02", "explanation").coordinate
    (reason,) = [rule for rule in book[SHEET].data_validations.dataValidation if place in rule.sqref]
    assert (reason.type, reason.formula1, reason.showErrorMessage) == ("list", '"尚未统计,本年无此项"', False)


def test_the_marker_is_out_of_sight(sheet, housing):
    save(sheet, housing, P02="93.4")
    book = sheet_book(sheet, housing)
    assert book[MARKER].sheet_state == "veryHidden"
    rows = {row[0]: row[1] for row in book[MARKER].iter_rows(min_row=2, values_only=True)}
    assert (rows["P02"], rows["P15"], len(rows)) == (1, 0, sheet.entries.count())


def test_readers_get_a_sheet_with_nothing_open(sheet, actors):
    book = sheet_book(sheet, actors["municipal"])
    rows = book[SHEET].iter_rows(min_row=HEADER_ROW + 1)
    assert [found.coordinate for row in rows for found in row if not found.protection.locked] == []


@pytest.mark.parametrize("words", ["=1+1", "+1", "-1 比上年少", "@SUM(A1)", '=HYPERLINK("http://a.example")', "#N/A"])
def test_a_text_that_looks_like_a_formula_stays_a_text_and_comes_back_as_it_was(sheet, housing, words):
    save_entries(submission=sheet, typed=[Typed("P02", Decimal(1), words)], by=housing)
    book = sheet_book(sheet, housing)
    found = cell(book, "P02", "explanation")
    assert (found.value, found.data_type) == (words, "s")
    preview = preview_upload(sheet, housing, saved_as_text(book))
    assert (preview.faults, preview.typed) == ([], [])


def saved_as_text(book):
    """openpyxl takes what it has read for a formula again; Excel, told by the quote prefix, does not."""
    for row in book[SHEET].iter_rows():
        for found in row:
            if isinstance(found.value, str):
                found.data_type = "s"
    return saved(book)


def test_the_reviewers_words_and_the_findings_stand_beside_the_row(submitted, actors):
    change_state(
        submission=submitted, action="return", by=actors["municipal"], reason="请核对口径", entries=["P02", "P15"]
    )
    submitted.refresh_from_db()
    save(submitted, actors[HOUSING], P15="812")
    book = sheet_book(submitted, actors[HOUSING])
    assert cell(book, "P02", "remark").value == "退回意见：请核对口径"
    words = "退回意见：请核对口径；必须更正：812 超出允许范围（0–100）。是否想填 81.2？"
    assert cell(book, "P15", "remark").value == words


# Up ---------------------------------------------------------------------------------------------


def test_the_round_trip(sheet, client):
    book = load_workbook(io.BytesIO(client.get(f"{PLACE}sheet.xlsx").content))
    fill(book, P02=93.4, P15="１０．５％", P16=(None, "尚未统计"))
    sent = upload(client, saved(book))
    assert sent.status_code == 302
    page = client.get(sent["Location"])
    assert page.context["counts"] == {"new": 3, "changed": 0, "same": 0, "refused": 0}
    assert EntryVersion.objects.count() == 0
    done = client.post(sent["Location"], {"fingerprint": page.context["fingerprint"]}, follow=True)
    assert "新增 3 项，修改 0 项，不变 0 项" in done.content.decode()
    assert contents(sheet) == {
        "P02": (Decimal("93.4"), "", 1),
        "P15": (Decimal("10.5"), "", 1),
        "P16": (None, "尚未统计", 1),
    }
    assert client.get(sent["Location"]).status_code == 404
    again = load_workbook(io.BytesIO(client.get(f"{PLACE}sheet.xlsx").content))
    shown = {code: (cell(again, code, "value").value, cell(again, code, "explanation").value) for code in OWN}
    assert shown == {"P02": (93.4, None), "P15": (10.5, None), "P16": (None, "尚未统计")}
    assert upload(client, saved(again)).status_code == 302
    preview = preview_upload(sheet, actors_of(client), saved(again))
    assert (preview.counts, preview.is_applicable) == ({"new": 0, "changed": 0, "same": 3, "refused": 0}, False)


def actors_of(client):
    return client.get("/reporting/").wsgi_request.user


def test_what_is_typed_and_what_is_uploaded_is_the_same(sheet, housing, actors):
    """Same entries, same versions, whichever way; in two counties."""
    other = Submission.objects.get(round=sheet.round, area="330182")
    save_entries(
        submission=other,
        typed=[Typed("P02", Decimal("93.4")), Typed("P15", None, "尚未统计")],
        by=actors["330182-housing"],
    )
    book = sheet_book(sheet, housing)
    fill(book, P02=93.4, P15=(None, "尚未统计"))
    confirm_upload(sheet, housing, saved(book))
    assert contents(sheet) == contents(other)


def test_old_and_new_findings_and_judgement_before_anything_is_stored(sheet, housing):
    save(sheet, housing, P02="93.4")
    book = sheet_book(sheet, housing)
    fill(book, P02=934)
    preview = preview_upload(sheet, housing, saved(book))
    change = next(change for change in preview.changes if change.read.row.code == "P02")
    assert (change.verdict, change.old, change.new, change.words) == ("修改", "93.4", "934", "不能交出")
    assert "必须更正：934 超出允许范围（0–100）。是否想填 93.4？" in change.remark
    assert sheet.entries.get(indicator="P02").value == Decimal("93.4")


def test_a_row_that_others_saved_meanwhile_is_theirs_unless_it_was_changed_too(sheet, housing, actors):
    book = sheet_book(sheet, housing)
    fill(book, P15=10)
    save(sheet, housing, P02="93.4")
    save(sheet, actors[HEALTH], P03="4.5")
    preview, _recorded = confirm_upload(sheet, housing, saved(book))
    assert preview.reading.notes[0].startswith(
        f"第 {row_of(book, 'P02')} 行（污水集中处理率）您没有改，而330127-housing"
    )
    assert preview.reading.notes[0].endswith("已存为 93.4（说明：另一人填的数）；保留现在的值。")
    assert preview.reading.notes[1] == f"不由您填的 {sheet.entries.count() - 3} 行没有改动，已略过。"
    assert contents(sheet, ["P02", "P15"]) == {
        "P02": (Decimal("93.4"), "另一人填的数", 1),
        "P15": (Decimal(10), "", 1),
    }


def test_the_faults_come_back_beside_the_rows_and_what_is_put_right_there_is_taken(sheet, client, housing):
    book = sheet_book(sheet, housing)
    fill(book, P02="九十三", P15=10.5, P16=50)
    save(sheet, housing, P16="48")
    number = row_of(book, "P16")
    book[SHEET].delete_rows(row_of(book, "P15"))
    sent = upload(client, saved(book))
    page = client.get(sent["Location"]).content.decode()
    assert '有 <span class="behind">3</span> 处错误' in page
    answer = client.get(f"{sent['Location']}errors.xlsx")
    assert answer["Content-Disposition"] == 'attachment; filename="330127-2024-errors.xlsx"'
    back = load_workbook(io.BytesIO(answer.content))
    place = row_of(back, "P02")
    assert place == row_of(book, "P02")
    assert back[SHEET].cell(place, AT["value"]).value == "九十三"
    words = "实际值：“九十三”不是数字；请只填数字，不带单位和文字"
    assert cell(back, "P02", "remark").value == words
    assert cell(back, "P16", "remark").value.startswith("实际值：您下载之后，330127-housing")
    assert cell(back, "P16", "value").value == 50
    assert row_of(back, "P16") == number - 1
    assert cell(back, "P15", "remark").value == "上传的表里缺这一行，已补上。"
    assert (contents(sheet, ["P02", "P15"])["P02"][2], EntryVersion.objects.count()) == (0, 1)
    fill(back, P02=93, P15=10.5)
    preview, _recorded = confirm_upload(sheet, housing, saved(back))
    assert preview.counts == {"new": 2, "changed": 1, "same": 0, "refused": 0}
    assert contents(sheet)["P16"] == (Decimal(50), "", 2)


def test_saved_between_preview_and_confirmation(sheet, client, housing):
    book = sheet_book(sheet, housing)
    fill(book, P02=93.4, P15=10)
    sent = upload(client, saved(book))
    seen = client.get(sent["Location"]).context["fingerprint"]
    save(sheet, housing, P02="95")
    done = client.post(sent["Location"], {"fingerprint": seen}, follow=True)
    page = done.content.decode()
    assert "没有保存：预览之后数据有了变化" in page
    assert "已存为 95（说明：另一人填的数）；您表中是 93.4" in page
    assert contents(sheet, ["P02", "P15"]) == {
        "P02": (Decimal(95), "另一人填的数", 1),
        "P15": (None, "", 0),
    }


# Who may ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["330182-DRC", "330182-housing", "stats"])
@pytest.mark.parametrize(
    "path", ["sheet.xlsx", "upload/", "upload/x/errors.xlsx", "upload/x/", "upload/x/undo/", "evidence/", "evidence/1/"]
)
def test_another_county_and_departments_find_nothing(sheet, actors, name, path):
    stranger = Client()
    stranger.force_login(actors[name])
    assert stranger.get(PLACE + path).status_code == 404
    assert stranger.post(PLACE + path.partition("?")[0]).status_code in {404, 405}


def test_nobody_is_asked_to_log_in(sheet):
    assert Client().get(f"{PLACE}sheet.xlsx").status_code == 302


def test_who_reads_does_not_upload(sheet, actors):
    reader = Client()
    reader.force_login(actors["municipal"])
    answer = upload(reader, write_sheet(sheet, actors["municipal"]))
    assert (answer.status_code, "不能上传" in answer.content.decode()) == (403, True)


def test_a_part_that_is_handed_over_is_closed_and_says_so(sheet, client, housing):
    save(sheet, housing, P02="93.4", P15="10", P16="50")
    content = write_sheet(sheet, housing)
    hand_over(part=sheet.parts.get(organisation__code=HOUSING), by=housing)
    answer = upload(client, content)
    assert (answer.status_code, "的部分已交出，请先取回再上传" in answer.content.decode()) == (409, True)


def test_a_submitted_sheet_is_closed_and_says_so(submitted, client, housing):
    answer = upload(client, write_sheet(submitted, housing))
    assert (answer.status_code, "已提交，等市发改委审核" in answer.content.decode()) == (409, True)


def test_an_upload_is_its_uploaders_alone_and_goes_after_a_day(sheet, client, housing, actors, monkeypatch):
    book = sheet_book(sheet, housing)
    fill(book, P02=93.4)
    place = upload(client, saved(book))["Location"]
    colleague = Client()
    colleague.force_login(actors[HEALTH])
    assert colleague.get(place).status_code == 404
    assert colleague.post(place).status_code == 404
    assert client.get(f"{PLACE}upload/..%2F..%2Fx/").status_code == 404
    assert client.get(place).status_code == 200
    monkeypatch.setattr(shelf, "KEPT_SECONDS", -1)
    Shelf("sheets").forget_old()
    assert client.get(place).status_code == 404


def test_queries_do_not_grow_with_the_rows(sheet, housing, django_assert_max_num_queries):
    write_sheet(sheet, housing)  # reads what the sheet is held against, once
    with django_assert_max_num_queries(10):
        write_sheet(sheet, housing)


# Any number, any text -------------------------------------------------------------------------------


NUMBERS = st.none() | st.decimals(min_value=-999_999_999, max_value=999_999_999, places=6)


@given(NUMBERS, st.text(max_size=200))
def test_whatever_is_saved_comes_back_unchanged(value, words):
    row = SheetRow("P02", "污水集中处理率", "%", "住房城乡建设局", value=value, explanation=words, version=3)
    marker = marker_of("330127", "淳安县", 2024, [row])
    content = write_workbook("淳安县", marker, [row])
    reading = read_upload(content, "a.xlsx", area="330127", area_name="淳安县", year=2024, rows=[row])
    assert ([str(fault) for fault in reading.faults], reading.changes) == ([], [])
    assert reading.lines[0].content.value == value


def test_a_trace_tells_blank_from_zero_and_not_one_form_from_another():
    assert trace(None, "") != trace(Decimal(0), "")
    assert trace(Decimal("95.50"), "a\r\nb ") == trace(Decimal("95.5"), "a\nb")

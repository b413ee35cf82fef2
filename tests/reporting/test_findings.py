"""What is found in an entry: halves of what is counted whole, values ten times off, reasons that say nothing, and years
without a value, which end no check."""

from decimal import Decimal

import pytest

from indicators.models import Observation
from lib.reasons import says_something
from reporting.checks.findings import CheckedRow, check, is_explained, obstacles
from reporting.models import Submission
from reporting.workbooks.upload import confirm_upload, preview_upload
from tests.reporting.books import cell, fill, saved, sheet_book
from tests.reporting.would_be import lines_with

REASON = "新建污水处理厂投运"


def row(value, explanation="", **more) -> CheckedRow:
    known = {
        "previous": None,
        "lower_bound": Decimal(0),
        "upper_bound": None,
        "direction": 1,
        "is_cumulative": False,
        "max_yearly_change": None,
    }
    known |= {name: Decimal(str(number)) for name, number in more.items() if name in {"previous", "expected"}}
    given = None if value is None else Decimal(str(value))
    rest = {name: each for name, each in more.items() if name not in {"previous", "expected"}}
    return CheckedRow(value=given, explanation=explanation, **{**known, **rest})


def codes(found: CheckedRow) -> list[tuple[str, str]]:
    return [(finding.severity, finding.code) for finding in check(found)]


def test_half_a_hospital_is_refused():
    assert codes(row("0.5", is_whole=True)) == [("hard", "not_whole")]
    assert codes(row("1.0", is_whole=True)) == []
    assert codes(row("0.5", is_whole=False)) == []


@pytest.mark.parametrize(
    ("value", "more", "found"),
    [
        (415, {"previous": 4.1}, True),
        (0.41, {"previous": 4.1}, True),
        (41, {"previous": 4.1}, True),
        (40.9, {"previous": 4.1}, False),
        (415, {"expected": 4.2}, True),
        (4.15, {"expected": 4.2}, False),
        (415, {}, False),
        (9, {"previous": 0}, False),
        (50, {"previous": 2, "is_cumulative": True, "expected": 60}, False),
        (1_080_000, {"previous": 75, "is_cumulative": True, "expected": 108}, True),
    ],
)
def test_a_value_ten_times_off_asks_for_words(value, more, found):
    assert (("soft", "magnitude") in codes(row(value, **more))) == found


def test_it_names_what_it_is_compared_with():
    (finding,) = check(row(415, previous=4.1))
    assert finding.words == "415 与上年 4.1 相差 10 倍以上，请核对单位和小数点。"


LIMITED = {"max_yearly_change": Decimal(2)}
LIMITS = {"lower_bound": Decimal(0), "upper_bound": Decimal(100)}
RUNNING = {"is_cumulative": True}
TURNED = {"status": "behind", "previous_status": "met"}


@pytest.mark.parametrize(
    ("value", "more", "code", "compared", "words"),
    [
        (415, {"previous": 4.1}, "magnitude", {"上年": 4.1}, "上年 4.1"),
        (415, {"expected": 4.2}, "magnitude", {"目标或标准": 4.2}, "目标或标准 4.2"),
        (934, LIMITS, "out_of_bounds", {"下限": 0, "上限": 100}, "0–100"),
        (9, RUNNING | {"previous": 10}, "cumulative_falls", {"上年": 10}, "10"),
        (
            13,
            LIMITED | {"previous": 10},
            "yearly_jump",
            {"上年": 10, "核实限值": 2},
            "较上年的 10 变化 +3，超过核实限值 2",
        ),
        (9, {"previous": 10}, "slipping", {"上年": 10}, "较上年的 10 变化 -1"),
        (
            10,
            TURNED | {"previous": 10, "expected": 11},
            "status_worse",
            {"上年": 10, "目标或标准": 11},
            "由达标转为滞后",
        ),
    ],
)
def test_every_finding_says_what_it_compared_in_words_and_in_numbers(value, more, code, compared, words):
    (finding,) = [each for each in check(row(value, **more)) if each.code == code]
    assert dict(finding.compared) == {what: Decimal(str(number)) for what, number in compared.items()}
    assert words in finding.words


@pytest.mark.parametrize(
    "words",
    [
        "无",
        "……",
        "核实无误",
        "数据核实无误。",
        "已如实填报，数据准确",
        "其他",
        "无无无无无无",
        "测试测试",
        "123456",
        "aaaaaa",
    ],
)
def test_words_that_say_nothing_settle_nothing(words):
    blank = row(None, words)
    assert [finding.code for finding in check(blank)] == ["blank_without_reason"]
    assert not is_explained(words)
    assert obstacles(check(row(415, words, previous=4.1)), words) != []


@pytest.mark.parametrize("words", ["尚未统计", "本年无此项", REASON])
def test_a_reason_for_a_blank(words):
    assert check(row(None, words)) == []


def test_a_long_text_of_nothing_is_judged_at_once():
    assert not says_something("暂无" * 20_000)
    assert says_something(REASON + "。" * 20_000)


def test_a_missing_year_ends_no_check():
    gap = {"previous": 10, "previous_year": 2022, "years_since": 2}
    limit = {"max_yearly_change": Decimal(2)}
    assert codes(row(15, **gap, **limit)) == [("soft", "yearly_jump")]
    assert codes(row(13, **gap, **limit)) == []
    assert codes(row(9, **gap)) == [("soft", "slipping")]
    assert codes(row(9, **gap, is_cumulative=True)) == [("hard", "cumulative_falls")]
    assert [finding.words for finding in check(row(9, **gap, is_cumulative=True))] == [
        "累计数不能减少：2022年为 10，本年填了 9。"
    ]


def test_the_last_known_year_is_looked_for(demo):
    submission = Submission.objects.get(area="330127", round__year=2025)
    Observation.objects.filter(area="330127", year=2024).delete()
    last = Observation.objects.as_of().filter(area="330127", year=2023, indicator="P09").get()
    (line,) = lines_with(submission, {"P09": (last.value - 1, "")}, indicators=["P09"])
    assert [finding.code for finding in line.findings if finding.severity == "hard"] == ["cumulative_falls"]


def test_a_value_far_off_is_not_called_met(demo):
    submission = Submission.objects.get(area="330127", round__year=2025)
    (line,) = lines_with(submission, {"P03": (Decimal(415), "")}, indicators=["P03"])
    assert "magnitude" in {finding.code for finding in line.findings}
    assert line.obstacles != []


def test_a_note_that_is_emptied_in_a_file_is_emptied(sheet, actors, settings, tmp_path):
    settings.VAR_DIR = tmp_path
    housing = actors["330127-housing"]
    book = sheet_book(sheet, housing)
    fill(book, P02=(93.4, REASON))
    confirm_upload(sheet, housing, saved(book))
    book = sheet_book(sheet, housing)
    cell(book, "P02", "explanation").value = None
    preview = preview_upload(sheet, housing, saved(book))
    assert [(typed.indicator, typed.explanation) for typed in preview.typed] == [("P02", "")]
    confirm_upload(sheet, housing, saved(book))
    assert sheet.entries.get(indicator="P02").explanation == ""

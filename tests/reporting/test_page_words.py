"""Headings of the pages of reporting: what is said, and what of it is coloured."""

import re

import pytest
from django.utils import translation

from areas.models import Area
from reporting.models import Round, Submission
from reporting.sheet_pages.words import days_left, progress_heading, sheet_heading


def sheet(state="open") -> Submission:
    return Submission(area=Area(name="淳安县", name_en="Chun'an"), round=Round(year=2025), state=state)


@pytest.mark.parametrize(
    ("days", "words", "html"),
    [
        (3, "还有3天", "还有3天"),
        (0, "还有0天", "还有0天"),
        (-2, "已逾期2天", '<span class="behind">已逾期2天</span>'),
    ],
)
def test_days_left_are_told_and_days_over_are_loud(days, words, html):
    assert (str(days_left(days)), days_left(days).html) == (words, html)


def test_who_types_reads_how_far_his_rows_are():
    told = sheet_heading(sheet(), {"total": 3, "filled": 2, "hard": 0}, may_edit=True)
    assert str(told) == "淳安县2025年度报送：您负责3项，已填2项。"


def test_what_must_be_put_right_is_loud():
    told = sheet_heading(sheet(), {"total": 3, "filled": 2, "hard": 1}, may_edit=True)
    assert told.html == '淳安县2025年度报送：您负责3项，已填2项，<span class="behind">1项必须更正</span>。'


def test_who_does_not_type_reads_the_state():
    told = sheet_heading(sheet("submitted"), {"total": 3, "filled": 2, "hard": 1}, may_edit=False)
    assert str(told) == "淳安县2025年度报送：已提交。"


def test_in_english_county_and_year_stand_apart():
    with translation.override("en"):
        told = sheet_heading(sheet(), {"total": 3, "filled": 2, "hard": 0}, may_edit=True)
    assert str(told) == "Chun'an 2025 reporting: you answer for 3 rows, 2 are filled."


def test_a_year_that_is_not_open_waits_for_nobody():
    assert (
        str(progress_heading(2025, is_open=False, late=0)) == "2025年没有在这里开放填报；已有的官方数值不是从填报来的。"
    )
    assert str(progress_heading(2025, is_open=True, late=0)) == "2025年报送：没有单位等着交出。"


def test_units_that_are_waited_for_are_counted():
    told = progress_heading(2025, is_open=True, late=4)
    assert told.html == '2025年报送：还有 <span class="behind">4</span> 个单位没有交出。'


def test_what_a_register_fills_is_not_counted_as_ones_own_to_fill(clients):
    """Of the unit's two rows one is taken from the register of projects: heading, steps, list and progress say one."""
    sheet = clients["chunan"].get("/reporting/330127/2025/").content.decode()
    assert "您负责1项，已填0项" in sheet
    assert re.search(r"本单位填数</\w+>\s*<\w+[^>]*>0 / 1<", sheet)
    assert "由其他单位填，或由登记簿自动取数，只看" in sheet
    assert re.search(r"本单位：.*?0 / 1", clients["chunan"].get("/reporting/").content.decode(), re.DOTALL)
    matrix = clients["chunan"].get("/reporting/progress/?year=2025").content.decode()
    own = matrix.partition("<tbody")[2].partition("发展和改革局")[2].partition("</tr>")[0]
    assert "0 / 1" in own
    assert "1 / 2" not in own
    assert "10 / 20" in matrix

"""Working days as the State Council has published them, year by year; and what is said of a year that it has not."""

import time
from datetime import date, timedelta

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.utils import timezone

from journal.models import AuditEntry
from tests.constraints import assert_refused, named_constraints
from workdays.calendar import WorkCalendar, calendar_words, is_working_day, work_calendar
from workdays.models import HolidayYear

# Weekdays off and weekend days worked, counted out of the notices by hand.
OFF = {2023: 18, 2024: 19, 2025: 18, 2026: 19}
WORKED = {2023: 7, 2024: 8, 2025: 5, 2026: 6}
pytestmark = pytest.mark.usefixtures("db")


def days_of(year: int) -> list[date]:
    return [date(year, 1, 1) + timedelta(n) for n in range((date(year + 1, 1, 1) - date(year, 1, 1)).days)]


@pytest.mark.parametrize("year", OFF)
def test_the_published_years(year):
    calendar = work_calendar()
    off = [day for day in days_of(year) if day.weekday() < 5 and not calendar.is_working(day)]
    worked = [day for day in days_of(year) if day.weekday() >= 5 and calendar.is_working(day)]
    assert (len(off), len(worked)) == (OFF[year], WORKED[year])
    assert calendar.years[year].source.startswith(f"国务院办公厅关于{year}年部分节假日安排的通知")


def test_the_spring_festival_of_2026_is_stepped_over():
    """Off from 15 to 23 February; Saturdays 14 and 28 are worked."""
    calendar = work_calendar()
    assert calendar.after(date(2026, 2, 13), 1) == date(2026, 2, 14)
    assert calendar.after(date(2026, 2, 13), 2) == date(2026, 2, 24)
    assert calendar.between(date(2026, 2, 13), date(2026, 2, 28)) == 6
    assert calendar.between(date(2026, 2, 28), date(2026, 2, 13)) == -6


def test_after_and_between_agree():
    calendar = work_calendar()
    for start in days_of(2026)[::7]:
        assert [calendar.between(start, calendar.after(start, n)) for n in range(30)] == list(range(30))


def test_a_day_far_away_costs_no_more_than_one_of_this_month():
    """A matter due in the year 9999 took a second of a thread on every page that lists it, for all who see it."""
    calendar, first, last = work_calendar(), date(2026, 11, 30), date(9999, 12, 31)
    begun = time.process_time()
    found = [calendar.between(first, last) for _ in range(100)]
    assert time.process_time() - begun < 1
    weekdays = (last - first).days // 7 * 5 + 4  # 30 November 2026 is a Monday, and four more days are left
    by_days = sum(calendar.is_working(date(2023, 1, 1) + timedelta(n)) for n in range(1, 5000))
    assert calendar.between(date(2023, 1, 1), date(2023, 1, 1) + timedelta(4999)) == by_days
    assert found == [weekdays] * 100


def test_a_year_without_a_notice_is_counted_by_weekdays_and_says_so():
    calendar = work_calendar()
    first, last = date(2027, 1, 1), date(2027, 12, 31)
    assert [calendar.is_working(day) for day in days_of(2027)] == [day.weekday() < 5 for day in days_of(2027)]
    assert calendar_words(calendar, first, last) == "2027年的放假安排没有载入，这部分按周一至周五计算。"
    assert calendar_words(calendar, date(2026, 1, 1), date(2026, 12, 31)) == ""
    assert calendar_words(WorkCalendar({}), date(2026, 12, 1), first).startswith("2026、2027年")


def test_a_file_brings_a_year_and_takes_the_place_of_what_was_known(tmp_path):
    file = tmp_path / "2027.yaml"
    file.write_text("2027:\n  source: 通知（某号）\n  holidays: [01-01/01-03]\n  worked: [01-09]\n", encoding="utf-8")
    call_command("load_holidays", file)
    calendar = work_calendar()
    assert not calendar.is_working(date(2027, 1, 1))
    assert calendar.is_working(date(2027, 1, 9))
    assert calendar_words(calendar, date(2027, 1, 1), date(2027, 2, 1)) == ""
    assert AuditEntry.objects.get(action="load_holidays").key == "2027"
    file.write_text("2027:\n  source: 更正（某号）\n  holidays: [01-04]\n  worked: []\n", encoding="utf-8")
    call_command("load_holidays", file)
    assert work_calendar().is_working(date(2027, 1, 1))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("- 1", "应按年份列出"),
        ("2027: {holidays: [], worked: []}", "应有 source"),
        ("2027: {source: 甲, holidays: [13-01], worked: []}", "“13-01”不是日期"),
        ("2027: {source: 甲, holidays: [01-05/01-02], worked: []}", "起止颠倒"),
        ("2027: {source: 甲, holidays: [01-02], worked: [01-02]}", "既放假又上班"),
        ("2027: {source: 甲, holidays: [01-01], worked: [01-04]}", "不是周末"),
        ("2027: {source: 甲, holidays: 01-01, worked: []}", "应是列表"),
        ("二〇二七: {source: 甲}", "不是年份"),
        ("2027: {source: 甲, holidays: [", "读不出"),
    ],
)
def test_a_file_that_is_wrong_says_where_and_loads_nothing(tmp_path, text, told):
    file = tmp_path / "wrong.yaml"
    file.write_text(
        f"2028: {{source: 乙, holidays: [01-03], worked: []}}\n{text}" if text[0] == "2" else text, encoding="utf-8"
    )
    with pytest.raises(CommandError, match=told):
        call_command("load_holidays", file)
    assert HolidayYear.objects.count() == 0


def test_the_database_refuses_a_year_without_its_source(db):
    row = {"year": 2030, "source": "", "days_off": [], "days_worked": [], "loaded_at": timezone.now()}
    found = named_constraints("workdays")["holiday_year_names_its_source"]
    assert_refused(found, lambda: HolidayYear.objects.create(**row))


def test_digests_of_messages_follow_the_same_days(db):
    """1 October 2026 is a holiday, 10 October a Saturday on which people work."""
    assert not is_working_day(date(2026, 10, 1))
    assert is_working_day(date(2026, 10, 10))

"""Every day has its sentence: a year to come, a year that is over and not yet reported, a year whose day has passed."""

from datetime import UTC, date, datetime

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from areas.models import Area
from indicators.frames import period
from indicators.models import Assessment
from indicators.recomputes.recompute import recompute
from indicators.tasks import note_due_year, sweep_pending
from indicators.years.actions import open_reporting_year
from journal.models import PendingRecompute
from plan.models import Plan
from tests.figures.test_marks import heading

# a day in Hangzhou, and the latest year that is due on it by the calendar alone: the reporting day is 30 June
DAYS = [
    (date(2022, 12, 31), 2022),
    (date(2023, 1, 1), 2022),
    (date(2024, 6, 30), 2022),
    (date(2024, 7, 1), 2023),
    (date(2024, 12, 31), 2023),
    (date(2027, 12, 31), 2026),
    (date(2028, 6, 1), 2026),
    (date(2028, 7, 1), 2027),
    (date(2029, 1, 1), 2027),
]


def noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 4, tzinfo=UTC)


@pytest.fixture
def clock(monkeypatch):
    """Sets the day that the whole site takes for today, and lets the clock's own tasks run."""

    def turn(day: date) -> None:
        monkeypatch.setattr(timezone, "now", lambda: noon(day))
        note_due_year()
        sweep_pending()

    return turn


@pytest.mark.parametrize(("day", "due"), DAYS)
def test_the_latest_year_that_is_due(plan, day, due):
    assert period(noon(day)).as_of_year == due


def test_a_round_makes_its_year_due_before_the_day(plan):
    open_reporting_year(year=2026, areas=list(Area.objects.counties()), opened_at=noon(date(2027, 1, 5)), by=None)
    assert period(noon(date(2027, 1, 4))).as_of_year == 2025
    assert period(noon(date(2027, 1, 5))).as_of_year == 2026


def test_the_day_is_the_file_s(plan):
    Plan.objects.update(reporting_day="03-31")
    assert period(noon(date(2025, 3, 31))).as_of_year == 2023
    assert period(noon(date(2025, 4, 1))).as_of_year == 2024


def test_a_year_falls_due_without_a_write(plan, clock):
    final = Assessment.objects.filter(area="330122", indicator="P01", year=2027)
    clock(date(2028, 6, 30))
    assert final.get().status == "not_due"
    clock(date(2028, 7, 1))
    assert final.get().status == "unreported"
    assert note_due_year() is None
    assert sweep_pending() is None


def test_a_run_of_everything_has_judged_what_is_due(plan):
    """A new site, and one on which a year has just been opened, is not judged twice."""
    Plan.objects.update(judged_to=None)
    recompute(areas=["330122"])
    assert Plan.objects.get().judged_to is None
    recompute()
    assert Plan.objects.get().judged_to == period().as_of_year
    note_due_year()
    assert not PendingRecompute.objects.exists()


@pytest.mark.parametrize(("day", "due"), DAYS)
def test_the_sentence_is_right_on_the_day(plan, clock, day, due):
    """2027 alone has targets in this world."""
    clock(day)
    client = Client()
    client.force_login(User.objects.create_superuser("first", password="first"))
    words = heading(client.get("/?year=2027").content.decode())
    if due >= 2027:
        assert "未报" in words
        assert "没有到期" not in words
    elif day.year > 2027:
        assert "这一年已经结束" in words
        assert "没有到期" not in words
    else:
        assert "都还没有到期" in words


@pytest.mark.parametrize(
    ("day", "is_over"), [(date(2027, 12, 31), False), (date(2028, 6, 1), True), (date(2029, 1, 1), True)]
)
def test_after_the_final_year_the_pages_say_that_the_plan_is_over(plan, clock, day, is_over):
    clock(day)
    client = Client()
    client.force_login(User.objects.create_superuser("first", password="first"))
    for path in ("/", "/counties/330122/", "/commitments/", "/dispatch/"):
        body = client.get(path).content.decode()
        assert ("方案期（2022–2027年）已经结束。" in body) is is_over, path
        assert ("2027年的数据还没有全部通过" in body) is is_over, path
        assert ('href="/help/#next-plan"' in body) is is_over, path
        assert "没有到期" not in body or not is_over, path
    assert 'id="next-plan"' in client.get("/help/").content.decode()

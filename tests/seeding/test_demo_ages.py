"""The demonstration on any day: its dates move with the day, so that a first visitor sees a year in the middle of being
reported, and nothing that has been late for a year."""

import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.http import HttpRequest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from commitments.frames import standings
from dispatch.lines import Dispatch
from funding.models import Flow
from indicators.actions import FactRow, Grounds, record_facts
from indicators.models import Observation, ReportingYear, Standard, Target, Versioned
from indicators.recomputes.recompute import sweep_pending
from indicators.tasks import note_due_year
from indicators.years.default_year import default_year
from journal.models import Change
from plan.models import Meeting, Plan, WorkItem
from reporting.demonstration import aged_demonstration
from reporting.models import Round, Submission
from seeding.demonstration.loading import FILES_DAY, load_demo, open_year
from seeding.demonstration.projects import Planned
from seeding.demonstration.work import _moved
from tests.conftest import DEMO_DAY

AFTER_THE_PLAN = date(2028, 5, 30)


@pytest.mark.parametrize(
    ("day", "year"),
    [
        (date(2026, 3, 1), 2025),
        (date(2026, 11, 30), 2025),
        (date(2027, 2, 28), 2025),
        (date(2027, 3, 1), 2026),
        (date(2028, 5, 30), 2027),
        (date(2031, 1, 1), 2027),
    ],
)
def test_the_open_year_is_the_last_that_can_be_reported(day, year):
    assert open_year(day, 2027) == year


def test_before_the_file_s_first_year_is_over_there_is_no_demonstration():
    with pytest.raises(ValueError, match="2026-03-01"):
        open_year(date(2026, 2, 28), 2027)


def test_days_and_years_of_the_file_move_together():
    found = _moved({"on": [FILES_DAY], "words": "2025年度资金", "code": "330127"}, timedelta(days=365), 1)
    assert found == {"on": [date(2027, 3, 22)], "words": "2026年度资金", "code": "330127"}


def test_a_late_project_goes_on_until_it_is_done():
    days = date(2023, 1, 1), date(2024, 12, 31)
    work = Planned("a", "u", "f", 2, {"330127": Decimal(1)}, Decimal(10), *days, Decimal("0.5"))
    assert [work.completed(date(year, 12, 31)) for year in (2024, 2025)] == [5, 5]  # what the file says of 2025
    assert work.completed(date(2026, 12, 31)) > 7
    assert work.completed(date(2029, 12, 31)) == 10


@pytest.fixture
def aged(db, monkeypatch):
    """The demonstration loaded after the plan's end, and the clock on that day."""
    moment = datetime(*AFTER_THE_PLAN.timetuple()[:3], 4, tzinfo=UTC)
    monkeypatch.setattr(timezone, "now", lambda: moment)
    load_demo(today=AFTER_THE_PLAN, password="demo")
    sweep_pending()
    return User.objects.get(username="municipal")


def test_after_the_plan_s_end_the_last_year_is_being_reported(aged):
    plan = Plan.objects.get()
    assert Round.objects.get().year == plan.final_year
    assert sorted(Submission.objects.values_list("state", flat=True)) == ["approved", "draft", "submitted"]
    approved = set(ReportingYear.objects.exclude(approved_at=None).values_list("area", "year"))
    assert default_year(plan, ["330122", "330127", "330182"], approved) == plan.final_year - 1
    # nothing has been late for long, and few projects are late
    dispatch = Dispatch(aged, AFTER_THE_PLAN)
    lines = dispatch.lines()
    assert max(dispatch.days(line) or 0 for line in lines if line.kind == "task") < 100
    assert sum(line.kind == "late_project" for line in lines) < 20
    # meetings, tasks and money are of the days before it
    assert AFTER_THE_PLAN - Meeting.objects.latest("held_on").held_on < timedelta(days=200)
    assert WorkItem.objects.filter(due_on__gt=AFTER_THE_PLAN).exists()
    assert set(Flow.objects.values_list("year", flat=True)) == set(range(2023, 2028))
    # and all of it is marked
    for model in (Observation, Target, Standard):
        assert not model.objects.as_of().filter(is_demo=False, cite="demo").exists()
    assert not Flow.objects.filter(is_demo=False).exists()
    statuses = {row.commitment.code: row.status for row in standings(AFTER_THE_PLAN, user=aged)}
    assert statuses["C09"] == "fulfilled"
    assert statuses["C03"] == statuses["C06"] == "unknown"  # the final year is over and not approved yet
    client = Client()
    client.force_login(aged)
    body = client.get("/").content.decode()
    assert "演示数据" in body


# A demonstration that is kept ---------------------------------------------------------------------


@pytest.fixture
def opened_on(demo, monkeypatch):
    """Opens a page as the city's login, so many days after the day that the demonstration is of."""

    def opened(days: int, path: str = "/") -> str:
        moment = datetime(*(DEMO_DAY + timedelta(days=days)).timetuple()[:3], 4, tzinfo=UTC)
        monkeypatch.setattr(timezone, "now", lambda: moment)
        note_due_year()
        sweep_pending()
        client = Client()
        client.force_login(User.objects.get(username="municipal"))
        answer = client.get(path)
        assert answer.status_code == 200
        return answer.content.decode()

    return opened


@pytest.mark.parametrize(("days", "is_told"), [(0, False), (9, False), (10, True), (45, True), (400, True)])
@pytest.mark.parametrize(
    "path", ["/", "/dispatch/", "/commitments/", "/counties/330122/", "/reporting/", "/plan/tasks/"]
)
def test_a_kept_demonstration_tells_its_day_and_how_to_have_it_anew(opened_on, path, days, is_told):
    body = opened_on(days, path)
    assert (f"演示数据是按2026年3月22日编的，到今天已过{days}天" in body) is is_told
    assert ("make renew" in body) is is_told


def test_a_page_that_was_kept_yesterday_does_not_hide_it(opened_on):
    assert "make renew" not in opened_on(9)
    assert "make renew" in opened_on(10)


def test_a_site_without_demonstration_says_nothing_of_it(plan, monkeypatch):
    monkeypatch.setattr(timezone, "now", lambda: datetime(2027, 5, 1, 4, tzinfo=UTC))
    assert aged_demonstration(date(2027, 5, 1)) is None


def test_renewing_moves_it_to_the_day_and_keeps_the_passwords(demo, monkeypatch, capsys):
    day = DEMO_DAY + timedelta(days=400)
    moment = datetime(*day.timetuple()[:3], 4, tzinfo=UTC)
    monkeypatch.setattr(timezone, "now", lambda: moment)
    assert aged_demonstration(day).days == 400
    before = set(User.objects.filter(is_demo=True).values_list("username", "password"))
    call_command("load_demo", renew=True)
    assert f"The demonstration is of {day} now; {len(before)} logins keep their passwords" in capsys.readouterr().out
    sweep_pending()
    assert aged_demonstration(day) is None
    assert set(User.objects.filter(is_demo=True).values_list("username", "password")) == before
    assert not User.objects.filter(username="administrator").exists()
    client = Client()
    assert client.login(request=HttpRequest(), username="municipal", password="demo")
    assert sorted(Submission.objects.values_list("state", flat=True)) == ["approved", "draft", "submitted"]
    assert Round.objects.get().due_on == day + timedelta(days=9)
    for path in ("/", "/dispatch/", "/commitments/", "/reporting/", "/trust/", "/funding/", "/matters/"):
        answer = client.get(path)
        assert (path, answer.status_code, "make renew" in answer.content.decode()) == (path, 200, False)
    lines = Dispatch(User.objects.get(username="municipal"), day).lines()
    assert sum(line.kind == "late_project" for line in lines) < 20
    for model in (Observation, Target, Standard):
        assert not model.objects.as_of().filter(is_demo=False, cite="demo").exists()


OFFICIAL = (Observation, Target, Standard)


def numbers_in_force(until: int) -> dict[tuple, tuple]:
    """Official numbers of the years up to that one, with their versions and what they were divided from."""
    found = {}
    for model in OFFICIAL:
        for row in model.objects.as_of().filter(year__lte=until):
            parts = (row.numerator, row.denominator) if model is Observation else ()
            found[model.__name__, row.area_id, row.indicator_id, row.year] = (row.value, row.version, parts)
    return found


def headings(days: tuple[str, ...]) -> dict[str, str]:
    """What the overview said on days of the past."""
    client = Client()
    client.force_login(User.objects.get(username="municipal"))
    pages = {day: client.get(f"/?as_of={day}").content.decode() for day in days}
    return {day: re.search(r"<h1>(.*?)</h1>", page, re.DOTALL)[1] for day, page in pages.items()}


def test_what_both_demonstrations_hold_keeps_its_history(demo, monkeypatch):
    """A revision and a changed target stay, days of the past show what they showed, the feed tells of little."""
    day, past = DEMO_DAY + timedelta(days=60), ("2024-09-01", "2024-10-01", "2025-06-01", "2026-02-01")
    moment = datetime(*day.timetuple()[:3], 4, tzinfo=UTC)
    monkeypatch.setattr(timezone, "now", lambda: moment)
    before, told = numbers_in_force(2024), headings(past)
    targets = dict(Target.objects.as_of().filter(indicator="P03", area="330127").values_list("year", "value"))
    call_command("load_demo", renew=True)
    sweep_pending()
    cache.clear()
    assert numbers_in_force(2024) == before
    assert headings(past) == told
    revised = Observation.objects.filter(indicator="P16", area="330122", year=2023).order_by("version")
    assert [(row.version, float(row.value)) for row in revised] == [(1, 51.0), (2, 51.6)]
    assert dict(Target.objects.as_of().filter(indicator="P03", area="330127").values_list("year", "value")) == targets
    assert (float(targets[2025]), float(targets[2026])) == (4.2, 4.5)
    withdrawn = Change.objects.filter(kind=Change.Kind.WITHDRAWN, at__gte=moment)
    assert set(withdrawn.values_list("year", flat=True)) == {2025}  # what the round of the open year had published


def test_what_a_visitor_has_changed_is_as_the_file_says_again(demo, monkeypatch):
    grounds = Grounds(by=User.objects.get(username="municipal"), via=Versioned.Via.DEMO, reason="试改")
    rows = [
        (Observation, FactRow("330127", "P02", 2024, Decimal(12), cite="demo", note="演示数据")),
        (Observation, FactRow("330122", "P16", 2023, Decimal(13), cite="demo", note="演示数据")),
        (Target, FactRow("330127", "P03", 2025, Decimal(14), cite="demo", note="演示数据")),
    ]
    before = numbers_in_force(2026)
    for model, row in rows:
        record_facts(model, [row], grounds=grounds)
    moment = datetime(*(DEMO_DAY + timedelta(days=60)).timetuple()[:3], 4, tzinfo=UTC)
    monkeypatch.setattr(timezone, "now", lambda: moment)
    call_command("load_demo", renew=True)
    after = numbers_in_force(2026)
    for model, row in rows:
        key = (model.__name__, *row.key)
        assert (key, after[key][0]) == (key, before[key][0])


def test_loading_it_again_revises_nothing_twice(demo):
    versions = {model: model.objects.count() for model in OFFICIAL}
    load_demo(today=DEMO_DAY, password="demo")
    assert {model: model.objects.count() for model in OFFICIAL} == versions


def test_there_must_be_one_to_renew(plan):
    with pytest.raises(CommandError, match="no demonstration here to renew"):
        call_command("load_demo", renew=True)
    assert not User.objects.exists()

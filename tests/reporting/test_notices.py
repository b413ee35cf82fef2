"""Who is told what at each step and near the due date, and who reads it. How it leaves the site: tests/messaging."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from celery import current_app
from django.conf import settings
from django.utils import timezone

from accounts.models import Organisation, User
from county_urbanization.gunicorn import sweep_for_ever
from journal.models import AuditEntry
from lib.refusals import Invalid, NotAllowed, WrongState
from reporting.actions import change_state, send_back, take_back
from reporting.entries.saving import Typed, lapse_reopened, save_entries
from reporting.models import Notice, Submission, Transition
from reporting.reminders import due_reminders
from reporting.reminders.due_reminders import remind, remind_due
from reporting.reminders.notices import mark_read, reminder_log, unread_for
from reporting.tasks import lapse_reopened as lapse_task
from tests.reporting.conftest import OPENED

DUE = datetime(2025, 3, 31, 2, tzinfo=UTC)  # 10 o'clock of the due date
BUREAUS = 10


def told(kind, area="330127"):
    """Words by unit; a unit told twice would show as a list of two."""
    rows = Notice.objects.filter(kind=kind, submission__area=area).order_by("organisation__code")
    found = {}
    for code, words in rows.values_list("organisation__code", "words"):
        found.setdefault(code, []).append(words)
    return {code: words[0] if len(words) == 1 else words for code, words in found.items()}


def units(sheet):
    return sorted(sheet.parts.values_list("organisation__code", flat=True))


# Steps --------------------------------------------------------------------------------------------


def test_opening_tells_every_unit_until_when_and_how_many_rows(sheet):
    found = told("opened")
    assert sorted(found) == units(sheet)
    assert len(found) == BUREAUS + 1
    rows = Counter(sheet.entries.values_list("part__organisation__code", flat=True))
    head = "淳安县2024年报送已开放填报，2025年3月31日截止"
    assert found == {
        code: f"{head}，请组织各单位填报。本单位填报{n}项。" if code == "330127-DRC" else f"{head}。本单位填报{n}项。"
        for code, n in rows.items()
    }
    assert Notice.objects.count() == 3 * (BUREAUS + 1)


def test_the_county_sending_back_tells_that_unit_with_the_reason(sheet, fill, actors):
    fill(sheet)
    part = sheet.parts.get(organisation__code="330127-health")
    send_back(part=part, by=actors["330127-DRC"], reason="床位数请按年报口径")
    assert told("sent_back") == {"330127-health": "淳安县2024年报送中本单位的部分被县级退回：床位数请按年报口径"}


def test_a_step_that_is_refused_tells_nobody(sheet, fill, actors):
    fill(sheet)
    before = Notice.objects.count()
    with pytest.raises(Invalid):
        send_back(part=sheet.parts.first(), by=actors["330127-DRC"], reason=" ")
    with pytest.raises(NotAllowed):
        change_state(submission=sheet, action="submit", by=actors["330122-DRC"])
    assert Notice.objects.count() == before


def test_submitting_tells_the_city_alone(submitted):
    assert told("submitted") == {"HZDRC": "淳安县2024年报送已提交，等待审核。"}


def test_a_return_tells_the_county_all_and_each_bureau_its_own_rows(submitted, actors):
    names = {"entries": ["P02", "P03", "P16"], "reason": "与统计公报不符"}
    change_state(submission=submitted, action="return", by=actors["municipal"], **names)
    found = told("returned")
    assert sorted(found) == ["330127-DRC", "330127-health", "330127-housing"]
    codes = {code: [name for name in names["entries"] if f"（{name}）" in words] for code, words in found.items()}
    assert codes == {"330127-DRC": ["P02", "P03", "P16"], "330127-health": ["P03"], "330127-housing": ["P02", "P16"]}
    assert {words.rpartition("：")[2] for words in found.values()} == {"与统计公报不符"}


def test_approving_tells_the_county_and_its_units_once(submitted, actors):
    for _ in range(2):
        change_state(submission=submitted, action="approve", by=actors["municipal"])
    found = told("approved")
    assert found == dict.fromkeys(units(submitted), "淳安县2024年报送已通过审核，所报数值已成为官方数值。")
    assert Notice.objects.filter(kind="approved").exclude(submission=submitted).count() == 0


@pytest.fixture
def reopened(submitted, actors):
    """P02's part is open again until the evening of 1 May 2026."""
    change_state(submission=submitted, action="approve", by=actors["municipal"], at=DUE)
    until = datetime(2026, 5, 1, 10, 30, tzinfo=UTC)
    more = {"reason": "更正", "until": until, "entries": ["P02"], "at": datetime(2026, 4, 20, 2, tzinfo=UTC)}
    change_state(submission=submitted, action="reopen", by=actors["municipal"], **more)
    submitted.refresh_from_db()
    return submitted


def test_reopening_tells_the_county_and_the_units_that_may_edit_again(reopened):
    words = "淳安县2024年报送已重新开放，至2026年5月1日18:30止：更正"
    assert told("reopened") == {"330127-DRC": words, "330127-housing": words}


def test_the_lapse_task_locks_what_is_over_and_tells_those_who_were_editing(reopened, actors):
    """The clock is the real one: the reopening's end is put into the past."""
    save_entries(
        submission=reopened,
        typed=[Typed("P02", Decimal("50"), "更正中的数值")],
        by=actors["330127-housing"],
        at=datetime(2026, 4, 21, tzinfo=UTC),
    )
    Submission.objects.filter(pk=reopened.pk).update(reopened_until=timezone.now() - timedelta(seconds=1))
    lapse_task()
    reopened.refresh_from_db()
    assert (reopened.state, reopened.reopened_until) == ("approved", None)
    assert reopened.entries.get(indicator="P02").value == Decimal(1)
    assert (Transition.objects.last().action, Transition.objects.last().by_name) == ("lapse", "系统")
    over = Notice.objects.filter(kind="reopened", words__contains="时间已过").values_list(
        "organisation__code", flat=True
    )
    assert sorted(over) == ["330127-DRC", "330127-housing"]
    lapse_task()
    assert Transition.objects.filter(action="lapse").count() == 1


# Near and after the due date ----------------------------------------------------------------------


def late_runs(*days, hour=10):
    """Runs remind_due at that hour (Shanghai) so many days after the due date; the numbers told."""
    return [remind_due(at=DUE + timedelta(days=day, hours=hour - 10)) for day in days]


def test_seven_days_and_one_day_before_each_once(sheet):
    each = 3 * (BUREAUS + 1)
    assert late_runs(-9, -8, -7, -7, -6, -2, -1, -1, 0) == [0, 0, each, 0, 0, 0, each, 0, 0]
    assert set(Notice.objects.exclude(kind="opened").values_list("kind", flat=True)) == {"due_soon"}


def test_a_day_on_which_nothing_ran_is_made_up_for(sheet):
    each = 3 * (BUREAUS + 1)
    assert late_runs(-5, -4, 0) == [each, 0, each]


def test_overdue_once_a_day_as_long_as_it_lasts(sheet):
    each = 3 * (BUREAUS + 1)
    assert late_runs(1, 1, 2) == [each, 0, each]
    assert sorted(told("overdue")["330127-health"]) == [
        f"淳安县2024年报送2025年3月31日截止，已逾期{days}天。本单位的部分还没有交出。" for days in (1, 2)
    ]


def test_nobody_is_told_at_night(sheet):
    assert late_runs(-7, hour=7) == [0]
    assert late_runs(-7, hour=8) == [3 * (BUREAUS + 1)]


def test_only_those_are_told_who_must_act(sheet, fill, actors):
    fill(sheet)
    take_back(part=sheet.parts.get(organisation__code="330127-health"), by=actors["330127-health"])
    remind_due(at=DUE - timedelta(days=7))
    head = "淳安县2024年报送2025年3月31日截止，还有7天。"
    assert told("due_soon") == {
        "330127-DRC": f"{head}未交出：淳安县卫生健康局。",
        "330127-health": f"{head}本单位的部分还没有交出。",
    }


def test_the_county_alone_is_told_when_all_is_handed_over(sheet, fill):
    fill(sheet)
    remind_due(at=DUE)
    assert told("due_soon") == {"330127-DRC": "淳安县2024年报送2025年3月31日截止，今天到期。请提交。"}


def test_a_submitted_sheet_and_a_closed_round_are_left_alone(submitted):
    for other in Submission.objects.exclude(pk=submitted.pk):
        other.round.closed_at = OPENED + timedelta(days=60)
        other.round.save()
    assert late_runs(-7, -1, 3) == [0, 0, 0]


def test_a_reopened_sheet_is_due_at_its_own_end(reopened):
    end = datetime(2026, 5, 1, 2, tzinfo=UTC)
    Submission.objects.exclude(pk=reopened.pk).update(state="submitted")
    assert [remind_due(at=end - timedelta(days=day)) for day in (8, 7, 1)] == [0, 2, 2]
    assert remind_due(at=end + timedelta(days=3)) == 0
    assert sorted(told("due_soon")) == ["330127-DRC", "330127-housing"]


# One click ----------------------------------------------------------------------------------------


def test_the_city_reminds_the_county_and_its_late_units_and_the_log_keeps_it(sheet, actors):
    done = remind(submission=sheet, by=actors["municipal"], at=DUE)
    assert (len(done.told), done.spared) == (BUREAUS + 1, [])
    assert sorted(told("reminder")) == units(sheet)
    assert told("reminder")["330127-health"] == (
        f"{actors['municipal'].organisation.name}催报：淳安县2024年报送2025年3月31日截止，今天到期。"
        "本单位的部分还没有交出。"
    )
    assert {row.by for row in reminder_log(sheet)} == {actors["municipal"]}
    logged = AuditEntry.objects.filter(action="remind").values_list("key", "area")
    assert sorted(logged) == [(f"330127/2024/{code}", "330127") for code in units(sheet)]


def test_the_county_reminds_its_bureaus_not_itself(sheet, actors):
    remind(submission=sheet, by=actors["330127-DRC"], at=DUE)
    assert sorted(told("reminder")) == [code for code in units(sheet) if code != "330127-DRC"]


def test_at_most_once_an_hour_per_unit_and_it_says_so(sheet, actors):
    health = Organisation.objects.get(code="330127-health")
    remind(submission=sheet, by=actors["330127-DRC"], unit=health, at=DUE)
    with pytest.raises(WrongState, match="^淳安县卫生健康局一小时内已催过，没有重复发送。$"):
        remind(submission=sheet, by=actors["330127-DRC"], unit=health, at=DUE + timedelta(minutes=59))
    rest = remind(submission=sheet, by=actors["municipal"], at=DUE + timedelta(minutes=59))
    assert (len(rest.told), rest.spared) == (BUREAUS, ["淳安县卫生健康局"])
    assert rest.words.endswith("淳安县卫生健康局一小时内已催过，没有重复发送。")
    again = remind(submission=sheet, by=actors["330127-DRC"], unit=health, at=DUE + timedelta(minutes=61))
    assert again.words == "已催报淳安县卫生健康局。"


@pytest.mark.parametrize("who", ["330122-DRC", "330127-health", "stats"])
def test_nobody_else_reminds(sheet, actors, who):
    with pytest.raises(NotAllowed, match="只有市发改委和本地区发改局可以催报"):
        remind(submission=sheet, by=actors[who])
    assert told("reminder") == {}


def test_there_is_nobody_to_remind_of_what_is_submitted(submitted, actors):
    with pytest.raises(WrongState, match="没有需要催报的单位"):
        remind(submission=submitted, by=actors["municipal"])


# Reading ------------------------------------------------------------------------------------------


def test_a_unit_reads_its_own_and_marks_only_them(submitted, actors):
    mine, other = actors["330127-health"], actors["330122-health"]
    (own,) = unread_for(mine)
    assert (own.organisation.code, own.submission.area_id) == ("330127-health", "330127")
    theirs = unread_for(other).get()
    assert mark_read(user=mine, notices=[theirs.pk]) == 0
    assert mark_read(user=mine, notices=[own.pk, theirs.pk]) == 1
    assert (unread_for(mine).count(), unread_for(other).count()) == (0, 1)
    assert [row.kind for row in unread_for(actors["municipal"])] == ["submitted"]
    assert mark_read(user=actors["municipal"]) == 1


def test_leaders_administrators_and_departments_have_none(submitted, actors):
    city = Organisation.objects.get(code="HZDRC")
    for role in ("leader", "administrator"):
        user = User.objects.create(username=role, role=role, organisation=city)
        assert (unread_for(user).count(), mark_read(user=user)) == (0, 0)
    assert unread_for(actors["stats"]).count() == 0


# The clock ----------------------------------------------------------------------------------------


def test_beat_names_tasks_that_exist():
    current_app.loader.import_default_modules()
    scheduled = {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}
    assert {
        "reporting.lapse_reopened",
        "reporting.remind_due",
        "dispatch.void_presses",
        "messaging.fill_outbox",
        "messaging.deliver",
    } < scheduled
    assert scheduled - set(current_app.tasks) == set()


def test_the_embedded_timer_does_what_beat_does(reopened, monkeypatch):
    """One turn of it, in the test's own thread."""

    class OneTurn:
        def wait(self, seconds):
            return True

    monkeypatch.setattr(due_reminders, "FIRST_HOUR", 0)  # at whatever hour the tests run
    monkeypatch.setattr("county_urbanization.gunicorn.close_old_connections", lambda: None)
    Submission.objects.filter(pk=reopened.pk).update(reopened_until=timezone.now() - timedelta(seconds=1))
    sweep_for_ever(OneTurn())
    reopened.refresh_from_db()
    assert reopened.state == "approved"
    assert set(Notice.objects.filter(kind="overdue").values_list("submission__area", flat=True)) == {"330122", "330182"}
    assert lapse_reopened() == 0

"""The life of a number, step by step, each with what it leaves behind and whom it refuses."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from indicators.models import Observation, ReportingYear
from journal.models import AuditEntry, Change
from lib.refusals import Conflict, Invalid, NotAllowed, WrongState
from reporting.actions import change_state, hand_over, send_back, take_back
from reporting.entries.saving import Typed, lapse_reopened, save_entries
from reporting.models import EntryVersion, Submission, Transition


def official(area="330127", year=2024):
    rows = Observation.objects.as_of().filter(area=area, year=year)
    return dict(rows.values_list("indicator", "value"))


def test_a_round_has_a_submission_per_county_and_a_part_per_unit(round_2024):
    states = list(Submission.objects.values_list("area", "state"))
    assert states == [("330122", "draft"), ("330127", "draft"), ("330182", "draft")]
    sheet = Submission.objects.get(area="330127")
    assert (sheet.parts.count(), sheet.entries.count()) == (11, 20)
    assert set(ReportingYear.objects.filter(year=2024).values_list("area", flat=True)) == {"330122", "330127", "330182"}


def test_a_value_that_parses_is_stored_whatever_the_findings(sheet, actors):
    saved = save_entries(submission=sheet, typed=[Typed("P02", Decimal("812"))], by=actors["330127-housing"])
    (line,) = saved.lines
    assert [finding.code for finding in line.findings] == ["out_of_bounds"]
    assert sheet.entries.get(indicator="P02").value == Decimal("812")


def test_dry_run_judges_and_stores_nothing(sheet, actors):
    typed = [Typed("P02", Decimal("93.4"))]
    saved = save_entries(submission=sheet, typed=typed, by=actors["330127-housing"], dry_run=True)
    assert (saved.changed, saved.lines[0].judgement["status"]) == (["P02"], "no_target")
    assert (sheet.entries.get(indicator="P02").value, EntryVersion.objects.count()) == (None, 0)


def test_another_units_row_is_refused_and_nothing_of_the_request_is_stored(sheet, actors):
    typed = [Typed("P02", Decimal("93.4")), Typed("P03", Decimal("4"))]
    with pytest.raises(NotAllowed, match="淳安县卫生健康局填报"):
        save_entries(submission=sheet, typed=typed, by=actors["330127-housing"])
    assert EntryVersion.objects.count() == 0


@pytest.mark.parametrize("who", ["330122-housing", "330127-DRC", "330127-health", "municipal", "stats"])
def test_nobody_else_writes_the_housing_bureaus_row(sheet, actors, who):
    with pytest.raises(NotAllowed):
        save_entries(submission=sheet, typed=[Typed("P02", Decimal("93.4"))], by=actors[who])


def test_a_stale_version_is_refused_with_both_values(sheet, actors):
    by = actors["330127-housing"]
    save_entries(submission=sheet, typed=[Typed("P02", Decimal("93.4"), version=0)], by=by)
    with pytest.raises(Conflict) as refusal:
        save_entries(submission=sheet, typed=[Typed("P02", Decimal("95.1"), version=0)], by=by)
    (both,) = refusal.value.details["conflicts"]
    assert (both["yours"], both["theirs"], both["version"]) == (Decimal("95.1"), Decimal("93.4"), 1)
    assert sheet.entries.get(indicator="P02").value == Decimal("93.4")


def test_every_save_is_kept_for_ever(sheet, actors):
    for value in ("93.4", "93.5"):
        save_entries(submission=sheet, typed=[Typed("P02", Decimal(value))], by=actors["330127-housing"])
    thread = EntryVersion.objects.filter(entry__indicator="P02").values_list("version", "value", "by_name")
    name = "330127-housing（淳安县住房城乡建设局）"
    assert list(thread) == [(1, Decimal("93.4"), name), (2, Decimal("93.5"), name)]


def test_hand_over_is_refused_with_each_obstacle_named(sheet, actors):
    part = sheet.parts.get(organisation__code="330127-health")
    with pytest.raises(Invalid) as refusal:
        hand_over(part=part, by=actors["330127-health"])
    assert set(refusal.value.details["obstacles"]) == {"P03", "P12"}
    part.refresh_from_db()
    assert part.state == "open"


def test_what_is_handed_over_is_locked_until_taken_back_or_sent_back(sheet, actors):
    bureau, part = actors["330127-education"], sheet.parts.get(organisation__code="330127-education")
    typed = [Typed("P05", Decimal("80")), Typed("H04", Decimal("1"))]
    save_entries(submission=sheet, typed=typed, by=bureau)
    hand_over(part=part, by=bureau)
    with pytest.raises(WrongState, match="已交出"):
        save_entries(submission=sheet, typed=[Typed("P05", Decimal("81"))], by=bureau)
    take_back(part=part, by=bureau)
    save_entries(submission=sheet, typed=[Typed("P05", Decimal("81"))], by=bureau)
    hand_over(part=part, by=bureau)
    with pytest.raises(Invalid, match="理由"):
        send_back(part=part, by=actors["330127-DRC"], reason=" ")
    send_back(part=part, by=actors["330127-DRC"], reason="请核对口径")
    part.refresh_from_db()
    assert (part.state, part.reason) == ("open", "请核对口径")


def test_submitting_waits_for_every_part_or_a_stated_exception(sheet, fill, actors):
    fill(sheet)
    late = sheet.parts.get(organisation__code="330127-health")
    take_back(part=late, by=actors["330127-health"])
    with pytest.raises(Invalid, match="淳安县卫生健康局还没有交出"):
        change_state(submission=sheet, action="submit", by=actors["330127-DRC"])
    exceptions = {"330127-health": "系统故障，已电话确认"}
    step = change_state(submission=sheet, action="submit", by=actors["330127-DRC"], exceptions=exceptions)
    sheet.refresh_from_db()
    assert (sheet.state, step.reason) == ("submitted", "未等淳安县卫生健康局：系统故障，已电话确认")


def test_an_exception_lets_no_impossible_figure_through(sheet, fill, actors):
    fill(sheet)
    late = sheet.parts.get(organisation__code="330127-housing")
    take_back(part=late, by=actors["330127-housing"])
    save_entries(submission=sheet, typed=[Typed("P02", Decimal(812))], by=actors["330127-housing"])
    exceptions = {"330127-housing": "不等了，另行补报"}
    with pytest.raises(Invalid, match="超出|范围"):
        change_state(submission=sheet, action="submit", by=actors["330127-DRC"], exceptions=exceptions)
    save_entries(submission=sheet, typed=[Typed("P02", None)], by=actors["330127-housing"])
    change_state(submission=sheet, action="submit", by=actors["330127-DRC"], exceptions=exceptions)


def test_approval_publishes_every_entry_and_dates_the_year(submitted, actors):
    before = official()
    change_state(submission=submitted, action="approve", by=actors["municipal"])
    assert (before, len(official()), official()["P02"]) == ({}, 20, Decimal("1"))
    assert ReportingYear.objects.get(area="330127", year=2024).approved_at is not None
    row = Observation.objects.as_of().get(area="330127", indicator="P02", year=2024)
    assert (row.recorded_via, row.cite, row.recorded_by) == ("approval", "official", actors["municipal"])
    assert Change.objects.filter(kind="approved", series="OBS", year=2024, area="330127").count() == 20


def test_approval_judges_nothing(submitted, actors):
    """The kernel has judged each value when it was typed: publishing reads the official values and no target."""
    with CaptureQueriesContext(connection) as asked:
        change_state(submission=submitted, action="approve", by=actors["municipal"])
    read = [each["sql"] for each in asked if each["sql"].startswith("SELECT")]
    assert [sql for sql in read if 'FROM "indicators_observation"' in sql] != []
    assert [sql for sql in read if 'FROM "indicators_target"' in sql or "indicators_standard" in sql] == []


@pytest.mark.parametrize("who", ["330127-DRC", "330127-housing"])
def test_who_has_gone_over_to_the_city_approves_nothing_of_their_own(submitted, actors, who):
    """The county's clerk who submitted, the bureau's who typed one row."""
    mover, office = actors[who], actors["municipal"]
    mover.role, mover.organisation = office.role, office.organisation
    mover.save()
    with pytest.raises(NotAllowed, match="另一位人员审核"):
        change_state(submission=submitted, action="approve", by=mover)
    assert official() == {}
    change_state(submission=submitted, action="approve", by=office)
    assert len(official()) == 20


def test_approving_twice_publishes_once(submitted, actors):
    first = change_state(submission=submitted, action="approve", by=actors["municipal"])
    logged = AuditEntry.objects.count()
    second = change_state(submission=submitted, action="approve", by=actors["municipal"])
    assert (first, AuditEntry.objects.count()) == (second, logged)
    assert Observation.objects.filter(area="330127", year=2024).count() == 20


def test_a_return_names_entries_and_opens_only_their_parts(submitted, actors):
    with pytest.raises(Invalid, match="理由"):
        change_state(submission=submitted, action="return", by=actors["municipal"], entries=["P02"])
    with pytest.raises(Invalid, match="选出"):
        change_state(submission=submitted, action="return", by=actors["municipal"], reason="请核对")
    change_state(submission=submitted, action="return", by=actors["municipal"], reason="请核对P02", entries=["P02"])
    opened = submitted.parts.filter(state="open").values_list("organisation__code", flat=True)
    assert list(opened) == ["330127-housing"]
    noted = submitted.entries.exclude(returned_note="").values_list("indicator", "returned_note")
    assert list(noted) == [("P02", "请核对P02")]


def test_returned_corrected_and_approved(submitted, actors):
    change_state(submission=submitted, action="return", by=actors["municipal"], reason="请核对", entries=["P02"])
    bureau = actors["330127-housing"]
    typed = [Typed("P02", Decimal("93.4"), "按新台账更正的数")]
    save_entries(submission=submitted, typed=typed, by=bureau)
    hand_over(part=submitted.parts.get(organisation=bureau.organisation), by=bureau)
    change_state(submission=submitted, action="submit", by=actors["330127-DRC"])
    change_state(submission=submitted, action="approve", by=actors["municipal"])
    assert official()["P02"] == Decimal("93.4")
    steps = list(submitted.transitions.filter(part=None).values_list("action", flat=True))
    assert steps == ["open", "submit", "return", "submit", "approve"]


STEPS = ["submit", "withdraw", "return", "approve", "reopen"]
ALLOWED = {"submit": "330127-DRC", "withdraw": "330127-DRC", "return": "municipal", "approve": "municipal",
           "reopen": "municipal"}  # fmt: skip


@pytest.mark.parametrize(
    "who", ["administrator", "leader", "municipal", "330127-DRC", "330122-DRC", "330127-housing", "stats"]
)
@pytest.mark.parametrize("action", STEPS)
def test_every_role_by_every_step(submitted, actors, who, action):
    """Whoever may not is refused before the state is looked at; nothing moves."""
    if ALLOWED[action] == who:
        return
    with pytest.raises(NotAllowed):
        change_state(submission=submitted, action=action, by=actors[who], reason="r", entries=["P02"])
    submitted.refresh_from_db()
    assert submitted.state == "submitted"


@pytest.mark.parametrize(("action", "state"), [("reopen", "submitted"), ("submit", "approved"), ("return", "approved")])
def test_a_step_out_of_turn_says_where_it_stands(submitted, actors, action, state):
    if state == "approved":
        change_state(submission=submitted, action="approve", by=actors["municipal"])
    until = timezone.now() + timedelta(days=1)
    more = {"reason": "r", "until": until, "entries": ["P02"]}
    with pytest.raises(WrongState, match="淳安县2024年报送已") as refusal:
        change_state(submission=submitted, action=action, by=actors[ALLOWED[action]], **more)
    assert refusal.value.details["state"] == state


def test_reopening_needs_a_reason_and_an_end_and_the_official_value_stands(submitted, actors):
    change_state(submission=submitted, action="approve", by=actors["municipal"])
    with pytest.raises(Invalid, match="理由"):
        change_state(submission=submitted, action="reopen", by=actors["municipal"])
    with pytest.raises(Invalid, match="截止时间"):
        change_state(submission=submitted, action="reopen", by=actors["municipal"], reason="更正")
    until = timezone.now() + timedelta(days=3)
    change_state(submission=submitted, action="reopen", by=actors["municipal"], reason="更正", until=until)
    save_entries(submission=submitted, typed=[Typed("P02", Decimal("50"))], by=actors["330127-housing"])
    assert official()["P02"] == Decimal("1")


def test_when_the_time_is_over_the_approved_content_stands_and_the_edit_is_kept(submitted, actors):
    change_state(submission=submitted, action="approve", by=actors["municipal"])
    until = timezone.now() + timedelta(days=3)
    change_state(submission=submitted, action="reopen", by=actors["municipal"], reason="更正", until=until)
    save_entries(submission=submitted, typed=[Typed("P02", Decimal("50"))], by=actors["330127-housing"])
    later = until + timedelta(seconds=1)
    with pytest.raises(WrongState, match="已通过"):
        save_entries(submission=submitted, typed=[Typed("P02", Decimal("51"))], by=actors["330127-housing"], at=later)
    assert lapse_reopened(at=later) == 1
    submitted.refresh_from_db()
    thread = EntryVersion.objects.filter(entry__submission=submitted, entry__indicator="P02")
    assert (submitted.state, submitted.reopened_until) == ("approved", None)
    assert list(thread.values_list("value", flat=True)) == [Decimal("1"), Decimal("50"), Decimal("1")]
    assert Transition.objects.last().action == "lapse"
    assert lapse_reopened(at=later) == 0


def test_county_withdraws_what_is_not_yet_reviewed(submitted, actors):
    change_state(submission=submitted, action="withdraw", by=actors["330127-DRC"])
    submitted.refresh_from_db()
    assert submitted.state == "draft"


def test_a_county_sees_its_own_submission_only(round_2024, actors):
    def seen(who):
        return list(Submission.objects.visible_to(actors[who]).values_list("area", flat=True))

    assert seen("330127-health") == ["330127"]
    assert seen("330122-DRC") == ["330122"]
    assert seen("municipal") == ["330122", "330127", "330182"]
    assert seen("stats") == []


def test_a_lapse_brings_back_the_demonstrations_number_as_such_and_closes_the_parts(sheet, fill, actors):
    """What a person typed over it meanwhile was real; what comes back is not."""
    fill(sheet)
    bureau, part = actors["330127-housing"], sheet.parts.get(organisation__code="330127-housing")
    take_back(part=part, by=bureau)
    invented = [Typed("P02", Decimal("93"), "演示：说明从略的数")]
    save_entries(submission=sheet, typed=invented, by=bureau, is_demo=True)
    hand_over(part=part, by=bureau)
    change_state(submission=sheet, action="submit", by=actors["330127-DRC"])
    change_state(submission=sheet, action="approve", by=actors["municipal"])
    until = timezone.now() + timedelta(days=3)
    change_state(submission=sheet, action="reopen", by=actors["municipal"], reason="更正", until=until)
    save_entries(submission=sheet, typed=[Typed("P02", Decimal("50"))], by=bureau)
    assert sheet.entries.get(indicator="P02").is_demo is False
    assert lapse_reopened(at=until + timedelta(seconds=1)) == 1
    entry = sheet.entries.get(indicator="P02")
    assert (entry.value, entry.is_demo) == (Decimal("93"), True)
    assert list(entry.versions.order_by("version").values_list("is_demo", flat=True)) == [False, True, False, True]
    assert set(sheet.parts.values_list("state", flat=True)) == {"handed_over"}

"""How well a year was reported, by unit."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from reporting.actions import change_state, hand_over
from reporting.entries.saving import Typed, save_entries
from reporting.models import Round, Submission
from reporting.rounds.quality import Quality, quality_of


def told(submission: Submission) -> dict[str, Quality]:
    sheet = Submission.objects.select_related("round").get(pk=submission.pk)
    return {row.duty: row for row in quality_of([sheet])}


@pytest.fixture
def due_tomorrow(submitted):
    Round.objects.filter(pk=submitted.round_id).update(due_on=timezone.localdate() + timedelta(days=1))
    return submitted


def test_handed_over_in_time_or_not(due_tomorrow):
    assert (told(due_tomorrow)["住房城乡建设局"].on_time, told(due_tomorrow)["住房城乡建设局"].parts) == (1, 1)
    Round.objects.update(due_on=timezone.localdate() - timedelta(days=1))
    assert told(due_tomorrow)["住房城乡建设局"].on_time == 0


def test_sent_back_explained_and_corrected_after_approval(due_tomorrow, actors):
    sheet, city, housing = due_tomorrow, actors["municipal"], actors["330127-housing"]
    before = told(sheet)["住房城乡建设局"]
    assert (before.sent_back, before.corrected, before.explained) == (0, 0, before.filled)
    change_state(submission=sheet, action="return", by=city, reason="请核对污水处理率", entries=["P02"])
    save_entries(submission=sheet, typed=[Typed("P02", Decimal("2"), "新建污水处理厂投运")], by=housing)
    hand_over(part=sheet.parts.get(organisation=housing.organisation), by=housing)
    change_state(submission=sheet, action="submit", by=actors["330127-DRC"])
    change_state(submission=sheet, action="approve", by=city)
    assert (told(sheet)["住房城乡建设局"].sent_back, told(sheet)["住房城乡建设局"].corrected) == (1, 0)
    until = timezone.now() + timedelta(days=3)
    change_state(submission=sheet, action="reopen", by=city, reason="更正污水处理率", until=until, entries=["P02"])
    save_entries(submission=sheet, typed=[Typed("P02", Decimal("3"), "")], by=housing)
    save_entries(submission=sheet, typed=[Typed("P15", Decimal("1"), "")], by=housing)
    hand_over(part=sheet.parts.get(organisation=housing.organisation), by=housing)
    change_state(submission=sheet, action="submit", by=actors["330127-DRC"])
    change_state(submission=sheet, action="approve", by=city)
    after = told(sheet)
    assert after["住房城乡建设局"].corrected == 1
    assert after["住房城乡建设局"].explained == before.filled - 2
    assert after["卫生健康局"].corrected == 0


def test_the_page_has_it_and_a_county_sees_its_own(demo, clients):
    text = clients["municipal"].get("/reporting/progress/?year=2025").content.decode()
    assert "填报质量" in text
    assert "2 / 2" in text  # two counties have handed over all
    assert "1 / 1" in clients["tonglu"].get("/reporting/progress/?year=2025").content.decode()

"""Many at once are the same as one by one; and what an import puts under an open sheet waits for the county."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import transaction
from django.forms.models import model_to_dict

from indicators.actions import FactRow, Grounds, record_facts
from indicators.models import Assessment, Observation, ReportingYear
from indicators.recomputes.recompute import sweep_pending
from journal.models import AuditEntry, Change
from lib.refusals import Invalid, WrongState
from reporting.actions import change_state, change_states, hand_over
from reporting.entries.saving import Typed, save_entries
from reporting.models import Entry, EntryVersion, Notice, Part, Submission, Transition
from tests.reporting.conftest import Actors, fill_sheet
from tests.worlds import world

AT = datetime(2025, 4, 2, 2, tzinfo=UTC)
EVERYTHING = (Submission, Part, Entry, EntryVersion, Transition, Notice, AuditEntry, Observation, ReportingYear)
OWN_MOMENT = {AuditEntry: {"at"}, Change: {"at"}, Assessment: {"assessed_at"}}
STEPS = {
    "approve": {},
    "return": {"reason": "请核对口径", "entries": ["P02", "P16"]},
    "withdraw": {},
}


def contents(model):
    """Every row but its number (the feed's is kept), and the moment where it is the clock's."""
    names = [f.attname for f in model._meta.concrete_fields if not f.primary_key or model is Change]
    names = [name for name in names if name not in OWN_MOMENT.get(model, ())]
    return Counter(repr([_without_clock(each) for each in row]) for row in model.objects.values_list(*names))


def _without_clock(value):
    """The details of a recompute say since when it ran."""
    return {key: inner for key, inner in value.items() if key != "since"} if isinstance(value, dict) else value


def left_by(do) -> dict:
    """What `do` leaves in every table, its recompute included; then all of it is undone."""
    savepoint = transaction.savepoint()
    do()
    sweep_pending()
    found = {model.__name__: contents(model) for model in (*EVERYTHING, Assessment, Change)}
    transaction.savepoint_rollback(savepoint)
    return found


@world("all_submitted", base="round_2024")
def _submit_all():
    people = Actors({})
    for number, sheet in enumerate(Submission.objects.order_by("area")):
        fill_sheet(sheet, people, P02=str(93 + number), P10=str(2 - number / 4))
        change_state(submission=sheet, action="submit", by=people[f"{sheet.area_id}-DRC"], at=AT - timedelta(days=1))
    sweep_pending()


@pytest.fixture
def all_submitted(round_2024):
    """Three counties' submissions, each submitted with values of its own."""


@pytest.fixture
def sheets(all_submitted):
    return list(Submission.objects.order_by("area"))


def who(actors, action, sheet):
    return actors[f"{sheet.area_id}-DRC"] if action == "withdraw" else actors["municipal"]


@pytest.mark.parametrize("action", STEPS)
def test_n_singles_leave_what_one_bulk_of_n_leaves(sheets, actors, action):
    more = STEPS[action] | {"at": AT}
    chosen = sheets[:1] if action == "withdraw" else sheets
    by = who(actors, action, sheets[0])

    def singles():
        for sheet in chosen:
            change_state(submission=sheet, action=action, by=by, **more)

    def bulk():
        outcomes = change_states(submissions=chosen, action=action, by=by, **more)
        assert [(one.submission, one.step.action, one.refusal) for one in outcomes] == [
            (sheet, action, None) for sheet in chosen
        ]

    before = {model.__name__: contents(model) for model in EVERYTHING}
    one_by_one, at_once = left_by(singles), left_by(bulk)
    assert {model.__name__: contents(model) for model in EVERYTHING} == before
    assert at_once == one_by_one
    assert one_by_one["Transition"] != before["Transition"]
    published = one_by_one["Observation"].total() - before["Observation"].total()
    assert published == (60 if action == "approve" else 0)


def test_one_that_is_refused_holds_up_no_other(sheets, actors):
    first, second, third = sheets
    change_state(submission=second, action="return", by=actors["municipal"], reason="请核对", entries=["P02"])
    outcomes = change_states(submissions=sheets, action="approve", by=actors["municipal"])
    assert [one.step and one.step.action for one in outcomes] == ["approve", None, "approve"]
    assert isinstance(outcomes[1].refusal, WrongState)
    assert "淳安县2024年报送已退回" in outcomes[1].refusal.words
    assert [Submission.objects.get(pk=one.pk).state for one in sheets] == ["approved", "returned", "approved"]
    years = Observation.objects.as_of().filter(year=2024).values_list("area", flat=True)
    assert Counter(years) == {first.area_id: 20, third.area_id: 20}


def test_the_same_submission_twice_in_one_bulk_is_done_once(sheets, actors):
    outcomes = change_states(submissions=[sheets[0], sheets[0]], action="approve", by=actors["municipal"])
    assert outcomes[0].step == outcomes[1].step
    assert Observation.objects.filter(year=2024).count() == 20


# An import under an open sheet --------------------------------------------------------------------


def put_officially(value, indicator="P02"):
    row = FactRow("330127", indicator, 2024, Decimal(value))
    record_facts(Observation, [row], grounds=Grounds(by=None, via=Observation.Via.IMPORT))


def official():
    return Observation.objects.as_of().get(area="330127", indicator="P02", year=2024).value


def test_an_import_under_a_submitted_sheet_blocks_approval_until_the_county_has_looked(submitted, actors):
    bureau, county, city = actors["330127-housing"], actors["330127-DRC"], actors["municipal"]
    entry = submitted.entries.get(indicator="P02")
    put_officially("94.8")
    with pytest.raises(WrongState, match="官方数值已由导入更新") as refusal:
        change_state(submission=submitted, action="approve", by=city)
    assert len(refusal.value.details["conflicts"]) == 1
    untouched = submitted.entries.get(indicator="P02")
    assert model_to_dict(untouched) == model_to_dict(entry)
    assert (Submission.objects.get(pk=submitted.pk).state, official()) == ("submitted", Decimal("94.8"))
    change_state(submission=submitted, action="return", by=city, reason="请核对导入的数", entries=["P02"])
    part = submitted.parts.get(organisation=bureau.organisation)
    with pytest.raises(Invalid, match="请发改局核对后重新保存本项"):
        hand_over(part=part, by=bureau)
    saved = save_entries(submission=submitted, typed=[Typed("P02", entry.value, entry.explanation)], by=bureau)
    assert (saved.changed, saved.lines[0].conflict) == (["P02"], False)
    hand_over(part=part, by=bureau)
    change_state(submission=submitted, action="submit", by=county)
    change_state(submission=submitted, action="approve", by=city)
    assert official() == entry.value


def test_confirming_is_a_version_of_its_own_and_once_is_enough(sheet, actors):
    bureau, typed = actors["330127-housing"], [Typed("P02", Decimal("93.4"), "按台账填报的数")]
    save_entries(submission=sheet, typed=typed, by=bureau)
    put_officially("94.8")
    changed = [save_entries(submission=sheet, typed=typed, by=bureau).changed for _ in range(2)]
    assert changed == [["P02"], []]
    thread = EntryVersion.objects.filter(entry__submission=sheet, entry__indicator="P02")
    assert list(thread.values_list("version", "value")) == [(1, Decimal("93.4")), (2, Decimal("93.4"))]
    put_officially("95.1")
    assert save_entries(submission=sheet, typed=typed, by=bureau).changed == ["P02"]


def test_taking_over_the_imported_value_ends_the_conflict_too(sheet, actors):
    bureau = actors["330127-housing"]
    save_entries(submission=sheet, typed=[Typed("P02", Decimal("93.4"))], by=bureau)
    put_officially("94.8")
    (line,) = save_entries(submission=sheet, typed=[Typed("P02", Decimal("94.8"))], by=bureau).lines
    assert (line.conflict, line.obstacles) == (False, [])


def test_an_import_of_the_very_value_is_no_conflict(submitted, actors):
    put_officially("1")
    change_state(submission=submitted, action="approve", by=actors["municipal"])
    assert official() == 1

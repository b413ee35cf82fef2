"""Every named rule of the money that the database holds, each tried by a write that goes round the actions."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from funding.models import Flow, FlowTotal, FundingSource, MatchingExemption, MatchingRule
from tests.constraints import assert_refused, named_constraints

pytestmark = pytest.mark.usefixtures("plan")
NOW = timezone.now()


def flow(**values) -> Flow:
    given = {"area_id": "330122", "year": 2024, "source_id": "F1", "state": "allocated", "amount_wan": 1}
    return Flow.objects.create(**{**given, "happened_on": date(2024, 3, 1), "recorded_at": NOW, **values})


def total(**values) -> FlowTotal:
    given = {"area_id": "330122", "year": 2099, "source_id": "F1", "state": "paid", "rows": 1}
    return FlowTotal.objects.create(**{**given, **values})


def correction(**values) -> Flow:
    return flow(**{"kind": "correction", "corrects": flow(), "reason": "更正", **values})


def rule(**values) -> MatchingRule:
    given = {"version": 50, "effective_from": 2030, "match_source_id": "F3", "floor_ratio": 1, "tolerance": 0}
    return MatchingRule.objects.create(**{**given, "reason": "试", "recorded_at": NOW, **values})


def exempt(times: int, year: int | None) -> None:
    made = rule()
    for _ in range(times):
        MatchingExemption.objects.create(rule=made, area_id="330122", year=year)


ATTEMPTS: dict[str, Callable[[], object]] = {
    "source_code_is_letter_and_more": lambda: FundingSource.objects.create(code="1x", name="某资金"),
    "source_promise_is_positive": lambda: FundingSource.objects.filter(code="F1").update(promised_yearly_yi=0),
    "flow_correction_names_its_original": lambda: flow(kind="correction", reason="更正"),
    "flow_is_negative_only_as_correction": lambda: flow(amount_wan=-1),
    "flow_correction_changes_something": lambda: correction(amount_wan=0),
    "flow_state_is_one_of_four": lambda: flow(state="spent"),
    "flow_year_is_plausible": lambda: flow(year=1999),
    "total_of_a_cell_once": lambda: [total(), total()],
    "total_counts_its_demo_rows": lambda: total(demo_rows=2),
    "total_of_no_rows_is_zero": lambda: total(rows=0, amount_wan=1),
    "rule_ends_after_it_begins": lambda: rule(effective_to=2029),
    "rule_is_superseded_after_it_is_recorded": lambda: rule(superseded_at=NOW - timedelta(days=1)),
    "rule_floor_and_tolerance_are_not_negative": lambda: rule(floor_ratio=-1),
    "rule_has_a_reason": lambda: rule(reason=""),
    "rule_in_force_begins_a_year_once": lambda: [rule(), rule(version=51)],
    "exemption_of_a_year_is_said_once": lambda: exempt(2, 2030),
    "exemption_of_all_years_is_said_once": lambda: exempt(2, None),
}


def test_every_named_constraint_is_tried():
    assert set(ATTEMPTS) == set(named_constraints("funding"))


@pytest.mark.parametrize("name", sorted(ATTEMPTS))
def test_the_database_refuses(name):
    assert_refused(named_constraints("funding")[name], ATTEMPTS[name])


@pytest.mark.parametrize("corrects", [True, False])
def test_an_original_corrects_nothing_and_a_correction_says_why(corrects):
    values = {"corrects": flow()} if corrects else {"kind": "correction", "corrects": flow(), "reason": ""}
    with pytest.raises(IntegrityError, match="flow_correction_names_its_original"), transaction.atomic():
        flow(**values)

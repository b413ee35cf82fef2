"""Totals equal their leaves at every level, for any mix; a correction moves totals by exactly its amount."""

from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

import pandas as pd
import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from funding import frames, sum_tree
from funding.actions import FlowRow, correct_flow, record_flows, remove_demo_flows
from funding.matching import match
from funding.models import Flow, FlowTotal, MatchingRule, State
from funding.rule_actions import RuleTerms, define_rule
from funding.stored_sums import rebuild_totals
from projects.models import Project
from tests.examples import examples

AREAS, SOURCES = ["330122", "330127", "330182"], ["F1", "F2", "F3", "F6"]
PROJECTS = [f"PRJ-90{number:02}" for number in range(4)]
DAY = date(2024, 5, 6)
money = st.integers(0, 10**11).map(lambda fen: Decimal(fen) / 10**6)
some = settings(max_examples=examples(8), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@st.composite
def flow_rows(draw):
    named = draw(st.sampled_from([*PROJECTS, ""]))
    field = "" if named else draw(st.sampled_from(["", "service"]))
    values = [draw(st.sampled_from(choices)) for choices in (AREAS, [2023, 2024], SOURCES, State.values)]
    return FlowRow(*values, draw(money), DAY, project=named, field=field)


@pytest.fixture
def projects(plan):
    fields = ["industry", "service", "service", "municipal"]
    for code, field in zip(PROJECTS, fields, strict=True):
        Project.objects.create(code=code, name=f"项目{code}", field_id=field, main_area_id="330122")


def picture(number=2) -> dict:
    """{(year, state): (leaves, total of the rows)} with `number` projects shown each."""
    found = {}
    for year in (2023, 2024):
        for state in State.values:
            rows = Flow.objects.filter(year=year, state=state)
            leading = frames.leading_projects(rows, number)
            leaves = sum_tree.leaves(frames.parts_frame(rows), leading)
            found[year, state] = leaves, sum((row.amount_wan for row in rows), Decimal(0))
    return found


@some
@given(st.lists(flow_rows(), max_size=15), st.lists(money, max_size=6), st.integers(0, 5))
def test_every_level_sums_to_the_rows(projects, rows, rights, number):
    Flow.objects.filter(kind="correction").delete()
    Flow.objects.all().delete()
    made = record_flows(rows, by=None)
    for flow, right in zip(made, rights, strict=False):
        if right != flow.amount_wan:
            correct_flow(flow, to_amount_wan=right, reason="核对后更正", by=None)
    for leaves, total in picture(number).values():
        recorded = float(total)
        assert [check.difference for check in sum_tree.reconciliation(leaves, recorded)] == [0, 0, 0, 0]
    cells = frames.cells_frame(Flow.objects.all())
    by_state = sum_tree.by_state(cells, [2023, 2024], State.values)
    for (year, state), (_, total) in picture().items():
        assert (by_state[state][year - 2023] or 0) == float(total)


def in_order(cells: pd.DataFrame) -> list[tuple]:
    return sorted(cells.itertuples(index=False, name=None))


@some
@given(
    st.lists(flow_rows(), max_size=10),
    st.lists(flow_rows(), max_size=10),
    st.lists(money, max_size=8),
    st.booleans(),
)
def test_the_sums_kept_are_those_of_the_rows(projects, rows, shown, rights, is_cleared):
    Flow.objects.filter(kind="correction").delete()
    Flow.objects.all().delete()
    FlowTotal.objects.all().delete()
    made = record_flows(rows, by=None) + record_flows(shown, by=None, is_demo=True)
    for flow, right in zip(made[::-1], rights, strict=False):
        if right != flow.amount_wan:
            correct_flow(flow, to_amount_wan=right, reason="核对后更正", by=None)
    if is_cleared:
        remove_demo_flows()
    assert in_order(frames.present_cells()) == in_order(frames.cells_frame(Flow.objects.all()))
    assert in_order(frames.cells_of(None, AREAS[:1], year=2024)) == in_order(
        frames.cells_of(timezone.now(), AREAS[:1], year=2024)
    )
    assert rebuild_totals() == 0


def test_sums_of_rows_written_past_the_actions_are_made_anew(projects):
    [flow] = record_flows([FlowRow("330122", 2024, "F1", "paid", Decimal(3), DAY, field="service")], by=None)
    Flow.objects.filter(pk=flow.pk).update(amount_wan=4)
    assert (rebuild_totals(), rebuild_totals()) == (1, 0)
    assert in_order(frames.present_cells()) == [("330122", 2024, "F1", "paid", "service", 4.0, 0)]
    Flow.objects.all().delete()
    assert (rebuild_totals(), in_order(frames.present_cells())) == (1, [])


@pytest.mark.parametrize("day", [DAY - timedelta(days=1), DAY, DAY + timedelta(days=1)])
@pytest.mark.parametrize("today", [DAY - timedelta(days=9), DAY + timedelta(days=9)])
def test_what_is_dated_after_the_day_is_not_in_its_sums(projects, day, today):
    of_the_year = [FlowRow("330122", 2024, "F1", "paid", Decimal(n), DAY + timedelta(days=n)) for n in range(3)]
    record_flows([*of_the_year, FlowRow("330127", 2023, "F2", "paid", Decimal(7), date(2023, 4, 1))], by=None)
    flows = Flow.objects.filter(happened_on__lte=day)
    assert in_order(frames.cells_by(day, None, today)) == in_order(frames.cells_frame(flows))


@some
@given(flow_rows(), money, money)
def test_a_correction_moves_totals_by_exactly_its_amount(projects, row, first, second):
    [flow] = record_flows([row], by=None)
    before = picture()
    present = row.amount_wan
    for right in (first, second):
        if right != present:
            made = correct_flow(flow, to_amount_wan=right, reason="核对后更正", by=None)
            assert made.amount_wan == right - present
            present = right
    for key, (_, total) in picture().items():
        moved = present - row.amount_wan if key == (row.year, row.state) else 0
        assert total - before[key][1] == moved


def test_the_long_tail_becomes_the_rest_and_the_sum_stays(projects):
    rows = [FlowRow("330122", 2024, "F1", "paid", Decimal(n), DAY, project=p) for n, p in enumerate(PROJECTS, start=1)]
    record_flows([*rows, FlowRow("330122", 2024, "F1", "paid", Decimal(9), DAY)], by=None)
    chosen = Flow.objects.filter(state="paid")
    leading = frames.leading_projects(chosen, 2)
    assert list(leading["code"]) in (PROJECTS[2:], PROJECTS[:1:-1])
    leaves = sum_tree.leaves(frames.parts_frame(chosen), leading)
    sums = dict(zip(leaves["project"], leaves["amount"], strict=False))
    assert leaves[leaves["project"] == sum_tree.REST]["amount"].sum() == 3
    assert leaves[leaves["project"] == sum_tree.NONE]["amount"].sum() == 9
    assert (len(sums), leaves["amount"].sum()) == (4, 19)


def test_a_difference_would_be_told():
    row = {"source": "F1", "area": "330122", "field": "", "project": sum_tree.NONE, "amount": 5.0}
    checks = sum_tree.reconciliation(pd.DataFrame([row]), 7.0)
    assert [(check.level, check.parts, check.difference, check.agrees) for check in checks] == [
        (level, 1, -2.0, False) for level in sum_tree.LEVELS
    ]


def test_nothing_is_nothing(db):
    empty = Flow.objects.none()
    leaves = sum_tree.leaves(frames.parts_frame(empty), frames.leading_projects(empty, 3))
    assert (list(leaves.columns), len(leaves)) == (list(sum_tree.LEAF_COLUMNS), 0)
    assert sum_tree.by_state(frames.cells_frame(empty), [2024], ["paid"]) == {"paid": [None]}


floors = st.integers(0, 300).map(lambda hundredths: Decimal(hundredths) / 100)


@some
@given(
    st.lists(flow_rows(), max_size=10),
    st.lists(st.tuples(st.integers(2022, 2025), st.none() | st.integers(0, 2), floors), min_size=1, max_size=4),
)
def test_ratio_and_owed_follow_whichever_rule_was_defined_last_for_the_year(projects, rows, rules):
    """Rules that begin, end and cut into one another, over money in any state: each year by the last that speaks."""
    with transaction.atomic():
        MatchingRule.objects.all().update(superseded_at=timezone.now())
        for first, more, floor in rules:
            last = None if more is None else first + more
            terms = RuleTerms(first, last, ["F1", "F2"], "F3", floor, Decimal("0.05"))
            define_rule(terms, reason="改", by=None)
        record_flows(rows, by=None)
        years = list(range(2022, 2027))
        found = match(frames.matching_flows(frames.cells_of(None)), frames.rules(), areas=AREAS, years=years)
        for row in found.itertuples():
            spoken = [
                floor
                for first, more, floor in rules
                if first <= row.year and (more is None or row.year <= first + more)
            ]
            flows = Flow.objects.filter(area=row.area, year=row.year)
            base = sum(flows.filter(source__in=["F1", "F2"], state="allocated").values_list("amount_wan", flat=True))
            matched = sum(flows.filter(source="F3", state="arrived").values_list("amount_wan", flat=True))
            if not spoken:
                assert (row.status, row.owed == row.owed) == ("no_rule", False)
                continue
            owed = max(spoken[-1] * base - matched, Decimal(0)) if base > 0 else Decimal(0)
            assert Decimal(repr(row.owed)) == round_half_up(owed)
            assert (row.ratio == row.ratio) == (base > 0)
            assert row.floor == float(spoken[-1])
        transaction.set_rollback(True)


def round_half_up(amount) -> Decimal:
    return Decimal(amount).quantize(Decimal("0.000001"), ROUND_HALF_UP)

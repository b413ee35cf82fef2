"""The matching rule against a second implementation, and on both sides of every date."""

from dataclasses import replace
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from funding.matching import COLUMNS, INPUT_COLUMNS, Rule, match, rule_of, rules_with
from tests.examples import examples
from tests.funding.oracle import judge

AREAS, YEARS = ["330122", "330127"], list(range(2023, 2028))
SOURCES, STATES = ["F1", "F2", "F3", "F4"], ["planned", "allocated", "arrived", "paid"]
PLAN = Rule(1, 2023, 2027, frozenset({"F1", "F2"}), "allocated", "F3", "arrived", Decimal(1), Decimal("0.05"))

amounts = st.integers(-5_000_00, 90_000_00).map(lambda fen: Decimal(fen) / 100)
flows = st.lists(
    st.tuples(
        st.sampled_from(AREAS), st.sampled_from(YEARS), st.sampled_from(SOURCES), st.sampled_from(STATES), amounts
    ),
    max_size=15,
)
ratios = st.integers(0, 200).map(lambda hundredths: Decimal(hundredths) / 100)
excused = st.frozensets(st.tuples(st.sampled_from(AREAS), st.one_of(st.none(), st.sampled_from(YEARS))), max_size=2)


@st.composite
def rule_sets(draw):
    """Rules one after another, with or without years between that have none; the last may have no end."""
    found, first = [], draw(st.integers(2022, 2025))
    for version in range(1, draw(st.integers(1, 3)) + 1):
        last = first + draw(st.integers(0, 2))
        base = draw(st.frozensets(st.sampled_from(["F1", "F2", "F4"]), min_size=1))
        states = draw(st.sampled_from(STATES)), draw(st.sampled_from(STATES))
        found.append(
            Rule(version, first, last, base, states[0], "F3", states[1], draw(ratios), draw(ratios), draw(excused))
        )
        first = last + draw(st.integers(1, 2))
    return found


def frame(rows) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=list(INPUT_COLUMNS))
    return table.assign(amount=table["amount"].astype(float))


def told(row: dict) -> dict:
    """A row as the oracle tells it, with floats for decimals."""
    return {name: float(value) if isinstance(value, Decimal) else value for name, value in row.items()}


def answered(table: pd.DataFrame) -> list[dict]:
    plain = table.astype(object).where(table.notna(), None)
    return plain.drop(columns=["area", "year", "ratio_change"]).to_dict("records")


@settings(max_examples=examples(50), deadline=None)
@given(flows, rule_sets())
def test_ratio_and_owed_follow_the_rule_of_each_year(rows, rules):
    found = answered(match(frame(rows), rules, areas=AREAS, years=YEARS))
    expected = [told(judge(rows, rules, area, year)) for area in AREAS for year in YEARS]
    assert [{name: row[name] for name in expected[0]} for row in found] == expected


@settings(max_examples=examples(20), deadline=None)
@given(flows, st.randoms(use_true_random=False))
def test_the_order_and_the_split_of_flows_do_not_matter(rows, random):
    halves = [(*row[:4], part) for row in rows for part in (row[4] - 1, Decimal(1))]
    random.shuffle(halves)
    pd.testing.assert_frame_equal(
        match(frame(rows), [PLAN], areas=AREAS, years=YEARS), match(frame(halves), [PLAN], areas=AREAS, years=YEARS)
    )


@settings(max_examples=examples(20), deadline=None)
@given(st.integers(2024, 2027), ratios, ratios)
def test_a_new_floor_holds_from_its_first_year_and_not_a_day_before(first, before, after):
    old = Rule(1, 2023, first - 1, PLAN.base_sources, "allocated", "F3", "arrived", before, Decimal(0))
    new = Rule(2, first, None, PLAN.base_sources, "allocated", "F3", "arrived", after, Decimal(0))
    rows = [("330122", year, "F1", "allocated", Decimal(100)) for year in YEARS]
    found = match(frame(rows), [old, new], areas=["330122"], years=YEARS)
    assert list(found["owed"]) == [float(100 * (before if year < first else after)) for year in YEARS]
    assert list(found["rule_version"]) == [1 if year < first else 2 for year in YEARS]


def one(*rows, rule=PLAN) -> dict:
    given_rows = [("330122", 2024, *row) for row in rows]
    return match(frame(given_rows), [rule], areas=["330122"], years=[2024]).iloc[0].to_dict()


@pytest.mark.parametrize(
    ("matched", "status", "owed"),
    [("100", "met", 0), ("99.999999", "near", 0.000001), ("95", "near", 5), ("94.999999", "short", 5.000001)],
)
def test_status_at_the_edges_is_that_of_the_decimals(matched, status, owed):
    found = one(("F1", "allocated", Decimal("60.1")), ("F2", "allocated", Decimal("39.9")), ("F3", "arrived", matched))
    assert (found["status"], found["owed"]) == (status, owed)


def test_other_states_and_sources_do_not_count():
    rows = [(s, state, 7) for s in SOURCES for state in STATES]
    found = one(*rows)
    assert (found["base"], found["matched"], found["upper_paid"], found["owed"]) == (14, 7, 14, 7)


def test_without_a_base_there_is_no_ratio_and_nothing_is_owed():
    found = one(("F3", "arrived", 50))
    assert (found["status"], found["owed"], np.isnan(found["ratio"])) == ("no_base", 0, True)


def test_payment_ahead_of_the_match_is_told():
    base, paid = ("F1", "allocated", 100), ("F1", "paid", 80)
    assert [one(base, paid, ("F3", "arrived", amount))["is_ahead"] for amount in (79, 80, 81)] == [True, False, False]


def test_the_trend_is_the_change_to_the_year_before():
    rows = [("330122", y, "F1", "allocated", 100) for y in (2023, 2024)]
    rows += [("330122", 2023, "F3", "arrived", 80), ("330122", 2024, "F3", "arrived", 95)]
    found = match(frame(rows), [PLAN], areas=["330122"], years=YEARS)
    assert list(found["ratio_change"].fillna(-9)) == [-9, 0.15, -9, -9, -9]


def test_an_empty_frame_has_every_column():
    found = match(frame([]), [], areas=[], years=[])
    assert (list(found.columns), len(found)) == (list(COLUMNS), 0)


def test_two_rules_for_one_year_are_refused():
    with pytest.raises(ValueError, match="two matching rules speak of 2024"):
        rule_of([PLAN, PLAN], 2024)


def test_a_missing_column_is_named():
    with pytest.raises(ValueError, match="amount"):
        match(pd.DataFrame(columns=["area", "year", "source", "state"]), [PLAN], areas=AREAS, years=YEARS)


@given(rule_sets(), st.integers(2022, 2030), st.integers(0, 4) | st.none())
def test_a_new_rule_takes_its_years_and_leaves_the_others_theirs(old, first, more):
    new = replace(PLAN, version=99, first=first, last=None if more is None else first + more)
    after = rules_with(old, new)
    for year in range(2020, 2040):
        expected = new if new.covers(year) else rule_of(old, year)
        assert getattr(rule_of(after, year), "version", None) == getattr(expected, "version", None)

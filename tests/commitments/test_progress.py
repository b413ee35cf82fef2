"""Time-proportional progress of a promise, on both sides of every edge."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commitments.progress import Promise, elapsed, progress, worst

PROJECTS = Promise(150, ">", from_year=2023, to_year=2027)


@pytest.mark.parametrize(
    ("on", "share"),
    [
        (date(2022, 12, 31), 0),
        (date(2023, 1, 1), 1 / 1826),
        (date(2025, 12, 31), 1096 / 1826),
        (date(2027, 12, 31), 1),
        (date(2030, 1, 1), 1),
    ],
)
def test_elapsed(on, share):
    assert elapsed(2023, 2027, on) == pytest.approx(share)


@pytest.mark.parametrize(
    ("done", "on", "status"),
    [
        (None, date(2024, 6, 30), "unknown"),
        (None, date(2022, 6, 30), "not_due"),
        (0, date(2022, 6, 30), "not_due"),
        (151, date(2024, 6, 30), "fulfilled"),
        (150, date(2027, 12, 31), "on_track"),
        (150, date(2028, 1, 1), "broken"),
        (60, date(2024, 12, 31), "behind"),
        (61, date(2024, 12, 31), "on_track"),
    ],
)
def test_status(done, on, status):
    """More than 150 is asked: 150 is not enough."""
    assert progress(PROJECTS, done, on=on).status == status


def test_a_target_of_its_own_overrides_the_days():
    level = Promise(100)
    assert [progress(level, done, on=date(2025, 1, 1), expected=80).status for done in (79, 80, 100)] == [
        "behind",
        "on_track",
        "fulfilled",
    ]
    assert progress(level, 1, on=date(2025, 1, 1)).status == "on_track"


@given(st.floats(0, 300), st.dates(date(2020, 1, 1), date(2030, 1, 1)))
def test_more_is_never_worse(done, on):
    order = ["broken", "behind", "on_track", "not_due", "fulfilled"]
    less, more = (progress(PROJECTS, value, on=on) for value in (done, done + 1))
    assert order.index(more.status) >= order.index(less.status)
    assert more.lag - less.lag == pytest.approx(1)


def test_worst():
    assert [worst(rows) for rows in (["fulfilled", "behind"], ["fulfilled"], [], ["on_track", "unknown"])] == [
        "behind",
        "fulfilled",
        "unknown",
        "unknown",
    ]


@pytest.mark.parametrize(
    ("comparison", "done", "on", "status"),
    [
        ("<=", 6.9, date(2028, 1, 1), "broken"),
        ("<=", 6.9, date(2025, 1, 1), "behind"),
        ("<=", 5.5, date(2025, 1, 1), "on_track"),
        ("<=", 5.5, date(2028, 1, 1), "fulfilled"),
        ("<=", 5.5, date(2022, 1, 1), "not_due"),
        ("<", 5.5, date(2028, 1, 1), "broken"),
        ("<", 5.4, date(2028, 1, 1), "fulfilled"),
        ("=", 5.5, date(2025, 1, 1), "on_track"),
        ("=", 5.5, date(2028, 1, 1), "fulfilled"),
        ("=", 5.6, date(2025, 1, 1), "behind"),
        ("=", 5.4, date(2028, 1, 1), "broken"),
        (">=", 5.5, date(2025, 1, 1), "fulfilled"),
        (">", 5.5, date(2028, 1, 1), "broken"),
    ],
)
def test_every_comparison(comparison, done, on, status):
    promise = Promise(5.5, comparison, from_year=2023, to_year=2027)
    assert progress(promise, done, on=on).status == status


def test_a_ceiling_of_now_is_kept_or_not():
    ceiling = Promise(5.5, "<=")
    on = date(2025, 1, 1)
    assert [progress(ceiling, done, on=on).status for done in (5.5, 5.6)] == ["fulfilled", "behind"]
    assert progress(ceiling, 7, on=on, expected=8).status == "on_track"
    assert progress(ceiling, 9, on=on, expected=8).status == "behind"
    assert progress(Promise(0, "<="), 0, on=on).share is None

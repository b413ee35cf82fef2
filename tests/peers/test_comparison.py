"""How many comparable changes were as large: against a second, slow count that goes place by place and year by year."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from peers.comparison import (
    ENOUGH,
    LEAST_PLACES,
    ChangeQuestion,
    Series,
    changes_for,
    comparable_with,
    gains_of,
    realism_of,
)
from tests.examples import examples

CODES, UNITS, YEARS = ("P1", "P2", ""), ("%", "km", ""), 8


@st.composite
def panels(draw):
    """Series of a few places, with gaps, of three units."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    n = draw(st.integers(0, 40))
    values = np.round(rng.uniform(0, 100, (n, 1)) + rng.normal(0, 5, (n, YEARS)).cumsum(axis=1), 1)
    values[rng.random((n, YEARS)) < 0.15] = np.nan
    return Series(
        values=values,
        code=rng.choice(np.array(CODES, dtype=object), n),
        place=rng.choice(np.array(list("ABCDE"), dtype=object), n),
        unit=rng.choice(np.array(UNITS, dtype=object), n),
        direction=rng.choice([-1, 0, 1], n),
        is_cumulative=rng.random(n) < 0.2,
        is_demo=rng.random(n) < 0.3,
    )


questions = st.builds(
    ChangeQuestion,
    code=st.sampled_from(CODES[:2]),
    unit=st.sampled_from(UNITS),
    direction=st.sampled_from([-1, 1]),
    is_cumulative=st.booleans(),
    span=st.sampled_from([100.0, np.nan]),
    years=st.integers(1, 5),
    with_demo=st.booleans(),
)


def slowly(series, asked, level, *, same_only):
    """(changes a year, places), one by one, from the definition."""
    changes, places = [], set()
    for at in range(len(series.code)):
        is_same = series.code[at] == asked.code
        is_alike = (
            asked.unit != ""
            and not asked.is_cumulative
            and series.unit[at] == asked.unit
            and not series.is_cumulative[at]
            and series.direction[at] in (0, asked.direction)
        )
        if not is_same and (same_only or not is_alike):
            continue
        if series.is_demo[at] and not asked.with_demo:
            continue
        for first in range(YEARS - asked.years):
            start, end = series.values[at][first], series.values[at][first + asked.years]
            if np.isnan(start) or np.isnan(end):
                continue
            change = asked.direction * (end - start) / asked.years
            if asked.is_cumulative:
                near = True
            elif asked.span == 100:
                near = abs(start - level) <= 15 + 1e-9
            else:
                near = start > 0 and level / 2 <= start <= level * 2
                change = change / start if start > 0 else change
            if near:
                changes.append(change)
                places.add(series.place[at])
    return changes, places


@settings(max_examples=examples(200), deadline=None)
@given(series=panels(), asked=questions, level=st.integers(1, 99), step=st.integers(1, 30))
def test_the_count_is_that_of_the_definition(series, asked, level, step):
    target = level + asked.direction * step
    found = realism_of(changes_for(series, asked), asked, float(level), float(target))
    changes, places = slowly(series, asked, level, same_only=True)
    if len(changes) < ENOUGH or len(places) < LEAST_PLACES:
        changes, places = slowly(series, asked, level, same_only=False)
    needed = step / asked.years
    compared = needed / level if not asked.is_cumulative and asked.span != 100 else needed
    assert found.needed == pytest.approx(needed)
    assert (found.comparable.number, found.comparable.places) == (len(changes), len(places))
    assert found.as_large == sum(change >= compared - 1e-9 for change in changes)
    is_enough = len(changes) >= ENOUGH and len(places) >= LEAST_PLACES
    assert (found.share is not None) == is_enough
    if is_enough:
        assert found.share == pytest.approx(found.as_large / len(changes))


def straight(places, yearly, *, code="P1", unit="%", years=12, **more):
    """A place of each change a year, from 50 on."""
    values = np.array([[50 + at * change for at in range(years)] for change in yearly])
    n = len(yearly)
    given = {"direction": np.ones(n, dtype=int), "is_cumulative": np.zeros(n, bool), "is_demo": np.zeros(n, bool)}
    codes, units = np.full(n, code, dtype=object), np.full(n, unit, dtype=object)
    return Series(values, codes, np.array(places, dtype=object), units, **{**given, **more})


ASKED = ChangeQuestion("P1", "%", 1, is_cumulative=False, span=100.0, years=3, with_demo=False)


def test_what_a_year_can_bring_is_a_quantile_of_what_years_brought():
    series = straight(list("ABCD"), [0.1, 0.2, 0.3, 0.4])
    gains = gains_of(series, ASKED, 51.0, quantile=0.9)
    assert gains.years == 3
    assert gains.ordinary == pytest.approx(0.25, abs=0.051)
    assert gains.feasible == pytest.approx(0.4)
    assert gains_of(series, ASKED, 5.0, quantile=0.9) is None  # nothing began at a like level


def test_shorter_changes_stand_in_where_longer_ones_are_too_few():
    series = straight(list("ABCDEFGHIJ"), [0.5] * 10, years=3)
    gains = gains_of(series, ASKED, 50.0, quantile=0.75)
    assert (gains.years, gains.comparable.number) == (1, 20)


def test_invented_series_answer_for_invented_values_alone():
    series = straight(list("ABCD"), [1.0] * 4, is_demo=np.ones(4, bool))
    changes = changes_for(series, ASKED)
    assert comparable_with(changes, ASKED, 50.0).number == 0
    asked = ASKED._replace(with_demo=True)
    found = comparable_with(changes_for(series, asked), asked, 55.0)
    assert found.is_enough
    assert found.is_demo

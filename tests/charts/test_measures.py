"""Colours of a map and places of its dots, without a database."""

from itertools import combinations
from math import atan2, pi
from pathlib import Path

import pytest
from django.conf import settings
from hypothesis import given
from hypothesis import strategies as st

from areas.boundaries import inner_places, shapes
from charts.measures import PAINTS, Steps, judged_paint
from indicators.labels import GRADE_NAMES, OUTLOOK_NAMES, STATUS_NAMES

NUMBERS = st.floats(-1e6, 1e6, allow_nan=False)
OUTLINES = shapes(settings.BOUNDARIES_FILE)[0]


@given(st.lists(NUMBERS, min_size=1, max_size=20))
def test_each_number_lies_in_the_step_whose_ends_the_legend_tells(numbers):
    steps = Steps.of(numbers)
    ends = {paint: (low, high) for paint, low, high in steps.bounds}
    room = max(1e-9, (steps.high - steps.low) * 1e-9)
    for number in numbers:
        low, high = ends[steps.paint(number)]
        assert low - room <= number <= high + room


def test_a_larger_number_is_never_lighter():
    steps = Steps.of([3, 90, 17.5, 44])
    painted = [steps.paint(number) for number in (3, 17.5, 20.4, 44, 90)]
    assert painted == ["step-1", "step-1", "step-2", "step-3", "step-5"]


def test_equal_numbers_are_of_one_colour_and_none_at_all_has_no_steps():
    assert Steps.of([4.0, None, 4.0]).bounds == [("step-3", 4.0, 4.0)]
    assert Steps.of([None]) is None


def test_every_code_has_a_colour_or_is_hatched():
    known = {*PAINTS, "missing"}
    codes = [*STATUS_NAMES, *OUTLOOK_NAMES, *GRADE_NAMES]
    assert {judged_paint(code) for code in codes} <= known
    assert {code for code in codes if judged_paint(code) == "missing"} == {
        "unreported",
        "not_due",
        "no_target",
        "no_standard",
        "not_applicable",
        "unknown",
    }


def test_no_colour_of_good_news_stands_for_bad_news():
    good, bad = ("met", "achieved", "on_track"), ("behind", "limited", "moving_away", "missed")
    assert {judged_paint(code) for code in good} == {"met"}
    assert {judged_paint(code) for code in bad} == {"behind"}


def test_page_and_picture_have_the_same_colours():
    sheet = Path(settings.BASE_DIR / "static" / "css" / "site.css").read_text(encoding="utf-8")
    names = {f"var(--{name})": colour for name, colour in PAINTS.items()}
    for paint, colour in PAINTS.items():
        rule = sheet.partition(f".map.area-map path.{paint} {{\n  fill: ")[2].partition(";")[0]
        assert names.get(rule, rule) == colour, paint
    for name in ("met", "behind"):
        assert f"--{name}: var(--if-light, {PAINTS[name]})" in sheet


@pytest.mark.parametrize("count", [0, 1, 7, 60, 150])
def test_dots_lie_in_their_area_apart_from_each_other_and_from_the_name(count):
    for shape in OUTLINES:
        places = inner_places(shape, count)
        assert len(places) == count
        assert all(_is_inside(place, shape.ring) for place in places)
        assert all(abs(x - shape.x) >= 30 or not -18 < y - shape.y < 26 for x, y in places)
        nearest = [((a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2) ** 0.5 for a, b in combinations(places, 2)]
        assert min(nearest, default=9) > 2.5


def _is_inside(place, ring):
    """By winding: the angles to the ring's points add up to a full turn inside, to nothing outside."""
    turned = 0.0
    for a, b in zip(ring, ring[1:] + ring[:1], strict=True):
        step = atan2(b[1] - place[1], b[0] - place[0]) - atan2(a[1] - place[1], a[0] - place[0])
        turned += (step + pi) % (2 * pi) - pi
    return abs(turned) > pi


def test_what_has_no_room_is_left_out():
    assert 0 < len(inner_places(OUTLINES[0], 100_000)) < 100_000

"""Dates as people write them: what is one, and that what is none is told as such, whatever it is."""

import pytest

from lib.partial_dates import read_day, read_partial


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2025年6月1日", "2025-06-01"),
        ("2025/6/1 8:30", "2025-06-01"),
        ("2025-06-01T20:00Z", "2025-06-02"),  # in Shanghai
        ("9999-12-31T23:00+08:00", "9999-12-31"),
    ],
)
def test_a_day_in_any_form(text, day):
    assert read_day(text).isoformat() == day


@pytest.mark.parametrize(
    "text",
    [
        "9999-12-31T23:00-12:00",  # in Shanghai on the day after the last
        "0000-01-01",
        "2025-02-30",
        "2025-06-01T99:00Z",
        "2025-06-01T10:00+25:00",
        "9" * 61,
        "²⁰²⁵",
    ],
)
def test_what_is_no_day_is_refused_and_no_fault_of_the_site(text):
    with pytest.raises(ValueError, match=r"\S"):
        read_partial(text)

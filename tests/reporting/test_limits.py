"""The checks of one entry, without a database."""

from decimal import Decimal

import pytest

from reporting.checks.findings import CheckedRow, check


def checked(value: str, low: str | None, high: str | None) -> CheckedRow:
    return CheckedRow(
        value=Decimal(value),
        explanation="",
        previous=None,
        lower_bound=None if low is None else Decimal(low),
        upper_bound=None if high is None else Decimal(high),
        direction=1,
        is_cumulative=False,
        max_yearly_change=None,
    )


@pytest.mark.parametrize(
    ("low", "high", "limits"),
    [("0", "100", "0–100"), (None, "100", "不大于100"), ("500", None, "不小于500")],
)
def test_a_value_beyond_the_limits_is_told_those_that_there_are(low, high, limits):
    (finding,) = check(checked("120", low, high))
    assert finding.code == "out_of_bounds"
    assert finding.words.startswith(f"120 超出允许范围（{limits}）。")

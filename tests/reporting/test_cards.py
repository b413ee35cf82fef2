"""What the card of a row says before anything is typed."""

from decimal import Decimal

import pytest

from indicators.models import IndicatorDefinition
from reporting.sheet_pages.cards import what_meets

HIGHER, LOWER, BAND = 1, -1, 0


def definition(direction: int, least: int | None = 0) -> IndicatorDefinition:
    bound = None if least is None else Decimal(least)
    return IndicatorDefinition(indicator_id="X01", direction=direction, decimals=1, lower_bound=bound)


@pytest.mark.parametrize(
    ("row", "target", "high", "words"),
    [
        (definition(HIGHER), 62.9, None, "填 62.9 及以上即达标"),
        (definition(LOWER), 8.6, None, "填 8.6 及以下即达标"),
        (definition(BAND), 40.0, 60.0, "之间即达标"),
        (definition(HIGHER), 0.0, None, "目标是 0.0，填了就达标"),
        (definition(HIGHER, least=None), 0.0, None, "填 0.0 及以上即达标"),
        (definition(LOWER), 0.0, None, "填 0.0 及以下即达标"),
        (definition(HIGHER), None, None, "本年没有目标"),
    ],
)
def test_which_value_meets_the_target(row, target, high, words):
    assert what_meets(row, {"target": target, "target_high": high}).endswith(words)

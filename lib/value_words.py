"""A value as people read it: a number, a band of two ends, or the name of a stage. Pure: no Django, no I/O."""

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from lib.numbers import is_absent, plain

BETWEEN = "–"
STAGE_MARK = "/"
STEP = Decimal("0.000001")  # as in `indicators.terms.target_kinds`


def value_words(
    value: float | Decimal | None, decimals: int = 0, *, high: float | Decimal | None = None, stages: Sequence[str] = ()
) -> str:
    """`plain`; of a band both ends (45–50), one where they are the same; of a row in stages the stage's name.

    `stages`: their names in order, the first for 0. A value that is none of them stays a number: nothing is guessed."""
    name = stage_name(value, stages)
    if name is not None:
        return name
    is_band = not is_absent(high) and not is_absent(value)
    if not is_band or high == value:
        return plain(value, decimals)
    return f"{plain(value, decimals)}{BETWEEN}{plain(high, decimals)}"


def stage_names(text: str) -> tuple[str, ...]:
    """未启动/创建中/已命名 as names in order."""
    names = [name.strip() for name in text.split(STAGE_MARK)]
    return tuple(filter(None, names))


def stage_name(value: float | Decimal | None, stages: Sequence[str]) -> str | None:
    """The name of the stage that a value stands for; None where it stands for none."""
    if not stages or value is None or is_absent(value):
        return None
    place = int(value)
    return stages[place] if place == value and 0 <= place < len(stages) else None


def stage_number(words: str, stages: Sequence[str]) -> Decimal | None:
    """The value of a stage by its name, spaces left out; None where no stage is called so."""
    names = ["".join(name.split()) for name in stages]
    name = "".join(words.split())
    return Decimal(names.index(name)) if name in names else None


def goal_words(value: float | Decimal | None, decimals: int = 0, *, direction: int) -> str:
    """A target as the plan means it: what a strict comparison set a millionth beyond a round number reads >6.4 or <5.5.

    Round is what has at most two places: no other typed number ends so."""
    stepped = _stepped(value)
    if stepped is None or stepped.step != direction:
        return plain(value, decimals)
    sign = ">" if direction > 0 else "<"
    return f"{sign}{plain(stepped.round_number, decimals)}"


def gap_number(gap: float | None) -> float | None:
    """A gap to such a target without the millionth; a gap that is that millionth alone stays as it is."""
    stepped = _stepped(gap)
    if stepped is None or not stepped.round_number:
        return gap
    return float(stepped.round_number)


class _Stepped(NamedTuple):
    """A round number, and whether the value is a millionth above it (1) or below it (−1)."""

    round_number: Decimal
    step: int


def _stepped(value: float | Decimal | None) -> _Stepped | None:
    """None of a value that is no millionth beside a round number."""
    if value is None or is_absent(value):
        return None
    number = round(Decimal(str(value)), 6)
    for step in (1, -1):
        whole = number - step * STEP
        if whole == round(whole, 2) and number != whole:
            return _Stepped(whole, step)
    return None

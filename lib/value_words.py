"""A value as people read it: a number, a band of two ends, or the name of a stage. Pure: no Django, no I/O."""

from collections.abc import Sequence
from decimal import Decimal

from lib.numbers import is_absent, plain

BETWEEN = "–"
STAGE_MARK = "/"
STEP = Decimal("0.000001")  # as in `indicators.terms.target_kinds`


def value_words(
    value: float | Decimal | None, decimals: int = 0, *, high: float | Decimal | None = None, stages: Sequence[str] = ()
) -> str:
    """`plain`; of a band both ends (45–50), one where they are the same; of a row in stages the stage's name.

    `stages`: their names in order, the first for 0. A value that is none of them stays a number: nothing is guessed."""
    if (name := stage_name(value, stages)) is not None:
        return name
    if is_absent(high) or is_absent(value) or high == value:
        return plain(value, decimals)
    return f"{plain(value, decimals)}{BETWEEN}{plain(high, decimals)}"


def stage_names(text: str) -> tuple[str, ...]:
    """未启动/创建中/已命名 as names in order."""
    return tuple(name.strip() for name in text.split(STAGE_MARK) if name.strip())


def stage_name(value: float | Decimal | None, stages: Sequence[str]) -> str | None:
    """The name of the stage that a value stands for; None where it stands for none."""
    if not stages or value is None or is_absent(value) or value != int(value):
        return None
    return stages[int(value)] if 0 <= value < len(stages) else None


def stage_number(words: str, stages: Sequence[str]) -> Decimal | None:
    """The value of a stage by its name, spaces left out; None where no stage is called so."""
    names = ["".join(name.split()) for name in stages]
    name = "".join(words.split())
    return Decimal(names.index(name)) if name in names else None


def goal_words(value: float | Decimal | None, decimals: int = 0, *, direction: int) -> str:
    """A target as the plan means it: what a strict comparison set a millionth beyond a round number reads >6.4 or <5.5.

    Round is what has at most two places: no other typed number ends so."""
    stepped = _stepped(value)
    if stepped is None or stepped[1] != direction:
        return plain(value, decimals)
    return f"{'>' if direction > 0 else '<'}{plain(stepped[0], decimals)}"


def gap_number(gap: float | None) -> float | None:
    """A gap to such a target without the millionth; a gap that is that millionth alone stays as it is."""
    stepped = _stepped(gap)
    return gap if stepped is None or not stepped[0] else float(stepped[0])


def _stepped(value: float | Decimal | None) -> tuple[Decimal, int] | None:
    """The round number that a value is a millionth above (1) or below (−1); None of any other."""
    if value is None or is_absent(value):
        return None
    number = round(Decimal(str(value)), 6)
    for step in (1, -1):
        whole = number - step * STEP
        if whole == round(whole, 2) and number != whole:
            return whole, step
    return None

"""Cells that hold what a row of a plan can be: a number, the name of a stage, or a band of two ends."""

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from django.utils.translation import gettext as _

from lib.tabular.cells import WORDS_OF_KIND, Cell, SpreadsheetError, parse_number
from lib.value_words import stage_number

# 45–50, 45~50, 45至50; a hyphen parts two numbers only where a figure stands before it.
DASHES, HYPHENS, FIGURES = frozenset("–—~～至到"), frozenset("-−－"), frozenset("0123456789%％")
ABOUT = re.compile(r"^(?:约|大约)|左右$|上下$")
MOST_SHOWN = 40


class Ends(NamedTuple):
    """A number, and of a band its upper end."""

    value: Decimal
    high: Decimal | None = None


def parse_value(cell: Cell | str, *, unit: str = "", stages: Sequence[str] = ()) -> Decimal:
    """`parse_number`; of a row in stages the place of the stage that is named. A bare number names no stage.
    SpreadsheetError in plain words."""
    if not stages:
        return parse_number(cell, unit=unit)
    words = cell if isinstance(cell, str) else cell.text
    number = stage_number(words, stages)
    if number is None:
        refused = _("“{shown}”不是阶段的名称；应为 {known}")
        raise SpreadsheetError(refused.format(shown=words.strip()[:MOST_SHOWN], known="、".join(stages)))
    return number


def parse_ends(cell: Cell | str, *, unit: str = "", stages: Sequence[str] = (), is_band: bool = False) -> Ends:
    """`parse_value`; of a band both ends: 45–50, or one number (1左右), which is both. SpreadsheetError where the ends
    are turned round, or where a row that is no band is given two."""
    cell = Cell(cell) if isinstance(cell, str) else cell
    if not is_band or cell.kind in WORDS_OF_KIND:
        return Ends(parse_value(cell, unit=unit, stages=stages))
    text = ABOUT.sub("", cell.text.strip())
    parts = _ends_in(text)
    if len(parts) == 1:
        number = parse_number(cell if text == cell.text else text, unit=unit)
        return Ends(number, number)
    low, high = (parse_number(part, unit=unit) for part in parts)
    if low > high:
        refused = _("“{shown}”的下限大于上限；请写成 下限–上限，例如 45–50")
        raise SpreadsheetError(refused.format(shown=cell.text[:MOST_SHOWN]))
    return Ends(low, high)


def _ends_in(text: str) -> list[str]:
    """The text before and after what parts two numbers; the whole where nothing does. Looked through once: a pattern
    with blanks on either side would begin anew at each of them."""
    before = ""
    for place, letter in enumerate(text):
        if letter in DASHES or (letter in HYPHENS and before in FIGURES):
            return [text[:place].strip(), text[place + 1 :].strip()]
        if not letter.isspace():
            before = letter
    return [text]

"""Official values that the rules in force doubt, as lines of a list: where, and the cell that shows it."""

from collections.abc import Sequence
from dataclasses import dataclass

from areas.models import Area
from reporting.rules.contradictions import Contradiction


@dataclass(frozen=True)
class DoubtLine:
    """`indicator`: the first row that meets in it; its cell tells all that was compared, and asks the units."""

    name: str
    area: str
    indicator: str
    year: int
    words: str


def doubt_lines(found: Sequence[Contradiction]) -> list[DoubtLine]:
    """In the order given. One query where there is any."""
    if not found:
        return []
    names = {area.code: area.shown_name for area in Area.objects.judged()}
    return [
        DoubtLine(names.get(each.area, each.area), each.area, each.indicators[0], each.year, each.words)
        for each in found
    ]

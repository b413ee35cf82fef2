"""What stands on the card of a row that is to be typed: the years before as a drawn line, and what would meet the
target, said before anything is typed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from django.utils.translation import gettext as _

from indicators.models import IndicatorDefinition
from lib.numbers import is_absent
from reporting.sheet_pages.rows import SheetPageRow

STEP, HEIGHT, MARGIN = 90, 84, 10  # px of a year's column; of the drawing; above and below the line


@dataclass(frozen=True)
class CardPlot:
    """A drawing of WIDTH × HEIGHT: the line of the values, a dot for each (x, y, status), the heights of target and
    standard where the year has one."""

    width: int
    path: str
    dots: list[tuple[float, float, str]]
    target: float | None
    standard: float | None
    height: int = HEIGHT

    @property
    def open_x(self) -> float:
        """Where the year that is typed stands."""
        return self.width - STEP / 2


@dataclass(frozen=True)
class EntryCard:
    """One card; everything of its row, too."""

    row: SheetPageRow
    plot: CardPlot | None
    hint: str

    @property
    def needs_words(self) -> bool:
        """Whether the field for an explanation stands open."""
        line = self.row.line
        has_findings = bool(line.entry.version and line.findings)
        return has_findings or bool(line.entry.explanation or line.entry.returned_note)


def card_of(row: SheetPageRow) -> EntryCard:
    judged = row.line.judgement
    return EntryCard(row, _plot(row, judged), what_meets(row.line.definition, judged))


def what_meets(definition: IndicatorDefinition, judged: Mapping) -> str:
    """Which value would meet the year's target."""
    target, high = judged["target"], judged.get("target_high")
    if is_absent(target):
        return _("本年没有目标")
    words = definition.value_words(target, None if is_absent(high) else high)
    if definition.stages:
        return _("到“{stage}”即达标").format(stage=words)
    if definition.is_band:
        return _("填 {range} 之间即达标").format(range=words)
    if definition.direction == IndicatorDefinition.Direction.LOWER:
        return _("填 {target} 及以下即达标").format(target=words)
    if definition.lower_bound is not None and target <= float(definition.lower_bound):
        return _("目标是 {target}，填了就达标").format(target=words)
    return _("填 {target} 及以上即达标").format(target=words)


def _plot(row: SheetPageRow, judged: Mapping) -> CardPlot | None:
    """None where no year before has a value."""
    points = _past_points(row)
    if all(point is None for point in points):
        return None
    points.append(_typed_point(row, judged["status"]))
    target, standard = _number(judged["target"]), _number(judged["standard"])
    known = [point.value for point in points if point is not None]
    known += [value for value in (target, standard) if value is not None]
    height_of = _scale(min(known), max(known))
    path = []
    dots = []
    pen = "M"  # move there; "L" draws a line from the point before
    for at, point in enumerate(points):
        if point is None:
            pen = "M"
            continue
        x, y = STEP * at + STEP / 2, height_of(point.value)
        path.append(f"{pen}{x:g} {y:g}")
        dots.append((x, y, point.status))
        pen = "L"
    return CardPlot(
        width=STEP * len(points),
        path="".join(path),
        dots=dots,
        target=None if target is None else height_of(target),
        standard=None if standard is None else height_of(standard),
    )


class _Point(NamedTuple):
    """What is drawn of a year."""

    value: float
    status: str


def _past_points(row: SheetPageRow) -> list[_Point | None]:
    """Of the years before; None where one has no value."""
    points: list[_Point | None] = []
    for _year, cell in row.past:
        value = None if cell is None else _number(cell.value)
        points.append(None if value is None else _Point(value, cell.status))
    return points


def _typed_point(row: SheetPageRow, status: str) -> _Point | None:
    """Of the year itself; a value that must be put right would stretch the drawing beyond use."""
    typed = row.line.entry.value
    if typed is None or row.is_blocked:
        return None
    return _Point(float(typed), status)


def _number(value) -> float | None:
    return None if is_absent(value) else float(value)


def _scale(low: float, high: float) -> Callable[[float], float]:
    """The height of a value in the drawing, the largest on top; all in the middle where they are the same."""

    def height_of(value: float) -> float:
        share = 0.5
        if high > low:
            share = (value - low) / (high - low)
        return round(HEIGHT - MARGIN - share * (HEIGHT - 2 * MARGIN), 1)

    return height_of

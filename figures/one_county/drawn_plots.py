"""One row of the plan in one county, drawn: values as a line, target and standard as steps, the way ahead at the pace
so far. Every year has a column of one width, so that a table stands under the drawing, year under year. No database."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from figures.cells import JudgedCell
from figures.picture import Picture
from indicators.models import IndicatorDefinition
from lib.numbers import plain, rounded

LEFT, STEP, HEIGHT, TOP, BOTTOM = 46, 64, 176, 22, 14
LINES = ("value", "target", "target_high", "standard", "standard_high")


@dataclass(frozen=True)
class Dot:
    x: float
    y: float
    status: str
    label: str  # the number beside it, of the shown year alone


@dataclass(frozen=True)
class DrawnPlot:
    """Paths in a box of `width` × `height`; `band` is the left edge of the shown year's column, `ticks` the heights of
    the lines across with their numbers. `ahead` leads from the shown value to the projection, `outlook` is its end."""

    width: int
    values: str
    targets: list[str]
    standards: list[str]
    ahead: str
    outlook: tuple[float, float, str] | None
    dots: list[Dot]
    ticks: list[tuple[float, str]]
    band: float | None
    height: int = HEIGHT
    left: int = LEFT
    step: int = STEP

    @property
    def label_share(self) -> float:
        """Per cent of the width that stands left of the first year's column."""
        return round(100 * LEFT / self.width, 3)


def drawn_plots(picture: Picture, definition: IndicatorDefinition) -> list[dict]:
    """One for each county that is shown, on one scale: its cells by year, the shown one, the drawing (None without any
    number)."""
    years = list(picture.years)
    by_area = {area: [picture.cell(area, definition, year) for year in years] for area in picture.judged}
    known: list[float] = []
    for cells in by_area.values():
        known += _numbers_of(cells)
    span = (min(known), max(known)) if known else None
    plots = []
    for area, cells in by_area.items():
        now = next((cell for cell in cells if cell and cell.year == picture.year), None)
        plot = _plot(cells, years, picture.year, definition, span) if span else None
        plots.append({"area": area, "cells": list(zip(years, cells, strict=True)), "now": now, "plot": plot})
    return plots


def _numbers_of(cells: Sequence[JudgedCell | None]) -> Iterator[float]:
    """All that is drawn of a county."""
    for cell in cells:
        if cell is not None:
            numbers = [cell.row.get(name) for name in (*LINES, "projection")]
            yield from (number for number in numbers if number is not None)


def _plot(
    cells: Sequence[JudgedCell | None],
    years: Sequence[int],
    shown: int,
    definition: IndicatorDefinition,
    span: tuple[float, float],
) -> DrawnPlot:
    low, high = span

    def y(number: float) -> float:
        share = (number - low) / (high - low) if high > low else 0.5
        return round(HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM), 1)

    def x(at: int) -> float:
        return LEFT + STEP * at + STEP / 2

    series = {name: _numbers(cells, name) for name in LINES}
    dots = []
    for at, (year, cell) in enumerate(zip(years, cells, strict=True)):
        if cell and cell.row["value"] is not None:
            words = definition.row_words(cell.row, "value") if year == shown else ""
            dots.append(Dot(x(at), y(cell.row["value"]), cell.status, words))
    ahead, outlook = _ahead(cells, years, shown, definition, x, y)
    steps = {name: _steps(numbers, x, y) for name, numbers in series.items() if name != "value"}
    return DrawnPlot(
        width=LEFT + STEP * len(years),
        values=_line(series["value"], x, y),
        targets=[path for path in (steps["target"], steps["target_high"]) if path],
        standards=[path for path in (steps["standard"], steps["standard_high"]) if path],
        ahead=ahead,
        outlook=outlook,
        dots=dots,
        ticks=[(y(number), plain(number, definition.decimals)) for number in _ticks(low, high)],
        band=LEFT + STEP * years.index(shown) if shown in years else None,
    )


def _numbers(cells: Sequence[JudgedCell | None], name: str) -> list[float | None]:
    return [cell.row.get(name) if cell else None for cell in cells]


def _ahead(
    cells: Sequence[JudgedCell | None],
    years: Sequence[int],
    shown: int,
    definition: IndicatorDefinition,
    x: Callable[[int], float],
    y: Callable[[float], float],
) -> tuple[str, tuple[float, float, str] | None]:
    """The dashed way from the shown year's value to what it would be in the final year."""
    at = years.index(shown) if shown in years else -1
    cell = cells[at] if at >= 0 else None
    last = len(years) - 1
    if cell is None or at == last or cell.row["value"] is None or cell.row.get("projection") is None:
        return "", None
    end = y(cell.row["projection"])
    words = rounded(cell.row["projection"], definition.decimals)
    return f"M{x(at):g} {y(cell.row['value']):g}L{x(last):g} {end:g}", (x(last), end, words)


def _line(numbers: Sequence[float | None], x: Callable[[int], float], y: Callable[[float], float]) -> str:
    """From value to value; broken where a year has none."""
    parts, is_drawing = [], False
    for at, number in enumerate(numbers):
        if number is not None:
            parts.append(f"{'L' if is_drawing else 'M'}{x(at):g} {y(number):g}")
        is_drawing = number is not None
    return "".join(parts)


def _steps(numbers: Sequence[float | None], x: Callable[[int], float], y: Callable[[float], float]) -> str:
    """Level through each year's column, straight up or down between two."""
    parts, is_drawing = [], False
    for at, number in enumerate(numbers):
        if number is not None:
            left, right = x(at) - STEP / 2, x(at) + STEP / 2
            parts.append(f"V{y(number):g}H{right:g}" if is_drawing else f"M{left:g} {y(number):g}H{right:g}")
        is_drawing = number is not None
    return "".join(parts)


def _ticks(low: float, high: float) -> list[float]:
    """Three or four round numbers between the ends."""
    if high <= low:
        return [low]
    rough = (high - low) / 4
    size = 10 ** (len(f"{int(rough)}") - 1) if rough >= 1 else 10 ** -_zeros(rough)
    step = next(size * factor for factor in (1, 2, 5, 10) if size * factor >= rough)
    first = int(low // step)
    return [round(step * at, 6) for at in range(first, first + 8) if low <= step * at <= high]


def _zeros(number: float) -> int:
    """Decimal places of the first digit that is not zero."""
    places = 1
    while number * 10**places < 1 and places < 9:
        places += 1
    return places

"""One row of the plan in one county, drawn: values as a line, target and standard as steps, the way ahead at the pace
so far. Every year has a column of one width, so that a table stands under the drawing, year under year. No database."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from areas.models import Area
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
    by_area: dict[Area, list[JudgedCell | None]] = {}
    known: list[float] = []
    for area in picture.judged:
        cells = [picture.cell(area, definition, year) for year in years]
        by_area[area] = cells
        known += _numbers_of(cells)
    plots = []
    for area, cells in by_area.items():
        now = next((cell for cell in cells if cell and cell.year == picture.year), None)
        plot = None
        if known:
            plot = _plot(cells, _Scale(years, min(known), max(known)), picture.year, definition)
        plots.append({"area": area, "cells": list(zip(years, cells, strict=True)), "now": now, "plot": plot})
    return plots


@dataclass(frozen=True)
class _Scale:
    """Where a year and a number stand in the drawing; all counties of a page have the same."""

    years: Sequence[int]
    low: float
    high: float

    def x(self, at: int) -> float:
        """The middle of a year's column."""
        return LEFT + STEP * at + STEP / 2

    def y(self, number: float) -> float:
        """The largest number on top; all in the middle where they are the same."""
        share = 0.5
        if self.high > self.low:
            share = (number - self.low) / (self.high - self.low)
        return round(HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM), 1)


def _numbers_of(cells: Sequence[JudgedCell | None]) -> Iterator[float]:
    """All that is drawn of a county."""
    for cell in cells:
        if cell is None:
            continue
        for name in (*LINES, "projection"):
            number = cell.row.get(name)
            if number is not None:
                yield number


def _plot(cells: Sequence[JudgedCell | None], grid: _Scale, shown: int, definition: IndicatorDefinition) -> DrawnPlot:
    years = grid.years
    ahead, outlook = _ahead(cells, grid, shown, definition)
    ticks = []
    for number in _ticks(grid.low, grid.high):
        ticks.append((grid.y(number), plain(number, definition.decimals)))
    return DrawnPlot(
        width=LEFT + STEP * len(years),
        values=_line(_numbers(cells, "value"), grid),
        targets=_benchmark(cells, "target", grid),
        standards=_benchmark(cells, "standard", grid),
        ahead=ahead,
        outlook=outlook,
        dots=_dots(cells, grid, shown, definition),
        ticks=ticks,
        band=LEFT + STEP * years.index(shown) if shown in years else None,
    )


def _dots(cells: Sequence[JudgedCell | None], grid: _Scale, shown: int, definition: IndicatorDefinition) -> list[Dot]:
    dots = []
    for at, (year, cell) in enumerate(zip(grid.years, cells, strict=True)):
        if cell is None or cell.row["value"] is None:
            continue
        words = ""
        if year == shown:
            words = definition.row_words(cell.row, "value")
        dots.append(Dot(grid.x(at), grid.y(cell.row["value"]), cell.status, words))
    return dots


def _benchmark(cells: Sequence[JudgedCell | None], name: str, grid: _Scale) -> list[str]:
    """The steps of a target or standard, of a band those of both ends; without what no year has."""
    ends = [_steps(_numbers(cells, each), grid) for each in (name, f"{name}_high")]
    return [path for path in ends if path]


def _numbers(cells: Sequence[JudgedCell | None], name: str) -> list[float | None]:
    return [cell.row.get(name) if cell else None for cell in cells]


def _ahead(
    cells: Sequence[JudgedCell | None], grid: _Scale, shown: int, definition: IndicatorDefinition
) -> tuple[str, tuple[float, float, str] | None]:
    """The dashed way from the shown year's value to what it would be in the final year."""
    last = len(grid.years) - 1
    if shown not in grid.years or shown == grid.years[last]:
        return "", None
    at = grid.years.index(shown)
    cell = cells[at]
    if cell is None:
        return "", None
    value, projection = cell.row["value"], cell.row.get("projection")
    if value is None or projection is None:
        return "", None
    left, right = grid.x(at), grid.x(last)
    start, end = grid.y(value), grid.y(projection)
    words = rounded(projection, definition.decimals)
    return f"M{left:g} {start:g}L{right:g} {end:g}", (right, end, words)


def _line(numbers: Sequence[float | None], grid: _Scale) -> str:
    """From value to value; broken where a year has none."""
    parts = []
    pen = "M"  # move there; "L" draws a line from the point before
    for at, number in enumerate(numbers):
        if number is None:
            pen = "M"
            continue
        parts.append(f"{pen}{grid.x(at):g} {grid.y(number):g}")
        pen = "L"
    return "".join(parts)


def _steps(numbers: Sequence[float | None], grid: _Scale) -> str:
    """Level through each year's column, straight up or down between two."""
    parts = []
    is_drawing = False
    for at, number in enumerate(numbers):
        if number is None:
            is_drawing = False
            continue
        left, right = grid.x(at) - STEP / 2, grid.x(at) + STEP / 2
        height = grid.y(number)
        start = f"V{height:g}" if is_drawing else f"M{left:g} {height:g}"
        parts.append(f"{start}H{right:g}")
        is_drawing = True
    return "".join(parts)


def _ticks(low: float, high: float) -> list[float]:
    """Three or four round numbers between the ends."""
    if high <= low:
        return [low]
    rough = (high - low) / 4
    step = _round_step(rough)
    first = int(low // step)
    found = []
    for at in range(first, first + 8):  # a step is a quarter of the span at least: more than five never fit
        number = step * at
        if low <= number <= high:
            found.append(round(number, 6))
    return found


def _round_step(rough: float) -> float:
    """The next of 1, 2, 5, 10, 20 … and of 0.5, 0.2, 0.1 … that is no smaller."""
    size: float = 10 ** -_zeros(rough)
    if rough >= 1:
        size = 10 ** (len(f"{int(rough)}") - 1)
    return next(size * factor for factor in (1, 2, 5, 10) if size * factor >= rough)


def _zeros(number: float) -> int:
    """Decimal places of the first digit that is not zero."""
    places = 1
    while number * 10**places < 1 and places < 9:
        places += 1
    return places

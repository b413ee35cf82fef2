"""Two years side by side: what moved, who leads, and whether the counties draw closer together.

Everything is read from one `Picture`; nothing is asked of the database beyond it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from operator import itemgetter
from typing import NamedTuple

from areas.models import Area
from figures.cells import JudgedCell
from figures.picture import Picture
from indicators.aggregates import Aggregate
from indicators.models import IndicatorDefinition
from lib.sparklines import Sparkline


@dataclass(frozen=True)
class Move:
    """A county's row in both years. `change`: later less earlier value, in the row's unit, positive better; None where
    either year has no value. `place`: 1 for the best value of the later year, shared by equals."""

    before: JudgedCell
    after: JudgedCell
    change: float | None
    place: int | None
    trend: Sparkline

    @property
    def mood(self) -> str:
        if not self.change:
            return ""
        return "met" if self.change > 0 else "behind"

    @property
    def turned(self) -> int:
        """1: now met and not before; -1: met before and no longer; 0: neither, or not judged in both years."""
        judged = {"met", "near", "behind"}
        if self.before.status not in judged or self.after.status not in judged:
            return 0
        return (self.after.status == "met") - (self.before.status == "met")


@dataclass(frozen=True)
class CompareRow:
    """`moves`: of the counties, and of the city where it is judged. `ranking`: the areas with a value in the later
    year, best first. `spread`: the best less the last of them, and the same of the earlier year, in the row's unit;
    None with fewer than two values, and for running totals, which depend on a county's size."""

    definition: IndicatorDefinition
    moves: list[Move | None]
    ranking: list[tuple[int, Area]]
    spread: float | None
    spread_before: float | None

    @property
    def widening(self) -> float | None:
        """Positive: the counties are further apart than they were."""
        if self.spread is None or self.spread_before is None:
            return None
        return round(self.spread - self.spread_before, 10)


@dataclass(frozen=True)
class Totals:
    """How many cells have a value in both years, and of those how many moved which way; how many rows' counties drew
    apart or closer."""

    both: int
    better: int
    worse: int
    gained: int
    lost: int
    wider: int
    closer: int

    @property
    def same(self) -> int:
        return self.both - self.better - self.worse


def rows(picture: Picture, earlier: int) -> list[CompareRow]:
    """One for each indicator, in the catalogue's order."""
    return [_row(picture, definition, earlier) for definition in picture.definitions]


def _row(picture: Picture, definition: IndicatorDefinition, earlier: int) -> CompareRow:
    pairs = [_pair(picture, area, definition, earlier) for area in picture.judged]
    known = [pair for pair in pairs if pair and pair.after.area != picture.city]  # the city is in no race
    places: dict[str, int] = {}
    if definition.direction:
        places = _places([pair.after for pair in known], definition.direction)
    scale = _scale(picture, definition)
    moves = [_move(picture, pair, places, scale) for pair in pairs]
    if not definition.is_ranked:
        return CompareRow(definition, moves, [], None, None)
    areas = [pair.after.area for pair in known]
    ranked = [(places[area.code], area) for area in areas if area.code in places]
    spread, spread_before = _spread([pair.after for pair in known]), _spread([pair.before for pair in known])
    return CompareRow(definition, moves, sorted(ranked, key=itemgetter(0)), spread, spread_before)


class _Pair(NamedTuple):
    """A row of one area in both years."""

    before: JudgedCell
    after: JudgedCell


def _pair(picture: Picture, area: Area, definition, earlier: int) -> _Pair | None:
    before, after = picture.cell(area, definition, earlier), picture.cell(area, definition)
    if before is None or after is None:
        return None
    return _Pair(before, after)


def _move(picture: Picture, pair: _Pair | None, places: Mapping[str, int], scale) -> Move | None:
    if pair is None:
        return None
    before, after = pair
    old, new = before.row["value"], after.row["value"]
    change = None
    if old is not None and new is not None:
        change = round((after.definition.direction or 1) * (new - old), 10)
    trend = picture.trend(after.area.code, after.definition.indicator_id, after.year, scale)
    return Move(before, after, change, places.get(after.area.code), trend)


def _places(cells: Sequence[JudgedCell], direction: int) -> dict[str, int]:
    """Area → 1 for the best value, shared by equals, as in a race."""
    values = {cell.area.code: direction * cell.row["value"] for cell in cells if cell.row["value"] is not None}
    places = {}
    for code, value in values.items():
        better = sum(other > value for other in values.values())
        places[code] = 1 + better
    return places


def _spread(cells: Sequence[JudgedCell]) -> float | None:
    values = [cell.row["value"] for cell in cells if cell.row["value"] is not None]
    if len(values) < 2:
        return None
    return round(max(values) - min(values), 10)


@dataclass(frozen=True)
class Together:
    """The counties taken together in both years. `change` is None where other counties went into the one than into the
    other."""

    definition: IndicatorDefinition
    before: Aggregate
    after: Aggregate
    change: Decimal | None


def both_together(picture: Picture, earlier: int) -> dict[str, Together]:
    """By indicator, those rows that add up in both years, out of official values."""
    known = picture.aggregates_of_years([earlier, picture.year])
    found = {}
    for d in picture.definitions:
        before, after = known.get((d.indicator_id, earlier)), known.get((d.indicator_id, picture.year))
        if before and after:
            found[d.indicator_id] = Together(d, before, after, _change(d, before, after))
    return found


def _change(d: IndicatorDefinition, before: Aggregate, after: Aggregate) -> Decimal | None:
    if before.value is None or after.value is None or before.included != after.included:
        return None
    return (d.direction or 1) * (after.value - before.value)


def _scale(picture: Picture, definition) -> tuple[float, float] | None:
    """Lowest and highest number of the row, all counties and years: they are drawn on one scale."""
    found: list[float] = []
    for area in picture.judged:
        for name in ("value", picture.asked.benchmark):
            numbers = picture.series(area.code, definition.indicator_id, name)
            found += [number for number in numbers if number is not None]
    return (min(found), max(found)) if found else None


def total(found: Sequence[CompareRow], city: Area | None = None) -> Totals:
    """Of the counties alone."""
    moves: list[Move] = []
    changes: list[float] = []
    for row in found:
        for move in row.moves:
            if move and move.change is not None and move.after.area != city:
                moves.append(move)
                changes.append(move.change)
    widenings = [row.widening for row in found if row.widening is not None]
    return Totals(
        both=len(moves),
        better=sum(change > 0 for change in changes),
        worse=sum(change < 0 for change in changes),
        gained=sum(move.turned > 0 for move in moves),
        lost=sum(move.turned < 0 for move in moves),
        wider=sum(widening > 0 for widening in widenings),
        closer=sum(widening < 0 for widening in widenings),
    )

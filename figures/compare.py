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

JUDGED = {"met", "near", "behind"}


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
        statuses = {self.before.status, self.after.status}
        if not statuses <= JUDGED:
            return 0
        was_met = self.before.status == "met"
        is_met = self.after.status == "met"
        return is_met - was_met


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
    before: list[JudgedCell] = []
    after: list[JudgedCell] = []
    for pair in pairs:
        if pair is not None and pair.after.area != picture.city:  # the city is in no race
            before.append(pair.before)
            after.append(pair.after)
    places: dict[str, int] = {}
    if definition.direction:
        places = _places(after, definition.direction)
    scale = _scale(picture, definition)
    moves = [_move(picture, pair, places, scale) for pair in pairs]
    if not definition.is_ranked:
        return CompareRow(definition, moves, [], None, None)
    return CompareRow(definition, moves, _ranking(after, places), _spread(after), _spread(before))


def _ranking(cells: Sequence[JudgedCell], places: Mapping[str, int]) -> list[tuple[int, Area]]:
    """The areas that have a place, best first; equals stay in the order of the page."""
    ranked = []
    for cell in cells:
        place = places.get(cell.area.code)
        if place is not None:
            ranked.append((place, cell.area))
    return sorted(ranked, key=itemgetter(0))


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
        change = round(_sign(after.definition) * (new - old), 10)
    trend = picture.trend(after.area.code, after.definition.indicator_id, after.year, scale)
    return Move(before, after, change, places.get(after.area.code), trend)


def _sign(definition: IndicatorDefinition) -> int:
    """By which a change is multiplied so that positive is better; a row without a direction is told as it is."""
    return definition.direction or 1


def _places(cells: Sequence[JudgedCell], direction: int) -> dict[str, int]:
    """Area → 1 for the best value, shared by equals, as in a race."""
    values = {}
    for cell in cells:
        value = cell.row["value"]
        if value is not None:
            values[cell.area.code] = direction * value
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
    if before.value is None or after.value is None:
        return None
    if before.included != after.included:
        return None
    return _sign(d) * (after.value - before.value)


def _scale(picture: Picture, definition) -> tuple[float, float] | None:
    """Lowest and highest number of the row, all counties and years: they are drawn on one scale."""
    found: list[float] = []
    for area in picture.judged:
        for name in ("value", picture.asked.benchmark):
            numbers = picture.series(area.code, definition.indicator_id, name)
            found += [number for number in numbers if number is not None]
    if not found:
        return None
    return min(found), max(found)


def total(found: Sequence[CompareRow], city: Area | None = None) -> Totals:
    """Of the counties alone."""
    moves: list[Move] = []
    changes: list[float] = []
    for row in found:
        for move in row.moves:
            if move and move.change is not None and move.after.area != city:
                moves.append(move)
                changes.append(move.change)
    better, worse = _ups_and_downs(changes)
    gained, lost = _ups_and_downs([move.turned for move in moves])
    wider, closer = _ups_and_downs([row.widening for row in found if row.widening is not None])
    return Totals(len(moves), better, worse, gained, lost, wider, closer)


def _ups_and_downs(numbers: Sequence[float]) -> tuple[int, int]:
    """How many are above 0, and how many below."""
    ups = downs = 0
    for number in numbers:
        if number > 0:
            ups += 1
        elif number < 0:
            downs += 1
    return ups, downs

"""The rows of a county's table: what is short first, or by field, each with its track and its place. No database."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from django.utils.translation import gettext as _

from figures.cells import JudgedCell
from figures.one_county.range_track import RangeTrack, range_of
from figures.picture import Picture
from figures.summary import attention
from indicators.labels import OUTLOOK_NAMES, URGENT
from indicators.terms.applicability import NOT_APPLICABLE
from lib.numbers import rounded, signed

BAD_OUTLOOKS = {"limited": "behind", "moving_away": "behind", "missed": "behind", "accelerate": "near"}


@dataclass(frozen=True)
class CountyRow:
    """A cell of the county with its numbers as written; `place`: its rank among the counties that reported, "2/3"."""

    cell: JudgedCell
    track: RangeTrack | None
    place: str

    def _signed(self, name: str) -> str:
        return self.cell.definition.gap_words(self.cell.row[name])

    @property
    def gap(self) -> str:
        return "" if self.cell.gap is None else self.cell.definition.gap_words(self.cell.gap)

    @property
    def target_gap(self) -> str:
        return self._signed("gap")

    @property
    def standard_gap(self) -> str:
        return self._signed("standard_gap")

    @property
    def change(self) -> str:
        return signed(self.cell.row["change"], self.cell.definition.decimals)

    @property
    def pace(self) -> str:
        return rounded(self.cell.row["pace"], 2)

    @property
    def projection(self) -> str:
        return rounded(self.cell.row["projection"], self.cell.definition.decimals)

    @property
    def required(self) -> str:
        return _two_places(self.cell.row["required_change"])

    @property
    def mean(self) -> str:
        return "" if self.cell.definition.stages else _two_places(self.cell.row["mean_change"])

    @property
    def outlook(self) -> str:
        return str(OUTLOOK_NAMES[self.cell.row["outlook"]])

    @property
    def outlook_mood(self) -> str:
        return BAD_OUTLOOKS.get(self.cell.row["outlook"], "")


def _two_places(value: float | None) -> str:
    return signed(None if value is None else round(value, 2))


@dataclass(frozen=True)
class Group:
    name: str
    rows: list[CountyRow]


def groups(
    picture: Picture, cells: Sequence[JudgedCell], everyone: Iterable[JudgedCell], *, by_field: bool
) -> list[Group]:
    """`cells`: the county's own; `everyone`: those of all counties of the page, for the places."""
    places = _places(everyone)
    rows = {id(cell): CountyRow(cell, range_of(picture, cell), places.get(id(cell), "–")) for cell in cells}
    if by_field:
        found = groupby(cells, lambda cell: cell.definition.field.shown_name)
        return [Group(name, [rows[id(cell)] for cell in own]) for name, own in found]
    first = attention(cells)
    met = [cell for cell in cells if cell.status == "met"]
    gone = [cell for cell in cells if cell.status == NOT_APPLICABLE]
    rest = [cell for cell in cells if cell.status not in (*URGENT, "met", NOT_APPLICABLE)]
    named = (
        (_("先看：滞后、接近、未报 {n}"), first),
        (_("达标 {n}"), met),
        (_("未到报送期或没有可比的数 {n}"), rest),
        (_("不适用"), gone),
    )
    return [Group(words.format(n=len(own)), [rows[id(cell)] for cell in own]) for words, own in named if own]


def _places(everyone: Iterable[JudgedCell]) -> dict[int, str]:
    """Of levels only: a running total depends on the county's size."""
    found: dict[int, str] = {}
    by_indicator: dict[str, list[JudgedCell]] = {}
    for cell in everyone:
        if cell.row["value"] is not None and cell.definition.is_ranked:
            by_indicator.setdefault(cell.definition.indicator_id, []).append(cell)
    for own in by_indicator.values():
        if len(own) > 1:
            for cell in own:
                ahead = sum(cell.definition.direction * (other.row["value"] - cell.row["value"]) > 0 for other in own)
                found[id(cell)] = f"{ahead + 1}/{len(own)}"
    return found

"""The track of a row: where its value stands between the first year's value and the final target. No database."""

from dataclasses import dataclass

from figures.cells import JudgedCell
from figures.picture import Picture


@dataclass(frozen=True)
class RangeTrack:
    """`value`, `target`, `standard`: per cent of the way, 0 to 100, cut at the ends; None where unknown. `first` and
    `last` are the ends as written; `keeps`: both ends are one, there is no way to go."""

    first: str
    last: str
    status: str
    value: float | None
    target: float | None
    standard: float | None
    is_standard_beyond: bool
    keeps: bool = False


def range_of(picture: Picture, cell: JudgedCell) -> RangeTrack | None:
    """None where the first value or the final target is unknown."""
    key = (cell.area.code, cell.definition.indicator_id)
    start = picture.records.get((*key, picture.plan.baseline_year), {}).get("value")
    end = picture.records.get((*key, picture.plan.final_year), {}).get(picture.asked.benchmark)
    if start is None or end is None:
        return None
    final = picture.records[(*key, picture.plan.final_year)]
    first = cell.definition.value_words(start)
    last = cell.definition.row_words(final, picture.asked.benchmark)
    if start == end or cell.definition.is_band:
        return RangeTrack(first, last, cell.status, None, None, None, False, keeps=True)

    def place(number: float | None) -> float | None:
        return None if number is None else round(100 * min(max((number - start) / (end - start), 0), 1), 1)

    standard = cell.row["standard"] if picture.asked.benchmark == "target" else None
    beyond = standard is not None and not 0 <= (standard - start) / (end - start) <= 1
    value, target = cell.row["value"], cell.row[picture.asked.benchmark]
    return RangeTrack(first, last, cell.status, place(value), place(target), place(standard), beyond)

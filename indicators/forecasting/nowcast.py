"""Where an open year would end, out of its latest quarter. Pure arithmetic: no clock, no database.

The way gone since the last year's end is carried on to the year's end: by how much the year before had gone by the same
quarter, where that is known, else evenly (four quarters for those that are over)."""

from dataclasses import dataclass
from decimal import Decimal

MOST = Decimal(8)  # of the way by a quarter: beyond it a quarter says too little of a year


@dataclass(frozen=True)
class YearSoFar:
    """The latest quarter that is known and its value; the official value of the year before (`began`); and of that
    year the value by the same quarter (`same_quarter`) and where it had begun (`earlier`)."""

    quarter: int
    value: Decimal
    began: Decimal | None
    same_quarter: Decimal | None = None
    earlier: Decimal | None = None


def year_end(so_far: YearSoFar, *, lower: Decimal | None, upper: Decimal | None) -> tuple[Decimal, bool] | None:
    """(the value at the year's end within the row's bounds, whether by the year before). None where it is not known
    where the year began."""
    if so_far.began is None:
        return None
    share = _seasonal(so_far)
    factor = share if share is not None else Decimal(4) / so_far.quarter
    value = so_far.began + (so_far.value - so_far.began) * factor
    if upper is not None:
        value = min(value, upper)
    return (max(value, lower) if lower is not None else value), share is not None


def _seasonal(so_far: YearSoFar) -> Decimal | None:
    """How many times the way by this quarter the whole of the year before was; None where it went backwards, stood
    still, or tells too little."""
    if so_far.began is None or so_far.same_quarter is None or so_far.earlier is None:
        return None
    by_quarter, whole = so_far.same_quarter - so_far.earlier, so_far.began - so_far.earlier
    if not by_quarter:
        return None
    times = whole / by_quarter
    return times if 1 <= times <= MOST else None

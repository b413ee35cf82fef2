"""Investment planned and completed. Pure: rows in, rows out; amounts in 亿元; None is not known."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class Year:
    """One year: planned in it, completed in it, and both since the beginning. `ratio`: completed ÷ planned since the
    beginning; None where nothing was planned or nothing has been reported."""

    year: int
    planned: Decimal | None
    completed: Decimal | None
    planned_so_far: Decimal
    completed_so_far: Decimal | None

    @property
    def ratio(self) -> float | None:
        if self.completed_so_far is None or not self.planned_so_far:
            return None
        return float(self.completed_so_far / self.planned_so_far)


def by_year(planned: Mapping[int, Decimal], completed: Mapping[int, Decimal]) -> list[Year]:
    """Every year from the first to the last that either names. A year before the first report or after the last is not
    reported (None), one between reports completed nothing (0)."""
    if not planned and not completed:
        return []
    years = range(min([*planned, *completed]), max([*planned, *completed]) + 1)
    reported = range(min(completed), max(completed) + 1) if completed else range(0)
    rows, plan, done = [], Decimal(0), Decimal(0)
    for year in years:
        is_known = year in reported
        plan += planned.get(year, Decimal(0))
        done += completed.get(year, Decimal(0))
        in_year = completed.get(year, Decimal(0)) if is_known else None
        rows.append(Year(year, planned.get(year), in_year, plan, done if is_known else None))
    return rows

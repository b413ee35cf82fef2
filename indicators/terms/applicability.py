"""Which areas and years have an indicator at all; a cell beyond is not applicable and never counted. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

NOT_APPLICABLE = "not_applicable"
AREA_MARK = "、"
Years = tuple[int | None, int | None]  # the first and the last, both included; None: without end


@dataclass(frozen=True)
class RowScope:
    """`areas`: their codes, empty for all; the first and the last year, None without one."""

    areas: frozenset[str] = frozenset()
    first_year: int | None = None
    last_year: int | None = None

    def has(self, area: str, year: int | None = None) -> bool:
        """Whether the area has the row (in that year)."""
        if self.areas and area not in self.areas:
            return False
        return year is None or within(year, (self.first_year, self.last_year))


def scoped_areas(text: str) -> frozenset[str]:
    """330122、330127 as codes."""
    parts = [part.strip() for part in text.split(AREA_MARK)]
    return frozenset(part for part in parts if part)


def within(year: int, years: Years) -> bool:
    first, last = years
    if first is not None and year < first:
        return False
    return last is None or year <= last


def applicable_cells(
    areas: list[str], scopes: list[RowScope], years: range, of_areas: Mapping[str, Years]
) -> np.ndarray:
    """For each cell of areas × indicators × years, in that order, whether it is one. `scopes`: of the indicators;
    `of_areas`: the years of those areas that are not there throughout."""
    every = np.ones((len(areas), len(scopes), len(years)), dtype=bool)
    for place, area in enumerate(areas):
        if area in of_areas:
            is_there = [within(year, of_areas[area]) for year in years]
            every[place] &= np.array(is_there, dtype=bool)
    for place, scope in enumerate(scopes):
        if scope == RowScope():  # everywhere and always, as most are
            continue
        has_row = [[scope.has(area, year) for year in years] for area in areas]
        every[:, place, :] &= np.array(has_row, dtype=bool)
    return every.ravel()

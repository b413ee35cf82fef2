"""County × indicator × year as one dense array of cells: areas outermost, the years of a series side by side."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd


@dataclass(frozen=True)
class Grid:
    areas: list[str]
    indicators: list[str]
    years: range

    @classmethod
    def of(cls, frame: pd.DataFrame, areas: Sequence[str]) -> "Grid":
        """The grid that a frame in its order was built on."""
        years = range(int(frame["year"].min()), int(frame["year"].max()) + 1) if len(frame) else range(0)
        first = frame["indicator"].to_numpy()[: len(frame) // len(areas) : len(years)] if len(frame) else ()
        return cls(list(areas), list(first), years)

    @property
    def size(self) -> int:
        return len(self.areas) * len(self.indicators) * len(self.years)

    def keys(self) -> dict[str, np.ndarray]:
        """`area`, `indicator` and `year` of every cell."""
        areas, years = np.array(self.areas, dtype=object), np.array(self.years, dtype=np.int64)
        return {
            "area": areas.repeat(len(self.indicators) * len(self.years)),
            "indicator": self.of_indicators(np.array(self.indicators, dtype=object)),
            "year": np.tile(years, len(self.areas) * len(self.indicators)),
        }

    def of_indicators(self, values: Sequence | np.ndarray | pd.Series) -> np.ndarray:
        """One value for each indicator, brought to every cell."""
        return np.tile(np.asarray(values).repeat(len(self.years)), len(self.areas))

    def positions(self, area_at: np.ndarray, indicator_at: np.ndarray, year: np.ndarray) -> np.ndarray:
        """Where a row belongs, from the places of its area and indicator in the grid's lists; -1: nowhere."""
        step = year - (self.years[0] if len(self.years) else 0)
        inside = (area_at >= 0) & (indicator_at >= 0) & (step >= 0) & (step < len(self.years))
        at = (area_at * len(self.indicators) + indicator_at) * len(self.years) + step
        return np.where(inside, at, -1)

    def scatter(self, at: np.ndarray, columns: Iterable[np.ndarray]) -> list[np.ndarray]:
        """Columns of rows at `positions`, laid out over the grid: numbers as doubles with NaN where there is no
        row, booleans with False."""
        inside = at >= 0
        laid = []
        for column in columns:
            is_flag = column.dtype == bool
            whole = np.zeros(self.size, dtype=bool) if is_flag else np.full(self.size, np.nan)
            whole[at[inside]] = column[inside]
            laid.append(whole)
        return laid

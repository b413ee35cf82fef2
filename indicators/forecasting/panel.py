"""A panel of series by year, as a file gives it: what the forecast is learnt from and back-tested on."""

from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

Array = np.ndarray


class Panel(NamedTuple):
    """Series × years, NaN where absent, the years without a gap."""

    values: Array
    years: Array
    indicator: Array  # of each series, as text
    area: Array
    group: Array  # number of its indicator


def read_panel(path: str | Path) -> Panel:
    """The panel of a file; ValueError in plain words where it is none."""
    rows = pd.read_csv(path, dtype={"area": str, "indicator": str})
    missing = [name for name in ("area", "indicator", "year", "value") if name not in rows.columns]
    if missing:
        raise ValueError(f"{path}: the file has no column {', '.join(missing)}; it needs area, indicator, year, value")
    rows = rows.dropna(subset=["area", "indicator", "year", "value"])
    if rows.empty:
        raise ValueError(f"{path}: no row has an area, an indicator, a year and a value")
    twice = rows.duplicated(["area", "indicator", "year"])
    if twice.any():
        row = rows[twice].iloc[0]
        raise ValueError(f"{path}: two rows for {row.area}, {row.indicator}, {row.year}; leave one")
    return panel_of(rows)


def panel_of(rows: pd.DataFrame) -> Panel:
    """The rows (area, indicator, year, value; no key twice) as series × years, values rounded to six decimals."""
    keyed = rows.assign(year=rows.year.astype(int), value=rows.value.astype(float).round(6))
    table = keyed.pivot_table(index=["indicator", "area"], columns="year", values="value", sort=True)
    known = table.columns.to_numpy()
    years = np.arange(known.min(), known.max() + 1)
    table = table.reindex(columns=years)
    indicator = table.index.get_level_values("indicator").to_numpy(dtype=object)
    group, _ = pd.factorize(indicator)
    return Panel(
        values=table.to_numpy(dtype=float),
        years=years,
        indicator=indicator,
        area=table.index.get_level_values("area").to_numpy(dtype=object),
        group=group,
    )

"""Gap cover: how much of what is still missing to a county's final target do projects on the way promise. Pure.

    remaining   = d · (T − v): T the target of the final year, v the latest official value up to the year asked for
    contributed = Σ contributions of live projects (planned or started) that fall due by the final year
    cover       = contributed ÷ remaining, where something remains

d is +1 where higher is better, −1 where lower is better; contributions are written in the good direction. Stalled and
cancelled projects cover nothing; completed ones have done so already, in the value."""

import numpy as np
import pandas as pd

CELL_COLUMNS = ["area", "indicator", "year", "value", "target", "direction", "is_demo"]
KEY = ["area", "indicator"]
STATES = ("unknown", "reached", "none", "partly", "covered")
COLUMNS = [*KEY, "value_year", "remaining", "contributed", "projects", "cover", "state", "is_demo"]
EXACT = 9


def gap_cover(cells: pd.DataFrame, contributions: pd.DataFrame, *, year: int, final_year: int) -> pd.DataFrame:
    """One row of COLUMNS for each (area, indicator) of `cells` (CELL_COLUMNS), in their order, also for empty frames.

    `contributions`: project, area, indicator, year, value, is_live, is_demo. A row is demonstration where its value,
    target or any project it counts is."""
    keys = cells[KEY].drop_duplicates().reset_index(drop=True)
    values = (
        cells[cells["value"].notna() & (cells["year"] <= year)].sort_values("year").drop_duplicates(KEY, keep="last")
    )
    values = values[[*KEY, "year", "value", "direction", "is_demo"]].rename(columns={"year": "value_year"})
    targets = cells.loc[cells["year"] == final_year, [*KEY, "target"]]
    counted = contributions[contributions["is_live"] & (contributions["year"] <= final_year)]
    found = keys.merge(values, on=KEY, how="left").merge(targets, on=KEY, how="left")
    found = found.merge(_summed(counted), on=KEY, how="left")
    found["contributed"] = found["contributed"].fillna(0.0)
    found["projects"] = found["projects"].fillna(0).astype(int)
    found["is_demo"] = found["is_demo"].eq(True) | found.pop("has_demo").eq(True)
    # A value that is to stay within a band has no way to go: contributions point one way, the band lies on both sides.
    direction = found["direction"].where(found["direction"] != 0)
    found["remaining"] = (direction * (found["target"] - found["value"])).astype(float).round(EXACT)
    open_gap = found["remaining"] > 0
    found["cover"] = (found["contributed"] / found["remaining"].where(open_gap)).round(EXACT)
    found["state"] = _states(found)
    return found[COLUMNS]


def _summed(counted: pd.DataFrame) -> pd.DataFrame:
    groups = counted.groupby(KEY, as_index=False)
    return groups.agg(contributed=("value", "sum"), projects=("project", "nunique"), has_demo=("is_demo", "any"))


def _states(found: pd.DataFrame) -> np.ndarray:
    conditions = [
        found["remaining"].isna(),
        found["remaining"] <= 0,
        found["projects"] == 0,
        found["cover"] < 1,
    ]
    return np.select(conditions, STATES[:-1], default=STATES[-1]) if len(found) else np.array([], dtype=object)

"""What all counties have in common, kept beside the assessments: the stored forecasts were made with it.

A pool is a pure function of the official values. When a value moves it, every county's forecast of that indicator is
made anew; when it does not, that of the county alone.
"""

from collections.abc import Iterable

import numpy as np
import pandas as pd

from areas.models import Area
from indicators.forecasting.forecast import Pool
from indicators.models import ForecastPool
from lib.database.prepared_statements import written

MOST_AREAS = 300  # counties that a pool is counted from: of more, so many evenly spread ones


def pooled_areas() -> list[str]:
    """The codes of the counties that pools are counted from."""
    asked = written("codes of counties", lambda: Area.objects.counties().order_by("code").values_list("code"))
    codes = [code for (code,) in asked.rows()]
    if len(codes) <= MOST_AREAS:
        return codes
    return [codes[at] for at in np.linspace(0, len(codes) - 1, MOST_AREAS).round().astype(int)]


def stored_pools(indicators: Iterable[str] | None = None) -> dict[int, pd.DataFrame]:
    """The pools in force, as `forecast_cells` takes them; nothing before the first recompute."""
    rows = ForecastPool.objects.all()
    if indicators is not None:
        rows = rows.filter(indicator__in=list(indicators))
    by_year: dict[int, dict[str, list[float]]] = {}
    for code, years in rows.values_list("indicator_id", "years"):
        for year, fields in years.items():
            by_year.setdefault(int(year), {})[code] = fields
    return {
        year: pd.DataFrame.from_dict(found, orient="index", columns=list(Pool._fields), dtype=float)
        for year, found in by_year.items()
    }


def as_rows(pools: dict[int, pd.DataFrame]) -> dict[str, dict[str, list[float]]]:
    """Pools as they are stored: by indicator, what stands in `ForecastPool.years`."""
    found: dict[str, dict[str, list[float]]] = {}
    for year, table in sorted(pools.items()):
        for code, fields in zip(table.index, table[list(Pool._fields)].to_numpy().tolist(), strict=True):
            found.setdefault(code, {})[str(year)] = fields
    return found


def store_pools(new: dict[str, dict[str, list[float]]], scope: Iterable[str] | None = None) -> set[str]:
    """Bring the stored pools of `scope` (None: all) to `new`; the indicators whose pool moved."""
    rows = ForecastPool.objects.all()
    if scope is not None:
        rows = rows.filter(indicator__in=list(scope))
    old = dict(rows.values_list("indicator_id", "years"))
    moved = {code for code in {*old, *new} if old.get(code) != new.get(code)}
    ForecastPool.objects.filter(indicator__in=[code for code in moved if code not in new]).delete()
    ForecastPool.objects.bulk_create(
        [ForecastPool(indicator_id=code, years=new[code]) for code in sorted(moved) if code in new],
        update_conflicts=True,
        unique_fields=["indicator"],
        update_fields=["years"],
    )
    return moved

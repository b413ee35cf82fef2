"""The forecast of one indicator, made when it is read: official values of all counties, the shipped parameters."""

from datetime import datetime

import pandas as pd

from indicators.forecast_cells import FORECAST_COLUMNS, forecast_cells
from indicators.forecast_parameters import VERSION, grade_of, shipped_parameters
from indicators.frames import cells_frame, period


def forecast_of(area: str, indicator: str, *, as_of: datetime | None = None) -> pd.DataFrame:
    """FORECAST_COLUMNS, `grade` and `forecast_version` of each year of a county's indicator, by year.

    Pooled over all counties; `as_of` takes the facts in force then, and no other. Nothing said is NaN, with the grade
    `unknown`. Empty where the indicator or the county is not known.
    """
    span = period(as_of)
    cells = cells_frame(indicators=[indicator], as_of=as_of, years=span.years)
    said = forecast_cells(cells, final_year=span.final_year, parameters=shipped_parameters())
    own = cells["area"] == area
    rows = said[own].set_axis(cells["year"][own], axis="index")[list(FORECAST_COLUMNS)]
    return rows.assign(grade=grade_of(rows["probability"]), forecast_version=VERSION)

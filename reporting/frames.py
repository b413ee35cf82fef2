"""Submitted, unapproved values as facts laid over the official ones."""

import pandas as pd

from accounts.models import User
from indicators.cells.inputs import FACT_COLUMNS
from reporting.models import Entry, Submission


def submitted_frame(user: User) -> pd.DataFrame:
    """The values of the submitted sheets that the user may read, one row per (area, indicator, year), as
    `indicators.cells.inputs.facts_frame` gives facts: FACT_COLUMNS, `version` that of the entry. Blanks are left
    out."""
    sheets = Submission.objects.visible_to(user).filter(state=Submission.State.SUBMITTED)
    rows = Entry.objects.filter(submission__in=sheets, value__isnull=False)
    names = ["submission__area", "indicator", "submission__round__year", "value", "version", "is_demo"]
    columns = [name for name in FACT_COLUMNS if name not in {"value_high", "is_provisional"}]
    frame = pd.DataFrame.from_records(list(rows.values_list(*names)), columns=columns)
    frame = frame.assign(value_high=float("nan"), is_provisional=False)[FACT_COLUMNS]
    types = {"area": object, "indicator": object, "year": int, "value": float, "version": int}
    return frame.astype(types | {"is_demo": bool, "is_provisional": bool})

"""What a change of facts or definitions would turn, before it is made: the same kernel on the same frames, with the
new rows laid over what is in force. Nothing is written."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

import pandas as pd

from indicators.actions import FactRow
from indicators.cells.inputs import FACT_COLUMNS, KEY, SERIES, Overlay
from indicators.frames import assessed_frame
from indicators.models import Fact
from plan.models import CERTAIN

JUDGED = ("status", "standard_status", "outlook")


@dataclass(frozen=True)
class Flip:
    """A judgement of a cell that the change turns."""

    area: str
    indicator: str
    year: int
    column: str
    before: str
    after: str


def overlay_of(definitions: Sequence[Mapping], facts: Mapping[type[Fact], Sequence[FactRow]]) -> Overlay:
    """The frames' view of what `define_indicators` and `record_facts` would put in force for these rows."""
    frame = pd.DataFrame(
        [
            {
                "indicator": row["code"],
                "direction": row["direction"],
                "tolerance": float(row["tolerance"]),
                "lower_bound": _float(row["lower_bound"]),
                "upper_bound": _float(row["upper_bound"]),
                "kind": row["kind"],
                "is_staged": bool(row["stages"]),
                "only_areas": row["only_areas"],
                "first_year": _float(row["first_year"]),
                "last_year": _float(row["last_year"]),
                "definition_version": 0,
                "is_definition_provisional": row["cite"] not in CERTAIN,
            }
            for row in definitions
        ]
    )
    names = {model: name for name, model in SERIES.items()}
    laid = {}
    for model, rows in facts.items():
        lines = [
            (*row.key, _float(row.value), _float(row.value_high), 0, False, row.cite not in CERTAIN) for row in rows
        ]
        laid[names[model]] = pd.DataFrame(lines, columns=FACT_COLUMNS)
    return Overlay(frame, laid)


def _float(value: Decimal | int | None) -> float:
    return float("nan") if value is None else float(value)


def find_flips(
    overlay: Overlay, *, areas: Iterable[str] | None = None, indicators: Iterable[str] | None = None
) -> tuple[list[Flip], int]:
    """The judgements that the overlay turns, and the number of cells that it adds; within the areas and indicators
    given, or everywhere."""
    before = assessed_frame(areas=areas, indicators=indicators).set_index(KEY)[list(JUDGED)]
    after = assessed_frame(areas=areas, indicators=indicators, overlay=overlay).set_index(KEY)[list(JUDGED)]
    shared = after.index.intersection(before.index).sort_values()
    before_shared, after_shared = before.loc[shared], after.loc[shared]
    flips = []
    for column in JUDGED:
        turned = shared[(before_shared[column] != after_shared[column]).to_numpy()]
        was, now = before[column].to_dict(), after[column].to_dict()
        for area, code, year in turned:
            key = (area, code, year)
            flips.append(Flip(area, code, year, column, was[key], now[key]))
    return flips, len(after) - len(shared)

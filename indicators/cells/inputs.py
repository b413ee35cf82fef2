"""What the kernel judges, out of the database: definitions and facts in force, as columns of one kind each."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
import pandas as pd
from django.db.models import DecimalField, Exists, F, FloatField, Q, Value
from django.db.models.functions import Cast

from areas.models import Area
from indicators.models import Benchmark, Fact, IndicatorDefinition, Observation, Standard, Target
from plan.models import CERTAIN, Cite

Columns = dict[str, np.ndarray]  # by name, one element a row

KEY = ["area", "indicator", "year"]
SERIES = {"value": Observation, "target": Target, "standard": Standard}
FACT_KINDS = {
    "area": object,
    "indicator": object,
    "year": int,
    "value": float,
    "value_high": float,
    "version": int,
    "is_demo": bool,
    "is_provisional": bool,
}
FACT_COLUMNS = list(FACT_KINDS)
DEFINITION_KINDS = {
    "indicator": object,
    "direction": int,
    "tolerance": float,
    "lower_bound": float,
    "upper_bound": float,
    "kind": object,
    "is_staged": object,
    "only_areas": object,
    "first_year": float,
    "last_year": float,
    "are_areas_limited": bool,
    "definition_version": int,
    "is_definition_provisional": object,
}
DEFINITION_COLUMNS = list(DEFINITION_KINDS)
LIMITED_AREAS = Area.objects.filter(Q(first_year__isnull=False) | Q(last_year__isnull=False))
UNCERTAIN = Q(is_demo=False) & (~Q(cite__in=CERTAIN) | Q(year_cite=Cite.INFERRED))  # `Fact.is_provisional`


@dataclass(frozen=True)
class Overlay:
    """What would be in force beside what is: rows laid over `definitions_frame`, and over `facts_frame` by the
    names of SERIES. A row takes the place of the one with its key."""

    definitions: pd.DataFrame | None = None
    facts: Mapping[str, pd.DataFrame] = field(default_factory=dict)

    def over_definitions(self, columns: Columns) -> Columns:
        return _columns_laid_over(columns, self.definitions, ["indicator"])

    def over_facts(self, series: str, columns: Columns) -> Columns:
        return _columns_laid_over(columns, self.facts.get(series), KEY)


NOTHING = Overlay()


def _columns_laid_over(columns: Columns, rows: pd.DataFrame | None, key: list[str]) -> Columns:
    """Columns with `rows` in place of those of the same key, and beside the others."""
    if rows is None or rows.empty:
        return columns
    laid_over = _laid_over(frame_of(columns), rows, key)
    return {name: laid_over[name].to_numpy() for name in columns}


def _laid_over(frame: pd.DataFrame, rows: pd.DataFrame, key: list[str]) -> pd.DataFrame:
    rows = rows.reindex(columns=list(frame.columns))
    if frame.empty:
        return rows.astype(frame.dtypes.to_dict())
    kept = ~frame.set_index(key).index.isin(rows.set_index(key).index)
    return pd.concat([frame[kept], rows.astype(frame.dtypes.to_dict())], ignore_index=True)


def definitions_frame(as_of: datetime | None = None, indicators: Iterable[str] | None = None) -> pd.DataFrame:
    """The kernel's parameters of each indicator, one row each: DEFINITION_COLUMNS."""
    return frame_of(definition_columns(as_of, indicators))


def definition_columns(as_of: datetime | None, indicators: Iterable[str] | None) -> Columns:
    """The columns of `definitions_frame`."""
    rows = IndicatorDefinition.objects.as_of(as_of)
    if indicators is not None:
        rows = rows.filter(indicator__in=list(indicators))
    names = [
        "indicator_id",
        "direction",
        "tolerance",
        "lower_bound",
        "upper_bound",
        "kind",
        "stages",
        "only_areas",
        "first_year",
        "last_year",
        "are_areas_limited",
        "version",
        "cite",
    ]
    rows = rows.annotate(are_areas_limited=Exists(LIMITED_AREAS))  # whether to ask for them at all
    columns = _columns_of(list(rows.values_list(*names)), DEFINITION_KINDS)
    columns["is_staged"] = columns["is_staged"] != ""
    columns["is_definition_provisional"] = ~np.isin(columns["is_definition_provisional"], list(CERTAIN))
    return columns


def facts_frame(
    model: type[Fact],
    *,
    as_of: datetime | None = None,
    areas: Iterable[str] | None = None,
    indicators: Iterable[str] | None = None,
) -> pd.DataFrame:
    """The facts in force, one row per (area, indicator, year): FACT_COLUMNS, `value` in the row's own unit,
    `value_high` the upper end of a band, NaN where there is none."""
    columns = fact_columns(model, as_of=as_of, areas=areas, indicators=indicators)
    return frame_of(columns)


def fact_columns(
    model: type[Fact],
    *,
    as_of: datetime | None = None,
    areas: Iterable[str] | None = None,
    indicators: Iterable[str] | None = None,
) -> Columns:
    """The columns of `facts_frame`."""
    rows = model.objects.as_of(as_of)
    if areas is not None:
        rows = rows.filter(area__in=list(areas))
    if indicators is not None:
        rows = rows.filter(indicator__in=list(indicators))
    high = F("value_high") if issubclass(model, Benchmark) else Value(None, DecimalField())
    rows = rows.annotate(uncertain=UNCERTAIN, number=Cast("value", FloatField()), high=Cast(high, FloatField()))
    names = ["area_id", "indicator_id", "year", "number", "high", "version", "is_demo", "uncertain"]
    return _columns_of(list(rows.order_by().values_list(*names)), FACT_KINDS)


def _columns_of(rows: Sequence[tuple], kinds: Mapping[str, type]) -> Columns:
    """Rows of a query as columns of their kinds, also where there is no row."""
    columns = zip(*rows, strict=True) if rows else [()] * len(kinds)
    return {name: np.array(column, dtype=kinds[name]) for name, column in zip(kinds, columns, strict=True)}


def frame_of(columns: Mapping[str, np.ndarray]) -> pd.DataFrame:
    """Told its kind, a column of texts is taken as it is: looking into a million of them costs more than the rest."""
    return pd.DataFrame({name: pd.Series(column, dtype=column.dtype) for name, column in columns.items()})

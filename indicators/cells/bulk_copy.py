"""Facts and stored assessments through PostgreSQL's COPY: what `frames` and `recompute` do through the ORM
elsewhere, to the same result."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import NamedTuple

import numpy as np
import pandas as pd
from django.db import connection

from indicators import gaps
from indicators.cells.grid import Grid
from indicators.forecasting.parameters import VERSION as FORECAST_VERSION
from indicators.models import Assessment, Benchmark, Fact
from indicators.terms.applicability import NOT_APPLICABLE
from lib.database.binary_copy import CopyField, Numbers, Words, copy_in, copy_out, encode
from plan.models import CERTAIN, Cite

FACT_KINDS = {
    **{"area": ">i8", "indicator": ">i8", "year": ">i2", "value": ">f8", "value_high": ">f8", "version": ">i4"},
    **{"is_demo": "?", "is_provisional": "?"},
}
WORDS = {
    "status": (*gaps.STATUSES, NOT_APPLICABLE),
    "standard_status": (*gaps.STANDARD_STATUSES, NOT_APPLICABLE),
    "outlook": gaps.OUTLOOKS,
    "rule_version": (gaps.RULE_VERSION,),
    "forecast_version": (FORECAST_VERSION,),
}
DOUBLES = [
    "value",
    "target",
    "standard",
    "target_high",
    "standard_high",
    "gap",
    "attainment",
    "standard_gap",
    "ambition_gap",
    "change",
    "mean_change",
    "required_change",
    "pace",
    "projection",
    "probability",
    "range_low",
    "range_high",
]
VERSIONS = ["value_version", "target_version", "standard_version", "definition_version"]
FLAGS = ["is_slipping", "is_demo", "is_provisional"]
STORED_KINDS = {
    **{"area": ">i8", "indicator": ">i8", "year": ">i2"},
    **dict.fromkeys(DOUBLES, ">f8"),
    **dict.fromkeys(VERSIONS, ">i4"),
    **dict.fromkeys(FLAGS, "?"),
    **dict.fromkeys(WORDS, ">i8"),
}
COLUMNS = [*DOUBLES, *VERSIONS, *FLAGS, *WORDS]
ABSENT = -1  # a version that is NULL
_known_hashes: dict[str, int] = {}
EPOCH = datetime(2000, 1, 1, tzinfo=UTC)  # of PostgreSQL's timestamps


class PlacedRows(NamedTuple):
    """The facts of one series on a grid: doubles with NaN, flags with False, where there is none."""

    value: np.ndarray
    value_high: np.ndarray
    version: np.ndarray
    is_demo: np.ndarray
    is_provisional: np.ndarray


def placed_facts(model: type[Fact], grid: Grid) -> PlacedRows:
    """The facts in force of the grid's areas and indicators."""
    upper_end = "COALESCE(value_high::float8, 'NaN')" if issubclass(model, Benchmark) else "'NaN'::float8"
    query = (
        f"SELECT {_hashed('area_id', 'indicator_id')}, year, value::float8, {upper_end}, version,"  # nosec B608  # ours
        " is_demo,"
        f" NOT is_demo AND (cite <> ALL(%s) OR year_cite = '{Cite.INFERRED.value}')"
        f" FROM {model._meta.db_table}"
        " WHERE superseded_at IS NULL AND area_id = ANY(%s) AND indicator_id = ANY(%s)"
    )
    with connection.cursor() as cursor:
        rows = copy_out(cursor, query, ([str(cite) for cite in CERTAIN], grid.areas, grid.indicators), FACT_KINDS)
        at = _positions(cursor, grid, rows)
    columns = [rows[name].astype(rows[name].dtype.newbyteorder("=")) for name in list(FACT_KINDS)[3:]]
    return PlacedRows(*grid.scatter(at, columns))


def _hashed(*names: str) -> str:
    """Texts leave the database as PostgreSQL's own hashes: of one width, and cheap to make and to compare."""
    return ", ".join(f"hashtextextended({name}, 0)" for name in names)


def _hashes(cursor, words: Sequence[str]) -> np.ndarray:
    """What `_hashed` makes of each of `words`, asked for once in the life of a process."""
    if unknown := [word for word in words if word not in _known_hashes]:
        hashed = f"SELECT word, {_hashed('word')} FROM unnest(%s::varchar[]) AS words (word)"  # nosec B608  # a column
        cursor.execute(hashed, [unknown])
        _known_hashes.update(cursor.fetchall())
    return np.array([_known_hashes[word] for word in words], dtype=np.int64)


def _positions(cursor, grid: Grid, rows: np.ndarray) -> np.ndarray:
    both = _hashes(cursor, [*grid.areas, *grid.indicators])
    areas, indicators = both[: len(grid.areas)], both[len(grid.areas) :]
    area_at, indicator_at = _places(areas, rows["area"]), _places(indicators, rows["indicator"])
    return grid.positions(area_at, indicator_at, rows["year"].astype(np.int64))


def _places(known: np.ndarray, found: np.ndarray) -> np.ndarray:
    """Where each of `found` stands in `known`; -1: nowhere."""
    if not len(known):
        return np.full(len(found), -1)
    order = np.argsort(known)
    place = order[np.searchsorted(known, found, sorter=order).clip(max=len(known) - 1)]
    return np.where(known[place] == found, place, -1)


def compare_stored(judged: pd.DataFrame, grid: Grid, indicators: Sequence[str] | None):
    """(is stored, differs) for every row of `judged`, which lies in the grid's order, and the keys stored in scope
    that the grid does not hold. A row that is not stored differs."""
    scope, parameters = "area_id = ANY(%s)", [grid.areas]
    if indicators is not None:
        scope, parameters = f"{scope} AND indicator_id = ANY(%s)", [grid.areas, list(indicators)]
    table = Assessment._meta.db_table
    query = (
        f"SELECT {_hashed('area_id', 'indicator_id')}, year, "
        + "".join(f"COALESCE({name}, 'NaN'), " for name in DOUBLES)
        + "".join(f"COALESCE({name}, {ABSENT}), " for name in VERSIONS)
        + f"{', '.join(FLAGS)}, {_hashed(*WORDS)} FROM {table} WHERE {scope}"
    )
    with connection.cursor() as cursor:
        hashes = {name: _hashes(cursor, words) for name, words in WORDS.items()}
        rows = copy_out(cursor, query, tuple(parameters), STORED_KINDS)
        at = _positions(cursor, grid, rows)
        gone = []
        if (at < 0).any():
            keys = set(zip(*(judged[name].tolist() for name in ("area", "indicator", "year")), strict=True))
            stored = f"SELECT area_id, indicator_id, year FROM {table} WHERE {scope}"  # nosec B608  # names of ours
            cursor.execute(stored, parameters)
            gone = [key for key in cursor.fetchall() if key not in keys]
    is_stored, differs = np.zeros(grid.size, dtype=bool), np.ones(grid.size, dtype=bool)
    inside = at >= 0
    rows, at = rows[inside], at[inside]
    is_stored[at] = True
    differs[at] = ~_same(judged, at, rows, hashes)
    return is_stored, differs, gone


def _same(judged: pd.DataFrame, at: np.ndarray, rows: np.ndarray, hashes: dict[str, np.ndarray]) -> np.ndarray:
    same = np.ones(len(rows), dtype=bool)
    for name in DOUBLES:
        new, old = judged[name].to_numpy()[at], rows[name].astype(float)
        same &= (new == old) | (np.isnan(new) & np.isnan(old))
    for name in VERSIONS:
        new = judged[name].to_numpy(dtype=float)[at]
        same &= np.where(np.isnan(new), ABSENT, new) == rows[name]
    for name in FLAGS:
        same &= judged[name].to_numpy()[at] == rows[name]
    for name in WORDS:
        same &= hashes[name][codes(judged, name)[at]] == rows[name]
    return same


def codes(judged: pd.DataFrame, name: str) -> np.ndarray:
    """A column of words as places in WORDS."""
    return pd.Index(WORDS[name]).get_indexer(pd.Index(judged[name]))


def write(judged: pd.DataFrame, grid: Grid, chosen: np.ndarray, is_stored: np.ndarray, at: datetime) -> None:
    """Add the chosen rows that are not stored, bring the others to what `judged` says."""
    with connection.cursor() as cursor:
        added = np.flatnonzero(chosen & ~is_stored)
        if len(added):
            _copy(cursor, Assessment._meta.db_table, judged, grid, added, at)
        changed = np.flatnonzero(chosen & is_stored)
        if len(changed):
            _update(cursor, judged, grid, changed, at)


def _update(cursor, judged, grid, rows, at) -> None:
    table, key = Assessment._meta.db_table, ("area_id", "indicator_id", "year")
    names = [*COLUMNS, "assessed_at"]
    cursor.execute(
        f"CREATE TEMPORARY TABLE changed_assessment ON COMMIT DROP AS"  # nosec B608  # columns of a model
        f" SELECT {', '.join([*key, *names])} FROM {table} WHERE false"
    )
    _copy(cursor, "changed_assessment", judged, grid, rows, at)
    cursor.execute("ANALYZE changed_assessment")
    cursor.execute(
        f"UPDATE {table} AS stored SET {', '.join(f'{name} = changed.{name}' for name in names)}"  # nosec B608  # as above
        f" FROM changed_assessment AS changed WHERE {' AND '.join(f'stored.{k} = changed.{k}' for k in key)}"
    )
    cursor.execute("DROP TABLE changed_assessment")


def _copy(cursor, table, judged, grid, rows, at) -> None:
    part = judged.iloc[rows] if len(rows) < len(judged) else judged
    series = rows // len(grid.years)
    columns: dict[str, CopyField] = {
        "area_id": Words(series // len(grid.indicators), tuple(grid.areas)),
        "indicator_id": Words(series % len(grid.indicators), tuple(grid.indicators)),
        "year": Numbers(part["year"].to_numpy(), ">i2"),
    }
    for name in (*DOUBLES, *VERSIONS):
        values = part[name].to_numpy(dtype=float)
        columns[name] = Numbers(values, ">f8" if name in DOUBLES else ">i4", np.isnan(values))
    columns |= {name: Numbers(part[name].to_numpy(), "?") for name in FLAGS}
    columns |= {name: Words(codes(part, name), WORDS[name]) for name in WORDS}
    microseconds = round((at - EPOCH).total_seconds() * 1_000_000)
    columns["assessed_at"] = Numbers(np.full(len(rows), microseconds), ">i8")
    copy_in(cursor, table, columns, encode(columns.values(), len(rows)))

"""Assessments brought up to date: read the facts, run the kernel, write only what changed."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import pandas as pd
from django.db import transaction
from django.utils import timezone

from areas.models import Area
from indicators.frames import FLOATS, INPUT_VERSIONS, KEY, STORED_COLUMNS, assessed_frame, stored_frame
from indicators.models import Assessment
from journal.actions import record_changes, stamp
from journal.models import Change, PendingRecompute
from plan.models import Plan

AREAS_PER_TRANSACTION = 50


@dataclass(frozen=True)
class RecomputeResult:
    cells_read: int
    cells_changed: int
    seconds: float


def recompute(
    *,
    areas: Sequence[str] | None = None,
    indicators: Sequence[str] | None = None,
    full: bool = False,
    progress: Callable[[int, int], None] | None = None,
    since: datetime | None = None,
) -> RecomputeResult:
    """Recompute the given areas and indicators (None: all), some areas to a transaction; idempotent.

    Two runs on one area follow each other: the area's row is locked while its facts are read and its
    assessments written, so that an older reading never overwrites a newer result. `full` writes every row,
    also where it is what is stored. `progress` is called with (areas done, areas in all). One row of the change
    feed tells of the run: its scope, and since when it may have written. `since` moves that back to where a run may
    have begun that did not live to tell.
    """
    started, since = time.monotonic(), since or timezone.now()
    codes = list(areas) if areas is not None else list(Area.objects.counties().values_list("code", flat=True))
    if not Plan.objects.exists():
        return RecomputeResult(0, 0, 0.0)
    read = changed = 0
    for at in range(0, len(codes), AREAS_PER_TRANSACTION):
        some_read, some_changed = _recompute_areas(codes[at : at + AREAS_PER_TRANSACTION], indicators, full)
        read, changed = read + some_read, changed + some_changed
        if progress:
            progress(min(at + AREAS_PER_TRANSACTION, len(codes)), len(codes))
    result = RecomputeResult(read, changed, round(time.monotonic() - started, 3))
    scope = {"areas": codes if areas is not None else None, "indicators": indicators}
    details = {"since": since.isoformat(), "cells_read": read, "cells_changed": changed, **scope}
    record_changes([Change(kind=Change.Kind.RECOMPUTED, details=details)])
    return result


def sweep_pending() -> RecomputeResult | None:
    """Do what the outbox asks for; None when it is empty.

    A row is removed only after a run that began when the row was there: what is asked for meanwhile stays.
    """
    pending = list(PendingRecompute.objects.order_by("id").values_list("id", "area_id", "indicator", "requested_at"))
    if not pending:
        return None
    ids, areas, indicators, moments = zip(*pending, strict=True)
    result = recompute(
        areas=None if None in areas else sorted(set(areas)),
        indicators=None if "" in indicators else sorted(set(indicators)),
        since=min(moments),
    )
    PendingRecompute.objects.filter(id__in=ids).delete()
    return result


@transaction.atomic
def _recompute_areas(areas: Sequence[str], indicators: Sequence[str] | None, full: bool) -> tuple[int, int]:
    locked = Area.objects.counties().filter(code__in=areas).order_by("code").select_for_update(no_key=True)
    areas = [area.code for area in locked]
    judged = assessed_frame(areas=areas, indicators=indicators).set_index(KEY)
    scope = Assessment.objects.filter(area__in=areas)
    if indicators is not None:
        scope = scope.filter(indicator__in=indicators)
    stored = stored_frame(scope).set_index(KEY)
    gone = stored.index.difference(judged.index)
    for area, indicator, year in gone:
        Assessment.objects.filter(area=area, indicator=indicator, year=year).delete()
    differs = changed_rows(judged[STORED_COLUMNS], stored.reindex(judged.index)[STORED_COLUMNS])
    _write(judged.loc[differs | full, STORED_COLUMNS])
    if full or len(gone) or differs.any():
        stamp("indicators")  # each transaction for itself: the feed hears of the run only at its end
    return len(judged), int(differs.sum()) + len(gone)


def changed_rows(new: pd.DataFrame, old: pd.DataFrame) -> pd.Series:
    """True where a row of `new` is not, in every column, what `old` holds under the same index (NaN = NaN)."""
    same = pd.Series(True, index=new.index)
    for name in new.columns:
        both_absent = new[name].isna() & old[name].isna()
        same &= (new[name] == old[name]) | both_absent
    return ~same


def _write(rows: pd.DataFrame) -> None:
    """Insert or update; what this wrote is dated by one clock reading."""
    now = timezone.now()
    numbers = rows[FLOATS].astype(object).where(rows[FLOATS].notna(), None)
    whole = dict.fromkeys(INPUT_VERSIONS, int)
    records = rows.assign(**{name: numbers[name] for name in FLOATS}).reset_index().to_dict("records")
    objects = [
        Assessment(
            area_id=record.pop("area"),
            indicator_id=record.pop("indicator"),
            assessed_at=now,
            **{name: whole[name](v) if name in whole and v is not None else v for name, v in record.items()},
        )
        for record in records
    ]
    Assessment.objects.bulk_create(
        objects,
        batch_size=500,
        update_conflicts=True,
        unique_fields=["area", "indicator", "year"],
        update_fields=[*STORED_COLUMNS, "assessed_at"],
    )

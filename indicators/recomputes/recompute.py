"""Assessments brought up to date: read the facts, run the kernel, write only what changed."""

import time
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

import pandas as pd
from django.db import connection, transaction
from django.db.models import F, Max
from django.utils import timezone

from areas.models import Area
from indicators.cells import bulk_copy
from indicators.cells.grid import Grid
from indicators.cells.inputs import KEY
from indicators.forecasting.pools import as_rows, store_pools
from indicators.frames import (
    FLOATS,
    INPUT_VERSIONS,
    STORED_COLUMNS,
    assessed_frame,
    counted_pools,
    period,
    stored_frame,
)
from indicators.models import Assessment, Indicator, RecomputeRun
from indicators.recomputes import runs
from journal.actions import add_pending, record_changes, stamp
from journal.models import Change, PendingRecompute
from plan.models import Plan

AREAS_PER_TRANSACTION = 100
GROUPS_PER_SWEEP = 20
COPY_FROM_ROWS = 200  # below, one statement of the ORM is sooner done than a temporary table
Progress = Callable[[int, int], None]


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
    progress: Progress | None = None,
    since: datetime | None = None,
) -> RecomputeResult:
    """Recompute the given areas and indicators (None: all), some areas to a transaction; idempotent.

    Two runs on one area follow each other: the area's row is locked while its facts are read and its
    assessments written, so that an older reading never overwrites a newer result. `full` writes every row,
    also where it is what is stored. `progress` is called with (areas done, areas in all). One row of the change
    feed tells of the run: its scope, and since when it may have written. `since` moves that back to where a run may
    have begun that did not live to tell. What takes several transactions is a `RecomputeRun`, which this process works
    off together with whoever else takes part, and which goes on where an interrupted one of the same scope stopped.
    """
    started, since = time.monotonic(), since or timezone.now()
    if not Plan.objects.exists():
        return RecomputeResult(0, 0, 0.0)
    moved = refresh_pools(areas, indicators)
    read, changed = _recompute(areas, indicators, full, progress, since)
    if moved.pending:
        more = _recompute(None, sorted(moved.indicators), False, None, since)
        read, changed = read + more[0], changed + more[1]
        PendingRecompute.objects.filter(id__in=moved.pending).delete()
    return RecomputeResult(read, changed, round(time.monotonic() - started, 3))


def _recompute(areas, indicators, full, progress, since) -> tuple[int, int]:
    """(cells read, cells changed) of one scope, told to the feed."""
    parts = _parts(areas)
    if len(parts) > 1:
        run = runs.begin_run(areas=areas, indicators=indicators, full=full, parts=parts, since=since)
        return runs.work_off(run, compute_chunk, progress)
    read, changed = _recompute_areas(parts[0], indicators, full) if parts else (0, 0)
    _tell(read, changed, areas and parts[0], indicators, since)
    if progress and parts:
        progress(len(parts[0]), len(parts[0]))
    return read, changed


class MovedPools(NamedTuple):
    """Indicators whose pool moved, and the rows of the outbox that ask for the other counties because of it."""

    indicators: set[str]
    pending: list[int]


@transaction.atomic
def refresh_pools(areas: Sequence[str] | None, indicators: Sequence[str] | None) -> MovedPools:
    """Bring the stored pools to the official values before the areas are recomputed. Where one moves and not all areas
    are to be recomputed anyway, the outbox is asked for all in the same transaction: nothing that dies in between
    leaves a county with a forecast of an older pool. The indicators' rows are locked while their values are read."""
    rows = Indicator.objects.order_by("code").select_for_update(no_key=True)
    codes = [row.code for row in (rows if indicators is None else rows.filter(code__in=indicators))]
    moved = store_pools(as_rows(counted_pools(period(), indicators=codes)), codes)
    if areas is None or not moved:
        return MovedPools(moved, [])
    last = PendingRecompute.objects.aggregate(last=Max("id"))["last"] or 0
    add_pending({(None, code) for code in moved})
    asked = PendingRecompute.objects.filter(id__gt=last, area=None, indicator__in=moved)
    return MovedPools(moved, list(asked.values_list("id", flat=True)))


@transaction.atomic
def note_due_year() -> bool:
    """A year falls due on a day on which nobody writes anything: where one has since the last look, ask for everything
    to be judged anew. True where it was asked."""
    plan = Plan.objects.select_for_update().first()
    if plan is None:
        return False
    due = period().as_of_year
    if plan.judged_to == due:
        return False
    Plan.objects.filter(pk=plan.pk).update(judged_to=due)
    add_pending({(None, "")})
    return True


def sweep_pending() -> RecomputeResult | None:
    """Do what the outbox asks for; None when it is empty.

    A row is removed only after a run that began when the row was there: what is asked for meanwhile stays.
    """
    groups = _pending_groups()
    if not groups:
        return None
    results = []
    for group in groups:
        results.append(recompute(areas=group.areas, indicators=group.indicators, since=group.since))
        PendingRecompute.objects.filter(id__in=group.ids).delete()
    return RecomputeResult(
        cells_read=sum(result.cells_read for result in results),
        cells_changed=sum(result.cells_changed for result in results),
        seconds=sum(result.seconds for result in results),
    )


def share_pending() -> list[RecomputeRun]:
    """Do what the outbox asks for and is small; what is large becomes runs for many workers, which are returned
    with those that have come to a standstill. The rows of the outbox go when their run is done."""
    stalled = runs.stalled_runs()
    for group in _pending_groups(apart=runs.pending_of_runs()):
        parts = _parts(group.areas)
        if len(parts) > 1:
            refresh_pools(group.areas, group.indicators)
            run = runs.begin_run(
                areas=group.areas,
                indicators=group.indicators,
                full=False,
                since=group.since,
                parts=parts,
                pending=group.ids,
            )
            stalled.append(run)
        else:
            recompute(areas=group.areas, indicators=group.indicators, since=group.since)
            PendingRecompute.objects.filter(id__in=group.ids).delete()
    return stalled


def share_all() -> list[RecomputeRun]:
    """Every cell afresh: at once where it is little, else as a run for many workers."""
    parts = _parts(None) if Plan.objects.exists() else []
    if len(parts) > 1:
        refresh_pools(None, None)
        return [runs.begin_run(areas=None, indicators=None, full=False, parts=parts, since=timezone.now())]
    recompute()
    return []


def compute_chunk(run: RecomputeRun) -> bool:
    """Do one part of a run that nobody else is at; False when there is none, and the run is closed if all are done."""
    chunk = None
    try:
        with transaction.atomic():
            free = run.chunks.filter(finished_at=None).order_by("failures", "number")
            chunk = free.select_for_update(skip_locked=True).first()
            if chunk is not None and runs.is_running(run):
                chunk.cells_read, chunk.cells_changed = _recompute_areas(chunk.areas, run.indicators, run.is_full)
                chunk.finished_at = timezone.now()
                chunk.save(update_fields=["cells_read", "cells_changed", "finished_at"])
                return True
    except Exception:
        if chunk is not None:  # the next to come tries the others first
            run.chunks.filter(pk=chunk.pk).update(failures=F("failures") + 1)
        raise
    with transaction.atomic():
        if (closed := runs.close_run(run)) is not None:
            _tell(closed.cells_read, closed.cells_changed, closed.areas, closed.indicators, closed.since)
    return False


@dataclass(frozen=True)
class _Group:
    """Areas and indicators (None: all) that the outbox's rows `ids` ask for, the first of them at `since`."""

    areas: list[str] | None
    indicators: list[str] | None
    ids: list[int]
    since: datetime


def _pending_groups(apart: Iterable[int] = ()) -> list[_Group]:
    """The outbox by areas that wait for the same indicators; in one group where that would be too many."""
    names = ("id", "area_id", "indicator", "requested_at")
    rows = list(PendingRecompute.objects.exclude(id__in=list(apart)).order_by("id").values_list(*names))
    if not rows:
        return []
    since = min(requested_at for *_rest, requested_at in rows)
    waiting: dict[str | None, _Waiting] = {}
    for pk, area, indicator, _requested_at in rows:
        waiting.setdefault(area, _Waiting()).add(pk, indicator)
    for_all = waiting.get(None)
    if for_all is not None and for_all.wants_all:  # that is everything: the rest of the outbox is in it
        return [_Group(None, None, [pk for pk, *_rest in rows], since)]
    groups: dict[tuple, _Group] = {}
    for area, each in sorted(waiting.items(), key=lambda pair: str(pair[0])):
        wanted = None if each.wants_all else sorted(each.indicators)
        key = (area is None, str(wanted))
        group = groups.setdefault(key, _Group(None if area is None else [], wanted, [], since))
        group.ids.extend(each.ids)
        if area is not None and group.areas is not None:
            group.areas.append(area)
    if len(groups) > GROUPS_PER_SWEEP:
        return [_of_all(groups.values())]
    return list(groups.values())


@dataclass
class _Waiting:
    """What the outbox asks for of one area: indicators, and the ids of its rows."""

    indicators: set[str] = field(default_factory=set)
    ids: list[int] = field(default_factory=list)

    def add(self, pk: int, indicator: str) -> None:
        self.indicators.add(indicator)
        self.ids.append(pk)

    @property
    def wants_all(self) -> bool:
        """An empty name stands for every indicator."""
        return "" in self.indicators


def _of_all(groups: Collection[_Group]) -> _Group:
    """One group in place of many: every area and indicator that any of them names."""
    areas = _union(group.areas for group in groups)
    indicators = _union(group.indicators for group in groups)
    ids: list[int] = []
    for group in groups:
        ids += group.ids
    return _Group(areas, indicators, ids, min(group.since for group in groups))


def _union(parts: Iterable[list[str] | None]) -> list[str] | None:
    """All names of the parts; None, which is everything, where a part is None."""
    known: set[str] = set()
    for part in parts:
        if part is None:
            return None
        known.update(part)
    return sorted(known)


def _parts(areas: Sequence[str] | None) -> list[list[str]]:
    codes = list(areas) if areas is not None else list(Area.objects.judged().values_list("code", flat=True))
    return [codes[at : at + AREAS_PER_TRANSACTION] for at in range(0, len(codes), AREAS_PER_TRANSACTION)]


def _tell(read: int, changed: int, areas: Sequence[str] | None, indicators: Sequence[str] | None, since) -> None:
    """Write a finished run into the change feed; one of everything has also judged what is due by the calendar."""
    if areas is None and indicators is None:
        Plan.objects.update(judged_to=period(since).as_of_year)
    scope = {"areas": areas, "indicators": indicators}
    details = {"since": since.isoformat(), "cells_read": read, "cells_changed": changed, **scope}
    record_changes([Change(kind=Change.Kind.RECOMPUTED, details=details)])


@transaction.atomic
def _recompute_areas(areas: Sequence[str], indicators: Sequence[str] | None, full: bool) -> tuple[int, int]:
    locked = Area.objects.judged().filter(code__in=areas).order_by("code").select_for_update(no_key=True)
    areas = [area.code for area in locked]
    judged = assessed_frame(areas=areas, indicators=indicators)
    grid = Grid.of(judged, areas)
    compare = bulk_copy.compare_stored if connection.vendor == "postgresql" else compare_stored
    is_stored, differs, gone = compare(judged, grid, indicators)
    for area, indicator, year in gone:
        Assessment.objects.filter(area=area, indicator=indicator, year=year).delete()
    chosen = differs | full
    if connection.vendor == "postgresql" and chosen.sum() >= COPY_FROM_ROWS:
        bulk_copy.write(judged, grid, chosen, is_stored, timezone.now())
    else:
        _write(judged[chosen])
    if full or gone or differs.any():
        written = {*judged["indicator"][chosen].unique(), *(code for _area, code, _year in gone)}
        stamp("indicators.assessment", written)  # each transaction for itself: the feed hears only of the run's end
    return len(judged), int(differs.sum()) + len(gone)


def compare_stored(judged: pd.DataFrame, grid: Grid, indicators: Sequence[str] | None):
    """(is stored, differs) for every row of `judged`, and the keys stored in scope that it does not hold. A row that
    is not stored differs."""
    scope = Assessment.objects.filter(area__in=grid.areas)
    if indicators is not None:
        scope = scope.filter(indicator__in=indicators)
    stored, judged = stored_frame(scope).set_index(KEY), judged.set_index(KEY)
    gone = list(stored.index.difference(judged.index))
    differs = changed_rows(judged[STORED_COLUMNS], stored.reindex(judged.index)[STORED_COLUMNS])
    return judged.index.isin(stored.index), differs.to_numpy(), gone


def changed_rows(new: pd.DataFrame, old: pd.DataFrame) -> pd.Series:
    """True where a row of `new` is not, in every column, what `old` holds under the same index (NaN = NaN)."""
    same = pd.Series(True, index=new.index)
    for name in new.columns:
        both_absent = new[name].isna() & old[name].isna()
        same &= (new[name] == old[name]) | both_absent
    return ~same


def _write(rows: pd.DataFrame) -> None:
    """Insert or update; what this wrote is dated by one clock reading."""
    now, columns = timezone.now(), {name: rows[name].tolist() for name in (*KEY, *STORED_COLUMNS)}
    for name in FLOATS:
        kind = int if name in INPUT_VERSIONS else float
        columns[name] = [None if value != value else kind(value) for value in columns[name]]  # NaN alone is not itself
    columns["area_id"], columns["indicator_id"] = columns.pop("area"), columns.pop("indicator")
    objects = [
        Assessment(**dict(zip(columns, row, strict=True)), assessed_at=now)
        for row in zip(*columns.values(), strict=True)
    ]
    Assessment.objects.bulk_create(
        objects,
        batch_size=500,
        update_conflicts=True,
        unique_fields=["area", "indicator", "year"],
        update_fields=[*STORED_COLUMNS, "assessed_at"],
    )

"""A recompute in parts: begun, shared between threads, processes and hosts, taken up again, closed.

A part is claimed by locking its row for the length of its one transaction. So nothing has to be given back when a
worker dies: its work is undone and its part is free in the same moment.
"""

import json
import os
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import datetime, timedelta
from hashlib import sha256

from django.db import connection, transaction
from django.db.models import Sum
from django.utils import timezone

from indicators import gaps
from indicators.forecasting.parameters import VERSION as FORECAST_VERSION
from indicators.frames import period
from indicators.models import RecomputeChunk, RecomputeRun
from journal.models import PendingRecompute

STALE_AFTER = timedelta(hours=6)  # a run begun before is no longer continued: what it has done may have aged
STALLED_AFTER = timedelta(minutes=2)  # without a part done: its messages are taken for lost
THREADS = min(os.cpu_count() or 1, 4)
LOOK_SECONDS = 0.2

State = RecomputeRun.State
Work = Callable[[RecomputeRun], bool]


@transaction.atomic
def begin_run(
    *,
    areas: Sequence[str] | None,
    indicators: Sequence[str] | None,
    full: bool,
    parts: Sequence[Sequence[str]],
    since: datetime | None = None,
    pending: Sequence[int] = (),
) -> RecomputeRun:
    """A new run over `parts`, or the one of the same scope that was interrupted. One that rests on other rules,
    another period or an earlier open year, or that is hours old, is given up instead. `pending`: rows of the outbox
    that go when the run is done; a run already under way does not take them over, for it may have passed their areas.
    """
    wanted = {"areas": areas, "indicators": indicators, "full": full}
    scope, basis = sha256(json.dumps(wanted).encode()).hexdigest(), _basis()
    now = timezone.now()
    since = since or now
    for run in RecomputeRun.objects.select_for_update().filter(scope=scope, state=State.RUNNING):
        if run.basis == basis and run.started_at > now - STALE_AFTER:
            return run
        _end(run, State.ABANDONED)
        since = min(since, run.since)  # it wrote, and did not live to tell
    run = RecomputeRun.objects.create(
        scope=scope,
        basis=basis,
        areas=areas,
        indicators=indicators,
        is_full=full,
        pending=list(pending),
        since=since,
        started_at=now,
        chunks_total=len(parts),
    )
    RecomputeChunk.objects.bulk_create(
        [RecomputeChunk(run=run, number=number, areas=list(part)) for number, part in enumerate(parts, start=1)]
    )
    return run


def _basis() -> str:
    span = period()
    return f"{gaps.RULE_VERSION}/{FORECAST_VERSION}: {span.baseline_year}–{span.final_year}, {span.as_of_year}"


def _end(run: RecomputeRun, state: str) -> None:
    run.state, run.finished_at = state, timezone.now()
    run.save(update_fields=["state", "finished_at", "cells_read", "cells_changed"])
    run.chunks.all().delete()


def is_running(run: RecomputeRun) -> bool:
    return RecomputeRun.objects.filter(pk=run.pk, state=State.RUNNING).exists()


@transaction.atomic
def close_run(run: RecomputeRun) -> RecomputeRun | None:
    """Close a run whose parts are all done, with its share of the outbox; None if it is closed already or others are
    still at it. The last to finish finds everything done: a part is marked in the transaction that did it."""
    run = RecomputeRun.objects.select_for_update().get(pk=run.pk)
    if run.state != State.RUNNING or run.chunks.filter(finished_at=None).exists():
        return None
    totals = run.chunks.aggregate(read=Sum("cells_read"), changed=Sum("cells_changed"))
    run.cells_read, run.cells_changed = totals["read"] or 0, totals["changed"] or 0
    PendingRecompute.objects.filter(id__in=run.pending).delete()
    _end(run, State.DONE)
    return run


def pending_of_runs() -> list[int]:
    """Rows of the outbox that a run under way will see to."""
    running = RecomputeRun.objects.filter(state=State.RUNNING).values_list("pending", flat=True)
    return [pk for pending in running for pk in pending]


def stalled_runs() -> list[RecomputeRun]:
    """Runs under way in which nothing has been done for some time. Those that may not be continued are given up."""
    now, basis, found = timezone.now(), None, []
    for run in RecomputeRun.objects.filter(state=State.RUNNING):
        basis = basis or _basis()
        latest = run.chunks.exclude(finished_at=None).order_by("-finished_at").first()
        if run.basis != basis or run.started_at < now - STALE_AFTER:
            with transaction.atomic():
                _end(RecomputeRun.objects.select_for_update().get(pk=run.pk), State.ABANDONED)
        elif ((latest.finished_at if latest else None) or run.started_at) < now - STALLED_AFTER:
            found.append(run)
    return found


def work_off(run: RecomputeRun, work: Work, progress: Callable[[int, int], None] | None) -> tuple[int, int]:
    """Take part in a run until it is closed: (cells read, cells changed). On PostgreSQL with several threads, each on
    a connection of its own: while the server writes for one, another computes."""
    tell = _teller(run, progress)
    while is_running(run):
        if connection.vendor == "postgresql" and not connection.in_atomic_block and THREADS > 1:
            _in_threads(run, work, tell)
        else:
            _until_none(run, work, tell)
        if is_running(run):
            time.sleep(LOOK_SECONDS)  # others are at the last parts
    tell(is_over=True)
    run.refresh_from_db()
    return run.cells_read, run.cells_changed


def _until_none(run, work, tell) -> None:
    while work(run):
        tell()


def _in_threads(run, work, tell) -> None:
    def take_part():
        try:
            while work(run):
                pass
        finally:
            connection.close()

    with ThreadPoolExecutor(THREADS, thread_name_prefix="recompute") as threads:
        waiting = {threads.submit(take_part) for _ in range(THREADS)}
        while waiting:
            done, waiting = wait(waiting, timeout=LOOK_SECONDS)
            for one in done:
                one.result()
            tell()


def _teller(run: RecomputeRun, progress):
    """Calls `progress` with (areas done, areas in all), once for each state of things."""
    sizes = {pk: len(areas) for pk, areas in run.chunks.values_list("pk", "areas")}
    told = set()

    def tell(is_over=False):
        if progress is None:
            return
        left = set() if is_over else set(run.chunks.filter(finished_at=None).values_list("pk", flat=True))
        if not is_over and not is_running(run):
            left = set()
        done = sum(size for pk, size in sizes.items() if pk not in left)
        if done and done not in told:
            told.add(done)
            progress(done, sum(sizes.values()))

    return tell

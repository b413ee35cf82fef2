"""Celery tasks: thin, idempotent, each one call."""

from collections.abc import Iterable

from celery import shared_task
from django.conf import settings

from indicators.models import RecomputeRun
from indicators.recomputes import recompute
from journal.actions import forget_stamps


@shared_task(name="indicators.sweep_pending")
def sweep_pending() -> None:
    """Do the recomputes that the outbox holds; sent after each commit that needs one, and by the clock."""
    if settings.CELERY_TASK_ALWAYS_EAGER:
        recompute.sweep_pending()
    else:
        share_out(recompute.share_pending())
    forget_stamps()


@shared_task(name="indicators.note_due_year")
def note_due_year() -> None:
    """By the clock: where a year has fallen due by the calendar alone, everything is judged anew."""
    recompute.note_due_year()


@shared_task(name="indicators.recompute_all")
def recompute_all() -> None:
    """Nightly: every cell afresh, whatever the outbox says."""
    if settings.CELERY_TASK_ALWAYS_EAGER:
        recompute.recompute()
    else:
        share_out(recompute.share_all())


@shared_task(name="indicators.recompute_chunk")
def recompute_chunk(run: int) -> None:
    """One part of a run: whichever is free."""
    recompute.compute_chunk(RecomputeRun.objects.get(pk=run))


def share_out(runs: Iterable[RecomputeRun]) -> None:
    """A message for each part to be done, and one to close the run; any worker may take any part."""
    for run in runs:
        for _ in range(run.chunks.filter(finished_at=None).count() + 1):
            recompute_chunk.delay(run.pk)

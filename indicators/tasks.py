"""Celery tasks: thin, idempotent, each one call."""

from celery import shared_task
from django.conf import settings

from indicators import actions, recompute
from indicators.models import RecomputeRun
from journal.actions import forget_stamps


@shared_task(name="indicators.sweep_pending")
def sweep_pending() -> None:
    """Do the recomputes that the outbox holds; sent after each commit that needs one, and by the clock."""
    if settings.CELERY_TASK_ALWAYS_EAGER:
        recompute.sweep_pending()
    else:
        actions.share_out(recompute.share_pending())
    forget_stamps()


@shared_task(name="indicators.recompute_all")
def recompute_all() -> None:
    """Nightly: every cell afresh, whatever the outbox says."""
    if settings.CELERY_TASK_ALWAYS_EAGER:
        recompute.recompute()
    else:
        actions.share_out(recompute.share_all())


@shared_task(name="indicators.recompute_chunk")
def recompute_chunk(run: int) -> None:
    """One part of a run: whichever is free."""
    recompute.compute_chunk(RecomputeRun.objects.get(pk=run))

"""Celery tasks: thin, idempotent, each one call."""

from celery import shared_task

from indicators import recompute
from journal.actions import forget_stamps


@shared_task(name="indicators.sweep_pending")
def sweep_pending() -> None:
    """Do the recomputes that the outbox holds; sent after each commit that needs one, and by the clock."""
    recompute.sweep_pending()
    forget_stamps()


@shared_task(name="indicators.recompute_all")
def recompute_all() -> None:
    """Nightly: every cell afresh, whatever the outbox says."""
    recompute.recompute()

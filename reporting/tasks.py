"""Celery tasks: thin, idempotent, each one call; sent by the clock."""

from celery import shared_task

from reporting.entries import saving
from reporting.reminders import due_reminders


@shared_task(name="reporting.lapse_reopened")
def lapse_reopened() -> None:
    """Lock again what was reopened for a time that is over."""
    saving.lapse_reopened()


@shared_task(name="reporting.remind_due")
def remind_due() -> None:
    """Tell units that are late, near the due date and after it."""
    due_reminders.remind_due()

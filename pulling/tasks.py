"""Celery tasks: thin, idempotent, each one call."""

from celery import shared_task

from pulling import actions


@shared_task(name="pulling.pull_due")
def pull_due() -> None:
    """By the clock: sources whose time has come are fetched into drafts."""
    actions.pull_due()

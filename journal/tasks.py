"""Celery tasks: thin, idempotent, each one call."""

from celery import shared_task

from journal import forwarding, seals
from journal.deprecations import record_deprecations


@shared_task(name="journal.seal_entries")
def seal_entries() -> None:
    """By the clock: the audit log's new rows join its chain, and go to the log server."""
    seals.seal_entries()
    forwarding.forward()


@shared_task(name="journal.tell_deprecations")
def tell_deprecations() -> None:
    """By the clock: what a new release declares to be switched off joins the feed."""
    record_deprecations()

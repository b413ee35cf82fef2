"""Celery tasks: thin, idempotent, each one call; sent by the clock."""

from celery import shared_task

from matters import figure_ties


@shared_task(name="matters.follow_figures")
def follow_figures() -> None:
    """Close matters whose figure is met, and ask to reopen those whose figure has turned."""
    figure_ties.follow_figures()

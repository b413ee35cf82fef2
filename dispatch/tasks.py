"""Celery tasks: thin, idempotent, each one call; sent by the clock."""

from celery import shared_task

from dispatch import void_presses


@shared_task(name="dispatch.void_presses")
def void_presses_gone() -> None:
    """Withdraw, or follow up, presses whose line has left the list."""
    void_presses.void_presses()

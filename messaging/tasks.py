"""Celery tasks: thin, idempotent, each one call; sent by the clock."""

from celery import shared_task

from messaging import outbox, sending


@shared_task(name="messaging.fill_outbox")
def fill_outbox() -> None:
    """Messages of what has happened, and deliveries of them."""
    outbox.fill_outbox()


@shared_task(name="messaging.deliver")
def deliver() -> None:
    """Send what is due, each channel in a thread of its own."""
    sending.deliver_apart()

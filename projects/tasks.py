"""Celery tasks: thin, idempotent, each one call; sent by the clock."""

from celery import shared_task

from projects.landing import landed_projects


@shared_task(name="projects.fill_sheets")
def fill_sheets() -> None:
    """Fill the number of landed projects into sheets opened, returned or reopened since the register last moved."""
    landed_projects.fill_sheets()

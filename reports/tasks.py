"""Celery tasks: thin, idempotent, each one call."""

from celery import shared_task

from reports import build


@shared_task(name="dashboard.build_report")
def build_report(number: str) -> None:
    """Make the files of an issued report."""
    build.build_report(number)


@shared_task(name="dashboard.build_lost_reports")
def build_lost_reports() -> None:
    """Make the reports whose message was lost."""
    build.build_lost()

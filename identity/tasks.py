"""Celery tasks: thin, idempotent, each one call."""

from celery import shared_task
from django.utils import timezone

from identity.models import LoginSession


@shared_task(name="identity.forget_ended_sessions")
def forget_ended_sessions() -> None:
    """By the clock: sessions whose time is over leave the database. Who sets out for a provider of single sign-on gets
    one without being logged in, and need not come back."""
    LoginSession.objects.filter(expire_date__lt=timezone.now()).delete()

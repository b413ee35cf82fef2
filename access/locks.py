"""Logins that failed too often: who is locked out, and how an administrator lets him in again."""

from collections.abc import Iterable

from axes.models import AccessAttempt
from django.conf import settings
from django.db import transaction
from django.db.models import OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Lower
from django.shortcuts import render
from django.utils import timezone

from accounts.known_browsers import counted_name
from accounts.models import User
from journal.actions import log_audit


def with_failed_logins(users: QuerySet) -> QuerySet:
    """`failed_logins`: failures that still count, by name, from all addresses; None where there are none."""
    since = timezone.now() - settings.AXES_COOLOFF_TIME
    attempts = AccessAttempt.objects.filter(username=Lower(OuterRef("username")), attempt_time__gt=since).order_by()
    counts = attempts.values("username").annotate(count=Sum("failures_since_start")).values("count")
    return users.annotate(failed_logins=Subquery(counts))


@transaction.atomic
def unlock_logins(*, users: Iterable[User], by: User) -> int:
    """Forget the failed logins of these users, so that they get in at once. How many had any."""
    names = {counted_name(user.username): user.username for user in users}
    found = sorted(set(AccessAttempt.objects.filter(username__in=names).values_list("username", flat=True)))
    AccessAttempt.objects.filter(username__in=found).delete()
    log_audit(action="unlock", subject=User._meta.label_lower, rows=[{"key": names[name]} for name in found], by=by)
    return len(found)


def locked_out(request, response, credentials):
    """What who is locked out gets to read; axes calls this in place of the login's own answer."""
    minutes = int(settings.AXES_COOLOFF_TIME.total_seconds() // 60)
    context = {"minutes": minutes, "limit": settings.AXES_FAILURE_LIMIT}
    context["guarded"] = getattr(request, "guarded", "")
    answer = render(request, "accounts/locked.html", context, status=429)
    answer["Retry-After"] = str(minutes * 60)
    return answer

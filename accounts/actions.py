"""Writes of organisations and accounts."""

from collections.abc import Mapping, Sequence

from django.db import transaction
from django.db.models import F

from accounts.models import Organisation, TokenUsage, User


@transaction.atomic
def record_organisations(rows: Sequence[dict]) -> None:
    """Organisations, each a mapping of the columns of `Organisation`; known codes stay as they are."""
    for row in rows:
        Organisation.objects.get_or_create(code=row["code"], defaults=row)


@transaction.atomic
def create_demo_user(*, username: str, role: str, organisation: Organisation | None, password_hash: str) -> bool:
    """A login of the demonstration, True where it is new. An account already there under that name stays as it is."""
    _, is_new = User.objects.get_or_create(
        username=username,
        defaults={
            "role": role,
            "organisation": organisation,
            "password": password_hash,
            "is_demo": True,
            "is_staff": role == User.Role.ADMINISTRATOR,
            "is_superuser": role == User.Role.ADMINISTRATOR,
        },
    )
    return is_new


@transaction.atomic
def remove_demo_users() -> int:
    """Delete the demonstration's logins; the log keeps their names."""
    _, deleted = User.objects.filter(is_demo=True).delete()
    return deleted.get(User._meta.label, 0)


@transaction.atomic
def add_token_usage(counts: Mapping[tuple, int]) -> None:
    """Add to the counters: calls by (token id, day, endpoint, status). Sums only, so it is not audited."""
    for (token, on, endpoint, status), calls in sorted(counts.items()):
        row, _ = TokenUsage.objects.get_or_create(
            token_id=token, on=on, endpoint=endpoint, status=status, defaults={"calls": 0}
        )
        TokenUsage.objects.filter(pk=row.pk).update(calls=F("calls") + calls)

"""Words to units about matters and notes: the one place of this room from which anything is sent."""

from collections.abc import Iterable
from datetime import datetime

from accounts.models import Organisation, User
from journal.actions import actor_name
from reporting.models import Notice


def tell_units(
    units: Iterable[Organisation],
    *,
    key: str,
    title: str,
    words: str,
    href: str,
    by: User | None,
    at: datetime,
    is_demo: bool = False,
) -> None:
    """One notice to each unit but the speaker's own, in the caller's transaction."""
    own = by.own_unit_id if by else None
    rows = [
        Notice(
            kind=Notice.Kind.PRESS,
            organisation=unit,
            item=f"{Notice.SAID}{key}"[:80],
            title=title[:200],
            href=href,
            words=words,
            is_demo=is_demo,
            at=at,
            by=by,
            by_name=actor_name(by),
        )
        for unit in {unit.pk: unit for unit in units}.values()
        if unit.pk != own
    ]
    Notice.objects.bulk_create(rows)

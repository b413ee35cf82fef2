"""Writes of areas."""

from collections.abc import Sequence

from django.db import transaction

from areas.models import Area


@transaction.atomic
def record_areas(rows: Sequence[dict]) -> None:
    """Areas, parents before children, each a mapping of the columns of `Area`; known codes stay as they are."""
    for position, row in enumerate(rows):
        Area.objects.get_or_create(code=row["code"], defaults={**row, "position": position})

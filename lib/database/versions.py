"""Rows that are never overwritten: each says since when it is in force (`recorded_at`) and until when (`superseded_at`,
empty while it is)."""

from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import Q


class VersionsQuerySet(models.QuerySet):
    """Of a model with these two columns."""

    def as_of(self, moment: datetime | None = None) -> Self:
        """The rows in force at `moment` (aware); None means now."""
        if moment is None:
            return self.filter(superseded_at__isnull=True)
        return self.filter(Q(superseded_at__isnull=True) | Q(superseded_at__gt=moment), recorded_at__lte=moment)

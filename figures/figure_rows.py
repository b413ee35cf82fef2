"""The stored rows that a picture reads: whose, of which counties and indicators, as of which moment. Queries alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from django.db.models import Q, QuerySet, Value

from accounts.models import User
from indicators.cells.inputs import SERIES, UNCERTAIN
from indicators.models import Assessment, Fact, Observation
from indicators.terms.parts import RatioParts


class DividedValue(NamedTuple):
    """What a value was divided from, and the version of the value that says so."""

    version: int
    parts: RatioParts


@dataclass(frozen=True)
class FigureRows:
    """`indicators`: None for all of them."""

    user: User
    as_of: datetime | None
    areas: Sequence[str]
    indicators: Sequence[str] | None

    def stored(self) -> QuerySet[Assessment]:
        """The cells as they were judged last."""
        return self._in_scope(Assessment.objects.visible_to(self.user))

    def unofficial(self) -> QuerySet:
        """(series, area, indicator, year, is_demo) of every number that is not official. One query for all series."""
        first, *others = [self._unofficial(name, model) for name, model in SERIES.items()]
        return first.union(*others, all=True)

    def _unofficial(self, name: str, model: type[Fact]) -> QuerySet:
        rows = self._facts(model).filter(Q(is_demo=True) | UNCERTAIN)
        # Any order would be sorted for nothing: the rows are looked up by their keys.
        return rows.order_by().values_list(Value(name), "area_id", "indicator_id", "year", "is_demo")

    def divided_values(self) -> dict[tuple[str, str, int], DividedValue]:
        """By (area, indicator, year), of the official values that are quotients. One query."""
        rows = self._facts(Observation).filter(numerator__isnull=False).order_by()
        names = ("area_id", "indicator_id", "year", "version", "numerator", "denominator")
        found = {}
        for area, indicator, year, version, above, below in rows.values_list(*names):
            found[area, indicator, year] = DividedValue(version, RatioParts(above, below))
        return found

    def _facts(self, model: type[Fact]) -> QuerySet:
        return self._in_scope(model.objects.visible_to(self.user).as_of(self.as_of))

    def _in_scope(self, rows: QuerySet) -> QuerySet:
        rows = rows.filter(area__in=self.areas)
        if self.indicators is not None:
            rows = rows.filter(indicator__in=self.indicators)
        return rows

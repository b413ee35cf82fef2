"""How each row has moved from year to year in all counties, out of the official values: kept while they stay."""

from collections.abc import Collection
from decimal import Decimal

from indicators.models import IndicatorDefinition, Observation
from journal.versions import data_version
from lib.lru_cache import Recent
from reporting.checks.row_movement import Movement, movements_of

KEPT = Recent(64)
YEARS_BACK = 12
# What is written while people report, and moves no official value.
NO_FACTS = ("reporting", "accounts", "projects", "funding", "commitments", "plan")


def movements(codes: Collection[str], *, before: int) -> dict[str, Movement]:
    """By indicator, of the official values of the years before one; a row of which too little is known is absent. Once
    for each state of the official values: two queries, else one."""
    name = (data_version(NO_FACTS)[0], before)
    found = KEPT.get(name, None)
    if found is None:
        found = _movements(before)
        KEPT.put(name, found)
    return {code: found[code] for code in codes if code in found}


def _movements(before: int) -> dict[str, Movement]:
    steps, units = {}, {}
    for code, places, unit in IndicatorDefinition.objects.as_of().values_list("indicator", "decimals", "unit"):
        steps[code], units[code] = Decimal(1).scaleb(-places), unit
    rows = Observation.objects.as_of().filter(year__gte=before - YEARS_BACK, year__lt=before, value__isnull=False)
    series: dict[str, dict[str, dict[int, Decimal]]] = {}
    for code, area, year, value in rows.values_list("indicator", "area", "year", "value").iterator():
        series.setdefault(code, {}).setdefault(area, {})[year] = value
    return movements_of(series, steps, units)

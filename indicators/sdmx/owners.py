"""Whose structures they are."""

from indicators.sdmx.agency import Maintainer
from plan.models import Plan


def plan_maintainer() -> Maintainer:
    """The owner of the plan; of a site without one the city that keeps it, or nobody yet."""
    found = Plan.objects.values_list("owner__code", "owner__name", "owner__name_en", "area__name", "area__name_en")
    code, name, name_en, city, city_en = found.first() or (None, None, None, "未定", "Not yet known")
    return Maintainer.of(code or "CITY", name or city, name_en or (city_en if name is None else ""))

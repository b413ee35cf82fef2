"""Numbers that a plan file gives twice."""

from collections.abc import Collection, Iterator

from django.utils.translation import gettext as _

from seeding.plan_files.reading import Row, rows_of
from seeding.plan_files.yaml_text import PlanFault


def facts_twice(data: Row, cities: Collection[str]) -> Iterator[PlanFault]:
    """A row for everywhere and one for an area are two numbers for that area; for a city it does not speak."""
    for section in ("targets", "standards"):
        seen: dict[tuple, dict[object, int]] = {}
        for number, row in rows_of(data, section):
            key = (row.get("indicator"), row.get("year"))
            area = row.get("area", "each_county")
            if not all(isinstance(part, str | int) for part in (*key, area)):
                continue
            areas = seen.setdefault(key, {})
            told = {other: n for other, n in areas.items() if (other in cities) == (area in cities)}
            earlier = next(
                (n for other, n in told.items() if area in (other, "each_county") or other == "each_county"), None
            )
            if earlier is not None:
                words = _("同一指标同一年，第{earlier}行已经给了数，请改正或删去一行。").format(earlier=earlier + 1)
                yield PlanFault((section, number, "area" if "area" in row else "indicator"), words)
            areas.setdefault(area, number)

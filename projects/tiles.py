"""The landed projects in short, for the overview: the same counters as the register's page."""

from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Q

from plan.models import Plan
from projects.landing_counter import Counter
from projects.listing import PROMISED
from projects.models import Project


@dataclass(frozen=True)
class Landed:
    """Industrial projects of a size landed since the plan began, against what it promises by its last day. `then`: the
    same at the end of the page's year where that is over, else None."""

    counter: Counter
    then: Counter | None
    is_demo: bool


def landed(user, plan: Plan, on: date, year: int) -> list[Landed]:
    """One for each promised size, as of `on`. One query."""
    first, last = date(plan.baseline_year + 1, 1, 1), date(plan.final_year, 12, 31)
    year_end = date(year, 12, 31)
    rows = Project.objects.visible_to(user).landed(since=first, until=min(on, last))
    wanted = {}
    for _name, least, _promised in PROMISED:
        large = Q(total_yi__gte=least)
        wanted[f"now{least}"] = Count("pk", filter=large)
        wanted[f"then{least}"] = Count("pk", filter=large & Q(landed_on__lte=year_end))
        wanted[f"demo{least}"] = Count("pk", filter=large & Q(is_demo=True))
    found = rows.aggregate(**wanted)
    is_over = first <= year_end < on
    return [
        Landed(
            Counter(str(name), found[f"now{least}"], promised, first, last, on),
            Counter(str(name), found[f"then{least}"], promised, first, last, year_end) if is_over else None,
            found[f"demo{least}"] > 0,
        )
        for name, least, promised in PROMISED
    ]

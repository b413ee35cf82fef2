"""The landed projects in one line, for the overview."""

from datetime import date

from django.db.models import Count, Q

from plan.models import Plan
from projects.landing_counter import Counter
from projects.listing import PROMISED
from projects.models import Project

_NAME, LEAST, NUMBER = PROMISED[0]


def landed_tile(user, plan: Plan, on: date) -> dict:
    """`counter`: industrial projects of 1亿元 or more landed since the plan began, against 150 by its last day; and
    `is_demo`. One query."""
    first, last = date(plan.baseline_year + 1, 1, 1), date(plan.final_year, 12, 31)
    rows = Project.objects.visible_to(user).landed(since=first, until=min(on, last))
    found = rows.filter(total_yi__gte=LEAST).aggregate(n=Count("pk"), demo=Count("pk", filter=Q(is_demo=True)))
    return {"counter": Counter("", found["n"], NUMBER, first, last, on), "is_demo": found["demo"] > 0}

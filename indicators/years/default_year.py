"""The year that a page shows where its address names none: one rule for every page."""

from collections.abc import Collection
from datetime import datetime

from django.db.models import Count, QuerySet
from django.utils import timezone

from areas.models import Area
from indicators.models import ReportingYear
from plan.models import Plan


def default_year(plan: Plan, areas: Collection[str], approved: Collection[tuple[str, int]]) -> int:
    """The latest year of the plan in which the submission of each of `areas` is approved; the baseline year where
    there is none. `approved` holds (area code, year)."""
    if not areas:
        return plan.baseline_year
    complete = [year for year in years_of(plan) if all((area, year) in approved for area in areas)]
    return _latest(plan, complete)


def counted_default_year(plan: Plan, areas: QuerySet[Area], as_of: datetime | None) -> int:
    """`default_year` of very many areas: the database counts them, and no row of theirs is read."""
    moment = as_of or timezone.now()
    approved = ReportingYear.objects.filter(area__in=areas.order_by(), approved_at__lte=moment)
    by_year = approved.order_by().values("year").annotate(areas=Count("id"))
    complete = by_year.filter(areas=areas.count(), year__in=years_of(plan))
    return _latest(plan, list(complete.values_list("year", flat=True)))


def years_of(plan: Plan) -> range:
    """From the baseline year to the final year."""
    return range(plan.baseline_year, plan.final_year + 1)


def _latest(plan: Plan, complete: Collection[int]) -> int:
    return max(complete, default=plan.baseline_year)

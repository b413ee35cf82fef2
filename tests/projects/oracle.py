"""Sums of investment as one would make them by hand, to judge those of the database by."""

from collections.abc import Iterable
from decimal import Decimal

import pandas as pd
from django.db.models import QuerySet

from projects.models import Project, ProjectShare

SHARE_COLUMNS = ["project", "area", "share", "total_yi"]


def shares_frame(rows: QuerySet[Project]) -> pd.DataFrame:
    """SHARE_COLUMNS of the projects, amounts as Decimal."""
    found = ProjectShare.objects.filter(project__in=rows.order_by().values("pk")).order_by()
    values = found.values_list("project_id", "area_id", "share", "project__total_yi")
    return pd.DataFrame.from_records(list(values), columns=SHARE_COLUMNS, coerce_float=False)


def county_totals(shares: pd.DataFrame) -> pd.Series:
    """Total investment by county: Σ share × amount. `shares` has SHARE_COLUMNS, a row for each project and county,
    numbers as Decimal; a project without an amount adds nothing. The counties add up to the whole."""
    known = shares[shares["total_yi"].notna()]
    return (known["share"] * known["total_yi"]).groupby(known["area"]).sum()


def increases(reports: Iterable[tuple[int, int, int, Decimal]]) -> dict[int, Decimal]:
    """What was completed in each year, from cumulative reports (project, year, quarter, completed): each report adds
    what it exceeds the project's earlier one by."""
    found: dict[int, Decimal] = {}
    before: dict[int, Decimal] = {}
    for project, year, _quarter, completed in sorted(reports, key=lambda row: row[:3]):
        found[year] = found.get(year, Decimal(0)) + completed - before.get(project, Decimal(0))
        before[project] = completed
    return found

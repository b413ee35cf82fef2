"""Flows and rules out of the database: sums made by the database, as frames with fixed columns, also when empty."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import NamedTuple

import pandas as pd
from django.db.models import BooleanField, Count, ExpressionWrapper, Max, Q, Sum

from funding.matching import INPUT_COLUMNS, Rule
from funding.models import Flow, FlowQuerySet, FlowTotal, MatchingRule

CELL = ("area", "year", "source", "state", "field")
LEAF = ("area", "source", "field", "project")


def cells_frame(flows: FlowQuerySet) -> pd.DataFrame:
    """Sums by CELL: `area` `year` `source` `state` `field` ("" where none), `amount` in 万元 with its sign, `demo` how
    many of its rows are demonstration data. Corrections are in the sums. One query."""
    rows = (
        flows.order_by()
        .values_list("area", "year", "source", "state", "field")
        .annotate(amount=Sum("amount_wan"), demo=Count("id", filter=Q(is_demo=True)))
    )
    frame = pd.DataFrame(list(rows), columns=[*CELL, "amount", "demo"])
    frame["field"] = frame["field"].fillna("").astype(str)
    return frame.assign(amount=frame["amount"].astype(float).round(6), year=frame["year"].astype(int))


def present_cells(areas: Iterable[str] | None = None, *, year: int | None = None) -> pd.DataFrame:
    """What `cells_frame` gives for all flows recorded by now, of these counties and this year where they are given,
    from the sums kept beside the rows. One query, however many flows there are."""
    frame = pd.DataFrame(_totals(areas, year), columns=[*CELL, "amount", "demo"])
    return frame.assign(amount=frame["amount"].astype(float).round(6), year=frame["year"].astype(int))


class SummedCell(NamedTuple):
    """One row of `present_cells`."""

    area: str
    year: int
    source: str
    state: str
    field: str
    amount: float
    demo: int


def present_rows(areas: Iterable[str] | None = None, *, year: int | None = None) -> list[SummedCell]:
    """`present_cells` as plain rows."""
    return [
        SummedCell(area, at, source, state, field, round(float(amount), 6), demo)
        for area, at, source, state, field, amount, demo in _totals(areas, year)
    ]


def _totals(areas: Iterable[str] | None, year: int | None) -> list[tuple]:
    totals = FlowTotal.objects.filter(rows__gt=0).order_by()
    totals = totals if areas is None else totals.filter(area__in=list(areas))
    totals = totals if year is None else totals.filter(year=year)
    return list(totals.values_list("area", "year", "source", "state", "field", "amount_wan", "demo_rows"))


def cells_of(as_of: datetime | None, areas: Iterable[str] | None = None, *, year: int | None = None) -> pd.DataFrame:
    """`cells_frame` of what had been recorded at a moment: now from the sums, at an earlier moment from the rows."""
    if as_of is None:
        return present_cells(areas, year=year)
    flows = Flow.objects.as_of(as_of)
    flows = flows if areas is None else flows.filter(area__in=list(areas))
    return cells_frame(flows if year is None else flows.filter(year=year))


def cells_by(day: date, as_of: datetime | None, today: date) -> pd.DataFrame:
    """`cells_frame` of the flows that happened up to and with a day. Where that is today or later, from the sums; only
    years in which a flow is dated after the day are added up from the rows."""
    flows = Flow.objects.as_of(as_of).filter(happened_on__lte=day)
    if as_of is not None or day < today:
        return cells_frame(flows)
    ahead = Flow.objects.filter(happened_on__gt=day).order_by()
    years = list(ahead.values_list("year", flat=True).distinct())
    present = present_cells()
    if not years:
        return present
    kept = present[~present["year"].isin(years)]
    return pd.concat([kept, cells_frame(flows.filter(year__in=years))], ignore_index=True)


def parts_frame(flows: FlowQuerySet) -> pd.DataFrame:
    """Sums by `source` `area` `field` ("" where none) and `has_project`, `amount` in 万元. One query."""
    in_project = ExpressionWrapper(Q(project__isnull=False), output_field=BooleanField())
    rows = (
        flows.order_by()
        .annotate(has_project=in_project)
        .values_list("source", "area", "field", "has_project")
        .annotate(amount=Sum("amount_wan"))
    )
    frame = pd.DataFrame(list(rows), columns=["source", "area", "field", "has_project", "amount"])
    frame["field"] = frame["field"].fillna("").astype(str)
    return frame.assign(amount=frame["amount"].astype(float).round(6))


def leading_projects(flows: FlowQuerySet, number: int) -> pd.DataFrame:
    """Sums of the projects with the largest sums, at most `number`: LEAF and `name`, `code`, `amount` in 万元."""
    rows = flows.filter(project__isnull=False).order_by()
    columns = ("area", "source", "field", "project", "project__name", "project__code")
    largest = rows.values("project").annotate(total=Sum("amount_wan")).order_by("-total", "project")[:number]
    chosen = rows.filter(project__in=[row["project"] for row in largest])
    found = chosen.values_list(*columns).annotate(amount=Sum("amount_wan"))
    frame = pd.DataFrame(list(found), columns=[*LEAF, "name", "code", "amount"])
    frame["field"] = frame["field"].fillna("").astype(str)
    return frame.assign(amount=frame["amount"].astype(float).round(6))


def matching_flows(cells: pd.DataFrame) -> pd.DataFrame:
    """What `matching.match` asks for."""
    return cells[list(INPUT_COLUMNS)]


def rules(as_of: datetime | None = None) -> list[Rule]:
    """The rules in force, for the kernel. Three queries."""
    rows = MatchingRule.objects.as_of(as_of).prefetch_related("base_sources", "exemptions").order_by("effective_from")
    return [kernel_rule(row) for row in rows]


def kernel_rule(row: MatchingRule) -> Rule:
    """A rule as the kernel of matching takes it."""
    return Rule(
        version=row.version,
        first=row.effective_from,
        last=row.effective_to,
        base_sources=frozenset(source.code for source in row.base_sources.all()),
        base_state=row.base_state,
        match_source=row.match_source_id,
        match_state=row.match_state,
        floor=row.floor_ratio,
        tolerance=row.tolerance,
        exempt=frozenset((each.area_id, each.year) for each in row.exemptions.all()),
    )


def recorded_total(flows: FlowQuerySet) -> dict:
    """`amount` (万元) with `corrected` what of it comes from corrections, `rows`, `corrections`, the `latest`
    recording; straight from the rows, to hold the page's sums against."""
    correction = Q(kind=Flow.Kind.CORRECTION)
    found = flows.order_by().aggregate(
        amount=Sum("amount_wan"),
        corrected=Sum("amount_wan", filter=correction),
        rows=Count("*"),
        corrections=Count("kind", filter=correction),
        latest=Max("recorded_at"),
    )
    sums = {name: round(float(found[name] or 0), 6) for name in ("amount", "corrected")}
    return {**found, **sums}


def current_amounts(flows: Iterable[Flow]) -> dict[int, float]:
    """What flows amount to with their corrections, by the id of the original. One query."""
    ids = [flow.corrects_id or flow.pk for flow in flows]
    found = dict.fromkeys(ids, 0.0)
    rows = Flow.objects.filter(Q(pk__in=ids) | Q(corrects__in=ids)).values_list("pk", "corrects", "amount_wan")
    for pk, corrects, amount in rows:
        found[corrects or pk] += float(amount)
    return {pk: round(amount, 6) for pk, amount in found.items()}

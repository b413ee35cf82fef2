"""Flows and rules out of the database: sums made by the database, as frames with fixed columns, also when empty."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import NamedTuple

import pandas as pd
from django.db.models import (
    BooleanField,
    Count,
    ExpressionWrapper,
    Max,
    Min,
    Q,
    QuerySet,
    Sum,
    Value,
    prefetch_related_objects,
)
from django.db.models.functions import Coalesce
from django.utils import timezone

from funding.matching import INPUT_COLUMNS, Rule
from funding.models import Flow, FlowQuerySet, FlowTotal, MatchingRule
from lib.database.prepared_statements import again, written

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


def present_cells(
    areas: Iterable[str] | None = None, *, year: int | None = None, on: date | None = None
) -> pd.DataFrame:
    """What `cells_frame` gives for all flows recorded by now that count on a day, today by default; of these counties
    and this year where they are given. From the sums kept beside the rows, less the flows dated after the day. One
    query, however many flows there are."""
    frame = pd.DataFrame(_totals(areas, year, on), columns=[*CELL, "amount", "demo"])
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
    """`present_cells` of today as plain rows."""
    return [
        SummedCell(area, at, source, state, field, round(float(amount), 6), demo)
        for area, at, source, state, field, amount, demo in _totals(areas, year, None)
    ]


def _totals(areas: Iterable[str] | None, year: int | None, on: date | None) -> list[tuple]:
    day, codes = on or timezone.localdate(), None if areas is None else tuple(areas)
    asked = written(("money", codes, year, day), lambda: _sums_and_ahead(codes, year, day))
    sums: dict[tuple, tuple] = {}
    for *cell, amount, demo, rows in asked.rows():
        before = sums.get(tuple(cell), (0, 0, 0))
        sums[tuple(cell)] = (before[0] + amount, before[1] + demo, before[2] + rows)
    return [(*cell, amount, demo) for cell, (amount, demo, rows) in sums.items() if rows > 0]


def _sums_and_ahead(areas: Sequence[str] | None, year: int | None, day: date) -> QuerySet:
    """The kept sums, and what they hold of days that are still to come, to be taken off."""
    totals = FlowTotal.objects.filter(rows__gt=0).order_by()
    ahead = Flow.objects.filter(happened_on__gt=day).order_by()
    narrow: dict[str, object] = {} if areas is None else {"area__in": areas}
    narrow |= {} if year is None else {"year": year}
    totals, ahead = totals.filter(**narrow), ahead.filter(**narrow)
    kept = totals.values_list("area", "year", "source", "state", "field", "amount_wan", "demo_rows", "rows")
    named = ahead.annotate(named=Coalesce("field_id", Value("")))
    keys = named.values_list("area", "year", "source", "state", "named")
    counted = keys.annotate(amount=-Sum("amount_wan"), demo=-Count("id", filter=Q(is_demo=True)), rows=-Count("id"))
    taken = counted.values_list("area", "year", "source", "state", "named", "amount", "demo", "rows")
    return kept.union(taken, all=True)


def cells_of(as_of: datetime | None, areas: Iterable[str] | None = None, *, year: int | None = None) -> pd.DataFrame:
    """`cells_frame` of what had been recorded at a moment and counted on its day: now from the sums, at an earlier
    moment from the rows."""
    if as_of is None:
        return present_cells(areas, year=year)
    flows = Flow.objects.as_of(as_of).counted(timezone.localdate(as_of))
    flows = flows if areas is None else flows.filter(area__in=list(areas))
    return cells_frame(flows if year is None else flows.filter(year=year))


def cells_by(day: date, as_of: datetime | None, today: date) -> pd.DataFrame:
    """`cells_frame` of the flows that happened up to and with a day. Where that is today or later, from the sums."""
    if as_of is not None or day < today:
        return cells_frame(Flow.objects.as_of(as_of).counted(day))
    return present_cells(on=day)


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
    return kernel_rules(rules_in_force(as_of))


def rules_in_force(as_of: datetime | None = None) -> list[MatchingRule]:
    """By their first year. One query."""
    return again(("matching rules", as_of), lambda: MatchingRule.objects.as_of(as_of).order_by("effective_from"))


def kernel_rules(rows: Sequence[MatchingRule]) -> list[Rule]:
    """Rules as the kernel of matching takes them. Two queries: their sources and exemptions."""
    prefetch_related_objects(rows, "base_sources", "exemptions")
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


def recorded_total(flows: FlowQuerySet, on: date) -> dict:
    """Of the flows that count on a day: `amount` (万元) with `corrected` what of it comes from corrections, `rows`,
    `corrections`, the `latest` recording; straight from the rows, to hold the page's sums against. `ahead` (万元),
    `ahead_rows` and `ahead_from`: what is recorded and dated later, in none of the sums."""
    counts, later = Q(happened_on__lte=on), Q(happened_on__gt=on)
    correction = counts & Q(kind=Flow.Kind.CORRECTION)
    found = flows.order_by().aggregate(
        amount=Sum("amount_wan", filter=counts),
        corrected=Sum("amount_wan", filter=correction),
        rows=Count("id", filter=counts),
        corrections=Count("kind", filter=correction),
        latest=Max("recorded_at"),
        ahead=Sum("amount_wan", filter=later),
        ahead_rows=Count("id", filter=later),
        ahead_from=Min("happened_on", filter=later),
    )
    sums = {name: round(float(found[name] or 0), 6) for name in ("amount", "corrected", "ahead")}
    return {**found, **sums}


def current_amounts(flows: Iterable[Flow]) -> dict[int, float]:
    """What flows amount to with their corrections, by the id of the original. One query."""
    ids = [flow.corrects_id or flow.pk for flow in flows]
    found = dict.fromkeys(ids, 0.0)
    rows = Flow.objects.filter(Q(pk__in=ids) | Q(corrects__in=ids)).values_list("pk", "corrects", "amount_wan")
    for pk, corrects, amount in rows:
        found[corrects or pk] += float(amount)
    return {pk: round(amount, 6) for pk, amount in found.items()}

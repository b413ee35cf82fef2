"""The demonstration's money: each year of all counties, through the same actions as real flows, every row marked. Years
after the file's last one repeat it, as far as the day has come.

One county stays below 1 : 1 (建德, 2025), in another the payment of upper money runs ahead of its own (淳安)."""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta

from funding.actions import FlowRow, correct_flow, record_flows
from funding.models import Flow
from lib.days import SHANGHAI
from plan.models import Plan
from projects.models import Project

DAYS = {"planned": (1, 20), "allocated": (4, 10), "arrived": (7, 15), "paid": (11, 25)}


def load_funding(data: Mapping, *, today: date) -> None:
    """Record the flows of `fixtures/demo_funding.yaml` up to that day; nothing where any flow is recorded."""
    if Flow.objects.exists():
        return
    projects = _projects()
    final_year = Plan.objects.get().final_year
    rows = sorted(_rows(data, projects, min(today.year, final_year)), key=lambda row: row.happened_on)
    rows = [row for row in rows if row.happened_on <= today]
    for day in sorted({row.happened_on for row in rows}):
        record_flows([row for row in rows if row.happened_on == day], by=None, at=_evening(day), is_demo=True)
    for row in data["corrections"]:
        _correct(row)


def _rows(data: Mapping, projects: Mapping, last_year: int) -> Iterator[FlowRow]:
    for source, counties in data["flows"].items():
        for area, years in counties.items():
            known = max(years)
            later = dict.fromkeys(range(known + 1, last_year + 1), years[known])
            for year, amounts in (years | later).items():
                for state, amount in zip(DAYS, amounts, strict=True):
                    yield from _split(data, source, area, year, state, amount, projects)


def _split(data, source, area, year, state, amount, projects) -> Iterator[FlowRow]:
    """An amount over the fields of its source, whole 万元 and the remainder to the first; in turn to a field's
    projects in the county."""
    day = date(year, *DAYS[state])
    shares = data["shares"][source]
    parts = {field: amount * share // 100 for field, share in shares.items()}
    parts[next(iter(parts))] += amount - sum(parts.values())
    for field, part in parts.items():
        own = projects.get((area, field), [])
        project = own[year % len(own)] if own and source in data["by_project"] else ""
        document = f"演示文号〔{year}〕{source}-{list(DAYS).index(state) + 1}"
        yield FlowRow(area, year, source, state, part, day, project=project, field=field, document=document)


def _projects() -> dict[tuple[str, str], list[str]]:
    """{(county, field): codes of the projects that mainly lie there}."""
    found: dict[tuple[str, str], list[str]] = {}
    for area, field, code in Project.objects.order_by("code").values_list("main_area", "field", "code"):
        found.setdefault((area, field), []).append(code)
    return found


def _correct(row: Mapping) -> None:
    keys = {name: row[name] for name in ("area", "year", "source", "state", "field")}
    flow = Flow.objects.filter(is_demo=True, kind=Flow.Kind.ORIGINAL, **keys).order_by("pk").first()
    day = row["date"]
    if flow is not None:
        right = flow.amount_wan + row["by_wan"]
        correct_flow(flow, to_amount_wan=right, reason=row["reason"], happened_on=day, by=None, at=_evening(day))


def _evening(day: date) -> datetime:
    """Recorded two days after it happened."""
    return datetime.combine(day + timedelta(days=2), time(17), SHANGHAI).astimezone(UTC)

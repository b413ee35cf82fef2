"""The demonstration's money: each year of all counties, through the same actions as real flows, every row marked. Years
after the file's last one repeat it, as far as the day has come.

One county stays below 1 : 1 (建德, 2025), in another the payment of upper money runs ahead of its own (淳安)."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

from funding.actions import FlowRow, correct_flow, record_flows
from funding.models import Flow
from lib.days import SHANGHAI
from plan.models import Plan
from projects.models import Project

WAN_IN_YI = 10_000
DAYS = {"planned": (1, 20), "allocated": (4, 10), "arrived": (7, 15), "paid": (11, 25)}


def load_funding(data: Mapping, *, today: date) -> None:
    """Record the flows of `fixtures/demo_funding.yaml` up to that day; nothing where any flow is recorded."""
    if Flow.objects.exists():
        return
    final_year = Plan.objects.get().final_year
    rows = sorted(_rows(data, min(today.year, final_year)), key=lambda row: row.happened_on)
    rows = [row for row in rows if row.happened_on <= today]
    for day in sorted({row.happened_on for row in rows}):
        record_flows([row for row in rows if row.happened_on == day], by=None, at=_evening(day), is_demo=True)
    for row in data["corrections"]:
        _correct(row)


def _rows(data: Mapping, last_year: int) -> Iterator[FlowRow]:
    projects, left = _projects(), _left()
    for source, counties in data["flows"].items():
        for area, years in counties.items():
            own = projects.get(area, {}) if source in data["by_project"] else {}
            known = max(years)
            later = dict.fromkeys(range(known + 1, last_year + 1), years[known])
            for year, amounts in (years | later).items():
                yield from _of_year(source, area, year, amounts, data["shares"][source], own, left)


def _of_year(
    source: str,
    area: str,
    year: int,
    amounts: Sequence[int],
    shares: Mapping[str, int],
    own: Mapping[str, list[str]],
    left: dict[str, Decimal],
) -> Iterator[FlowRow]:
    """A source's money of one county and year: `amounts` in the order of DAYS, each over the fields by `shares`."""
    named = _named(_by_field(shares, amounts[0]), own, year, left)
    for number, (state, amount) in enumerate(zip(DAYS, amounts, strict=True), start=1):
        day, document = date(year, *DAYS[state]), f"演示文号〔{year}〕{source}-{number}"
        for field, part in _by_field(shares, amount).items():
            more = {"project": named.get(field, ""), "field": field, "document": document}
            yield FlowRow(area, year, source, state, Decimal(part), day, **more)


def _by_field(shares: Mapping[str, int], amount: int) -> dict[str, int]:
    """An amount over the fields of its source, whole 万元 and the remainder to the first."""
    parts = {field: amount * share // 100 for field, share in shares.items()}
    parts[next(iter(parts))] += amount - sum(parts.values())
    return parts


def _named(
    planned: Mapping[str, int], own: Mapping[str, list[str]], year: int, left: dict[str, Decimal]
) -> dict[str, str]:
    """{field: the project that its money of the year goes to}: in turn those of the field, where the whole of it goes
    into what the project still lacks (`left`, which it takes from); the money of other fields names none."""
    named = {}
    for field, part in planned.items():
        codes = own.get(field, [])
        code = codes[year % len(codes)] if codes else ""
        if code and part <= left[code]:
            left[code] -= part
            named[field] = code
    return named


def _projects() -> dict[str, dict[str, list[str]]]:
    """{county: {field: codes of the projects that mainly lie there}}."""
    found: dict[str, dict[str, list[str]]] = {}
    for area, field, code in Project.objects.order_by("code").values_list("main_area", "field", "code"):
        found.setdefault(area, {}).setdefault(field, []).append(code)
    return found


def _left() -> dict[str, Decimal]:
    """{project: 万元 that may be given to it}: nine tenths of what it costs."""
    totals = Project.objects.values_list("code", "total_yi")
    return {code: (total or Decimal(0)) * WAN_IN_YI * 9 / 10 for code, total in totals}


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

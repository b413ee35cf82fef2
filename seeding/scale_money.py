"""Projects and flows to measure with, beside the counties of `seeding/scale.py`: deterministic, invented, marked.

Every third project spans two counties and every seventh has a name as long as names get; each has amounts, a schedule
and quarters of progress, half of them serve an indicator. Of the flows half go to a project, one in fifty is a
correction, and every county, year, source, state and field has some. The actions would take an hour for as many."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
from django.core.management.color import no_style
from django.db import connection, models

from areas.models import Area
from funding.actions import record_sources
from funding.models import Flow, State
from funding.rule_actions import RuleTerms, define_rule
from funding.stored_sums import rebuild_totals
from lib.database.bulk_load import load_rows
from plan.models import Cite
from projects.models import Contribution, ProgressReport, Project, ProjectAmount, ProjectShare, ScheduleYear

SOURCES = ("市级专项资金", "特别生态功能区专项补助", "县级配套资金", "区县协作资金", "中央和省级资金", "社会资本")
STATES = ("planned", "started", "started", "started", "completed", "stalled", "cancelled")
LONG = "国家级经济技术开发区高端装备智能制造产业园基础设施配套及生产性服务业综合提升改造（一期）"
CORRECTED = 50  # one flow in so many
BEGAN = datetime(2022, 1, 1, tzinfo=UTC)
RECORDED = {"at": BEGAN.isoformat(), "by_id": None, "by_name": "基准测试", "is_demo": True}


def seed_projects(counties: Sequence[Area], indicators: Sequence[str], fields: Sequence[str], *, number: int) -> None:
    """`number` projects with everything that stands under them."""
    draw = np.random.default_rng([20230101, number])
    codes = [area.code for area in counties]
    rows = [_project(n, codes, fields, draw) for n in range(1, number + 1)]
    _insert(Project, rows)
    _insert(ProjectShare, _shares(rows, codes))
    _insert(ProjectAmount, _amounts(rows))
    _insert(ScheduleYear, _schedule(rows))
    _insert(ProgressReport, _progress(rows, draw))
    _insert(Contribution, _contributions(rows, indicators))


def _project(n: int, codes: Sequence[str], fields: Sequence[str], draw) -> dict:
    starts = date(2022, 6, 1) + timedelta(days=int(draw.integers(0, 1200)))
    state = STATES[n % len(STATES)]
    is_landed = state in {"started", "completed"} and n % 2 == 0
    return {
        "id": n,
        "code": f"PRJ-{n:05}",
        "name": f"{LONG if n % 7 == 0 else '基准项目'}{n}",
        "field_id": fields[n % len(fields)],
        "main_area_id": codes[n % len(codes)],
        "is_industrial": n % 2 == 0,
        "state": state,
        "starts": starts.isoformat()[: (10, 7, 4)[n % 3]],
        "ends": str(starts.year + 2),
        "completed": str(starts.year + 2) if state == "completed" else "",
        "landed_on": starts.isoformat() if is_landed else None,
        "landing_basis": "started" if is_landed else "",
        "landing_words": "",
        "total_yi": Decimal(int(draw.integers(5, 400))) / 10,
        "origin": "demo",
        "source": "",
        "note": "",
        "is_demo": True,
        "version": 1,
    }


def _shares(rows: Sequence[dict], codes: Sequence[str]) -> Iterator[dict]:
    for row in rows:
        is_shared = row["id"] % 3 == 0 and len(codes) > 1
        own = {"project_id": row["id"], "is_inferred": False}
        yield {**own, "area_id": row["main_area_id"], "share": Decimal("0.6") if is_shared else Decimal(1)}
        if is_shared:
            yield {**own, "area_id": codes[(row["id"] + 1) % len(codes)], "share": Decimal("0.4")}


def _amounts(rows: Sequence[dict]) -> Iterator[dict]:
    for row in rows:
        own = {**RECORDED, "project_id": row["id"], "source": "", "corrects_id": None}
        yield {**own, "stage": "planned", "amount_yi": row["total_yi"], "dated": row["starts"][:4]}
        yield {**own, "stage": "approved", "amount_yi": row["total_yi"], "dated": row["starts"]}


def _schedule(rows: Sequence[dict]) -> Iterator[dict]:
    for row in rows:
        first = int(row["starts"][:4])
        for year in range(first, first + 3):
            yield {"project_id": row["id"], "year": year, "planned_yi": round(row["total_yi"] / 3, 4)}


def _progress(rows: Sequence[dict], draw) -> Iterator[dict]:
    """Quarter after quarter since the start, up to the end of 2025."""
    texts = {"image": "主体施工", "problem": "", "next_step": "继续施工", "version": 1, "is_current": True}
    for row in rows:
        first, pace = int(row["starts"][:4]), Decimal(int(draw.integers(50, 110))) / 100
        for n in range(min(4 * (2026 - first), 10)):
            done, before = (round(row["total_yi"] * pace * part / 12, 4) for part in (n + 1, n))
            quarter = {"year": first + n // 4, "quarter": n % 4 + 1, "completed_yi": done, "added_yi": done - before}
            yield {**RECORDED, **texts, **quarter, "project_id": row["id"]}


def _contributions(rows: Sequence[dict], indicators: Sequence[str]) -> Iterator[dict]:
    for row in rows[::2]:
        served = indicators[row["id"] // 2 % len(indicators)]
        own = {"project_id": row["id"], "area_id": row["main_area_id"], "indicator_id": served}
        yield {**own, "year": 2025, "value": Decimal(1)}


def seed_flows(counties: Sequence[Area], fields: Sequence[str], *, years: Sequence[int], number: int) -> None:
    """Sources, the rule, and `number` flows of the years."""
    record_sources([_source(n, name) for n, name in enumerate(SOURCES, start=1)])
    floor: dict[str, Any] = {"floor_ratio": Decimal(1), "tolerance": Decimal("0.05"), "cite": Cite.DEMO}
    terms = RuleTerms(effective_from=years[0], effective_to=None, base_sources=["F1", "F2"], match_source="F3", **floor)
    define_rule(terms, reason="基准测试", by=None, at=BEGAN)
    _insert(Flow, _flows([area.code for area in counties], fields, years, number))
    rebuild_totals()


def _source(n: int, name: str) -> dict:
    keeper = "city" if n in {1, 2, 4} else "county"
    promise = {"promised_yearly_yi": Decimal(15), "commitment": "C10"} if n == 1 else {}
    return {"code": f"F{n}", "name": name, "payer": "", "keeper": keeper, "cite": Cite.DEMO, "words": "", **promise}


def _flows(codes: Sequence[str], fields: Sequence[str], years: Sequence[int], number: int) -> Iterator[dict]:
    draw = np.random.default_rng([20230102, number])
    known = list(Project.objects.order_by("pk").values_list("pk", "main_area", "field"))
    amounts, picks = draw.integers(1, 5000, number).tolist(), draw.integers(0, max(len(known), 1), number).tolist()
    days = draw.integers(0, 360, number).tolist()
    made: list[dict] = []
    for n in range(number):
        if n % CORRECTED == CORRECTED - 1:
            yield _correction(n + 1, made[n // 2])
            made.append(made[n // 2])
            continue
        project, area, field = known[picks[n]] if known and n % 2 else (None, codes[n % len(codes)], None)
        year = years[n // 7 % len(years)]
        made.append(
            {
                "id": n + 1,
                "area_id": area,
                "year": year,
                "source_id": f"F{n // 3 % len(SOURCES) + 1}",
                "project_id": project,
                "field_id": field or fields[n // 11 % len(fields)],
                "state": State.values[n // 5 % len(State.values)],
                "amount_wan": Decimal(amounts[n]),
                "happened_on": date(year, 1, 1) + timedelta(days=days[n]),
                "document": f"基准文号〔{year}〕{n + 1}号",
                "kind": "original",
                "corrects_id": None,
                "reason": "",
                "is_demo": True,
                "recorded_at": (datetime(year, 1, 1, tzinfo=UTC) + timedelta(days=days[n] + 2)).isoformat(),
                "recorded_by_id": None,
                "recorded_by_name": "基准测试",
            }
        )
        yield made[-1]


def _correction(pk: int, flow: dict) -> dict:
    """One 万元 less than was recorded."""
    more = {"kind": "correction", "corrects_id": flow["id"], "reason": "按到账凭证更正", "amount_wan": Decimal(-1)}
    return {**flow, **more, "id": pk}


def _insert(model: type[models.Model], rows: Iterable[dict]) -> None:
    rows = list(rows)
    if rows:
        load_rows(connection, model._meta.db_table, list(rows[0]), [tuple(row.values()) for row in rows])
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), [model]):
            cursor.execute(statement)

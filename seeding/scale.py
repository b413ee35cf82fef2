"""A data set to measure with: as many counties, indicators and years as asked for, every row marked.

Deterministic, invented, and only ever in a database of its own. Codes begin with 9, which GB/T 2260 gives to
nobody within this platform's reach.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import product

import numpy as np
from django.db import connection, transaction

from areas.models import Area
from funding.models import Flow
from indicators.models import (
    Fact,
    Indicator,
    IndicatorDefinition,
    Observation,
    ReportingYear,
    Standard,
    Target,
    Versioned,
)
from journal.actions import add_pending, log_audit
from lib.database.bulk_load import load_rows
from plan.models import Chapter, Cite, Field, Plan, PolicyDocument
from projects.models import Project
from seeding.scale_money import seed_flows, seed_projects

CITY = "900000"
BASELINE = 2022
BEGAN = datetime(2022, 1, 1, tzinfo=UTC)
FIELDS = ("基础设施", "公共服务", "产业", "环境")
AREAS_AT_ONCE = 50
LIMITS = {
    "areas": (1, 99_999),
    "indicators": (1, 99),
    "years": (2, 79),
    "projects": (0, 99_999),
    "flows": (0, 9_999_999),
}
COLUMNS = (
    "area_id",
    "indicator_id",
    "year",
    "value",
    "version",
    "recorded_at",
    "recorded_via",
    "is_demo",
    "cite",
    "year_cite",
    "words",
    "source",
    "note",
    "reason",
)
SAME_IN_ALL = (1, BEGAN.isoformat(), Versioned.Via.DEMO.value, True, Cite.DEMO.value, "", "", "", "", "")


@transaction.atomic
def seed_scale(*, areas: int, indicators: int, years: int, projects: int = 0, flows: int = 0) -> int:
    """Fill an empty database; the number of cells. ValueError for sizes out of LIMITS, and where the database holds
    anything else. A second call with the same sizes does nothing."""
    sizes = {"areas": areas, "indicators": indicators, "years": years, "projects": projects, "flows": flows}
    for name, size in sizes.items():
        low, high = LIMITS[name]
        if not low <= size <= high:
            raise ValueError(f"--{name}: {low} to {high}, not {size}")
    cells = areas * indicators * years
    if _is_in_place(**sizes):
        return cells
    counties = _texts(areas, years)
    codes = _catalogue(indicators)
    opened = range(BASELINE, BASELINE + years // 2 + 1)
    reporting = []
    for county, year in product(counties, opened):
        reporting.append(ReportingYear(area=county, year=year, opened_at=BEGAN, approved_at=BEGAN, is_demo=True))
    ReportingYear.objects.bulk_create(reporting, batch_size=2000)
    for at in range(0, areas, AREAS_AT_ONCE):
        some = counties[at : at + AREAS_AT_ONCE]
        for model, values in _numbers(len(some), indicators, years, seed=at).items():
            rows = _rows([area.code for area in some], codes, values)
            load_rows(connection, model._meta.db_table, COLUMNS, list(rows))
    fields = [f"F{n}" for n in range(len(FIELDS))]
    seed_projects(counties, codes, fields, number=projects)
    if flows:
        seed_flows(counties, fields, years=opened[1:], number=flows)
    log_audit(action="seed_scale", subject="indicators", rows=[{"key": _key(**sizes)}], by=None)
    add_pending({(None, "")})
    return cells


def _key(*, areas: int, indicators: int, years: int, projects: int, flows: int) -> str:
    """The sizes as the log names them: 3×20×6, with projects and flows where there are any."""
    more = f", {projects} projects, {flows} flows" if projects or flows else ""
    return f"{areas}×{indicators}×{years}{more}"


def _is_in_place(*, areas: int, indicators: int, years: int, projects: int, flows: int) -> bool:
    plan = Plan.objects.first()
    if plan is None and not Area.objects.exists() and not Indicator.objects.exists():
        return False
    found = Area.objects.counties().count(), Indicator.objects.count(), Project.objects.count(), Flow.objects.count()
    is_ours = plan is not None and plan.area_id == CITY and plan.final_year == BASELINE + years - 1
    if not is_ours or found != (areas, indicators, projects, flows):
        raise ValueError("This database holds other data. A data set to measure with needs an empty one of its own.")
    return True


def _texts(areas: int, years: int) -> list[Area]:
    """City, counties, document, chapter, fields and plan; the counties."""
    city = Area.objects.create(code=CITY, name="基准市", name_en="Benchmark", kind=Area.Kind.CITY)
    counties = [
        Area(code=str(900001 + n), name=f"基准县{n + 1:04}", name_en=f"County {n + 1}", kind="county", parent=city)
        for n in range(areas)
    ]
    Area.objects.bulk_create(counties, batch_size=500)
    document = PolicyDocument.objects.create(
        code="benchmark", title="基准测试方案", issuer="基准测试", level=PolicyDocument.Level.MUNICIPAL, cite=Cite.DEMO
    )
    last = BASELINE + years - 1
    Plan.objects.create(document=document, area=city, baseline_year=BASELINE, final_year=last)
    Chapter.objects.create(number=1, title="基准测试", cite=Cite.DEMO)
    Field.objects.bulk_create(
        [Field(code=f"F{n}", name=name, name_en=f"F{n}", position=n, cite=Cite.DEMO) for n, name in enumerate(FIELDS)]
    )
    return counties


def _catalogue(indicators: int) -> list[str]:
    """Every fourth falls, every fifth is a running total."""
    codes = [f"B{n + 1:02}" for n in range(indicators)]
    Indicator.objects.bulk_create([Indicator(code=code, position=n) for n, code in enumerate(codes)])
    IndicatorDefinition.objects.bulk_create(
        [
            IndicatorDefinition(
                indicator_id=code,
                name=f"基准指标{n + 1:02}",
                name_en=f"Indicator {n + 1}",
                unit="%",
                direction=_direction(n),
                kind="cumulative" if n % 5 == 4 else "level",
                tolerance="0.2",
                lower_bound="0",
                field_id=f"F{n * len(FIELDS) // indicators}",
                chapter_id=1,
                origin="provincial",
                owner="drc",
                version=1,
                recorded_at=BEGAN,
                recorded_via=Versioned.Via.DEMO,
                is_demo=True,
                cite=Cite.DEMO,
                tolerance_cite=Cite.DEMO,
            )
            for n, code in enumerate(codes)
        ]
    )
    return codes


def _direction(number):
    return -1 if number % 4 == 3 else 1


def _numbers(areas: int, indicators: int, years: int, seed: int) -> dict[type[Fact], np.ndarray]:
    """Tenths of the unit by area, indicator, year; -1 where there is no fact. Values end half-way through the
    period, a few are missing, a few cells have no target; every fifth indicator has no standard."""
    dice = np.random.default_rng([20230101, seed])
    shape = (areas, indicators, years)
    direction = np.array([_direction(n) for n in range(indicators)])[None, :, None]
    start = dice.integers(400, 600, (areas, indicators, 1))
    step = np.arange(years)[None, None, :]
    way = direction * step * (300 // years)
    target = start + way
    value = start + np.rint(way * dice.uniform(0.4, 1.3, shape)).astype(int)
    standard = np.broadcast_to(start[:1] + direction * 150, shape).copy()
    value[(np.broadcast_to(step, shape) > years // 2) | (dice.random(shape) < 0.03)] = -1
    target[dice.random(shape) < 0.05] = -1
    standard[:, 4::5] = -1
    return {Observation: value, Target: target, Standard: standard}


def _rows(areas: list[str], indicators: list[str], tenths: np.ndarray) -> Iterator[tuple]:
    for a, i, y in zip(*(found.tolist() for found in np.nonzero(tenths >= 0)), strict=True):
        whole, tenth = divmod(int(tenths[a, i, y]), 10)
        yield (areas[a], indicators[i], BASELINE + y, f"{whole}.{tenth}", *SAME_IN_ALL)

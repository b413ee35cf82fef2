"""Flows of money and the matching of each county as lists of the API."""

from datetime import datetime

from django.db.models import FloatField
from django.db.models.functions import Cast
from django.utils import timezone

from areas.filters import AREA, YEARS
from areas.models import Area
from funding.frames import cells_of, matching_flows, rules
from funding.matching import STATUSES, match
from funding.models import Flow, State
from lib.listapi.lists import Column, Filter, List, choice
from lib.numbers import records
from plan.models import Plan

SOURCE = Filter("source", "资金代码，可用逗号写几个", pattern="[A-Z][A-Z0-9_]{0,7}", example="F1")
FIELD = Filter("field", "领域代码", pattern="[a-z_]{1,20}", example="service")
PROJECT = Filter("project", "项目编号", pattern="PRJ-[0-9]{4,8}", example="PRJ-0001")

FLOWS = List(
    name="funding/flows",
    item="Flow",
    title="资金流水",
    tag="数据",
    description="每笔资金及其更正，金额为万元。计划、下达、到位、支付是同一笔钱的四个阶段，不能相加；更正是另记的一笔，合计时一并相加。",
    columns=(
        Column("id", "integer", "id", "流水号"),
        Column("area", "string", "area_id", "区划代码（GB/T 2260，六位）", is_code=True, example="330122"),
        Column("year", "integer", "year", "资金年度", example=2024),
        Column("source", "string", "source_id", "资金代码", is_code=True, example="F1"),
        Column("source_name", "string", "source__name", "资金来源"),
        Column("project", "string", "project__code", "项目编号", is_nullable=True, is_code=True),
        Column("field", "string", "field_id", "领域代码", is_nullable=True, is_code=True),
        Column("state", "string", "state", "阶段", enum=State.values),
        Column("amount_wan", "number", Cast("amount_wan", FloatField()), "金额（万元）；更正可以为负"),
        Column("happened_on", "date", "happened_on", "办理日期"),
        Column("document", "string", "document", "文号"),
        Column("kind", "string", "kind", "原始、更正", enum=Flow.Kind.values),
        Column("corrects", "integer", "corrects_id", "更正的是哪一笔", is_nullable=True),
        Column("reason", "string", "reason", "理由"),
        Column("is_demo", "boolean", "is_demo", "演示数据：并非真实"),
        Column("recorded_at", "date-time", "recorded_at", "记录时间"),
    ),
    rows=lambda user, as_of: Flow.objects.visible_to(user).as_of(as_of),
    key=("id",),
    filters=(
        AREA,
        *YEARS,
        SOURCE,
        FIELD,
        Filter("project", PROJECT.description, column="project", pattern=PROJECT.pattern, example=PROJECT.example),
        choice("state", State.values, "阶段"),
        choice("kind", Flow.Kind.values, "原始、更正"),
    ),
    updated="recorded_at",
    has_as_of=True,
    is_same_for_all=True,
    unaffected_by=("reporting", "indicators"),
)


def _amount(name: str, description: str, *, is_nullable: bool = False) -> Column:
    return Column(name, "number", name, description, is_nullable=is_nullable)


def matching_rows(as_of: datetime | None, areas: list | None, _indicators: list | None) -> list[tuple]:
    """Every county and year of the plan's period up to this year, by the rule in force then."""
    counties = list(Area.objects.counties().values_list("code", flat=True))
    wanted = [code for code in counties if areas is None or code in areas]
    plan, today = Plan.objects.first(), timezone.localdate(as_of) if as_of else timezone.localdate()
    years = range(plan.baseline_year + 1, min(plan.final_year, today.year) + 1) if plan else range(0)
    cells = cells_of(as_of)
    frame = match(matching_flows(cells), rules(as_of), areas=wanted, years=years)
    demo = set(cells[cells["demo"] > 0][["area", "year"]].itertuples(index=False, name=None))
    return [_matching_row(row, (row["area"], row["year"]) in demo) for row in records(frame)]


def _matching_row(row: dict, is_demo: bool) -> tuple:
    return *(row[name] for name in MATCHING.names[:-1]), is_demo


MATCHING = List(
    name="funding/matching",
    item="Matching",
    title="县级配套",
    tag="数据",
    description="各地区逐年的配套情况，按当年有效的规则：基数、已配套、比例、欠配金额，万元。"
    "哪些资金计入基数、哪些算配套，见规则；基数为 0 时比例为空。",
    columns=(
        Column("area", "string", "area", "区划代码（GB/T 2260，六位）", is_code=True, example="330122"),
        Column("year", "integer", "year", "资金年度", example=2024),
        _amount("base", "基数（万元）", is_nullable=True),
        _amount("matched", "已配套（万元）", is_nullable=True),
        _amount("floor", "最低配套比例", is_nullable=True),
        _amount("ratio", "配套比例 = 已配套 ÷ 基数；基数为 0 时为空", is_nullable=True),
        _amount("owed", "欠配（万元）= max(0, 最低比例 × 基数 − 已配套)", is_nullable=True),
        Column("status", "string", "status", "达到、接近、不足、豁免、无基数、无规则", enum=STATUSES),
        _amount("ratio_change", "比例较上年变化", is_nullable=True),
        _amount("upper_paid", "上级资金已支付（万元）", is_nullable=True),
        Column("is_ahead", "boolean", "is_ahead", "上级资金支付快于县级配套"),
        Column("rule_version", "integer", "rule_version", "规则版本", is_nullable=True),
        Column("is_demo", "boolean", "is_demo", "由演示数据算出：并非真实"),
    ),
    rows=None,
    computed=matching_rows,
    key=("area", "year"),
    filters=(AREA, *YEARS, choice("status", STATUSES, "配套状态")),
    has_as_of=True,
    unaffected_by=("reporting", "indicators"),
    changes_daily=True,
)

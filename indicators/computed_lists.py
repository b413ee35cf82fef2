"""Lists of the API that no table holds: the counties taken together, and the figures of quarters."""

from areas.filters import AREA, INDICATOR, YEARS
from indicators.aggregates import TOGETHER, city_aggregates
from indicators.list_columns import DEMO, KEY, judged, names, number, units
from indicators.models import IndicatorDefinition
from indicators.years.open_years import nowcasts
from indicators.years.quarters import BASES, ENTERED, REGISTER, quarter_figures
from lib.listapi.lists import Column, Filter, List, choice


def aggregated_rows(as_of, areas, indicators) -> list[tuple]:
    """In the order of AGGREGATES."""
    return [
        (
            each.area,
            each.indicator,
            each.year,
            *map(_double, (each.value, *vars(each.parts).values())),
            each.method,
            each.counted,
            each.counties,
            TOGETHER.join(each.included),
            True,
            each.is_demo,
            each.is_provisional,
        )
        for each in city_aggregates(areas=areas, indicators=indicators, as_of=as_of)
    ]


def _double(value) -> float | None:
    return None if value is None else float(value)


GROUP = Filter(
    "area",
    "只汇总这些地区，用逗号写几个；不写即全市",
    column="included_areas",
    pattern=AREA.pattern,
    example=AREA.example,
)
METHODS = IndicatorDefinition.Aggregation.values
AGGREGATES = List(
    name="aggregates",
    item="Aggregate",
    title="汇总",
    tag="数据",
    description="由各地区官方数值算出的合计：相加，或分子之和除以分母之和，从不平均百分数。记在市的代码下的，"
    "是方案所含全部地区合在一起，不含方案以外的地区。比率只汇总有分子、分母的地区；counted 说明汇总了几个。",
    columns=(
        Column(
            "area",
            "string",
            "area",
            "城市的区划代码；所选的几个地区为用 + 连起来的代码",
            is_code=True,
            example="330100",
        ),
        *KEY[1:],
        judged("value", "汇总的数；没有可汇总的为 null"),
        judged("numerator", "分子之和；相加的指标为 null"),
        judged("denominator", "分母之和"),
        Column(
            "method",
            "string",
            "method",
            "sum 相加，ratio 分子之和÷分母之和",
            enum=METHODS,
        ),
        Column("counted", "integer", "counted", "汇总了几个地区"),
        Column("counties", "integer", "counties", "共有几个地区"),
        Column("included", "string", "included", "汇总了哪些地区", is_code=True, example="330122+330127+330182"),
        Column("is_computed", "boolean", "is_computed", "由各地区的数算出，不是填报的：总为 true"),
        Column("is_demo", "boolean", "is_demo", "至少一个地区的数是演示数据"),
        Column("is_provisional", "boolean", "is_provisional", "至少一项输入为暂定"),
    ),
    rows=None,
    computed=aggregated_rows,
    key=("area", "indicator", "year"),
    filters=(GROUP, INDICATOR, *YEARS),
    has_as_of=True,
    measures=("value",),
    beside=("numerator", "denominator", "counted", "counties"),
    labels=names,
    units=units,
    is_same_for_all=True,
    unaffected_by=("reporting",),
)


def quarter_rows(as_of, areas, indicators) -> list[tuple]:
    """In the order of QUARTERS."""
    return [
        (
            each.area,
            each.indicator,
            each.year,
            each.period,
            each.quarter,
            float(each.value),
            each.source,
            each.version or None,
            False,
            each.is_demo,
            each.recorded_at,
        )
        for each in quarter_figures(areas=areas, indicators=indicators)
    ]


PERIOD = Filter("period", "季度，可用逗号写几个", pattern="[1-9][0-9]{3}-Q[1-4]", example="2026-Q3")
QUARTERS = List(
    name="quarters",
    item="QuarterlyFigure",
    title="季度数",
    tag="数据",
    description="年内的季度数，由责任单位填报（entered）或从登记簿取得（register）。从来不是官方数值，不评估、不汇总。"
    "累计指标为到季度末的累计数。",
    columns=(
        *KEY,
        Column("period", "string", "period", "季度，按 SDMX 的写法", is_code=True, example="2026-Q3"),
        Column("quarter", "integer", "quarter", "第几季度", example=3),
        number("value", "数值，按指标单位"),
        Column("source", "string", "source", "来源：填报、登记簿", enum=(ENTERED, REGISTER)),
        Column("version", "integer", "version", "这一数字的版本；登记簿的数为 null", is_nullable=True),
        Column("is_official", "boolean", "is_official", "总为 false"),
        DEMO,
        Column("recorded_at", "date-time", "recorded_at", "记录时间；登记簿的数为 null", is_nullable=True),
    ),
    rows=None,
    computed=quarter_rows,
    key=("area", "indicator", "period"),
    filters=(AREA, INDICATOR, *YEARS, PERIOD, choice("source", (ENTERED, REGISTER), "来源")),
    dimensions=("area", "indicator", "period"),
    measures=("value",),
    labels=names,
    units=units,
    is_same_for_all=True,
    unaffected_by=("reporting",),
    changes_daily=True,
)


def nowcast_rows(as_of, areas, indicators) -> list[tuple]:
    """In the order of NOWCASTS."""
    return [
        (
            each.area,
            each.indicator,
            each.end.year,
            float(each.end.value),
            each.range_low,
            each.range_high,
            each.end.basis,
            each.end.source,
            each.end.quarter,
            False,
            each.end.is_demo,
        )
        for each in nowcasts(areas=areas, indicators=indicators)
    ]


NOWCASTS = List(
    name="nowcasts",
    item="Nowcast",
    title="年内推算",
    tag="数据",
    description="最近一个官方数值之后、已经开始的那一年，年末大约到多少：有季度数（填报或登记簿）的按季度数推算，没有的按历年变化"
    "的中间值。从来不是官方数值，不评估、不汇总。无法推算的没有行。",
    columns=(
        *KEY,
        judged("value", "年末推算，按指标单位"),
        judged("range_low", "由历年变化推算的 80% 区间的下限；没有为 null"),
        judged("range_high", "80% 区间的上限"),
        Column("basis", "string", "basis", "怎样推算：上年同期的节奏、各季均匀、历年变化", enum=BASES),
        Column(
            "source",
            "string",
            "source",
            "季度数的来源：填报、登记簿；没有季度数为 null",
            enum=(ENTERED, REGISTER),
            is_nullable=True,
        ),
        Column("quarter", "integer", "quarter", "最近的季度；没有季度数为 null", is_nullable=True, example=2),
        Column("is_official", "boolean", "is_official", "总为 false"),
        DEMO,
    ),
    rows=None,
    computed=nowcast_rows,
    key=("area", "indicator", "year"),
    filters=(AREA, INDICATOR, *YEARS, choice("basis", BASES, "怎样推算")),
    measures=("value", "range_low", "range_high"),
    labels=names,
    units=units,
    is_same_for_all=True,
    unaffected_by=("reporting",),
    changes_daily=True,
)

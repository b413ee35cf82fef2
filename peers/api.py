"""What the past says of targets, and the sources that it rests on, as lists of the API."""

from areas.filters import AREA, INDICATOR, YEARS
from indicators.frames import stored_rows, stored_values
from indicators.list_columns import DEMO, KEY, judged, names, units
from indicators.models import Assessment, IndicatorDefinition
from lib.listapi.lists import Column, Filter, List, choice
from peers.models import ReferenceSource
from peers.targets import STATES, TargetRealism, realism_of_rows

MEASURES = (
    judged("target", "目标"),
    judged("level", "出发的数值：目标年之前最近的官方数值"),
    judged("needed_change", "到目标年为止每年需要的变化，按指标单位；已经达到的为 null"),
    judged("share", "可比的以往变化中一样大的占多少，0 至 1；无法判断为 null"),
)


def realism_rows(as_of, areas, indicators) -> list[tuple]:
    """In the order of REALISM: one for each target of a year after the last official value."""
    rows = Assessment.objects.all()
    if areas is not None:
        rows = rows.filter(area__in=areas)
    if indicators is not None:
        rows = rows.filter(indicator__in=indicators)
    definitions = IndicatorDefinition.objects.as_of()
    return [_row(said) for said in realism_of_rows(stored_rows(stored_values(rows)), definitions)]


def _row(said: TargetRealism) -> tuple:
    found = said.realism
    is_same = found.comparable.is_same if found else None
    return (
        said.area,
        said.indicator,
        said.year,
        said.target,
        said.level,
        None if said.needed is None else round(said.needed, 9),
        said.share,
        said.state,
        said.first_year,
        said.as_large,
        said.count,
        said.places,
        is_same,
        said.is_demo,
    )


REALISM = List(
    name="realism",
    item="TargetRealism",
    title="目标与以往变化",
    tag="数据",
    description="还没有数值的各年目标：每年需要多大的变化，可比的以往变化中有多少一样大。可比：同一指标，或单位相同、方向不相反的指标，"
    "同样长的时间，相近的起点；本市各地区和参照地区。少于 20 个县年或 3 个地区的，state 为 too_few，不给份额。",
    columns=(
        *KEY,
        *MEASURES,
        Column("state", "string", "state", "能不能说，为什么", enum=STATES),
        Column("from_year", "integer", "from_year", "出发的年份", is_nullable=True, example=2024),
        Column("as_large", "integer", "as_large", "可比的变化中一样大的有几个", is_nullable=True),
        Column("comparable", "integer", "comparable", "可比的变化有几个（县年）"),
        Column("places", "integer", "places", "来自几个地区"),
        Column("is_same_indicator", "boolean", "is_same_indicator", "可比的都是同一指标", is_nullable=True),
        Column("is_demo", "boolean", "is_demo", "数值、目标或可比的变化中有演示数据"),
    ),
    rows=None,
    computed=realism_rows,
    key=("area", "indicator", "year"),
    filters=(AREA, INDICATOR, *YEARS, choice("state", STATES, "能不能说，为什么")),
    measures=tuple(column.name for column in MEASURES),
    beside=("as_large", "comparable", "places"),
    labels=names,
    units=units,
    is_same_for_all=True,
    unaffected_by=("reporting",),
)

REFERENCES = List(
    name="references",
    item="ReferenceSource",
    title="参照数据来源",
    tag="基础数据",
    description="导入的参照地区数据：谁发布的、什么许可、多少地区和指标。撤下的也在内，withdrawn_at 不为空。",
    columns=(
        Column("id", "integer", "pk", "编号", example=1),
        Column("title", "string", "title", "名称"),
        Column("publisher", "string", "publisher", "数据来源"),
        Column("licence", "string", "licence", "使用许可"),
        Column("areas", "integer", "areas", "地区数"),
        Column("indicators", "integer", "indicators", "指标数"),
        Column("values_count", "integer", "values_count", "数值个数"),
        Column("first_year", "integer", "first_year", "起始年份"),
        Column("last_year", "integer", "last_year", "最后年份"),
        Column("recorded_via", "string", "recorded_via", "途径", enum=ReferenceSource.Via.values),
        DEMO,
        Column("recorded_at", "date-time", "recorded_at", "导入时间"),
        Column("withdrawn_at", "date-time", "withdrawn_at", "撤下时间；没有撤下为 null", is_nullable=True),
        Column("withdrawn_reason", "string", "withdrawn_reason", "撤下的理由"),
    ),
    rows=lambda user, as_of: ReferenceSource.objects.visible_to(user),
    key=("id",),
    filters=(Filter("title", "名称", pattern=".{1,120}", example="某省统计年鉴"),),
    is_same_for_all=True,
    unaffected_by=("reporting", "indicators"),
)

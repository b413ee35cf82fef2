"""The official facts as they stood when the change feed had reached a number: what is in force now, with every later
change taken back. A fact's rows are never overwritten, so that the state of any number can be told at any time.

Each series is one SQL statement, which sees one state of the database: a change that commits meanwhile has a later
number, and is taken back like any other."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.db.models import (
    BooleanField,
    Case,
    CharField,
    DateField,
    Exists,
    ExpressionWrapper,
    F,
    FloatField,
    IntegerField,
    Max,
    OuterRef,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Cast

from indicators.cells.inputs import UNCERTAIN
from indicators.models import Fact, IndicatorDefinition, Observation, Standard, Target
from indicators.sdmx.names import BREAK, DEMONSTRATION, FREQUENCY, NORMAL, PROVISIONAL, SHAPE_ATTRIBUTES, unit_code
from journal.models import Change, FeedCounter
from lib.database.prepared_statements import Statement
from lib.listapi.lists import Column, List
from plan.models import Cite

MODELS: dict[str, type[Fact]] = {"OBS": Observation, "STANDARD": Standard, "TARGET": Target}  # in their order
KEY = ("area", "indicator", "year")
FACTS = List(
    name="snapshots",
    item="SnapshotRow",
    title="快照的行",
    description="编号当时有效的全部官方数值、年度目标和省定标准；增量快照另有撤回的行。",
    columns=(
        Column("series", "string", "series", "OBS 官方数值、TARGET 年度目标、STANDARD 省定标准", enum=tuple(MODELS)),
        Column("area", "string", "area_id", "区划代码（GB/T 2260）", is_code=True),
        Column("indicator", "string", "indicator_id", "指标代码", is_code=True),
        Column("year", "integer", "year", "年份"),
        Column("value", "number", "value", "数值，按指标单位；撤回的为空", is_nullable=True),
        Column("numerator", "number", "numerator", "分子；不是比率或没有的为空", is_nullable=True),
        Column("denominator", "number", "denominator", "分母", is_nullable=True),
        Column("version", "integer", "version", "这一数字的版本；撤回的为被撤回的版本"),
        Column("cite", "string", "cite", "依据类别；撤回的为空", enum=("", *Cite.values)),
        Column("is_withdrawn", "boolean", "is_withdrawn", "已撤回：从自己的副本里删去（只在增量快照里有）"),
        Column("is_demo", "boolean", "is_demo", "演示数据：并非真实"),
        Column("is_provisional", "boolean", "is_provisional", "暂定：尚非主管部门正式表"),
        Column("recorded_at", "date-time", "recorded_at", "这一版本的记录时间"),
        # What came later stands behind: who reads columns by their place finds the earlier ones where they were.
        Column("value_high", "number", "value_high", "区间的上限，value 是下限；不是区间的为空", is_nullable=True),
        Column("reached_on", "date", "reached_on", "阶段是哪一天达到的；不分阶段的为空", is_nullable=True),
    ),
    rows=None,
    key=("series", *KEY),
)


def feed_head() -> int:
    """The number of the latest change; 0 where nothing has changed yet."""
    return FeedCounter.objects.values_list("last", flat=True).first() or 0


def time_of(number: int) -> datetime | None:
    """When the changes up to `number` had taken place at the latest; None for 0. An office may have recorded a change
    for an earlier time than the one before it, so this is the latest of them all."""
    latest: datetime | None = Change.objects.filter(number__lte=number).aggregate(at=Max("at"))["at"]
    return latest


def statements(number: int, after: int = 0, *, select: str = "", params: tuple = ()) -> Iterator[Statement]:
    """One for each series: the facts in force at `number`, in the order of `FACTS.key`. With `after` only what a change
    of (after, number] is about, and what one of them has withdrawn. `select` stands after SELECT in place of the
    columns, with its own parameters."""
    for series in MODELS:
        rows = _rows(series, number, after)
        sql, own = rows.query.get_compiler(connection.alias, elide_empty=False).as_sql()
        names = ", ".join(f'"{name}"' for name in FACTS.names)
        table = f"WITH rows ({names}) AS ({sql})"
        order = ", ".join(f'"{name}"{_collation(name)}' for name in KEY)
        whole = f"{table} SELECT {select or names} FROM rows ORDER BY {order}"  # nosec B608  # names as declared above
        yield Statement(whole, (*own, *params))


def _collation(name: str) -> str:
    """Codes in the order of their bytes, in every database alike."""
    return ' COLLATE "C"' if connection.vendor == "postgresql" and name != "year" else ""


def _changes_of_a_fact(series: str) -> QuerySet:
    cell = {"area": OuterRef("area_id"), "indicator": OuterRef("indicator_id"), "year": OuterRef("year")}
    return Change.objects.filter(series=series, **cell)


def _rows(series: str, number: int, after: int) -> QuerySet:
    """What stands unchanged since, what a later change has replaced, and what had been withdrawn (`after` alone)."""
    model = MODELS[series]
    later = _changes_of_a_fact(series).filter(number__gt=number)
    facts = model.objects.all()
    if after:
        facts = facts.filter(Exists(_changes_of_a_fact(series).filter(number__gt=after, number__lte=number)))
    untouched = facts.filter(~Exists(later), superseded_at=None)
    replaced = facts.filter(Exists(later), version=Subquery(_version_before(later)))
    parts = [_values(untouched, series), _values(replaced, series)]
    if after:
        parts.append(_withdrawn(series, number, after))
    first, *others = parts
    return first.union(*others, all=True)


def _version_before(later: QuerySet) -> QuerySet:
    """The version that the earliest of the later changes found in force; 0 where it found none."""
    found = Case(
        When(previous=None, then=Value(0)),
        When(kind=Change.Kind.WITHDRAWN, then=F("version")),
        default=F("version") - 1,
        output_field=IntegerField(),
    )
    return later.order_by("number").annotate(found=found).values("found")[:1]


def _values(facts: QuerySet, series: str) -> QuerySet:
    is_value = series == "OBS"
    parts = [Cast(name, FloatField()) if is_value else _nothing() for name in ("numerator", "denominator")]
    upper_end = _nothing() if is_value else Cast("value_high", FloatField())
    reached_on = F("reached_on") if is_value else _no_day()
    return facts.order_by().values_list(
        Value(series, CharField()),
        "area_id",
        "indicator_id",
        "year",
        Cast("value", FloatField()),
        *parts,
        "version",
        "cite",
        Value(False, BooleanField()),  # an SQL value
        "is_demo",
        ExpressionWrapper(UNCERTAIN, output_field=BooleanField()),
        "recorded_at",
        upper_end,
        reached_on,
    )


def _withdrawn(series: str, number: int, after: int) -> QuerySet:
    """The last change of a fact within (after, number], where it took the fact away."""
    own = {"area": OuterRef("area_id"), "indicator": OuterRef("indicator"), "year": OuterRef("year")}
    beyond = Change.objects.filter(series=series, number__gt=OuterRef("number"), number__lte=number, **own)
    kind = {"series": series, "kind": Change.Kind.WITHDRAWN}
    gone = Change.objects.filter(~Exists(beyond), number__gt=after, number__lte=number, **kind)
    return gone.order_by().values_list(
        Value(series, CharField()),
        "area_id",
        "indicator",
        "year",
        _nothing(),
        _nothing(),
        _nothing(),
        "version",
        Value("", CharField()),
        Value(True, BooleanField()),  # an SQL value
        "is_demo",
        Value(False, BooleanField()),  # an SQL value
        "at",
        _nothing(),
        _no_day(),
    )


def _nothing() -> Cast:
    return Cast(Value(None), FloatField())


def _no_day() -> Cast:
    return Cast(Value(None), DateField())


# SDMX-CSV -------------------------------------------------------------------------------------------

SDMX_COLUMNS = (
    "STRUCTURE",
    "STRUCTURE_ID",
    "ACTION",
    "FREQ",
    "REF_AREA",
    "INDICATOR",
    "SERIES",
    "TIME_PERIOD",
    "OBS_VALUE",
    "UNIT_MEASURE",
    "OBS_STATUS",
    "NUMERATOR",
    "DENOMINATOR",
    *SHAPE_ATTRIBUTES,
)


def sdmx_columns(flow: str, moment: datetime | None) -> tuple[str, tuple]:
    """What stands after SELECT for SDMX-CSV 2.0, with its parameters; units, stages and years from which a row is
    defined otherwise are those of `moment`."""
    rows = list(IndicatorDefinition.objects.as_of(moment).order_by("indicator_id"))
    unit = _Cases.of((("indicator = %s", (row.indicator_id,)), unit_code(row.unit)) for row in rows)
    broken = _Cases.of(
        (("indicator = %s AND year = %s", (row.indicator_id, row.break_year)), BREAK) for row in rows if row.break_year
    )
    stage = _Cases.of(
        (("indicator = %s AND value = %s", (row.indicator_id, place)), name)
        for row in rows
        for place, name in enumerate(row.stage_names)
    )
    status = (
        f"CASE WHEN is_demo THEN '{DEMONSTRATION}' WHEN is_provisional THEN '{PROVISIONAL}' "
        f"WHEN series = 'OBS' AND NOT is_withdrawn THEN {broken.sql} ELSE '{NORMAL}' END"
    )
    select = (
        f"%s, %s, CASE WHEN is_withdrawn THEN 'D' ELSE 'I' END, '{FREQUENCY}', area, indicator, series, year, value, "
        f"{unit.sql}, {status}, numerator, denominator, value_high, {stage.sql}, reached_on"
    )
    params = ("dataflow", flow, *unit.params, "_U", *broken.params, NORMAL, *stage.params, None)
    return select, params


@dataclass(frozen=True)
class _Cases:
    """An SQL value by conditions; its last parameter is what stands where none of them holds."""

    sql: str
    params: tuple

    @classmethod
    def of(cls, cases: Iterable[tuple[tuple[str, tuple], str]]) -> "_Cases":
        sql, params = "", []
        for (condition, given), told in cases:
            sql += f" WHEN {condition} THEN %s"
            params += [*given, told]
        return cls(f"CASE{sql} ELSE %s END" if sql else "%s", tuple(params))

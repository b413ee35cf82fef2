"""Submissions as a list of the API: how far each county is, and whose turn it is."""

from datetime import datetime
from fractions import Fraction

from django.db.models import (
    Case,
    Count,
    DecimalField,
    F,
    FloatField,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Cast, Coalesce, NullIf, Round

from areas.filters import AREA, INDICATOR, YEARS
from lib.listapi.lists import Column, Filter, List, choice
from lib.numbers import SETTLED_DECIMALS
from reporting.models import Entry, NumberRule, Part, Submission
from reporting.rules.contradictions import Contradiction, official_contradictions, rules_in_force

State = Submission.State
ACTORS = ("bureaus", "county", "municipal")
MOST_TOLD = Fraction(10) ** 300  # of a side of a rule, which may multiply to more than JSON's numbers hold


def counted(model, condition: Q | None = None) -> Coalesce:
    """How many rows of `model` the submission has, or of those that meet the condition."""
    rows = model.objects.filter(submission=OuterRef("pk")).order_by().values("submission")
    rows = rows.filter(condition) if condition is not None else rows
    return Coalesce(Subquery(rows.annotate(n=Count("pk")).values("n"), output_field=IntegerField()), 0)


FILLED = Q(value__isnull=False) | ~Q(explanation="")
ENTRIES, FILLED_ENTRIES = counted(Entry), counted(Entry, FILLED)
PARTS, OPEN_PARTS = counted(Part), counted(Part, Q(state=Part.State.OPEN))
EXACT = DecimalField(max_digits=20, decimal_places=15)  # PostgreSQL rounds no float to places
QUOTIENT = Cast(FILLED_ENTRIES, FloatField()) / NullIf(Cast(ENTRIES, FloatField()), Value(0.0))
SHARE = Cast(Round(Cast(QUOTIENT, EXACT), precision=SETTLED_DECIMALS), FloatField())
NEXT = Case(
    When(state=State.SUBMITTED, then=Value("municipal")),
    When(state=State.APPROVED, then=Value(None)),
    When(Q(open_parts__gt=0), then=Value("bureaus")),
    default=Value("county"),
)


def visible(user, as_of) -> QuerySet:
    return Submission.objects.visible_to(user).annotate(open_parts=OPEN_PARTS)


SUBMISSIONS = List(
    name="submissions",
    item="Submission",
    title="报送",
    tag="报送",
    description="各地区各年的报送：状态、该谁办、截止日期、完成情况。县级只见本地区，市级部门不见。",
    columns=(
        Column("area", "string", "area_id", "区划代码（GB/T 2260，六位）", is_code=True, example="330122"),
        Column("year", "integer", "round__year", "年份", example=2025),
        Column("state", "string", "state", "状态", enum=State.values),
        Column("state_at", "date-time", "state_at", "进入这一状态的时间"),
        Column("next_actor", "string", NEXT, "该谁办；已通过为 null", ACTORS, is_nullable=True),
        Column("due_on", "date", "round__due_on", "截止日期；截止后仍可报"),
        Column("reopened_until", "date-time", "reopened_until", "重新开放到何时", is_nullable=True),
        Column("parts", "integer", PARTS, "有几个单位填报"),
        Column("parts_open", "integer", F("open_parts"), "其中几个还没有交出"),
        Column("entries", "integer", ENTRIES, "要填几项"),
        Column("entries_filled", "integer", FILLED_ENTRIES, "已填几项；说明了理由的空项算已填"),
        Column("completeness", "number", SHARE, "已填份额，0 至 1", is_nullable=True, example=0.85),
        Column("is_demo", "boolean", "round__is_demo", "演示数据：并非真实"),
    ),
    rows=visible,
    key=("year", "area"),
    filters=(AREA, *YEARS, choice("status", State.values, "状态", column="state")),
    updated="state_at",
)


def contradiction_rows(as_of: datetime | None, areas: list | None, indicators: list | None) -> list[tuple]:
    """What the rules in force find in official values; of several indicators, the rules that speak of any of them."""
    rules = [each for each in rules_in_force(as_of) if indicators is None or set(each.indicators) & set(indicators)]
    found = official_contradictions(areas=areas, as_of=as_of, rules=rules)
    by_code = {each.row.code: each for each in rules}
    return [_contradiction_row(one, by_code[one.row.code].indicators) for one in found]


def _contradiction_row(one: Contradiction, codes: list[str]) -> tuple:
    sides = (min(max(side, -MOST_TOLD), MOST_TOLD) for side in (one.verdict.left, one.verdict.right))
    left, right = (round(float(side), 6) for side in sides)
    row = one.row
    return one.area, one.year, row.code, row.version, row.text, row.severity, ",".join(codes), left, right, one.words


SPEAKING_OF = Filter(
    "indicator",
    "只要说到这些指标的规则，可用逗号写几个",
    column="spoken_of",
    pattern=INDICATOR.pattern,
    example=INDICATOR.example,
)
CONTRADICTIONS = List(
    name="contradictions",
    item="Contradiction",
    title="数据矛盾",
    tag="数据",
    description="官方数值里不合数据间规则的：哪条规则、左右两边各是多少。缺数的不判。规则由市里修改，见“数据间规则”页。",
    columns=(
        Column("area", "string", "area", "区划代码（GB/T 2260，六位）", is_code=True, example="330122"),
        Column("year", "integer", "year", "年份", example=2024),
        Column("rule", "string", "rule", "规则代码", is_code=True, example="R01"),
        Column("rule_version", "integer", "rule_version", "规则版本"),
        Column("text", "string", "text", "规则", example="P08 <= P07"),
        Column("severity", "string", "severity", "hard 强制性，soft 核实性", enum=NumberRule.Severity.values),
        Column("indicators", "string", "indicators", "所涉指标，用逗号隔开", is_code=True, example="P08,P07"),
        Column("left", "number", "left", "左边的数"),
        Column("right", "number", "right", "右边的数"),
        Column("words", "string", "words", "一句话"),
    ),
    rows=None,
    computed=contradiction_rows,
    key=("area", "year", "rule"),
    filters=(AREA, SPEAKING_OF, *YEARS, choice("severity", NumberRule.Severity.values, "类别")),
    has_as_of=True,
    is_same_for_all=True,
    changes_daily=True,
)

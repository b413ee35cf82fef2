"""Matters as a list of the API: those that concern who asks."""

from django.db.models import F

from areas.filters import AREA
from lib.listapi.lists import Column, Filter, List, choice
from matters.models import Matter

MATTER = Filter("code", "督办编号，可用逗号写几个", pattern="DB-[0-9]{4,9}", example="DB-0001")
UNIT = Filter("owner", "承办单位代码，可用逗号写几个", pattern="[A-Za-z0-9_-]{1,40}", example="330127-DRC")

MATTERS = List(
    name="matters",
    item="Matter",
    title="督办事项",
    tag="数据",
    description="督办事项：要求、承办单位、期限、状态。只有与本单位有关的；市里看全部。",
    columns=(
        Column("code", "string", "code", "督办编号", is_code=True, example="DB-0001"),
        Column("title", "string", "title", "事项"),
        Column("words", "string", "words", "要求"),
        Column("origin", "string", "origin", "来源", enum=Matter.Origin.values),
        Column("about_kind", "string", "about_kind", "所关联对象的类别", is_code=True, example="cell"),
        Column("about_key", "string", "about_key", "所关联对象的键", is_code=True, example="330127/P02/2024"),
        Column("area", "string", "area_id", "区划代码；不分县为空", is_nullable=True, is_code=True),
        Column("owner", "string", F("owner__code"), "承办单位代码", is_code=True, example="330127-DRC"),
        Column("issued_at", "date-time", "issued_at", "交办时间"),
        Column("due_on", "date", "due_on", "办理期限"),
        Column("asked_due_on", "date", "asked_due_on", "申请延期至", is_nullable=True),
        Column("state", "string", "state", "状态", enum=Matter.State.values),
        Column("percent_done", "integer", "percent_done", "完成比例（%）", is_nullable=True),
        Column("level", "integer", "level", "升级次数"),
        Column("indicator", "string", "indicator_id", "关联指标；不关联为空", is_nullable=True, is_code=True),
        Column("year", "integer", "year", "关联年份；不关联为空", is_nullable=True),
        Column("asks_reopening", "boolean", "asks_reopening", "数据反复，申请恢复办理"),
        Column("closed_at", "date-time", "closed_at", "销号时间", is_nullable=True),
        Column("version", "integer", "version", "版本，每一步加一"),
        Column("is_demo", "boolean", "is_demo", "演示数据：并非真实"),
    ),
    rows=lambda user, as_of: Matter.objects.visible_to(user),
    key=("code",),
    filters=(
        MATTER,
        AREA,
        UNIT,
        choice("state", Matter.State.values, "状态"),
        choice("origin", Matter.Origin.values, "来源"),
    ),
    unaffected_by=("indicators", "reporting", "projects", "funding"),
)

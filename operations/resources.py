"""The lists in the words of the directory of a Chinese data exchange platform: the core metadata that the guideline on
compiling such directories (《政务信息资源目录编制指南（试行）》, on GB/T 21063) names, one row a list.

What the platform knows it fills in itself: name, summary, provider, format, fields, how they are shared. What an office
decides (codes, types of sharing and opening, dates) comes from `RESOURCE_CATALOGUE` and is empty until it is stated."""

from datetime import date, datetime

from django.conf import settings

from lib.listapi.catalogue import lists
from lib.listapi.lists import Column, List
from plan.models import Plan

# The number of each list within the provider's code: once given, for ever. A new list takes the next one.
NUMBERS = {
    name: number
    for number, name in enumerate(
        (
            *("areas", "indicators", "targets", "standards", "observations", "assessments", "aggregates", "quarters"),
            *("nowcasts", "realism", "references", "contradictions", "projects", "funding/flows", "funding/matching"),
            *("commitments", "matters", "submissions", "changes", "catalog/resources"),
        ),
        start=1,
    )
}
KINDS = {
    "string": "字符型",
    "integer": "整型",
    "number": "双精度型",
    "boolean": "逻辑型",
    "date": "日期型",
    "date-time": "日期时间型",
    "object": "通用型",
}
METHOD = "接口（HTTP，带令牌）；文件下载"
CYCLE = "实时"  # an answer always shows what is in force at that moment


def resource_rows(as_of: datetime | None, areas: list | None, indicators: list | None) -> list[tuple]:
    """One row for each list, in the order of the columns below."""
    stated = settings.RESOURCE_CATALOGUE
    provider = Plan.objects.values_list("owner__name", flat=True).first() or ""
    return [_row(which, provider, stated) for which in lists().values()]


def _row(which: List, provider: str, stated: dict[str, str]) -> tuple:
    prefix, published = stated.get("代码前段"), stated.get("发布日期")
    return (
        which.name,
        f"{prefix}{NUMBERS[which.name]}" if prefix else None,
        which.title or which.name,
        provider,
        stated.get("提供方代码"),
        which.description,
        "、".join(which.formats),
        "、".join(f"{column.name}（{KINDS[column.type]}）" for column in which.columns),
        stated.get("共享类型"),
        stated.get("共享条件"),
        METHOD,
        stated.get("开放类型"),
        stated.get("开放条件"),
        stated.get("更新周期", CYCLE),
        date.fromisoformat(published) if published else None,
        f"/api/v1/{which.name}/",
        f"/api/v1/catalog/{which.name.replace('/', '-')}/schema/",
    )


def _stated(name: str, field: str, words: str = "") -> Column:
    return Column(name, "string", name, f"{field}{words}；没有写明的为 null", is_nullable=True)


RESOURCES = List(
    name="catalog/resources",
    item="Resource",
    title="信息资源目录",
    tag="基础数据",
    description="每个列表一行，按《政务信息资源目录编制指南（试行）》的核心元数据：可以整张导入数据交换平台的目录。"
    "由单位决定的各项（代码、共享类型、开放类型、发布日期）取自设置 RESOURCE_CATALOGUE，没有写明的为空。",
    columns=(
        Column("identifier", "string", "identifier", "本接口里的名称", is_code=True, example="targets"),
        _stated("code", "信息资源代码", "：代码前段加固定的顺序号"),
        Column("name", "string", "name", "信息资源名称"),
        Column("provider", "string", "provider", "信息资源提供方：方案的编制单位"),
        _stated("provider_code", "信息资源提供方代码", "：统一社会信用代码"),
        Column("summary", "string", "summary", "信息资源摘要"),
        Column("formats", "string", "formats", "信息资源格式"),
        Column("fields", "string", "fields", "信息项：名称（数据类型）；说明见 schema"),
        _stated("sharing_type", "共享类型"),
        _stated("sharing_condition", "共享条件"),
        Column("sharing_method", "string", "sharing_method", "共享方式"),
        _stated("opening_type", "开放类型"),
        _stated("opening_condition", "开放条件"),
        Column("update_cycle", "string", "update_cycle", "更新周期；实时：答的总是那一刻有效的数"),
        Column("published_on", "date", "published_on", "发布日期；没有写明的为 null", is_nullable=True),
        Column("address", "string", "address", "取数的地址", is_code=True),
        Column("schema", "string", "schema", "行的 JSON Schema 的地址", is_code=True),
    ),
    rows=None,
    computed=resource_rows,
    key=("identifier",),
    is_same_for_all=True,
    changes_daily=True,  # what is stated comes with a new start
)

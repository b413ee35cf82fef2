"""The change feed as a list: its columns, and its rows as every way out of the site gives them."""

from dataclasses import replace

import orjson
from django.db import connection
from django.db.models import F, FloatField, Value
from django.db.models.functions import Cast, NullIf
from django.http import QueryDict

from accounts.models import User
from areas.filters import AREA, INDICATOR, YEARS
from journal.models import Change
from lib.database.prepared_statements import execute
from lib.listapi.lists import Column, Filter, List, choice, flag
from lib.listapi.queries import ListQuery, statement
from lib.listapi.values import converted

CURSOR_DIGITS = 15  # more than there will be changes, and no more than a program's number holds exactly
CURSOR = Filter(
    "cursor",
    "已取到的最后一个编号，从它之后接着取；不写则从头取",
    column="number",
    test="after",
    type="integer",
    pattern=f"[0-9]{{1,{CURSOR_DIGITS}}}",
    example=0,
)
CHANGES = List(
    name="changes",
    item="Change",
    title="变更",
    tag="变更",
    description="""官方数据的每一次变动，按编号排列。编号依提交的先后给出，没有空号：取过的编号之前不会再插进别的行。

- `next` 每次都有，没有新行时也有：存下它，下次就从它取。`cursor` 是其中的编号。
- `kind`：`approved` 首次发布、`revised` 修订、`retargeted` 目标或标准新增或调整、`withdrawn` 撤回、
  `reopened` 某县某年重新开放（数值不变，直到再次通过）、`redefined` 口径变动、`recomputed` 重算。
- 有 `series` 的行说的是一个数：`value` 为空即已撤回，否则就是现行的数。从头依次照做，手里的就是 observations、targets、
  standards 三张表的现行数据，版本也相同。分子、分母、区间的上限、达到的日期和依据不在流里：用
  `snapshots/latest/?after=` 或列表按版本补取。
- `recomputed` 每次重算一行：`details` 里的 `since` 是这次重算最早可能写入的时间，`areas`、`indicators` 是范围
  （null 为全部）。按此取 `assessments/?updated_after=<since>&area=…&indicator=…` 就是变了的评估；`cells_changed`
  为 0 时也要取，前一次可能中断过。
- `redefined` 的 `details` 是口径的原值（`old`，首次登记为 null）和新值（`new`）：没有的为 null，是否为 true、false，
  数为数。区间目标、标准的上限在 `details` 的 `value_high`、`previous_high`，也是数。本版以前写下的行不改写：那里这些
  都是文字（"None"、"True"、"0.5"）。
- `redefined` 的 `details` 里有 `deprecation` 的，是接口停用预告：哪个地址（`path`），其中哪个参数（`parameter`）
  或哪一列（`column`），从什么时候起停用（`sunset_at`），改用什么（`instead`）。
- 筛选只略去行，不改变编号；`cursor` 大于最新编号时答 400（数据从备份恢复过），须从头再取。""",
    columns=(
        Column("number", "integer", "number", "编号", example=1024),
        Column("at", "date-time", "at", "变动生效的时间"),
        Column("kind", "string", "kind", "类别", enum=Change.Kind.values),
        Column(
            "series",
            "string",
            NullIf(F("series"), Value("")),
            "哪一列数；不是数的变动为 null",
            enum=Change.Series.values,
            is_nullable=True,
        ),
        Column("area", "string", "area_id", "区划代码（GB/T 2260）", is_code=True, is_nullable=True, example="330122"),
        Column(
            "indicator",
            "string",
            NullIf(F("indicator"), Value("")),
            "指标代码",
            is_code=True,
            is_nullable=True,
            example="P01",
        ),
        Column("year", "integer", "year", "年份", is_nullable=True, example=2024),
        Column("version", "integer", "version", "版本；撤回时为被撤回的版本", is_nullable=True),
        Column("value", "number", Cast("value", FloatField()), "新值；撤回时为 null", is_nullable=True),
        Column("previous", "number", Cast("previous", FloatField()), "原值；没有则为 null", is_nullable=True),
        Column("actor", "string", "actor_name", "经办"),
        Column("reason", "string", "reason", "理由"),
        Column("document", "string", "document", "依据文件或出处"),
        Column("is_demo", "boolean", "is_demo", "演示数据：并非真实"),
        Column("details", "object", "details", "重算的范围和格数；口径的原值和新值", is_nullable=True),
    ),
    rows=lambda user, as_of: Change.objects.visible_to(user),
    key=("number",),
    filters=(
        choice("kind", Change.Kind.values, "类别"),
        choice("series", Change.Series.values, "哪一列数"),
        AREA,
        INDICATOR,
        *YEARS,
        flag("is_demo", "是否演示数据"),
    ),
    updated="at",
)


def changes_between(after: int, upto: int, user: User) -> list[dict]:
    """The rows after the number `after` up to `upto`, as the list gives them to this user."""
    asked = ListQuery.of(CHANGES, QueryDict(""))
    return rows_upto(replace(asked, conditions=(*asked.conditions, (CURSOR, (after,)))), user, upto, upto - after)


def rows_upto(asked: ListQuery, user: User, upto: int, limit: int) -> list[dict]:
    """What is asked for, up to a number."""
    most = Filter("upto", "", column="number", test="to", type="integer")
    wanted = statement(replace(asked, conditions=(*asked.conditions, (most, (upto,)))), user, limit=limit)
    with connection.cursor() as cursor:
        execute(cursor, wanted.sql, wanted.params)
        return [_object(row) for row in converted(CHANGES, cursor.fetchall())]


def _object(row: tuple) -> dict:
    found = dict(zip(CHANGES.names, row, strict=True))
    if isinstance(found["details"], str):  # JSON already, as both databases give it
        found["details"] = orjson.Fragment(found["details"])
    return found

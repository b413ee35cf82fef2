"""The API's description (OpenAPI 3.1), taken from the declarations that the API itself runs on.

A list and an item describe themselves (`ListSchema`, `ItemSchema`). A view that writes says what it takes and answers
with `Described({"PUT": operation(…)})`, in plain OpenAPI; `components` names the schemas it refers to.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, Protocol, cast

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import ComponentRegistry, ResolvedComponent

from lib.listapi.cursors import CURSOR_FORM
from lib.listapi.lists import Column, Filter, List
from lib.listapi.queries import MAX_PAGE_SIZE, PAGE_SIZE
from lib.refusals import KINDS
from lib.web.problems import CONTENT_TYPE

JSON = "application/json"
SECURITY: list[dict[str, list[str]]] = [{"token": []}, {"session": []}]
PROBLEM = {
    "type": "object",
    "description": (
        "RFC 9457。type 说明是哪一种错误，永不改变，程序按它判断；它也是说明这种错误的网页的地址。"
        "detail 用平常话说明哪里不对、该怎么办，措词会变；可另带成员，如 parameter（哪个参数）。"
    ),
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string", "enum": [kind.address for kind in KINDS.values()]},
        "title": {"type": "string", "examples": ["请求有误"]},
        "status": {"type": "integer", "examples": [400]},
        "detail": {"type": "string", "examples": ["area 不能是“桐庐”；应形如 330122。"]},
        "parameter": {"type": "string", "description": "有误的参数"},
        "contradicts": {"type": "string", "description": "与 parameter 不能并用的另一个参数"},
        "known": {"type": "array", "items": {"type": "string"}, "description": "可用的参数"},
        "errors": {
            "type": "array",
            "items": {"$ref": "#/components/schemas/Fault"},
            "description": "一次发送多项时：每一处不能照收的地方",
        },
    },
}
FAULT = {
    "type": "object",
    "required": ["index", "indicator", "type", "words"],
    "properties": {
        "index": {"type": ["integer", "null"], "description": "第几项，从 0 起；null 为整个请求"},
        "indicator": {"type": ["string", "null"], "description": "这一项的代码"},
        "type": {"type": "string", "enum": [kind.address for kind in KINDS.values()]},
        "words": {"type": "string"},
    },
}
CUBE = {
    "type": "object",
    "description": "JSON-stat 2.0 数据集（json-stat.org）",
    "required": ["version", "class", "id", "size", "dimension", "value"],
    "properties": {
        "version": {"type": "string", "const": "2.0"},
        "class": {"type": "string", "const": "dataset"},
        "label": {"type": "string"},
        "source": {"type": "string"},
        "id": {"type": "array", "items": {"type": "string"}},
        "size": {"type": "array", "items": {"type": "integer"}},
        "role": {"type": "object"},
        "updated": {"type": "string", "format": "date-time"},
        "dimension": {"type": "object"},
        "value": {"type": "array", "items": {"type": ["number", "null"]}},
        "status": {
            "type": "object",
            "additionalProperties": {"type": "string"},
            "description": "按位置：is_demo 演示数据，is_provisional 暂定，两者以加号相连；没有的为正式数值",
        },
    },
}
BEARER_WORDS = (
    "接口令牌：Authorization: Bearer <令牌>。由本单位能登录的人在 /accounts/tokens/ 生成，只显示一次；"
    "带写入权限的要系统管理员同意。写程序时用“试用”（try）权限的，答的是演示数据。"
)
COMPONENTS = {
    "securitySchemes": {
        "token": {"type": "http", "scheme": "bearer", "description": BEARER_WORDS},
        "session": {"type": "apiKey", "in": "cookie", "name": "sessionid", "description": "网站的登录"},
    },
    "schemas": {"Problem": PROBLEM, "Fault": FAULT, "JsonStat": CUBE},
}
WHEN = {
    400: "参数或正文有误；detail 和 parameter 指出是哪一个",
    401: "没有登录，令牌无效、到期或已作废",
    403: "令牌或账号没有这项权限",
    404: "没有这个对象，或者它不在权限范围内",
    406: "给不出 Accept 所要的格式",
    409: "与现状冲突",
    412: "If-Match 里的 ETag 不是现在的版本",
    413: "行数超过这种格式的上限；请改用 csv",
    415: "正文应为 application/json",
    422: "Idempotency-Key 已经用在另一个请求上",
    429: "请求太频繁；Retry-After 说明要等几秒",
    500: "服务器出错",
    503: "暂时不能服务；Retry-After 说明要等几秒",
}
ALWAYS = (401, 403, 429, 500, 503)
TYPES = {
    "string": {"type": "string"},
    "integer": {"type": "integer"},
    "number": {"type": "number"},
    "boolean": {"type": "boolean"},
    "date": {"type": "string", "format": "date"},
    "date-time": {"type": "string", "format": "date-time"},
    "object": {"type": "object"},
}
VALIDATORS = {
    "ETag": {"description": "版本；放在 If-None-Match 里再问，没有变化则答 304", "schema": {"type": "string"}},
    "Last-Modified": {"description": "最近变动的时间", "schema": {"type": "string"}},
}


def ref(name: str) -> dict:
    """A schema by its name among the components."""
    return {"$ref": f"#/components/schemas/{name}"}


def problems(*statuses: int) -> dict:
    """The error answers of these statuses, and of those that every address may give."""
    found = {}
    for status in sorted({*statuses, *ALWAYS}):
        content = {CONTENT_TYPE: {"schema": ref("Problem")}}
        types = "、".join(kind.address for kind in KINDS.values() if kind.status == status)
        found[str(status)] = {"description": f"{WHEN[status]}。type：{types}", "content": content}
    found["401"]["headers"] = {"WWW-Authenticate": {"schema": {"type": "string"}, "required": True}}
    return found


def column_schema(column: Column) -> dict:
    """One property: type, words, every value that it can take, an example."""
    found: dict[str, Any] = dict(TYPES[column.type])
    if column.enum:
        found["enum"] = [*column.enum, None] if column.is_nullable else list(column.enum)
    if column.is_nullable:
        found["type"] = [found["type"], "null"]
    found["description"] = column.description
    if column.example is not None:
        found["examples"] = [column.example]
    return found


def row_schema(columns: Sequence[Column], more: Mapping[str, dict] | None = None) -> dict:
    """An object of all columns, and of `more` properties."""
    properties = {column.name: column_schema(column) for column in columns} | dict(more or {})
    return {"type": "object", "required": list(properties), "properties": properties}


def page_schema(item: str) -> dict:
    """One page of rows of the schema `item`, with the addresses beside it."""
    address = {"type": ["string", "null"], "format": "uri"}
    return {
        "type": "object",
        "required": ["next", "previous", "results"],
        "properties": {
            "next": {**address, "description": "下一页；没有则为 null"},
            "previous": {**address, "description": "上一页；没有则为 null"},
            "results": {"type": "array", "items": ref(item)},
        },
    }


def add_components(result: dict, **_kwargs: object) -> dict:
    """The last step of drf-spectacular: what every operation refers to."""
    for kind, named in COMPONENTS.items():
        result["components"].setdefault(kind, {}).update(named)
    return result


# Parameters ----------------------------------------------------------------------------------------

MOMENT = {"type": "string", "anyOf": [{"format": "date"}, {"format": "date-time"}]}


def query(name: str, schema: dict, description: str, **more: object) -> dict:
    """A parameter that stands in the question of an address."""
    return {"in": "query", "name": name, "schema": schema, "description": description, **more}


def several(items: dict) -> dict:
    """A parameter of values separated by commas."""
    return {"schema": {"type": "array", "items": items, "minItems": 1}, "style": "form", "explode": False}


def filter_parameter(each: Filter) -> dict:
    """The parameter of a filter: its values, its pattern, an example."""
    if each.type == "date-time":
        return query(each.name, MOMENT, each.description)
    value: dict[str, Any] = {"type": "string", "enum": list(each.enum)} if each.enum else dict(TYPES[each.type])
    if each.type == "integer":
        value |= {"minimum": 1000, "maximum": 9999}
    elif each.pattern:
        value["pattern"] = f"^{each.pattern}$"
    shape = several(value) if each.is_list else {"schema": value}
    if each.example is not None:
        shape["example"] = [each.example] if each.is_list else each.example
    return {"in": "query", "name": each.name, "description": each.description, **shape}


AS_OF = query("as_of", MOMENT, "截至此时的记录；日期指当日终了（Asia/Shanghai）；晚于现在的即现在的")


def list_parameters(which: List) -> list[dict]:
    """Every parameter of a list, filters first."""
    found = [filter_parameter(each) for each in which.known_filters.values()]
    if which.has_as_of:
        found.append(AS_OF)
    orders = [sign + name for name in which.names for sign in ("", "-")]
    found.append(
        {
            **{"in": "query", "name": "ordering", "description": "按哪些列排序，前加 - 为降序；缺值总在最后"},
            **several({"type": "string", "enum": orders}),
        }
    )
    size = {"type": "integer", "minimum": 1, "maximum": MAX_PAGE_SIZE, "default": PAGE_SIZE}
    found += [
        query("page_size", size, "每页行数；csv、xlsx、jsonstat 不分页"),
        query("cursor", {"type": "string", "pattern": f"^{CURSOR_FORM}$"}, "取自上一页的 next 或 previous"),
        query("format", {"type": "string", "enum": list(which.formats), "default": "json"}, "格式；也可用 Accept"),
    ]
    return found


def path_parameter(name: str, schema: dict, description: str) -> dict:
    """A parameter that stands in the path of an address."""
    return {"in": "path", "name": name, "required": True, "schema": schema, "description": description}


def header_parameter(name: str, schema: dict, description: str, *, is_required: bool = False) -> dict:
    """A parameter that stands in a header."""
    return {"in": "header", "name": name, "required": is_required, "schema": schema, "description": description}


# Operations ----------------------------------------------------------------------------------------


def operation(name: str, summary: str, description: str, tag: str, **more: object) -> dict:
    """One method of an address; `more` are further members, such as `parameters` and `responses`."""
    return {
        "operationId": name,
        "summary": summary,
        "description": description,
        "tags": [tag],
        "security": SECURITY,
        **more,
    }


class Described(AutoSchema):
    """Operations written out, by method; `components` are registered under their names."""

    def __init__(self, operations: Mapping[str, dict] | None = None, components: Mapping[str, dict] | None = None):
        super().__init__()
        self.operations, self.components = operations or {}, components or {}

    def get_operation(
        self, path: str, path_regex: str, path_prefix: str, method: str, registry: ComponentRegistry
    ) -> dict | None:
        known = registry
        for name, schema in self.named().items():
            found = ResolvedComponent(name=name, type=ResolvedComponent.SCHEMA, object=name, schema=schema)
            known.register_on_missing(found)
        return self.written().get(method.upper())

    def written(self) -> Mapping[str, dict]:
        return self.operations

    def named(self) -> Mapping[str, dict]:
        return self.components


class ListShown(Protocol):
    """A view of a list."""

    list: List


class ListSchema(Described):
    """Of a `ListView`."""

    @property
    def shown(self) -> List:
        return cast(ListShown, self.view).list  # such a view alone has this schema

    def written(self) -> Mapping[str, dict]:
        which = self.shown
        types = {
            "json": {JSON: {"schema": ref(f"{which.item}Page")}},
            "csv": {"text/csv": {"schema": {"type": "string"}}},
            "xlsx": {
                "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": {
                    "schema": {"type": "string", "format": "binary"}
                }
            },
            "jsonstat": {"application/vnd.json-stat+json": {"schema": ref("JsonStat")}},
        }
        content = {media: schema for kind in which.formats for media, schema in types[kind].items()}
        answers = {
            "200": {"description": "行", "headers": VALIDATORS, "content": content},
            "304": {"description": "没有变化", "headers": VALIDATORS},
            **problems(400, 406, 413),
        }
        name = f"{which.name.replace('/', '_').replace('-', '_')}_list"
        found = operation(name, which.title, which.description, which.tag, responses=answers)
        return {"GET": found | {"parameters": list_parameters(which)}}

    def named(self) -> Mapping[str, dict]:
        which = self.shown
        return {which.item: row_schema(which.columns), f"{which.item}Page": page_schema(which.item)}


class ItemShown(ListShown, Protocol):
    """A view of one row of a list."""

    item: str
    title: str
    description: str
    path_parameters: tuple
    more_schema: dict


class ItemSchema(Described):
    """Of an `ItemView`: one row of its list, with more."""

    @property
    def shown(self) -> ItemShown:
        return cast(ItemShown, self.view)  # such a view alone has this schema

    def written(self) -> Mapping[str, dict]:
        view = self.shown
        answers = {
            "200": {"description": "一项", "headers": VALIDATORS, "content": {JSON: {"schema": ref(view.item)}}},
            "304": {"description": "没有变化", "headers": VALIDATORS},
            **problems(400, 404, 406),
        }
        parameters = [*view.path_parameters, *([AS_OF] if view.list.has_as_of else [])]
        name = f"{view.list.name.replace('/', '_')}_retrieve"
        found = operation(name, view.title, view.description, view.list.tag, responses=answers)
        return {"GET": found | {"parameters": parameters}}

    def named(self) -> Mapping[str, dict]:
        return {self.shown.item: row_schema(self.shown.list.columns, self.shown.more_schema)}


@cache
def described() -> dict:
    """The whole description, made once in a process."""
    from drf_spectacular.generators import SchemaGenerator  # noqa: PLC0415  (reads the addresses, which import this)

    return cast(dict, SchemaGenerator().get_schema(request=None, public=True))  # the library names no type

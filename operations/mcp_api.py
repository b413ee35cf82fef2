"""The lists of the API for language models: a server of the Model Context Protocol (modelcontextprotocol.io, streamable
HTTP), read only and off unless `settings.MCP` says otherwise. Who asks, and with which rights, is as for every list;
each row comes with its address and the mark of what it is, so that whoever quotes a number can say where it stands.

The protocol's own SDK brings an asynchronous server and seventeen packages more; of the protocol these lists need five
methods that answer at once."""

import json
from collections.abc import Callable, Mapping
from typing import Any, cast
from urllib.parse import urlencode

import orjson
from django.conf import settings
from django.http import Http404, HttpResponse, QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _
from rest_framework.exceptions import APIException
from rest_framework.request import Request
from rest_framework.views import APIView

from lib.listapi.catalogue import lists
from lib.listapi.lists import List
from lib.listapi.queries import ListQuery, page
from lib.listapi.views import ORJSON, ItemView
from lib.refusals import Invalid, NotAllowed, Refused
from lib.web.addresses import resolved

VERSIONS = ("2025-06-18", "2025-03-26")  # the newest first
MOST_ROWS = 200
LONGEST_ID, LARGEST, LARGEST_YEAR = 200, 2**53, 10_000
NO_METHOD, NO_REQUEST, NO_PARAMETERS = -32601, -32600, -32602
MARKS = (("is_demo", "演示数据，并非真实"), ("is_provisional", "暂定，尚非主管部门正式表"))
CERTAIN = "正式"
INSTRUCTIONS = (
    "县城城镇化建设监测数据，只读。先用 list_tables 看有哪些表和列，再用 read_table 取行，"
    "用 explain_assessment 看一项评估为什么。引用任何一个数，都要同时写出它的 address 和 mark："
    "演示数据不是真实的，暂定的还没有正式依据。null 是没有数，不是零。"
)
TEXT = {"type": "string"}
CODE = {"type": "string", "description": "代码"}
TOOLS: list[dict[str, Any]] = [
    {
        "name": "list_tables",
        "title": "有哪些表",
        "description": "每个表的名称、说明、列（名称、类型、说明）和可用的筛选。",
        "inputSchema": {"type": "object", "properties": {}, "additionalProperties": False},
    },
    {
        "name": "read_table",
        "title": "取行",
        "description": f"符合条件的行，最多{MOST_ROWS}行；每行带 address（出处）和 mark（正式、暂定、演示数据）。",
        "inputSchema": {
            "type": "object",
            "required": ["table"],
            "properties": {
                "table": {**TEXT, "description": "list_tables 里的名称"},
                "filters": {
                    "type": "object",
                    "additionalProperties": {"type": ["string", "integer", "boolean"]},
                    "description": '筛选，例 {"area": "330127", "year": 2024}；几个值用逗号相连',
                },
                "limit": {"type": "integer", "minimum": 1, "maximum": MOST_ROWS, "default": 50},
            },
            "additionalProperties": False,
        },
    },
    {
        "name": "explain_assessment",
        "title": "一项评估为什么",
        "description": "一个地区、指标、年份的评估和它的文字说明：用了哪些数、哪条规则、怎样得出。",
        "inputSchema": {
            "type": "object",
            "required": ["area", "indicator", "year"],
            "properties": {"area": CODE, "indicator": CODE, "year": {"type": "integer"}},
            "additionalProperties": False,
        },
    },
]
for tool in TOOLS:
    tool["annotations"] = {"readOnlyHint": True, "openWorldHint": False}


class ProtocolError(Exception):
    """An error of JSON-RPC: its code and words."""

    def __init__(self, code: int, words: str):
        self.code, self.words = code, words
        super().__init__(words)


class McpView(APIView):
    """POST takes one JSON-RPC message and answers it at once; there is no stream to GET."""

    scope = "read"
    schema = None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        if not settings.MCP and request.method == "POST":  # another method is refused as such, on or off
            raise Http404
        super().initial(request, *args, **kwargs)
        _require_known_origin(request)

    def post(self, request: Request) -> HttpResponse:
        message = request.data
        if (
            not isinstance(message, dict)
            or message.get("jsonrpc") != "2.0"
            or not isinstance(message.get("method"), str)
        ):
            return _answer({"jsonrpc": "2.0", "id": None, "error": {"code": NO_REQUEST, "message": "no JSON-RPC 2.0"}})
        if "id" not in message:  # a notification
            return HttpResponse(status=202)
        if not _is_id(message["id"]):
            return _answer({"jsonrpc": "2.0", "id": None, "error": {"code": NO_REQUEST, "message": "no id"}})
        told: dict[str, Any] = {"jsonrpc": "2.0", "id": message["id"]}
        try:
            told["result"] = _result(request, message["method"], message.get("params") or {})
        except ProtocolError as error:
            told["error"] = {"code": error.code, "message": error.words}
        return _answer(told)


def _is_id(given: Any) -> bool:
    """The protocol's: a text or a whole number; of a size that goes back as it came."""
    if isinstance(given, str):
        return len(given) <= LONGEST_ID
    return isinstance(given, int) and not isinstance(given, bool) and abs(given) < LARGEST


def _require_known_origin(request: Request) -> None:
    """A page of another site may not ask in the name of who reads it (the protocol asks for this)."""
    origin = request.headers.get("Origin")
    own = request.build_absolute_uri("/").rstrip("/")
    if origin is not None and origin != own and origin not in settings.CORS_ORIGINS:
        raise NotAllowed(_("从其他网站的页面不能问；请由管理员列入 CORS_ORIGINS。"))


def _answer(told: dict) -> HttpResponse:
    response = HttpResponse(orjson.dumps(told, default=float, option=ORJSON), content_type="application/json")
    response["Cache-Control"] = "no-store"
    return response


def _result(request: Request, method: str, params: Any) -> dict:
    if not isinstance(params, dict):
        raise ProtocolError(NO_PARAMETERS, "params has to be an object")
    if method == "initialize":
        return _hello(params)
    if method == "ping":
        return {}
    if method == "tools/list":
        return {"tools": TOOLS}
    if method == "tools/call":
        return _called(request, params)
    raise ProtocolError(NO_METHOD, f"no method {method[:60]}")


def _hello(params: Mapping) -> dict:
    asked = params.get("protocolVersion")
    return {
        "protocolVersion": asked if asked in VERSIONS else VERSIONS[0],
        "capabilities": {"tools": {}},
        "serverInfo": {"name": "county_urbanization", "title": settings.SITE_NAME, "version": "1.0.0"},
        "instructions": INSTRUCTIONS,
    }


def _called(request: Request, params: Mapping) -> dict:
    """What a tool gives, as data and as the same in text. A refusal is told to the model, in words it can act on."""
    given = params.get("arguments") or {}
    call = CALLS.get(str(params.get("name")))
    if call is None or not isinstance(given, dict):
        raise ProtocolError(NO_PARAMETERS, f"no tool {str(params.get('name'))[:60]}; known: {', '.join(CALLS)}")
    try:
        found = call(request, given)
    except (Refused, APIException, Http404) as refusal:
        words = getattr(refusal, "words", None) or str(refusal) or _("没有这个对象，或者它不在您的权限范围内。")
        return {"content": [{"type": "text", "text": words}], "isError": True}
    text = orjson.dumps(found, default=float, option=ORJSON).decode()
    return {"content": [{"type": "text", "text": text}], "structuredContent": json.loads(text), "isError": False}


# Tools ------------------------------------------------------------------------------------------------


def _tables(request: Request, given: Mapping) -> dict:
    _require_only(given, ())
    return {"tables": [_table(name, which) for name, which in lists().items()]}


def _table(name: str, which: List) -> dict:
    columns = [{"name": each.name, "type": each.type, "description": each.description} for each in which.columns]
    filters = {each.name: each.description for each in which.known_filters.values()}
    if which.has_as_of:
        filters["as_of"] = "截至此时的记录，例 2025-03-31"
    told = {"name": name, "title": str(which.title), "description": which.description}
    return told | {"columns": columns, "filters": filters}


def _rows(request: Request, given: Mapping) -> dict:
    _require_only(given, ("table", "filters", "limit"))
    which = lists().get(str(given.get("table")))
    if which is None:
        raise Invalid(
            _("没有名为“{name}”的表；可用：{known}。").format(
                name=str(given.get("table"))[:60], known="、".join(lists())
            )
        )
    limit = given.get("limit", 50)
    if isinstance(limit, bool) or not isinstance(limit, int) or not 1 <= limit <= MOST_ROWS:
        raise Invalid(_("limit 应为1至{most}。").format(most=MOST_ROWS))
    asked = QueryDict(urlencode(_texts(given.get("filters") or {}) | {"page_size": str(limit)}))
    found = page(ListQuery.of(which, asked), request.user)
    site = _site(request)
    rows = [_marked(site, which, dict(zip(which.names, row, strict=True))) for row in found.rows]
    return {"table": given["table"], "rows": rows, "has_more": found.next is not None}


def _texts(filters: Any) -> dict[str, str]:
    if not isinstance(filters, dict):
        raise Invalid(_("filters 应为对象，例 {example}。").format(example='{"area": "330127"}'))
    words = {True: "true", False: "false"}
    return {name: words[value] if isinstance(value, bool) else str(value) for name, value in filters.items()}


def _marked(site: str, which: List, row: dict) -> dict:
    """The row with its address, and what it is."""
    key = {name: row[name] for name in which.key if name in which.known_filters and row[name] is not None}
    address = f"{site}/api/v1/{which.name}/" + (f"?{urlencode(key)}" if key else "")
    told = {**row, "address": address}
    if any(name in row for name, _words in MARKS):
        told["mark"] = next((words for name, words in MARKS if row.get(name)), CERTAIN)
    return told


def _explained(request: Request, given: Mapping) -> dict:
    _require_only(given, ("area", "indicator", "year"))
    path = {name: given.get(name) for name in ("area", "indicator", "year")}
    if not isinstance(path["year"], int) or isinstance(path["year"], bool) or not 0 < path["year"] < LARGEST_YEAR:
        raise Invalid(_("year 应为整数。"))
    path |= {name: str(path[name]) for name in ("area", "indicator")}
    view: type[ItemView] = _assessment_view()
    which = view.list
    rows = page(ListQuery.one(which, QueryDict(""), path), request.user).rows
    if not rows:
        raise Http404
    row = dict(zip(which.names, rows[0], strict=True))
    site = _site(request)
    more = view().more(row, request, None)
    own = f"{site}/cells/{row['area']}/{row['indicator']}/{row['year']}/"
    return _marked(site, which, row) | more | {"page": own}


def _assessment_view() -> type[ItemView]:
    """What answers at the address of one assessment: asked here as well, so that both say the same."""
    match = resolved(reverse("api_assessment", args=["x", "x", 1]))
    return cast(type[ItemView], getattr(match.func, "view_class"))  # noqa: B009  # a view made of a class has it


def _require_only(given: Mapping, known: tuple[str, ...]) -> None:
    for name in given:
        if name not in known:
            raise Invalid(
                _("没有名为“{name}”的参数；可用：{known}。").format(name=str(name)[:60], known="、".join(known))
            )


def _site(request: Request) -> str:
    return request.build_absolute_uri("/").rstrip("/")


Call = Callable[[Request, Mapping], dict]
CALLS: dict[str, Call] = {"list_tables": _tables, "read_table": _rows, "explain_assessment": _explained}

"""Snapshots of the whole official data, and what changed between two of them, as files with a checksum."""

from typing import IO

import orjson
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _

from lib.files.turns import in_turn
from lib.listapi.lists import BadParameter, require_known
from lib.listapi.openapi import Described, operation, path_parameter, problems, query, ref, row_schema
from lib.listapi.views import ORJSON, PlainView, wanted_format
from snapshots.addresses import MEDIA, path_of
from snapshots.facts import FACTS, feed_head
from snapshots.files import ENDINGS, SnapshotFile, kept_files, open_snapshot

TAG = "变更"
MOST_DIGITS = 15
FILE = {
    "type": "object",
    "required": ["number", "after", "format", "at", "bytes", "sha256", "address"],
    "properties": {
        "number": {"type": "integer", "description": "变更编号"},
        "after": {"type": "integer", "description": "0 为全部；否则只含此编号之后变了的"},
        "format": {"type": "string", "enum": list(ENDINGS)},
        "at": {"type": "string", "format": "date-time", "description": "编号之前各次变动中最晚的时间"},
        "bytes": {"type": "integer"},
        "sha256": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
        "address": {"type": "string", "format": "uri"},
    },
}
LISTING = {
    "type": "object",
    "required": ["latest", "results"],
    "properties": {
        "latest": {"type": "integer", "description": "最新的变更编号"},
        "results": {"type": "array", "items": ref("SnapshotFile"), "description": "已经生成、现在留着的文件"},
    },
}
TAGGED = {"ETag": {"description": "SHA-256", "schema": {"type": "string"}}}
CSV_OF_ROWS = {
    "type": "string",
    "contentMediaType": "text/csv",
    "contentSchema": {"type": "array", "items": ref("SnapshotRow")},
}
NUMBER_PATH = path_parameter(
    "number", {"type": "string", "pattern": f"^(latest|[0-9]{{1,{MOST_DIGITS}}})$"}, "变更编号，或 latest：最新的"
)


class SnapshotsView(PlainView):
    """Which files are there; any other is made when it is asked for."""

    schema = Described(
        {
            "GET": operation(
                "snapshots_list",
                "快照",
                "全部官方数据（官方数值、年度目标、省定标准）在某个变更编号时的样子，是一个文件。这里列出现在留着的；"
                "任何编号都可以直接取，没有就当场生成，内容相同，SHA-256 也相同。",
                TAG,
                responses={
                    "200": {
                        "description": "最新的编号和留着的文件",
                        "content": {"application/json": {"schema": ref("SnapshotList")}},
                    },
                    **problems(400),
                },
            )
        },
        {"SnapshotFile": FILE, "SnapshotList": LISTING},
    )

    def get(self, request: HttpRequest) -> HttpResponse:
        require_known(request.GET, ())
        told = {"latest": feed_head(), "results": [_told(request, each) for each in kept_files()]}
        response = HttpResponse(orjson.dumps(told, option=ORJSON), content_type="application/json")
        response["Cache-Control"] = "private, no-cache"
        return response


class SnapshotView(PlainView):
    """One file."""

    schema = Described(
        {
            "GET": operation(
                "snapshots_retrieve",
                "一个快照文件",
                "编号当时有效的全部行；带 after 时只含此编号之后变了的行，撤回的 is_withdrawn 为真"
                "（SDMX-CSV 里 ACTION 为 D）。"
                "ETag 是文件的 SHA-256（传输时压缩的，前面有 W/）。列见 SnapshotRow。",
                TAG,
                parameters=[
                    NUMBER_PATH,
                    query(
                        "format", {"type": "string", "enum": list(ENDINGS), "default": "csv"}, "文件格式；也可用 Accept"
                    ),
                    query(
                        "after",
                        {"type": "integer", "minimum": 1, "maximum": 10**MOST_DIGITS - 1},
                        "增量：从哪个编号之后",
                    ),
                ],
                responses={
                    "200": {
                        "description": "文件",
                        "headers": {
                            **TAGGED,
                            "Content-Location": {"description": "这个编号的地址", "schema": {"type": "string"}},
                        },
                        "content": {
                            "text/csv": {"schema": CSV_OF_ROWS},
                            MEDIA["parquet"]: {"schema": {"type": "string", "format": "binary"}},
                            "application/vnd.sdmx.data+csv": {"schema": {"type": "string"}},
                        },
                    },
                    "304": {"description": "没有变化", "headers": TAGGED},
                    **problems(400, 404, 406),
                },
            )
        },
        {"SnapshotRow": row_schema(FACTS.columns)},
    )

    def get(self, request: HttpRequest, number: str) -> HttpResponseBase:
        require_known(request.GET, ("format", "after"))
        form = wanted_format(request, tuple(ENDINGS), MEDIA)
        wanted = _wanted(number)
        after = _after(request, wanted)
        return in_turn(request, lambda: _answer(request, *open_snapshot(wanted, after, form)))


def _answer(request: HttpRequest, found: SnapshotFile, file: IO[bytes]) -> HttpResponseBase:
    etag = f'"{found.sha256}"'
    response: HttpResponseBase
    if etag in request.META.get("HTTP_IF_NONE_MATCH", ""):
        file.close()
        response = HttpResponse(status=304)
    else:
        response = FileResponse(
            file,
            content_type=MEDIA[found.format],
            as_attachment=True,
            filename=_file_name(found),
        )
        response["Content-Location"] = path_of(found)
    response["ETag"] = etag
    response["Cache-Control"] = "private, no-cache"
    return response


def _wanted(text: str) -> int:
    latest = feed_head()
    if text == "latest":
        return latest
    if not _is_number(text) or int(text) > latest:
        words = _("没有编号 {number}：最新的是 {latest}。地址里写编号，或写 latest。")
        raise Http404(words.format(number=text[:MOST_DIGITS], latest=latest))
    return int(text)


def _after(request: HttpRequest, number: int) -> int:
    given = request.GET.getlist("after")
    if not given:
        return 0
    if len(given) > 1 or not _is_number(given[0]) or not 0 < int(given[0]) <= number:
        words = _("after 应为 1 到 {number} 的编号：上一个快照的编号。要全部的，不写 after。")
        raise BadParameter("after", words.format(number=number))
    return int(given[0])


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS


def _file_name(found: SnapshotFile) -> str:
    since = f"-after-{found.after}" if found.after else ""
    return f"snapshot-{found.number}{since}.{ENDINGS[found.format]}"


def _told(request: HttpRequest, found: SnapshotFile) -> dict:
    names = ("number", "after", "format", "at", "bytes", "sha256")
    return {name: getattr(found, name) for name in names} | {"address": request.build_absolute_uri(path_of(found))}

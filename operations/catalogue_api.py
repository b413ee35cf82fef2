"""The catalogue of the API, for machines that look for data."""

from collections.abc import Callable

import orjson
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from lib.listapi.catalogue import catalogue, csvw_of, lists, organisation, schema_of
from lib.listapi.lists import require_known
from lib.listapi.openapi import Described, operation, path_parameter, problems
from lib.listapi.versions import version_for
from lib.listapi.views import PlainView
from plan.models import Plan
from snapshots.catalogue import snapshot_datasets

TAG = "基础数据"
JSON_LD, JSON_SCHEMA, CSVW = "application/ld+json", "application/schema+json", "application/csvm+json"
NAME_PATH = path_parameter("name", {"type": "string", "pattern": "^[a-z-]+$", "examples": ["targets"]}, "哪个列表")


def described(name: str, summary: str, words: str, media: str, statuses: tuple, *parameters: dict) -> Described:
    """A view that answers one document of that media type."""
    content = {media: {"schema": {"type": "object"}}}
    answers = {"200": {"description": summary, "content": content}, **problems(*statuses)}
    told = operation(name, summary, words, TAG, responses=answers, parameters=list(parameters))
    return Described({"GET": told})


class CatalogView(PlainView):
    """DCAT 3."""

    schema = described(
        "catalog_retrieve",
        "数据目录",
        "全部列表的目录：DCAT 3，JSON-LD。每个列表各有标题、说明、发布者、各种格式的地址和行的 JSON Schema。"
        "快照也在内：现在留着的文件各有大小和 SHA-256。",
        JSON_LD,
        (400,),
    )

    def get(self, request: HttpRequest) -> HttpResponse:
        require_known(request.GET, ())
        _state, modified = version_for(request, ())
        owner = Plan.objects.values_list("owner__name", flat=True).first()
        by, site = organisation(owner or ""), _site(request)
        told = catalogue(site, by, modified.isoformat(), snapshot_datasets(site, by))
        return _answer(told, JSON_LD)


class ListDocumentView(PlainView):
    """A document about one list: `made(site, name)`."""

    made: Callable[[str, str], dict]
    media = ""

    def get(self, request: HttpRequest, name: str) -> HttpResponse:
        require_known(request.GET, ())
        if name not in lists():
            raise Http404(_("没有名为“{name}”的列表；可用：{known}。").format(name=name[:60], known="、".join(lists())))
        return _answer(type(self).made(_site(request), name), self.media)


class ListJsonSchemaView(ListDocumentView):
    made, media = staticmethod(schema_of), JSON_SCHEMA
    schema = described(
        "catalog_schema_retrieve",
        "一个列表的 JSON Schema",
        "一行的 JSON Schema（2020-12）：每列的类型、取值和说明。",
        JSON_SCHEMA,
        (400, 404),
        NAME_PATH,
    )


class ListCsvwView(ListDocumentView):
    made, media = staticmethod(csvw_of), CSVW
    schema = described(
        "catalog_csvw_retrieve",
        "一个列表的 csvw 元数据",
        "csv 的元数据（CSV on the Web）：每列的类型和说明、主键、编码。",
        CSVW,
        (400, 404),
        NAME_PATH,
    )


def _site(request: HttpRequest) -> str:
    return request.build_absolute_uri("/").rstrip("/")


def _answer(told: dict, media: str) -> HttpResponse:
    response = HttpResponse(orjson.dumps(told), content_type=media)
    response["Cache-Control"] = "private, no-cache"
    return response

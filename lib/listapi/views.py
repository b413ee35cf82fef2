"""The HTTP side of a list: who asks, what for, in which format, and whether anything is new.

`ListView.as_view(list=…)` is a view of REST framework for the schema's sake alone. It answers without its machinery,
which costs several times what the work itself does: `request.user` is set by the middleware, from the session or from
the token of `Authorization: Bearer`.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import Any, Protocol, TypeVar
from urllib.parse import urlencode

import orjson
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.http import http_date, parse_http_date_safe
from django.utils.translation import gettext as _
from drf_spectacular.renderers import OpenApiYamlRenderer
from rest_framework.exceptions import APIException
from rest_framework.views import APIView

from lib.files.turns import in_turn
from lib.listapi.cursors import Cursor
from lib.listapi.formats import CSV, JSON, JSON_STAT, XLSX, csv_rows, cube, workbook
from lib.listapi.lists import BadParameter, List
from lib.listapi.openapi import ItemSchema, ListSchema, described
from lib.listapi.queries import FORMATS, ListQuery, page
from lib.listapi.versions import Version, version_for
from lib.refusals import Refused
from lib.web.challenges import challenge
from lib.web.problems import method_words, problem, problem_of

TYPES = {"json": JSON, "csv": CSV, "xlsx": XLSX, "jsonstat": JSON_STAT}
Answer = TypeVar("Answer", bound=HttpResponseBase)
ORJSON = orjson.OPT_UTC_Z
ALLOWED = ("GET", "HEAD", "OPTIONS")


class NotAcceptable(Refused):
    """None of the formats that the client takes can be given."""

    kind = "not-acceptable"


class NotLoggedIn(Refused):
    """Nobody asks: no login, no token."""

    kind = "not-logged-in"
    headers = {"WWW-Authenticate": challenge()}


def require_login(request: HttpRequest) -> None:
    """401, with the ways to sign in, for who is nobody."""
    if not request.user.is_authenticated:
        raise NotLoggedIn(_("请带令牌（Authorization: Bearer …）或登录后再试。怎样得到令牌，见 /help/api/。"))


class PlainView(APIView):
    """A view that reads. Subclasses write `get(request, **path)`, an HttpResponse; what they raise is a problem."""

    is_open = False  # open: to everybody, also without a login
    get: Callable[..., HttpResponseBase]

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            response = self._answer(request, **kwargs)
        except (APIException, Refused) as error:
            response = problem_of(error)
        except Http404 as error:
            response = problem("not-found", str(error) or _("没有这个对象，或者它不在您的权限范围内。"))
        patch_vary_headers(response, ["Accept", "Authorization", "Cookie"])
        return response

    def _answer(self, request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        if request.method not in {"GET", "HEAD"}:
            response = problem("method-not-allowed", method_words(request.method or "", ALLOWED))
            response["Allow"] = ", ".join(ALLOWED)
            return response
        if not self.is_open:
            require_login(request)
        return self.get(request, **kwargs)


class ListView(PlainView):
    """All rows of `list` that the user may read."""

    list: List = None  # type: ignore[assignment]  # `as_view` takes only what is there, and always gets this
    schema = ListSchema()

    def get(self, request: HttpRequest) -> HttpResponseBase:
        kind = wanted_format(request, self.list.formats)
        asked = ListQuery.of(self.list, request.GET)
        validators = Validators.of(request, self.list, kind)
        if validators.match(request):
            return validators.put_on(HttpResponse(status=304))
        if kind == "json":
            return validators.put_on(HttpResponse(_made(request, asked), content_type=JSON))
        return validators.put_on(in_turn(request, lambda: WRITERS[kind](request, asked)))


class ItemView(PlainView):
    """The one row of `list` whose columns are as the path says, with more beside them. Subclasses have `item` (its
    schema's name), `title`, `path_parameters`, `more_schema` and `more(row, request, as_of)`."""

    list: List = None  # type: ignore[assignment]  # subclasses and `as_view` give it
    schema = ItemSchema()
    item = title = description = ""
    path_parameters: tuple = ()
    more_schema: dict = {}

    def get(self, request: HttpRequest, **path: Any) -> HttpResponseBase:
        wanted_format(request, ("json",))
        asked = self.asked(request.GET, path)
        validators = Validators.of(request, self.list, "json")
        if validators.are_had(request):
            return validators.put_on(HttpResponse(status=304))
        found = page(asked, request.user).rows
        if not found:
            raise Http404(self.absent(**path))
        if validators.match(request):
            return validators.put_on(HttpResponse(status=304))
        row = dict(zip(self.list.names, found[0], strict=True))
        body = row | self.more(row, request, asked.as_of)
        return validators.put_on(HttpResponse(orjson.dumps(body, option=ORJSON), content_type=JSON))

    def asked(self, given: QueryDict, path: dict) -> ListQuery:
        """Http404, in the same words, also where a number of the path is beyond what a database knows."""
        try:
            return ListQuery.one(self.list, given, path)
        except Http404:
            raise Http404(self.absent(**path)) from None

    def absent(self, **path: Any) -> str:
        """Which part of the path leads nowhere, in words; nothing where the usual ones say enough. Asked only where
        there is no row."""
        return ""

    def more(self, row: dict, request: HttpRequest, as_of: datetime | None) -> dict:
        return {}


class SchemaView(PlainView):
    """The description of the API: JSON, or YAML by `?format=yaml` or Accept."""

    is_open = True
    schema = None
    kinds = {"json": JSON, "yaml": "application/yaml"}

    def get(self, request: HttpRequest) -> HttpResponseBase:
        given = request.GET.get("format") or ("yaml" if "yaml" in request.META.get("HTTP_ACCEPT", "") else "json")
        if given not in self.kinds:
            raise BadParameter("format", _("format 只能是 json 或 yaml。"))
        text = orjson.dumps(described()) if given == "json" else OpenApiYamlRenderer().render(described())
        return HttpResponse(text, content_type=f"{self.kinds[given]}; charset=utf-8")


def wanted_format(request: HttpRequest, known: Sequence[str] = FORMATS, types: Mapping[str, str] | None = None) -> str:
    """By `?format=`, else by Accept; the first of `known` where both are silent. `types`: what media type each is."""
    given = request.GET.getlist("format")
    if given:
        if len(given) > 1 or given[0] not in known:
            words = _("format 不能是“{text}”；可选：{known}。")
            raise BadParameter("format", words.format(text=given[-1][:60], known="、".join(known)))
        return given[0]
    words = _("Accept 里没有这里能给的格式；可以是 {kinds}，或在地址里写 format=。")
    return accepted(request, {name: (types or TYPES)[name] for name in known}, words)


def accepted(request: HttpRequest, types: Mapping[str, str], words: str = "") -> str:
    """Which of `types` (name → media type) the caller takes, the first where nothing is said. `NotAcceptable` where it
    takes none, in `words` about `kinds` if given."""
    text = request.META.get("HTTP_ACCEPT", "") or "*/*"
    if text == "*/*":
        return next(iter(types))
    by_type = {media.partition(";")[0]: name for name, media in types.items()}
    for weight, media in sorted(_ranges(text), key=lambda pair: -pair[0]):
        for of, name in by_type.items() if weight > 0 else ():
            if media in {of, f"{of.partition('/')[0]}/*", "*/*"}:
                return name
    words = words or _("Accept 里没有这里能给的格式；可以是 {kinds}。")
    raise NotAcceptable(words.format(kinds="、".join(by_type)))


def _ranges(text: str) -> Iterator[tuple[float, str]]:
    """(weight, media range) of each part of an Accept header."""
    for part in text.split(","):
        media, *params = (piece.strip().lower() for piece in part.split(";"))
        quality = next((p.partition("=")[2] for p in params if p.startswith("q=")), "1")
        yield _quality(quality), media


def _quality(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0


# Whether anything is new ---------------------------------------------------------------------------


@dataclass(frozen=True)
class StampSource:
    """What of the data an answer depends on: which changes leave it alone, and whether it is another each day."""

    unaffected_by: tuple[str, ...] = ()
    changes_daily: bool = False

    def state(self, version: Version) -> Version:
        if not self.changes_daily:
            return version
        today = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
        return (*version[0], today), max(version[1], today)


class Dated(Protocol):
    """What an answer shows: the columns (with a new release they are others), and what its data depend on."""

    @property
    def unaffected_by(self) -> tuple[str, ...]: ...

    @property
    def changes_daily(self) -> bool: ...

    @property
    def names(self) -> tuple[str, ...]: ...


@dataclass(frozen=True)
class Validators:
    """ETag and Last-Modified of an answer, known before a row is read, and the state of the data they stand for."""

    etag: str
    modified: datetime
    source: StampSource
    state: tuple

    @classmethod
    def of(cls, request: HttpRequest, which: Dated, kind: str) -> "Validators":
        source = StampSource(which.unaffected_by, which.changes_daily)
        state, modified = source.state(version_for(request, source.unaffected_by))
        parts = (state, request.get_full_path(), kind, request.user.pk, which.names, settings.LANGUAGE_CODE)
        etag = blake2b(repr(parts).encode(), digest_size=12).hexdigest()
        return cls(f'"{etag}"', modified, source, state)

    @property
    def last_modified(self) -> str:
        """To the second. Within the second of a change (and a few after it, for writers under way) the second before
        is named, so that who asks by date alone misses nothing that comes later in the same second."""
        moment = self.modified.replace(microsecond=0)
        if datetime.now(UTC) - moment < timedelta(seconds=5):
            moment -= timedelta(seconds=1)
        return http_date(moment.timestamp())

    def are_had(self, request: HttpRequest) -> bool:
        """Whether the caller names this very tag: then it has had this answer, which was one that is there."""
        given = request.META.get("HTTP_IF_NONE_MATCH", "")
        return self.etag in {tag.strip().removeprefix("W/") for tag in given.split(",")}

    def match(self, request: HttpRequest) -> bool:
        """Whether what the caller has, of this address as it is there, is this: by its tag, by any tag, or by date."""
        given = request.META.get("HTTP_IF_NONE_MATCH")
        if given is not None:
            return given.strip() == "*" or self.are_had(request)
        since = parse_http_date_safe(request.META.get("HTTP_IF_MODIFIED_SINCE", ""))
        return since is not None and int(self.modified.timestamp()) <= since

    def put_on(self, response: Answer) -> Answer:
        response.validators = self  # type: ignore[attr-defined]  # for what stands before the view
        response["ETag"] = self.etag
        response["Last-Modified"] = self.last_modified
        response["Cache-Control"] = "private, no-cache"
        return response


# Formats -------------------------------------------------------------------------------------------


def _made(request: HttpRequest, asked: ListQuery) -> bytes:
    found = page(asked, request.user)
    names = asked.list.names
    before = _before_cursor(request)
    body = {
        "next": _address(before, found.next),
        "previous": _address(before, found.previous),
        "results": [dict(zip(names, row, strict=True)) for row in found.rows],
    }
    return orjson.dumps(body, option=ORJSON)


def _before_cursor(request: HttpRequest) -> str:
    """The address of the pages beside this one, as far as it is the same."""
    given = [(name, value) for name, values in request.GET.lists() for value in values if name != "cursor"]
    return request.build_absolute_uri(f"{request.path}?{urlencode([*given, ('cursor', '')])}")


def _address(before: str, cursor: Cursor | None) -> str | None:
    """A cursor has only letters that an address takes as they are."""
    return None if cursor is None else f"{before}{cursor}"


def write_csv(request: HttpRequest, asked: ListQuery) -> HttpResponseBase:
    """The whole table as a stream of csv."""
    return csv_rows(asked, request.user)


def write_xlsx(request: HttpRequest, asked: ListQuery) -> HttpResponseBase:
    """The whole table as a workbook."""
    return workbook(asked, request.user)


def write_cube(request: HttpRequest, asked: ListQuery) -> HttpResponseBase:
    """The whole table as a JSON-stat cube."""
    _state, updated = version_for(request, asked.list.unaffected_by)
    return HttpResponse(orjson.dumps(cube(asked, request.user, updated), option=ORJSON), content_type=JSON_STAT)


WRITERS = {"csv": write_csv, "xlsx": write_xlsx, "jsonstat": write_cube}

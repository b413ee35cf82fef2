"""Errors of the API as `application/problem+json` (RFC 9457), always: a refusal's kind, its words, its members."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

import orjson
from django.core.exceptions import RequestDataTooBig
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views import defaults
from rest_framework import exceptions
from rest_framework.views import set_rollback

from lib.refusals import KIND_OF_STATUS, KINDS, Refused
from lib.web.text_guard import UnkeepableText

CONTENT_TYPE = "application/problem+json"
API = "/api/"


class TooLarge(Refused):
    """What was asked for is more than this format can hold."""

    kind = "too-large"


def problem(kind: str, detail: str, **more: Any) -> HttpResponse:
    """One problem of a kind in `lib.refusals.KINDS`: `detail` says what to do, `more` are members of its own."""
    known = KINDS[kind]
    body = {"type": known.address, "title": known.title, "status": known.status, "detail": detail, **more}
    content = orjson.dumps(body, default=_plain, option=orjson.OPT_NON_STR_KEYS)
    return HttpResponse(content, status=known.status, content_type=CONTENT_TYPE)


def problem_of(error: exceptions.APIException | Refused) -> HttpResponse:
    """The answer to a refusal of ours, or to an exception of REST framework."""
    if isinstance(error, Refused):
        return _with_headers(problem(error.kind, error.words, **error.details), error.headers)
    detail = error.detail if isinstance(error.detail, str) else "；".join(_flat(error.detail))
    return _with_headers(problem(kind_of(error), str(detail)), _headers_of(error))


def kind_of(error: exceptions.APIException) -> str:
    """The kind of an exception of REST framework, which has a status and no kind."""
    if isinstance(error, exceptions.ParseError):
        return "unreadable-body"
    return KIND_OF_STATUS.get(error.status_code, "invalid-request")


def handler(error: Exception, context: dict) -> HttpResponse | None:
    """DRF's exception handler: every answer that is an error is a problem; what is not foreseen stays a 500."""
    if isinstance(error, Http404):
        error = exceptions.NotFound(str(error) or None)
    if not isinstance(error, (exceptions.APIException, Refused)):
        return None
    set_rollback()
    return problem_of(_with_advice(error, context))


def _with_advice(error: exceptions.APIException | Refused, context: Mapping) -> exceptions.APIException | Refused:
    """REST framework's own words say what is wrong; ours also what to do."""
    if isinstance(error, exceptions.MethodNotAllowed):
        allowed = getattr(context.get("view"), "allowed_methods", [])
        return exceptions.MethodNotAllowed("", method_words(context["request"].method, allowed))
    if isinstance(error, exceptions.UnsupportedMediaType):
        given = context["request"].content_type.partition(";")[0][:60]
        words = _("正文的格式 {given} 这里读不了；请用 Content-Type: application/json 发送 JSON。")
        return exceptions.UnsupportedMediaType("", words.format(given=given or _("（没有写明）")))
    return error


def method_words(method: str, allowed: Iterable[str]) -> str:
    """A method that the address does not take, and those that it does."""
    words = _("这个地址不支持 {method}；可以用 {allowed}。")
    return words.format(method=method[:20], allowed="、".join(allowed))


# Errors outside any view: the API's own answers under /api/, the pages' templates elsewhere ------------


def is_api(request: HttpRequest) -> bool:
    """Whether the address is one of the API."""
    return request.path_info.startswith(API)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400, or 413 for a form that is too large."""
    words = str(exception) if isinstance(exception, UnkeepableText) else ""
    if is_api(request) and isinstance(exception, RequestDataTooBig):
        return problem("too-large", _("正文太长。请分几次发送。"))
    if is_api(request):
        words = words or _("请求不完整或含有不允许的内容，请检查地址、主机名和正文后再发。")
        return problem("invalid-request", words)
    return render(None, "400.html", {"words": words}, status=400)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """403 in words."""
    if is_api(request):
        return problem("not-allowed", _("您的账号没有这项权限。"))
    return defaults.permission_denied(request, exception)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404 in words."""
    if is_api(request):
        words = _("没有 {path} 这个地址；全部地址见 /api/docs/。").format(path=request.path_info)
        return problem("not-found", words)
    return defaults.page_not_found(request, exception)


def _with_headers(answer: HttpResponse, headers: Mapping[str, str]) -> HttpResponse:
    for name, value in headers.items():
        answer[name] = value
    return answer


def _headers_of(error: exceptions.APIException) -> dict[str, str]:
    """What REST framework has put beside its exception."""
    headers = {}
    if challenge := getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = challenge
    if seconds := getattr(error, "wait", None):
        headers["Retry-After"] = f"{seconds:.0f}"
    return headers


def _plain(value: Any) -> float | str:
    """What JSON does not know: decimals as numbers, everything else (marked words, dates) as text."""
    return float(value) if isinstance(value, Decimal) else str(value)


def _flat(detail: object) -> list[str]:
    found: list[str] = []
    if isinstance(detail, dict):
        for key, value in detail.items():
            found += [f"{key}: {words}" for words in _flat(value)]
    elif isinstance(detail, list):
        for value in detail:
            found += _flat(value)
    else:
        found.append(str(detail))
    return found

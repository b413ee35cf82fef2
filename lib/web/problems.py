"""Errors of the API as `application/problem+json` (RFC 9457), always."""

import orjson
from django.core.exceptions import RequestDataTooBig
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views import defaults
from rest_framework import exceptions
from rest_framework.views import set_rollback

from lib.web.text_guard import UnkeepableText

CONTENT_TYPE = "application/problem+json"
API = "/api/"
TITLES = {
    400: "请求有误",
    401: "需要登录",
    403: "没有权限",
    404: "没有这个对象",
    405: "不支持的方法",
    406: "给不出这种格式",
    408: "没有发完",
    409: "与现状冲突",
    413: "内容太大",
    415: "不支持的格式",
    429: "请求太频繁",
    500: "服务器出错",
    503: "暂时不能服务",
}


class TooLarge(exceptions.APIException):
    """What was asked for is more than this format can hold."""

    status_code = 413


def problem(status: int, detail: str, **more: object) -> HttpResponse:
    """One problem: status, title in plain words, detail saying what to do, and members of its own."""
    body = {"type": "about:blank", "title": TITLES.get(status, "出错"), "status": status, "detail": detail, **more}
    return HttpResponse(orjson.dumps(body, default=str), status=status, content_type=CONTENT_TYPE)


def problem_of(error: exceptions.APIException) -> HttpResponse:
    """The answer to an exception of REST framework; `parameter` and other members of its own as `error.members`."""
    detail = error.detail if isinstance(error.detail, str) else "；".join(_flat(error.detail))
    answer = problem(error.status_code, str(detail), **getattr(error, "members", {}))
    if auth_header := getattr(error, "auth_header", None):
        answer["WWW-Authenticate"] = auth_header
    if wait := getattr(error, "wait", None):
        answer["Retry-After"] = f"{wait:.0f}"
    return answer


def handler(error: Exception, context: dict) -> HttpResponse | None:
    """DRF's exception handler: every answer that is an error is a problem; what is not foreseen stays a 500."""
    if isinstance(error, Http404):
        error = exceptions.NotFound(str(error) or None)
    if not isinstance(error, exceptions.APIException):
        return None
    set_rollback()
    return problem_of(error)


# Errors outside any view: the API's own answers under /api/, the pages' templates elsewhere ------------


def is_api(request: HttpRequest) -> bool:
    """Whether the address is one of the API."""
    return request.path_info.startswith(API)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400, or 413 for a form that is too large."""
    words = str(exception) if isinstance(exception, UnkeepableText) else ""
    if is_api(request) and isinstance(exception, RequestDataTooBig):
        return problem(413, _("正文太长。请分几次发送。"))
    if is_api(request):
        return problem(400, words or _("请求不完整或含有不允许的内容，请检查地址、主机名和正文后再发。"))
    return render(None, "400.html", {"words": words}, status=400)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """403 in words."""
    if is_api(request):
        return problem(403, _("您的账号没有这项权限。"))
    return defaults.permission_denied(request, exception)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404 in words."""
    if is_api(request):
        return problem(404, _("没有 {path} 这个地址；全部地址见 /api/docs/。").format(path=request.path_info))
    return defaults.page_not_found(request, exception)


def _flat(detail: object) -> list[str]:
    if isinstance(detail, dict):
        return [f"{key}: {words}" for key, value in detail.items() for words in _flat(value)]
    if isinstance(detail, list):
        return [words for value in detail for words in _flat(value)]
    return [str(detail)]

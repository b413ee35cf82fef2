"""Errors of the API as `application/problem+json` (RFC 9457), always."""

from django.http import Http404
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import set_rollback

CONTENT_TYPE = "application/problem+json"
TITLES = {
    400: "请求有误",
    401: "需要登录",
    403: "没有权限",
    404: "没有这个对象",
    405: "不支持的方法",
    409: "与现状冲突",
    415: "不支持的格式",
    429: "请求太频繁",
}


def problem(status: int, detail: str, **more) -> Response:
    """One problem: status, title in plain words, detail saying what to do, and members of its own."""
    body = {"type": "about:blank", "title": TITLES.get(status, "出错"), "status": status, "detail": detail, **more}
    return Response(body, status=status, content_type=CONTENT_TYPE)


def handler(error: Exception, context: dict) -> Response | None:
    """DRF's exception handler: every answer that is an error is a problem; what is not foreseen stays a 500."""
    if isinstance(error, Http404):
        error = exceptions.NotFound(str(error) or None)
    if not isinstance(error, exceptions.APIException):
        return None
    set_rollback()
    detail = error.detail if isinstance(error.detail, str) else "；".join(_flat(error.detail))
    answer = problem(error.status_code, detail)
    if getattr(error, "auth_header", None):
        answer["WWW-Authenticate"] = error.auth_header
    return answer


def _flat(detail) -> list[str]:
    if isinstance(detail, dict):
        return [f"{key}: {words}" for key, value in detail.items() for words in _flat(value)]
    if isinstance(detail, list):
        return [words for value in detail for words in _flat(value)]
    return [str(detail)]

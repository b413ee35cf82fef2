"""How much one request may carry. Django looks at a file only when all of it lies on the disk, and at who sent it
only after that. So a stranger may send little, and of those who may send much only some at a time are taken in."""

from collections.abc import Callable
from threading import BoundedSemaphore

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from lib.numbers import whole
from lib.refusals import KINDS
from lib.web.problems import is_api, problem

MEGABYTES = 50
STRANGERS_MEGABYTES = 1
LONG_AT_ONCE = 4  # half of a process' threads; with MEGABYTES the most that uploads under way have on its disk
BUSY_SECONDS = 10
_long = BoundedSemaphore(LONG_AT_ONCE)


class BodyMiddleware:
    """413 for a body longer than MEGABYTES, before a byte of it is read. A body that does not say how long it is
    (chunked) counts as none."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if _length(request) <= MEGABYTES * 2**20:
            return self.get_response(request)
        return _refused(
            request, "too-large", _("一次最多发送 {megabytes} MB。请把文件分成几次上传。").format(megabytes=MEGABYTES)
        )


class SenderMiddleware:
    """Stands where the sender is known and before a form is read. 413 for a body longer than STRANGERS_MEGABYTES of who
    is not logged in; 503 for one more long body than LONG_AT_ONCE. Not a byte of them is read."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if _length(request) <= STRANGERS_MEGABYTES * 2**20:
            return self.get_response(request)
        if not request.user.is_authenticated:
            words = _("没有登录，或登录已经结束：一次最多发送 {megabytes} MB。请登录后再上传。")
            return _refused(request, "too-large", words.format(megabytes=STRANGERS_MEGABYTES))
        if not _long.acquire(blocking=False):
            answer = _refused(request, "unavailable", _("正有几个大文件在上传。这次没有保存，请过几秒再传一次。"))
            answer["Retry-After"] = str(BUSY_SECONDS)
            return answer
        try:
            return self.get_response(request)
        finally:
            _long.release()


def _length(request: HttpRequest) -> float:
    """Bytes of the body as its head tells them; endless where that is no number."""
    length = whole(request.META.get("CONTENT_LENGTH") or "0")
    return float("inf") if length is None else length


def _refused(request: HttpRequest, kind: str, words: str) -> HttpResponse:
    if is_api(request):
        return problem(kind, words)
    return render(None, "400.html", {"words": words}, status=KINDS[kind].status)

"""How much one request may carry. Django looks at a file only when all of it lies on the disk, and at who sent it
only after that."""

from django.http import HttpRequest
from django.shortcuts import render
from django.utils.translation import gettext as _

from lib.numbers import whole
from lib.web.problems import is_api, problem

MEGABYTES = 50


class BodyMiddleware:
    """413 for a body longer than MEGABYTES, before a byte of it is read. A body that does not say how long it is
    (chunked) counts as none."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request: HttpRequest):
        length = whole(request.META.get("CONTENT_LENGTH") or "0")
        if length is not None and length <= MEGABYTES * 2**20:
            return self.get_response(request)
        words = _("一次最多发送 {megabytes} MB。请把文件分成几次上传。").format(megabytes=MEGABYTES)
        return problem(413, words) if is_api(request) else render(None, "400.html", {"words": words}, status=413)

"""What a browser or a program asks before it asks: which methods an address takes (OPTIONS), and whether a page of
another site may read it (CORS). Only sites that `settings.CORS_ORIGINS` names, only reading, and never with a login:
such a page brings a token of its own."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.urls import Resolver404
from django.utils.cache import patch_vary_headers
from rest_framework.views import APIView

from lib.web.addresses import resolved
from lib.web.problems import is_api

READING = ("GET", "HEAD", "OPTIONS")
WRITING = ("post", "put", "patch", "delete")
SENT = "Accept, Accept-Language, Authorization, If-Modified-Since, If-None-Match, X-Request-ID"
SHOWN = (
    "Content-Disposition, Deprecation, ETag, Last-Modified, Link, RateLimit, RateLimit-Policy, Retry-After, Sunset, "
    "X-Request-ID"
)
REMEMBERED_SECONDS = 600


class MethodsMiddleware:
    """Answers OPTIONS of the API without asking who asks: it tells only of the address. Stands outside of what keeps
    answers, because its headers depend on the site that asks."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not is_api(request):
            return self.get_response(request)
        methods = allowed_methods(request.path_info) if request.method == "OPTIONS" else ()
        response = _options(methods) if methods else self.get_response(request)
        if request.method == "HEAD":
            _drop_body(response)
        if settings.CORS_ORIGINS:
            _open_to_listed_sites(request, response, is_asked_before=bool(methods))
        return response


def allowed_methods(path: str) -> tuple[str, ...]:
    """The methods that the address takes; () for one that leads nowhere."""
    try:
        view = resolved(path).func
    except Resolver404:
        return ()
    kind = getattr(view, "view_class", None) or getattr(view, "cls", None)
    if kind is None or not issubclass(kind, APIView):
        return READING
    reads = READING[:2] if hasattr(kind, "get") else ()
    return (*reads, *(name.upper() for name in WRITING if hasattr(kind, name)), "OPTIONS")


def _drop_body(response: HttpResponseBase) -> None:
    """The server would throw it away, a whole table only after making it. Content-Length stays that of GET."""
    if isinstance(response, StreamingHttpResponse):
        response.streaming_content = ()  # what was begun ends when the server closes the answer
    elif isinstance(response, HttpResponse):
        response.content = b""


def _options(methods: tuple[str, ...]) -> HttpResponse:
    return HttpResponse(status=204, headers={"Allow": ", ".join(methods)})


def _open_to_listed_sites(request: HttpRequest, response: HttpResponse, *, is_asked_before: bool) -> None:
    patch_vary_headers(response, ["Origin"])
    origin = request.META.get("HTTP_ORIGIN", "")
    if origin not in settings.CORS_ORIGINS or request.method not in READING:
        return
    response["Access-Control-Allow-Origin"] = origin
    if is_asked_before and "HTTP_ACCESS_CONTROL_REQUEST_METHOD" in request.META:
        response["Access-Control-Allow-Methods"] = "GET, HEAD"
        response["Access-Control-Allow-Headers"] = SENT
        response["Access-Control-Max-Age"] = str(REMEMBERED_SECONDS)
    else:
        response["Access-Control-Expose-Headers"] = SHOWN

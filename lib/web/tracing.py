"""Which request a line of the log belongs to, and who made it: one number for the log, the answer and the caller."""

import logging
import re
import secrets
import time
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from functools import lru_cache
from itertools import islice

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.functional import LazyObject, empty

from lib.internet_addresses import Network, address_of

HEADER = "X-Request-ID"
WELL_FORMED = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{7,63}", re.ASCII)
log = logging.getLogger(settings.REQUEST_LOG)


class TracedRequest(HttpRequest):
    """A request behind `RequestMiddleware`."""

    trace_id: str
    is_direct: bool  # no proxy says that it hands the request on


_request: ContextVar[TracedRequest | None] = ContextVar("request", default=None)


class RequestMiddleware:
    """The outermost layer. Gives each request its number (the caller's own, where that is well formed), sets the
    caller's address where proxies of ours stand before us, writes one line for each answer, and keeps pages out of
    the caches of shared computers."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: TracedRequest) -> HttpResponse:
        asked = request.META.get("HTTP_X_REQUEST_ID", "")
        request.trace_id = asked if WELL_FORMED.fullmatch(asked) else secrets.token_hex(8)
        request.is_direct = "HTTP_X_FORWARDED_FOR" not in request.META
        _forget_what_strangers_say(request.META)
        request.META["REMOTE_ADDR"] = caller_address(request.META, settings.TRUSTED_PROXIES)
        token, started = _request.set(request), time.monotonic()
        try:
            response = self.get_response(request)
            response[HEADER] = request.trace_id
            response["Permissions-Policy"] = "camera=(), geolocation=(), microphone=()"
            if response.status_code >= 400:
                response["Cache-Control"] = "private, no-store"  # an error of now is none of later
            elif not request.path.startswith("/static/"):
                response.headers.setdefault("Cache-Control", "private, no-store")
            self.log(request, response, round((time.monotonic() - started) * 1000))
            return response
        finally:
            _request.reset(token)

    def log(self, request: HttpRequest, response: HttpResponse, milliseconds: int) -> None:
        words = (request.method, shown_path(request), response.status_code, milliseconds)
        facts = {"status": response.status_code, "milliseconds": milliseconds, "address": request.META["REMOTE_ADDR"]}
        log.info("%s %s %d in %d ms", *words, extra=facts)


def caller_address(meta: Mapping[str, str], proxies: int) -> str:
    """Who called: the address that the outermost of our own proxies saw, of `proxies` at most. Each is asked for
    whom it speaks only where it is one of `settings.PROXY_ADDRESSES`; what a caller writes into the header himself
    stands left of that and is not believed. However an address is spelled, it is told in one way: limits and logs go by
    it."""
    address = _in_one_spelling(meta.get("REMOTE_ADDR", ""))
    parts = [part.strip() for part in meta.get("HTTP_X_FORWARDED_FOR", "").split(",")]
    seen = [part for part in parts if part]
    for named in islice(reversed(seen), proxies):
        if not is_our_proxy(address) or not is_address(named):
            break
        address = _in_one_spelling(named)
    return address


def _in_one_spelling(text: str) -> str:
    return str(address_of(text) or text)


@lru_cache(maxsize=1000)
def _is_in(address: str, networks: tuple[Network, ...]) -> bool:
    place = address_of(address)
    return place is not None and any(place in network for network in networks)


def is_our_proxy(address: str) -> bool:
    """Whether a request from there may tell for whom it comes; one without an address came by a socket of this
    machine."""
    return not address or _is_in(address, settings.PROXY_ADDRESSES)


def _forget_what_strangers_say(meta: dict[str, str]) -> None:
    """Who reaches the site past our proxies does not tell it of his own address, nor that he came by HTTPS."""
    peer = meta.get("REMOTE_ADDR", "")
    if is_our_proxy(peer):
        return
    is_proxy = meta.pop("HTTP_X_FORWARDED_PROTO", None) or "HTTP_X_FORWARDED_FOR" in meta
    if is_proxy and settings.TRUSTED_PROXIES:
        _tell_of(peer)


@lru_cache(maxsize=100)
def _tell_of(peer: str) -> None:
    """Once for each, and for the operator who has forgotten a proxy."""
    log.warning("A proxy at %s is not named in PROXY_ADDRESSES: what it says of its callers is not believed.", peer)


def is_address(text: str) -> bool:
    """Whether the text is an IP address."""
    return address_of(text) is not None


def shown_path(request: HttpRequest) -> str:
    """The path without its question, and without a token that stands in it; a line break in it begins no line."""
    path = without_token(request.path, request)
    return "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in path)


def without_token(text: str, request: HttpRequest | None) -> str:
    """The text without the token that stands in the request's address, if one does."""
    match = request.resolver_match if request else None
    token = match.kwargs.get("token") if match else None
    return text.replace(token, "…") if token else text


def hide_token(text: str) -> str:
    """What is written while a request with a token in its address is answered, without that token."""
    return without_token(text, _request.get())


def current_request_id() -> str | None:
    """The number of the request that is answered now; None outside of one."""
    request = _request.get()
    return request.trace_id if request else None


def current_user_id() -> int | None:
    """The user of the request where somebody has asked for it already: a line of the log asks no database."""
    user = vars(_request.get() or object.__new__(HttpRequest)).get("user")
    if isinstance(user, LazyObject) and user._wrapped is empty:
        return None
    return getattr(user, "pk", None)

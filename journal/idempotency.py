"""A system's write is carried out once, however often it is sent: `Idempotency-Key`, as the IETF's draft has it
(draft-ietf-httpapi-idempotency-key-header).

The first request with a key claims it by a row that every process sees at once. What the request does and the answer
that it gets are then committed together: either both stand or neither. Whoever sends the same again gets that answer,
for a day; while the first is still at work, 409; with another address or body, 422. A request that failed on our side,
was not let in, or was refused at great length, has claimed nothing.

A process that dies leaves its claim behind. After LEASE another takes it over; should the first be alive after all, it
finds at its end that the claim is another's and takes everything back."""

import secrets
from collections.abc import Callable
from datetime import timedelta
from hashlib import sha256
from typing import Any

from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.http.request import RawPostDataException
from django.utils import timezone
from django.utils.translation import gettext as _

from journal.models import KeyedRequest
from lib.refusals import Invalid, Refused
from lib.web.methods import allowed_methods
from lib.web.problems import is_api, problem_of

HEADER = "Idempotency-Key"
METHODS = {"POST", "PUT"}
KEPT = timedelta(days=1)
LEASE = timedelta(minutes=5)  # twice the time after which a process is ended (`county_urbanization.gunicorn`)
LONGEST = 255
# Answers that say nothing of what was sent: who was not let in, or was asked to wait, tries the same again.
PASSING = {401, 403, 408, 429}
LONGEST_REFUSAL = 64 * 1024  # bytes; a longer one names thousands of faults, and has changed nothing either
LASTING_HEADERS = ("Content-Type", "ETag", "Location", "Content-Language")


class UnderWay(Refused):
    """The first request with this key is still at work."""

    kind = "request-under-way"
    headers = {"Retry-After": "1"}


class KeyReused(Refused):
    """The key belongs to another request."""

    kind = "idempotency-key-reused"


class IdempotencyMiddleware:
    """For every POST and PUT of the API that carries a key; the last of the middleware, so that who asks is known."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Callable, args: tuple, kwargs: dict) -> HttpResponse | None:
        key = request.headers.get(HEADER)
        if key is None or not is_api(request) or not request.user.is_authenticated:
            return None
        if request.method not in METHODS.intersection(allowed_methods(request.path_info)):
            return None  # the view says that the address does not take the method
        try:
            require_key(key)
            return answer_once(request, key, lambda: view(request, *args, **kwargs))
        except RawPostDataException:  # a form, which the view refuses in its own words
            return None
        except Refused as refusal:
            return problem_of(refusal)


def require_key(key: str) -> None:
    """Invalid for what is no key: letters that a header can carry, LONGEST at most."""
    if not (0 < len(key) <= LONGEST and key.isascii() and key.isprintable()):
        words = _("{header} 应为 1 至 {most} 个可见的 ASCII 字符，例如一个 UUID。")
        raise Invalid(words.format(header=HEADER, most=LONGEST), parameter=HEADER)


def answer_once(request: HttpRequest, key: str, carry_out: Callable[[], HttpResponse]) -> HttpResponse:
    """What `carry_out` answers to the first request with this key of this account, then and for a day after."""
    KeyedRequest.objects.filter(at__lt=timezone.now() - KEPT).delete()
    digest, content = _digest(str(request.user.pk), key), _content_of(request)
    claim = secrets.token_hex(16)
    kept = _claimed(digest, content, claim)
    if kept is not None:
        return _again(kept)
    try:
        return _carried_out(digest, claim, carry_out)
    except BaseException:
        KeyedRequest.objects.filter(digest=digest, claim=claim).delete()
        raise


def _claimed(digest: str, content: str, claim: str) -> KeyedRequest | None:
    """None where the key is ours now; else the request that has it, answered. UnderWay, KeyReused."""
    try:
        with transaction.atomic():
            KeyedRequest.objects.create(digest=digest, content=content, claim=claim, at=timezone.now())
    except IntegrityError:
        return _claimed_before(digest, content, claim)
    return None


def _claimed_before(digest: str, content: str, claim: str) -> KeyedRequest | None:
    kept = KeyedRequest.objects.filter(digest=digest).first()
    if kept is None:  # it failed, or its day is over, between two looks
        raise UnderWay(_("带同一个 Idempotency-Key 的请求刚刚中断。请过一秒原样再发一次。"))
    if kept.content != content:
        raise KeyReused(_("这个 Idempotency-Key 已经用在另一个请求上（地址或正文不同）。请换一个键。"))
    if kept.status is not None:
        return kept
    abandoned = KeyedRequest.objects.filter(digest=digest, claim=kept.claim, status=None, at__lt=timezone.now() - LEASE)
    if not abandoned.update(claim=claim, at=timezone.now()):
        raise UnderWay(_("带同一个 Idempotency-Key 的请求还在办。请过一秒原样再发一次，就得到它的结果。"))
    return None


def _carried_out(digest: str, claim: str, carry_out: Callable[[], HttpResponse]) -> HttpResponse:
    """The view's answer, kept in one transaction with what the view does."""
    with transaction.atomic():
        response = carry_out()
        if hasattr(response, "render"):
            response.render()
        own = KeyedRequest.objects.filter(digest=digest, claim=claim)
        if response.status_code >= 500 or response.status_code in PASSING or _is_long_refusal(response):
            own.delete()
            return response
        headers = {name: response[name] for name in LASTING_HEADERS if name in response}
        if not own.update(status=response.status_code, headers=headers, body=response.content.decode()):
            transaction.set_rollback(True)
            raise UnderWay(_("这个请求办得太久，已由另一次接着办，这一次没有保存。请过一秒原样再发一次。"))
        return response


def _is_long_refusal(response: HttpResponse) -> bool:
    """Kept for a day, a thousand of them would fill the disk; sent again, the same is refused anew."""
    return response.status_code >= 400 and len(response.content) > LONGEST_REFUSAL


def _again(kept: KeyedRequest) -> HttpResponse:
    headers: dict[str, Any] = {**kept.headers, "Idempotent-Replayed": "true"}
    return HttpResponse(kept.body.encode(), status=kept.status, headers=headers)


def _content_of(request: HttpRequest) -> str:
    return _digest(request.method or "", request.get_full_path(), request.body)


def _digest(*parts: str | bytes) -> str:
    found = sha256()
    for part in parts:
        found.update((part.encode("utf-8", "surrogatepass") if isinstance(part, str) else part) + b"\x1f")
    return found.hexdigest()

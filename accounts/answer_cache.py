"""Answers to systems, kept as they went out.

A system asks one question again and again. Who asks it with the same token and in the same words gets, headers and all,
what went out then, as long as nothing that could change it has happened: one statement looks up the token and tells the
state of the data. Token, rate and log are as for any other request. In each process, in its own memory."""

from django.conf import settings
from django.db import DatabaseError
from django.http import HttpResponse
from rest_framework.permissions import SAFE_METHODS

from accounts import usage
from accounts.models import AccessToken
from accounts.tokens import NotRecognised, bearer, digest_of, recognise, spend, touch
from lib.listapi.views import Validators
from lib.lru_cache import Recent
from lib.web.addresses import resolved
from lib.web.problems import is_api

LONGEST = 100_000  # bytes of a kept answer as it is sent, at most
# What an answer may depend on beside address and token.
ASKED_WITH = ("HTTP_HOST", "HTTP_ACCEPT", "HTTP_ACCEPT_ENCODING", "HTTP_ACCEPT_LANGUAGE", "HTTP_X_PAGE_LANGUAGE")
OF_THE_MOMENT = {"RateLimit", "RateLimit-Policy", "Last-Modified"}
KEPT = Recent(settings.KEPT_ANSWERS)


class KeptAnswerMiddleware:
    """The outermost of what answers: what it keeps has the headers that the layers within have set."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        text = bearer(request) if request.method in SAFE_METHODS and is_api(request) else None
        if text is None:
            return self.get_response(request)
        name = _name(request, text)
        kept = KEPT.get(name, {})
        answer = _again(request, text, kept)
        if answer is None:
            answer = self.get_response(request)
            _keep(name, kept, answer)
        return answer


def _name(request, text: str) -> tuple:
    asked = (request.method, request.scheme, request.get_full_path(), digest_of(text))
    return asked + tuple(request.META.get(header) for header in ASKED_WITH)


def _again(request, text: str, kept: dict[int, tuple]) -> HttpResponse | None:
    """The answer that this question had; None where it had none, is another by now, or the token may not have it:
    then the layers within answer. `kept`: status → (its Validators, headers, body)."""
    if not kept:
        return None
    validators: Validators = next(iter(kept.values()))[0]
    status = 304 if validators.match(request) else 200
    if status not in kept:
        return None
    try:
        token, version = recognise(text, request.META.get("REMOTE_ADDR", ""), validators.source.unaffected_by)
        if validators.source.state(version)[0] != validators.state or AccessToken.Scope.READ not in token.scope_list:
            return None
        rate = spend(token)
        if rate.is_over:
            return None
        touch(token)
    except (NotRecognised, DatabaseError):
        return None
    request.access_token, request.user, request.resolver_match = token, token.user, resolved(request.path_info)
    usage.count(token, request, status)
    _validators, headers, body = kept[status]
    headers = headers | rate.headers | {"Last-Modified": validators.last_modified}
    return HttpResponse(body, status=status, headers=headers)


def _keep(name: tuple, kept: dict[int, tuple], answer: HttpResponse) -> None:
    validators = getattr(answer, "validators", None)
    if validators is None or answer.status_code not in {200, 304} or answer.streaming or answer.cookies:
        return
    if len(answer.content) <= LONGEST:
        others = {status: each for status, each in kept.items() if each[0].state == validators.state}
        lasting = {header: value for header, value in answer.items() if header not in OF_THE_MOMENT}
        KEPT.put(name, others | {answer.status_code: (validators, lasting, answer.content)})

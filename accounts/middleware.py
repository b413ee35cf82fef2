from django.core.handlers.exception import convert_exception_to_response
from django.http import HttpResponse
from django.urls import Resolver404
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from rest_framework.permissions import SAFE_METHODS

from accounts import sandbox, usage
from accounts.models import AccessToken
from accounts.tokens import NotRecognised, bearer, recognise, require_scope, spend, touch
from lib.listapi.views import PlainView
from lib.refusals import Refused
from lib.web.addresses import resolved
from lib.web.problems import is_api, problem, problem_of


class TokenMiddleware:
    """Access tokens, for everything under /api/ whatever it is made with: recognises the token, acts as its user,
    counts, and tells in headers what is left of the rate. `request.access_token` is there where one was given. Pages
    take no token. Reading asks for the scope `read` here; what a writing view asks for it says itself (`HasScope`)."""

    def __init__(self, get_response):
        self.get_response = get_response
        self.read = convert_exception_to_response(self._read)

    def __call__(self, request):
        if not is_api(request):
            return self.get_response(request)
        text = bearer(request)
        response = self.get_response(request) if text is None else self._with_token(request, text)
        patch_vary_headers(response, ["Authorization"])
        return response

    def _with_token(self, request, text):
        unaffected_by = _unaffected_by(request)
        try:
            token, version = recognise(text, request.META.get("REMOTE_ADDR", ""), unaffected_by)
        except NotRecognised as refusal:
            if refusal.token:
                usage.count(refusal.token, request, refusal.status)
            return problem_of(refusal)
        if request.method in SAFE_METHODS and not token.is_for_trying:
            request.data_version = {unaffected_by: version}
        response = self._within_rate(request, token)
        touch(token)
        usage.count(token, request, response.status_code)
        return response

    def _within_rate(self, request, token: AccessToken):
        rate = spend(token)
        response = _too_many(rate) if rate.is_over else self._as_its_user(request, token)
        for name, value in rate.headers.items():
            response[name] = value
        return response

    def _as_its_user(self, request, token: AccessToken):
        request.access_token, request.user = token, token.user
        request._cached_user = token.user
        if token.is_for_trying:
            return sandbox.answer(request, token, self.read)
        try:
            if request.method in SAFE_METHODS:
                require_scope(request, AccessToken.Scope.READ)
        except Refused as refusal:
            return problem_of(refusal)
        return self.read(request) if request.method in SAFE_METHODS else self.get_response(request)

    def _read(self, request):
        """A view that only reads is called from here: the layers behind are for browsers and for writing."""
        match = request.resolver_match = resolved(request.path_info)
        if not issubclass(getattr(match.func, "view_class", object), PlainView):
            return self.get_response(request)
        return match.func(request, *match.args, **match.kwargs)


def _unaffected_by(request) -> tuple[str, ...]:
    """What changes leave the answer alone, as the list says that is asked for."""
    try:
        view = resolved(request.path_info).func
    except Resolver404:
        return ()
    which = getattr(view, "view_initkwargs", {}).get("list") or getattr(getattr(view, "view_class", None), "list", None)
    return which.unaffected_by if which else ()


def _too_many(rate) -> HttpResponse:
    words = _("这个令牌每分钟最多请求{limit}次，请{seconds}秒后再试。")
    if rate.policy == "person":
        words = _("同一个人生成的令牌合计每分钟最多请求{limit}次，请{seconds}秒后再试。")
    words = words.format(limit=rate.limit, seconds=rate.seconds)
    response = problem("too-many-requests", words, code="too_many_requests", **{"violated-policies": [rate.policy]})
    response["Retry-After"] = str(rate.seconds)
    return response

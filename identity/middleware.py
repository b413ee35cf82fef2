"""What has to be done before anything else, and what has to be proved again before a step that matters."""

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from accounts.models import User
from identity.duties import is_of_the_duty, start_of
from identity.entry import OWES, person
from identity.factors import has_factor
from identity.passkeys import asked_to_sign
from identity.proofs import FIELDS, can_type_password, is_fresh, minutes_of, take_proof
from lib.refusals import NotAllowed
from lib.web.problems import is_api, problem_of

ALWAYS_OPEN = {"logout", "set_language", "healthz", "readyz", "metrics", "problems", "problem"}
OPEN_FOR = {
    "password": {"password"},
    "factor": {"factors", "factor_totp", "factor_totp_end", "factor_codes", "passkey_new", "password"},
}
LEADS_TO = {"password": "password", "factor": "factors"}  # nosec B105  # addresses


def is_by_login(request: HttpRequest) -> bool:
    """Whether a person with a session asks, and no program with a token."""
    return getattr(request, "access_token", None) is None and request.user.is_authenticated


class OwedMiddleware:
    """Who has to choose a password or to set up a second factor goes nowhere else first. It is kept in the session: no
    request asks the database."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view, args, kwargs) -> HttpResponse | None:
        if not is_by_login(request):
            return None
        owed = request.session.get(OWES)
        name = request.resolver_match.url_name if request.resolver_match else None
        if not owed or name in ALWAYS_OPEN | OPEN_FOR[owed]:
            return None
        if is_api(request):
            return problem_of(NotAllowed(_("请先在网页上修改密码，或设置第二因子。")))
        return redirect(LEADS_TO[owed])


class DutiesMiddleware:
    """The three administrators open what is of their duty and nothing else: no data, and not one another's pages."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view, args, kwargs) -> HttpResponse | None:
        user = request.user
        if not isinstance(user, User) or not user.is_officer or request.resolver_match is None:
            return None
        if is_api(request):
            return problem_of(NotAllowed(_("管理员（三员）不看数据。")))
        if is_of_the_duty(request.resolver_match, user.role):
            return None
        if request.resolver_match.url_name == "overview":
            return redirect(start_of(user))
        raise PermissionDenied


class AskAgainMiddleware:
    """Before a step that matters, who is in proves once more who he is. What was typed goes through the page that asks,
    so that nothing is lost; a file has to be chosen again."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view, args, kwargs) -> HttpResponse | None:
        if request.method != "POST" or not is_by_login(request):
            return None
        minutes = minutes_of(request)
        if not minutes or is_fresh(request, minutes):
            return None
        if is_api(request):
            return problem_of(NotAllowed(_("这一步要再次确认身份，请在网页上办理。")))
        proof = take_proof(request)
        if not proof.is_taken:
            return _asked(request, proof.words)
        given = request.POST.copy()
        for field in FIELDS:
            given.pop(field, None)
        given._mutable = False
        request.POST = given  # type: ignore[assignment]  # immutable; sent twice, it is known again
        return None


def _asked(request: HttpRequest, words: str) -> HttpResponse:
    ours = {*FIELDS, "csrfmiddlewaretoken"}
    typed = []
    for name, values in request.POST.lists():
        if name not in ours:
            typed += [(name, value) for value in values]
    context = {
        "typed": typed,
        "words": words,
        "has_files": bool(request.FILES),
        "address": request.get_full_path(),
        "by_code": has_factor(person(request)),
        "has_password": can_type_password(request),
    }
    context["options"] = asked_to_sign(request, person(request))
    return render(request, "identity/ask_again.html", context)

"""What has to be done before anything else."""

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from identity.entry import OWES
from lib.web.problems import is_api

ALWAYS_OPEN = {"logout", "set_language", "password", "healthz", "readyz", "metrics", "problems", "problem"}


class OwedMiddleware:
    """Who has to choose a password goes nowhere else first; kept in the session: no request asks the database."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view, args, kwargs) -> HttpResponse | None:
        if getattr(request, "access_token", None) is not None or not request.user.is_authenticated:
            return None
        owed = request.session.get(OWES)
        name = request.resolver_match.url_name if request.resolver_match else None
        if not owed or name in ALWAYS_OPEN:
            return None
        if is_api(request):
            raise PermissionDenied
        return redirect("password")

"""A site without a plan has nothing to show: whoever opens a page is told what comes first, and who does it."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from accounts.models import User
from lib.web.problems import is_api
from plan.models import Plan


class NoPlanMiddleware:
    """Looks only where a page has failed, so that it costs nothing where there is a plan."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        user = getattr(request, "user", None)
        if user is None or not user.is_authenticated or is_api(request) or Plan.objects.exists():
            return None
        if user.role == User.Role.ADMINISTRATOR:
            return redirect("setup")
        return render(request, "seeding/no_plan.html", status=404)

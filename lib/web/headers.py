"""The content policy: what a browser may load and run on a page of ours."""

from collections.abc import Callable

from csp.constants import HEADER
from csp.utils import build_policy
from django.conf import settings
from django.http import HttpRequest, HttpResponse


class ContentPolicyMiddleware:
    """Writes `settings.CONTENT_SECURITY_POLICY` on every answer. It is the same for all, so it is made once;
    django-csp's own middleware makes it anew for each."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response, self.policy = get_response, build_policy()

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if not settings.DEBUG or response.status_code not in {404, 500}:  # Django's pages for developers
            response.headers.setdefault(HEADER, self.policy)
        return response

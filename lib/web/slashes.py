"""An address without its last slash leads to the one with it, and what was sent goes along."""

from django.conf import settings
from django.http import HttpRequest, HttpResponsePermanentRedirect
from django.http.response import HttpResponseBase
from django.middleware.common import CommonMiddleware

READING = {"GET", "HEAD"}


class SlashMiddleware(CommonMiddleware):
    """Django's own answers every method with a 301, after which a client asks by GET: a POST would seem to have
    worked and have written nothing. 308 keeps method and body. Whether the host's name is one of ours is asked in the
    same place, but of monitors, which ask by the machine's address."""

    def process_request(self, request: HttpRequest) -> HttpResponsePermanentRedirect | None:
        return None if request.path in settings.ASKED_BY_MONITORS else super().process_request(request)

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if response.status_code == 404 and request.method not in READING and self.should_redirect_with_slash(request):
            to = request.get_full_path(force_append_slash=True)
            return HttpResponsePermanentRedirect(to, preserve_request=True)
        return super().process_response(request, response)

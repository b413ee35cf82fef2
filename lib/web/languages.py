"""Which language an answer is in: Chinese, or English for who has asked for it. A page has a switch; the API goes by
`Accept-Language`, in what it says to its caller and never in its data."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Protocol

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.translation import trans_real
from rest_framework.permissions import SAFE_METHODS

SOURCE_ONLY = ("/admin/", "/static/")
API = "/api/"
FILES = (".xlsx", ".csv", ".docx", ".pdf", ".json", ".zip")


class LanguageMiddleware:
    """The language that the switch in the header has chosen, kept in a cookie. A browser's own wish counts for
    nothing on a page: many of the city's computers speak English, and their users do not. The files and the back office
    are in the source language always, so that a file can go back in.

    The API says to its caller in the caller's language what is wrong and what was found: an error, the answer to a
    write. What it reads out is the same for everybody, so that an ETag stands for one text. A page's own script says
    (X-Page-Language) in which language its page is."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        language = language_of(request)
        request.LANGUAGE_CODE = language
        with translation.override(language):
            response = self.get_response(request)
        if request.path_info.startswith(API):
            language = _told_in(language, request, response)
        response.headers.setdefault("Content-Language", language)
        return response


def _told_in(language: str, request: HttpRequest, response: HttpResponse) -> str:
    """The language of an answer of the API. Only of one that the caller's wish has a say in do caches hear of it."""
    if request.method in SAFE_METHODS and response.status_code < 400:
        return settings.LANGUAGE_CODE
    patch_vary_headers(response, ["Accept-Language", "X-Page-Language"])
    return language


def language_of(request: HttpRequest) -> str:
    """The language of the answer to a request."""
    if request.path_info.startswith(API):
        return _asked_for(request.META)
    if request.path_info.startswith(SOURCE_ONLY) or request.path_info.endswith(FILES):
        return settings.LANGUAGE_CODE
    chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
    return chosen if chosen in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE


def _asked_for(headers: Mapping[str, str]) -> str:
    """Of a request of the API: the first language of its wishes that there is. Costs nothing where it has none."""
    given = headers.get("HTTP_X_PAGE_LANGUAGE") or headers.get("HTTP_ACCEPT_LANGUAGE")
    if not given:
        return settings.LANGUAGE_CODE
    for wish, _weight in trans_real.parse_accept_lang_header(given):
        with suppress(LookupError):
            return trans_real.get_supported_language_variant(wish)
    return settings.LANGUAGE_CODE


def is_english() -> bool:
    """Whether what is written now is in English."""
    return (translation.get_language() or "").startswith("en")


class HasNames(Protocol):
    """What has a name in Chinese and, where it has one, in English."""

    @property
    def name(self) -> str: ...

    @property
    def name_en(self) -> str: ...


class Named:
    """A row with `name` and `name_en`."""

    @property
    def shown_name(self: HasNames) -> str:
        """Its name in the language of the page; the Chinese one where there is no other."""
        return self.name_en if is_english() and self.name_en else self.name


def in_source_language() -> translation.override:
    """A context, also a decorator: what is written down for good is in Chinese, whoever's page it comes from."""
    return translation.override(settings.LANGUAGE_CODE)

"""Which language a page is in: Chinese, or English for who has asked for it. Only pages have a choice."""

from collections.abc import Callable
from typing import Protocol

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation

SOURCE_ONLY = ("/admin/", "/static/")
API = "/api/"
FILES = (".xlsx", ".csv", ".docx", ".pdf", ".json", ".zip")


class LanguageMiddleware:
    """The language that the switch in the header has chosen, kept in a cookie. A browser's own wish counts for
    nothing: many of the city's computers speak English, and their users do not. The API, the files and the back office
    are in the source language always, so that a file can go back in and an ETag stands for one text;
    a page's own script alone says (X-Page-Language) in which it wants the API's words."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        language = language_of(request)
        request.LANGUAGE_CODE = language
        with translation.override(language):
            response = self.get_response(request)
        response.headers.setdefault("Content-Language", language)
        return response


def language_of(request: HttpRequest) -> str:
    """The language of the answer to a request."""
    chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
    if request.path_info.startswith(API):
        chosen = request.META.get("HTTP_X_PAGE_LANGUAGE", "")
    if request.path_info.startswith(SOURCE_ONLY) or request.path_info.endswith(FILES):
        return settings.LANGUAGE_CODE
    return chosen if chosen in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE


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

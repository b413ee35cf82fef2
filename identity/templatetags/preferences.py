"""What the header shows of a person's choices; read from the session, so that it costs no query."""

from django import template
from django.http import HttpRequest

from identity.models import PersonalChoice
from identity.preferences import appearance_of, favourites_of

register = template.Library()


@register.simple_tag
def appearance(request: HttpRequest) -> str:
    """The chosen appearance: auto, light or dark."""
    return appearance_of(request)


@register.simple_tag
def appearances(request: HttpRequest) -> list[tuple[str, str, bool]]:
    """(value, words, whether it is the chosen one) of each."""
    chosen = appearance_of(request)
    return [(value, str(words), value == chosen) for value, words in PersonalChoice.Appearance.choices]


@register.simple_tag
def favourites(request: HttpRequest) -> dict:
    """`pages`: (address, title) of each; `has_this`: whether this page is one."""
    pages = favourites_of(request)
    return {"pages": pages, "has_this": any(path == request.path for path, _title in pages)}

"""The four views of a door that has one page of its own: form, preview, faulty rows, undoing."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from journal.once import carried_out_once, confirmed_once
from uploads import pages
from uploads.doors import Door

View = Callable[..., HttpResponse]


@dataclass(frozen=True)
class DoorViews:
    """`preview` confirms by POST and `undo` undoes, each once (`journal/once.py`)."""

    upload: View
    preview: View
    refused: View
    undo: View


def views_of(door: Callable[[Any], Door], guard: Callable[[Callable], Callable]) -> DoorViews:
    """The views of `door`, which takes the request's user. `guard` wraps each of them and refuses whoever may not send
    the table."""

    @guard
    def upload(request: HttpRequest) -> HttpResponse:
        return pages.receive(request, door(request.user))

    @guard
    def read(request: HttpRequest, token: str) -> None:
        pages.read_first(door(request.user), token)

    @confirmed_once(read)
    @guard
    def preview(request: HttpRequest, token: str) -> HttpResponse:
        return pages.preview_page(request, door(request.user), token)

    @guard
    @require_safe
    def refused(request: HttpRequest, token: str) -> HttpResponse:
        return pages.refused_file(request, door(request.user), token)

    @carried_out_once
    @guard
    def undo(request: HttpRequest, token: str) -> HttpResponse:
        return pages.undo_page(request, door(request.user), token)

    return DoorViews(upload, preview, refused, undo)

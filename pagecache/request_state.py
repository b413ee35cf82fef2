"""What the page cache notes of one request, for itself and for the templates: all of it declared here."""

from collections.abc import Callable
from dataclasses import dataclass

from django.http import HttpRequest


@dataclass
class PageState:
    """`tag` and `name` are set for pages that the cache may hold; `seam` while the page is made to be cut. `let_others`
    is there while this request makes the page for all, and is called when that is done. `unread` is how many notices
    the reader has not read, `turns` how many sheets may wait for the reader; None where nobody has counted. `data` is
    the state of all that the page could show to this reader: a part of it can be kept under that."""

    tag: str = ""
    name: str = ""
    seam: str = ""
    let_others: Callable[[], None] | None = None
    unread: int | None = None
    turns: int | None = None
    data: tuple = ()


def page_state(request: HttpRequest) -> PageState:
    """The request's own; an empty one from the first time that somebody asks."""
    known: PageState | None = getattr(request, "page_state", None)
    if known is None:
        known = PageState()
        request.page_state = known  # type: ignore[attr-defined]  # here and nowhere else
    return known

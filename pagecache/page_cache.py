"""Finished pages: made once for all who see the same, for as long as nothing on them changes.

A page is cut at its seams (`templates/base.html`): what is between them is one reader's own (own navigation, names,
unread notices, secrets of forms) and made for each; the rest is kept under everything that it depends on. The state of
the data is read before the page is made: what is kept may be newer than its name, never older.
"""

import zlib
from threading import Lock

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

from accounts.models import User
from pagecache.pages import cached_pages
from pagecache.request_state import page_state
from pagecache.value_cache import keep, named, recall

SEAM = "\x00"  # in no page: lib/web/text_guard.py refuses it and no database stores it
OWN = ("_own_navigation.html", "_account.html", "_turn.html")
SECRET = "csrfmiddlewaretoken"  # nosec B105  # the name of a field
PATIENCE = 5  # seconds to wait for who makes the same page; then it is made twice
_making = [Lock() for _ in range(64)]  # after a change many ask for the same page: one makes it in each process


class PageRequest(HttpRequest):
    """A request for a kept page: its reader is logged in; its page shows seams until `finish`; who makes it for all
    holds a lock."""

    user: User
    seam: str
    makes_page: Lock
    page_tag: str
    page_name: str


def page_name(request: PageRequest, page: str, *state) -> str:
    """Under what the page is kept: `state`, what it depends on beside reader and address."""
    return named("page", page, cached_pages()[page].reader(request.user), request.get_full_path(), *state)


def finished(request: PageRequest, name: str) -> HttpResponse | None:
    """The kept page with this reader's own parts; None where it has to be made, which this request then does alone.
    From here on the request's page shows its seams, until `finish`."""
    if not settings.FINISHED_PAGE_SECONDS:
        return None
    state = page_state(request)
    state.seam = SEAM
    found = recall(name) or _awaited(request, name)
    if found is None:
        return None
    first, *others = zlib.decompress(found).decode().split(SEAM)
    state.seam = ""  # the reader's own parts stand between seams only where the page itself is made
    page = [first]
    for template, common in zip(OWN, others, strict=True):
        page.append(render_to_string(template, request=request))
        page.append(common)
    return HttpResponse("".join(page))


def _awaited(request: PageRequest, name: str) -> bytes | None:
    """What another request was making; None where this one has to, which holds the lock until its page is finished."""
    lock = _making[hash(name) % len(_making)]
    if not lock.acquire(timeout=PATIENCE):
        return None
    found = recall(name)
    if found is None:
        page_state(request).let_others = lock.release
    else:
        lock.release()
    return found


def finish(response: HttpResponse, name: str) -> None:
    """Close the seams of a page, and keep what everyone has in common. A picture or a table has none: bytes that look
    like seams are its own."""
    if not response.get("Content-Type", "").startswith("text/html"):
        return
    parts = response.content.decode().split(SEAM)
    response.content = "".join(parts)
    common = parts[::2]  # every second part is the reader's own
    is_whole = response.status_code == 200 and len(common) == len(OWN) + 1
    if is_whole and not any(SECRET in part for part in common):
        keep(name, zlib.compress(SEAM.join(common).encode(), 1), settings.FINISHED_PAGE_SECONDS)

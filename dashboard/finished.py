"""Finished pages: made once for all who see the same, for as long as nothing on them changes.

A page is cut at its seams (`templates/base.html`): what is between them is one reader's own (own navigation, names,
unread notices, secrets of forms) and made for each; the rest is kept under everything that it depends on. The state of
the data is read before the page is made: what is kept may be newer than its name, never older.
"""

import zlib

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

from accounts.models import User
from dashboard.kept import keep, named, recall

SEAM = "\x00"  # in no page: lib/characters.py refuses it and no database stores it
OWN = ("_own_navigation.html", "_account.html")
SECRET = "csrfmiddlewaretoken"


def _role(user: User) -> tuple:
    """Figures alone: a department has no way to the layer of unapproved values nor to the progress of units."""
    return (user.role == User.Role.DEPARTMENT,)


def _role_and_office(user: User) -> tuple:
    """Those, and a way to change the target."""
    return _role(user), user.imports_official_tables


def _unit(user: User) -> tuple:
    """Figures, and what the reader's unit may do about them."""
    return (user.role, user.organisation_id)


# Page → what of its reader the page depends on, between the seams apart. These are the pages of official figures,
# which every login may read: no entry, no evidence, nothing that opens by itself.
_FIGURES = ("overview", "county", "compare", "indicators", "indicator", "plan", "county_causes", "cell_causes")
_WORK = ("funding", "flows", "projects", "project", "commitments", "commitment", "changes")
PAGES = dict.fromkeys(_FIGURES, _role) | {"cell": _role_and_office} | dict.fromkeys(_WORK, _unit)


def page_name(request: HttpRequest, page: str, *state) -> str:
    """Under what the page is kept: `state`, what it depends on beside reader and address."""
    return named("page", page, PAGES[page](request.user), request.get_full_path(), *state)


def finished(request: HttpRequest, name: str) -> HttpResponse | None:
    """The kept page with this reader's own parts. From here on the request's page shows its seams."""
    if not settings.FINISHED_PAGE_SECONDS:
        return None
    request.seam = SEAM
    found = recall(name)
    if found is None:
        return None
    first, *others = zlib.decompress(found).decode().split(SEAM)
    own = (render_to_string(template, request=request) for template in OWN)
    request.seam = ""
    return HttpResponse(first + "".join(part for pair in zip(own, others, strict=True) for part in pair))


def finish(response: HttpResponse, name: str) -> None:
    """Close the seams of a page just made, and keep what everyone has in common."""
    parts = response.content.decode().split(SEAM)
    response.content = "".join(parts)
    common = parts[::2]
    if response.status_code == 200 and len(common) == len(OWN) + 1 and not any(SECRET in part for part in common):
        keep(name, zlib.compress(SEAM.join(common).encode(), 1), settings.FINISHED_PAGE_SECONDS)

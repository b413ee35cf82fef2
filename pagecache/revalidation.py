"""Pages that a browser has already, or that are finished: whether anything on one could be another is known by one
query, before any work.

The tag of a page is made of everything that it depends on: whatever was committed (stamps, recomputes asked for), the
day, the reader and what was sent to the reader's unit, the session and its secret (the page's forms carry it), the
language, the address, the release. Where a message waits to be shown once, a page has no tag.
"""

from hashlib import blake2b

from django.conf import settings
from django.contrib.messages import get_messages
from django.db.models import Count, Max, QuerySet, Sum, Value
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.utils import timezone
from django.utils.http import parse_etags
from django.utils.translation import get_language

from accounts.models import User
from identity.preferences import IN_SESSION
from journal.models import PendingRecompute, Stamp
from lib.database.prepared_statements import written
from pagecache.page_cache import PageRequest, finish, finished, page_name
from pagecache.pages import Page, cached_pages
from pagecache.release import release
from pagecache.request_state import page_state
from reporting.models import Notice
from reporting.reminders import turns
from reporting.reminders.notices import unread_for

UNREAD = "unread"  # the row that tells of the reader's notices
TURN = "turn"  # the row that tells of the sheets that may wait for the reader
OWN = "own-"  # what a room's rows begin with that are the reader's own


class RevalidationMiddleware:
    """Answers 304 for a page that the browser has as it still is, and a finished page where there is one; the last of
    the middleware, for it has to know reader, language and messages. What a shared computer keeps of these pages goes
    with the logout."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        try:
            response = self.get_response(request)
            if page_state(request).seam:
                finish(response, page_state(request).name)
        finally:
            let_others = page_state(request).let_others
            if let_others is not None:
                let_others()
        tag = page_state(request).tag
        if tag and response.status_code in {200, 304}:
            response["ETag"] = tag
            response["Cache-Control"] = "private, no-cache"
        if request.method == "POST" and _name(request) == "logout":
            response["Clear-Site-Data"] = '"cache"'
        return response

    def process_view(self, request: PageRequest, view, args, kwargs) -> HttpResponse | None:
        if not _is_revalidated(request):
            return None
        name = _name(request) or ""
        page = cached_pages()[name]
        known = page_state(request)
        data = data_state(request.user, name, kwargs.get(page.indicator))
        of_all = []
        counts = {}
        for row in data:
            topic, count, *_ = row
            counts[topic] = count
            if not is_own(topic):
                of_all.append(row)
        known.unread, known.turns = counts.get(UNREAD, 0), counts.get(TURN, 0)
        known.data = tuple(data)
        known.tag = page_tag(request, data)
        if known.tag in parse_etags(request.headers.get("If-None-Match", "")):
            return HttpResponseNotModified()
        known.name = page_name(request, name, of_all, *_world())
        return finished(request, known.name)


def _name(request: HttpRequest) -> str | None:
    """The page's name; the API's lists and items have their own tags."""
    match = request.resolver_match
    if match is None or request.path.startswith("/api/"):
        return None
    return match.url_name


def _is_revalidated(request: HttpRequest) -> bool:
    if request.method not in {"GET", "HEAD"} or _name(request) not in cached_pages():
        return False
    if settings.DEBUG or not request.user.is_authenticated:
        return False
    if request.GET.get("layer") == "submitted":  # unapproved values stay out of a browser's cache
        return False
    return not len(get_messages(request))  # such a page is shown once


def is_own(name: str) -> bool:
    """Whether a row of the state tells of this reader alone."""
    return name in {UNREAD, TURN} or name.startswith(OWN)


def page_tag(request: PageRequest, state: list[tuple]) -> str:
    """A weak tag. The state is read before the page: then a page may be newer than its tag, never older."""
    user = request.user
    parts = (
        state,
        (user.pk, user.role, user.organisation_id, user.own_unit_id, user.is_staff),
        (request.session.session_key, request.META.get("CSRF_COOKIE"), request.session.get(IN_SESSION)),
        request.get_full_path(),
        *_world(),
    )
    return f'W/"{blake2b(repr(parts).encode(), digest_size=12).hexdigest()}"'


def _world() -> tuple:
    return timezone.localdate(), get_language(), release()


def data_state(user: User, name: str, indicator: str | None) -> list[tuple]:
    """What is another after every commit that the page of that name, of one indicator or of all, could show to this
    user; all but what `is_own` is the same for everybody. One query, which is written once for each reader."""
    page = cached_pages()[name]
    asked = (name, indicator, *_who(user))
    indicators = [indicator] if indicator else None
    rows = written(asked, lambda: _state(user, page, indicators)).rows()
    return sorted(rows)  # a database may give them in any order, and the tag is made of them


def _who(user: User) -> tuple:
    """All of a reader that rows are filtered by."""
    return user.pk, user.organisation_id, user.is_active, *user.scope


def _state(user: User, page: Page, indicators: list[str] | None) -> QuerySet:
    counted = [("data", Stamp.objects.about(indicators).exclude(topic__in=page.unaffected_by), "at")]
    if page.tells_pending:
        counted.append(("pending", PendingRecompute.objects.about(indicators), "requested_at"))
    if user.role in Notice.READERS:
        counted.append((UNREAD, unread_for(user), "at"))
    if page.tells_turn and user.role in turns.READERS:
        counted.append((TURN, turns.waiting(user), "state_at"))
    if page.own_rows is not None:
        counted += page.own_rows(user)
    first, *others = [_counted(*each) for each in counted]
    if not others:
        return first
    return first.union(*others, all=True)


def _counted(name: str, rows: QuerySet, moment: str) -> QuerySet:
    """The moment tells apart what has the same numbers in a database that was put back to an earlier state."""
    rows = rows.order_by().values(what=Value(name))
    rows = rows.annotate(count=Count("id"), last=Max("id"), sum=Sum("id"), moment=Max(moment))
    return rows.values_list("what", "count", "last", "sum", "moment")

"""From where a write comes, and who came in, read or was refused what is not everybody's: for the audit log."""

import logging
from dataclasses import dataclass

from django.core.cache import cache
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from redis.exceptions import RedisError

from accounts.models import User
from journal.actions import log_event
from journal.origin import origin

ONCE_A = 60  # seconds in which one person's same reading is one row
LONGEST_NAME = User._meta.get_field("username").max_length
NOTED = "_noted_event"
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Event:
    """What the log tells of a request that changed no data. `is_repeated`: again within a minute it is no news."""

    action: str
    key: str
    by: User | None
    is_repeated: bool = False


def note(request: HttpRequest, event: Event | None) -> None:
    """A view says itself what the request was for the log: of ways in that are more than one form. None: nothing."""
    setattr(request, NOTED, event)


class OriginMiddleware:
    """Notes for the audit log that a request came over the web, and from which address; and, once it is answered, the
    event that it was, if any. Tokens have counts of their own (`accounts.usage`)."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        channel = "api" if request.path.startswith("/api/") else "web"
        with origin(channel, request.META.get("REMOTE_ADDR", "")):
            asking = request.user
            response = self.get_response(request)
            if event := event_of(request, response, asking):
                _note(event)
            return response


def event_of(request: HttpRequest, response: HttpResponse, asking: User) -> Event | None:
    """`asking` is who sent the request; `request.user` is who is logged in after it."""
    if hasattr(request, NOTED):
        return getattr(request, NOTED)
    name = request.resolver_match.url_name if request.resolver_match else None
    if request.method == "POST" and name == "login":
        return _way_in(request)
    if not asking.is_authenticated:
        return None
    if request.method == "POST" and name == "logout":
        return Event("logout", asking.username, asking)
    if response.status_code == 403:
        return Event("refused", request.path, asking, is_repeated=True)
    if request.method != "GET" or response.status_code != 200:
        return None
    if response.get("Content-Disposition", "").startswith("attachment"):
        return Event("download", request.path, asking, is_repeated=True)
    if request.GET.get("layer") == "submitted":
        return Event("read_unapproved", request.path, asking, is_repeated=True)
    return None


def _way_in(request: HttpRequest) -> Event:
    if request.user.is_authenticated:
        return Event("login", request.user.username, request.user)
    typed = request.POST.get("username", "")[:LONGEST_NAME]
    # A name that nobody has may be a password that went into the wrong box.
    return Event("login_failed", typed if User.objects.filter(username=typed).exists() else "?", None)


def _note(event: Event) -> None:
    """A log that cannot be written is told to the operator and stops no reader."""
    if event.is_repeated and not _is_first(event):
        return
    subject = "request" if event.is_repeated else User._meta.label_lower
    try:
        log_event(action=event.action, subject=subject, key=event.key, by=event.by)
    except DatabaseError:
        log.exception("The audit log could not be written.")


def _is_first(event: Event) -> bool:
    """Whether it is not to be told within ONCE_A seconds of the same; yes where the cache does not answer."""
    try:
        return cache.add(f"noted:{event.by and event.by.pk}:{event.action}:{event.key}", True, ONCE_A)
    except (RedisError, OSError):
        return True

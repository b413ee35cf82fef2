"""How often tokens are used: counted in memory, written from there.

A request adds one to a number in a dict. The sums go to the database (`TokenUsage`) TOKEN_USAGE_SECONDS after the first
of them, by a thread of their own, and when the process ends; so the log costs a request nothing, and a process that is
killed loses the counts of those seconds and nothing else. 0 writes at once."""

import atexit
import logging
from collections import Counter
from threading import Lock, Timer

from django.conf import settings
from django.db import DatabaseError, close_old_connections, connection
from django.urls import Resolver404
from django.utils import timezone

from accounts.actions import add_token_usage
from accounts.models import AccessToken
from lib.web.addresses import resolved

log = logging.getLogger(__name__)
UNKNOWN = "–"
_counts: Counter = Counter()
_lock = Lock()
_timer: Timer | None = None


def count(token: AccessToken, request, status: int) -> None:
    """One call more of the endpoint that the request asked for, with that outcome."""
    global _timer
    key = (token.pk, timezone.localdate(), endpoint_of(request), status)
    with _lock:
        _counts[key] += 1
        is_late = settings.TOKEN_USAGE_SECONDS and _timer is None
        if is_late:
            _timer = Timer(settings.TOKEN_USAGE_SECONDS, _flush_apart)
            _timer.daemon = True
            _timer.start()
    if not settings.TOKEN_USAGE_SECONDS:
        flush()


def endpoint_of(request) -> str:
    """Method and pattern of the address, so that there are as many as there are endpoints."""
    match = request.resolver_match
    if match is None:
        try:
            match = resolved(request.path_info)
        except Resolver404:
            return UNKNOWN
    return f"{request.method} /{match.route}"[:200]


def flush() -> None:
    """Write what was counted. What cannot be written is kept for the next time."""
    global _timer
    with _lock:
        taken, _timer = Counter(_counts), None
        _counts.clear()
    if not taken:
        return
    try:
        add_token_usage(taken)
    except DatabaseError:
        log.exception("The usage of tokens could not be written and is kept.")
        with _lock:
            _counts.update(taken)


def _flush_apart() -> None:
    close_old_connections()
    try:
        flush()
    finally:
        connection.close()


atexit.register(flush)

"""What is made once for each version of the data: sums over very many counties, finished pages.

A cache that is down costs the work and stops nobody."""

import logging
from collections.abc import Callable
from hashlib import blake2b
from typing import Any, TypeVar

from django.core.cache import cache
from django.template import Context
from django.utils import timezone
from redis.exceptions import RedisError

from accounts.models import User
from journal.versions import data_version
from pagecache.release import release
from pagecache.request_state import page_state

log = logging.getLogger(__name__)
HOUR = 3600
# Written without end while people report, and in nothing that is kept: unapproved entries, their files, the way of a
# sheet, notices, matters and notes. What an approval or a reopening means for the official figures has stamps of its
# own.
UNSEEN = (
    "reporting.entry",
    "reporting.evidence",
    "reporting.submission",
    "reporting.notice",
    "matters.matter",
    "matters.remark",
    "workdays.holidayyear",
    "pulling.source",
)
NO_FEED = (*UNSEEN, "journal")  # what is written into the change feed stands elsewhere too
# Nor the facts and judgements of indicators: of money and projects.
NO_FIGURES = (
    *NO_FEED,
    "indicators.assessment",
    "indicators.observation",
    "indicators.target",
    "indicators.standard",
)
T = TypeVar("T")


def kept(make: Callable[[], T], *key, unaffected_by: tuple[str, ...] = NO_FEED) -> T:
    """What `make` gives, or gave when the data were the same but for the topics in `unaffected_by`; `key` says of what.
    The version is read before the data: what is kept may be newer than its name, never older. What another release of
    the site keeps in the same Redis may be of classes that this one has not, so each release has names of its own."""
    return _once(named(release(), data_version(unaffected_by)[0], *key), make)


def kept_for_reader(context: Context, user: User, make: Callable[[], T], *key) -> T:
    """A reader's own part of a page, made once for each state of all that the page could show to this reader, where the
    page cache has asked for that state: then a finished page costs no query more. `key` says which part."""
    state = page_state(context["request"])
    if not state.data:
        return make()
    return _once(named(*key, release(), user.pk, timezone.localdate(), state.data), make)


def _once(name: str, make: Callable[[], T]) -> T:
    found = recall(name)
    if found is None:
        found = (make(),)
        keep(name, found, HOUR)
    return found[0]


def named(*key) -> str:
    return f"kept:{blake2b(repr(key).encode(), digest_size=16).hexdigest()}"


def recall(name: str) -> Any | None:
    try:
        return cache.get(name)
    except (RedisError, OSError) as error:
        log.warning("The cache does not answer, so everything is made anew: %s", error)
        return None


def keep(name: str, value: Any, seconds: int) -> None:
    try:
        cache.set(name, value, seconds)
    except (RedisError, OSError) as error:
        log.warning("The cache does not answer, so nothing is kept: %s", error)

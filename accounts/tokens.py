"""Access tokens: how one looks, how one is recognised, what it may do, how often.

A token reads `cuat_<key>_<secret>`: the prefix tells a scanner what leaked, the key finds the row, and of the whole
only the SHA-256 is kept. That is enough for a secret of 256 random bits, which nobody can try out; a slow hash would
cost every request what it saves nobody."""

import hashlib
import logging
import re
import secrets
import time
from collections import OrderedDict, deque
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from itertools import islice
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.db import DEFAULT_DB_ALIAS
from django.db.models import Model, Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from redis import Redis
from redis.exceptions import RedisError

from accounts.models import ROLE_OF_KIND, AccessToken, Organisation, User
from lib.database.prepared_statements import Prepared
from lib.internet_addresses import Network, address_of, network_of
from lib.listapi.versions import Version, versions
from lib.refusals import Refused
from lib.web.challenges import challenge

log = logging.getLogger(__name__)
PREFIX = "cuat"
SHAPE = re.compile(rf"{PREFIX}_([a-z0-9]{{12}})_[A-Za-z0-9_-]{{43}}")
WINDOW = 60  # seconds that `AccessToken.rate` counts for
IN_HAND = 50  # numbers of a token's count that a process takes at a time, at most: asking for each is slow
MOST_TOKENS = 1000
_in_hand: OrderedDict[str, deque[int]] = OrderedDict()
TOUCH = timedelta(minutes=1)


class NotRecognised(Refused):
    """`reason` says which: told only to whoever holds the secret, except that it is unknown."""

    kind = "token-not-recognised"
    WORDS = {
        "invalid": gettext_lazy("令牌无效。请核对是否完整复制，或由本单位重新生成。"),
        "expired": gettext_lazy("令牌已于{expired}到期。请由本单位重新生成。"),
        "revoked": gettext_lazy("令牌已作废。请由本单位重新生成。"),
        "stopped": gettext_lazy("令牌的接口账号已停用。请联系系统管理员。"),
        "unit_changed": gettext_lazy("令牌所属单位的类型已变更，令牌随之失效。请由本单位重新生成。"),
        "foreign_address": gettext_lazy("令牌不能从这个地址（{address}）使用。请由本单位核对限定地址。"),
    }
    ENGLISH = {
        "invalid": "unknown token",
        "expired": "the token has expired",
        "revoked": "the token was revoked",
        "stopped": "the account of the token is switched off",
        "unit_changed": "the unit of the token is of another kind by now",
        "foreign_address": "the token is not for this address",
    }

    def __init__(self, reason: str, token: AccessToken | None = None, **more):
        super().__init__(str(self.WORDS[reason]).format(**more), code=f"token_{reason}")
        self.token = token
        wanted = challenge(error="invalid_token", error_description=self.ENGLISH[reason])
        self.headers = {"WWW-Authenticate": wanted}


class MissingScope(Refused):
    """The token is known, and not for this, or not yet."""

    kind = "missing-scope"

    def __init__(self, scope: str, token: AccessToken):
        words = _("令牌没有“{scope}”权限（现有：{given}）。请由本单位另行生成带此权限的令牌。")
        if scope in token.asked_scopes:
            words = _("令牌的“{scope}”权限还没有经系统管理员同意，现在不能写入。请联系系统管理员在“接口令牌”页同意。")
        super().__init__(words.format(scope=scope, given=token.scopes), code="missing_scope", scope=scope)
        self.headers = {"WWW-Authenticate": challenge(error="insufficient_scope", scope=scope)}


@dataclass(frozen=True)
class Rate:
    """What is left of a token's minute, or, where that is less, of that of all tokens of the person who made it."""

    policy: str  # "token" or "person"
    limit: int
    left: int
    seconds: int  # until it begins anew
    is_over: bool

    @property
    def headers(self) -> dict[str, str]:
        """As draft-ietf-httpapi-ratelimit-headers-10 writes them."""
        return {
            "RateLimit-Policy": f'"{self.policy}";q={self.limit};w={WINDOW}',
            "RateLimit": f'"{self.policy}";r={self.left};t={self.seconds}',
        }


def new_token() -> tuple[str, str]:
    """(key, the whole token): the latter is shown once and never kept."""
    key = "".join(secrets.choice("abcdefghijkmnpqrstuvwxyz23456789") for _place in range(12))
    return key, f"{PREFIX}_{key}_{secrets.token_urlsafe(32)}"


def digest_of(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def bearer(request) -> str | None:
    """What follows `Authorization: Bearer`; None where the request carries no such thing."""
    scheme, _space, text = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
    return text.strip() if scheme.lower() == "bearer" else None


# What a request needs to know of a token, its account and its unit. The rest is fetched where somebody asks for it.
WANTED = {
    AccessToken: "id key digest organisation_id user_id scopes networks rate created_at created_by_id expires_at "
    "confirmed_at revoked_at last_used_at",
    User: "id username first_name last_name is_active is_demo is_service role",
    Organisation: "id code name name_en kind area_id duty is_demo",
}
KNOWN: dict[type[Model], dict[str, None]] = {
    model: {each.attname: None for each in model._meta.concrete_fields if each.attname in names.split()}
    for model, names in WANTED.items()
}  # in the order in which a model lists them, which `from_db` expects; it looks each of its fields up in them
PLACES = {AccessToken: "", User: "user__", Organisation: "organisation__"}
LOOKUP = Prepared(
    lambda: (
        AccessToken.objects.order_by()
        .filter(key="")
        .values_list(*(f"{PLACES[model]}{name}" for model, names in KNOWN.items() for name in names))
    ),
)


def found(key: str, unaffected_by: tuple[str, ...]) -> tuple[AccessToken | None, Version]:
    """The token of this key as it stands in the database now, with its user and unit, and the version of the data, by
    one query planned before."""
    version, rows = LOOKUP.rows_beside(versions().statement(unaffected_by), key)
    token: AccessToken | None = None
    for row in rows:
        values = iter(row)
        made: Iterator[Any] = (
            model.from_db(DEFAULT_DB_ALIAS, names, list(islice(values, len(names)))) for model, names in KNOWN.items()
        )
        token, token.user, token.organisation = made
    return token, versions().version_of(version)


def recognise(text: str, address: str, unaffected_by: tuple[str, ...]) -> tuple[AccessToken, Version]:
    """The token in force whose whole text this is, with its user and unit, and the version of the data but for changes
    in `unaffected_by` (one query); else NotRecognised."""
    shape = SHAPE.fullmatch(text)
    token, version = found(shape[1], unaffected_by) if shape else (None, None)
    known = token.digest if token else "0" * 64
    if not secrets.compare_digest(digest_of(text), known) or token is None or version is None:
        raise NotRecognised("invalid")
    if token.revoked_at is not None:
        raise NotRecognised("revoked", token)
    if token.ends_at <= timezone.now():
        raise NotRecognised("expired", token, expired=f"{timezone.localtime(token.ends_at):%Y-%m-%d %H:%M}")
    if not token.user.is_active:
        raise NotRecognised("stopped", token)
    if not allows(token, address):
        raise NotRecognised("foreign_address", token, address=address)
    # It was given out for a unit of one kind: what became of the unit since opens nothing more to it.
    if token.user.role != ROLE_OF_KIND[token.organisation.kind]:
        raise NotRecognised("unit_changed", token)
    token.user.organisation, token.user.token = token.organisation, token
    token.user.is_superuser = token.user.is_staff = False
    return token, version


def parsed_networks(text: str) -> list[Network]:
    """The networks on the lines of `text`, IPv4 and IPv6, a single address being one of its own. ValueError names
    the line that is none."""
    found = []
    for line in text.replace(",", "\n").split():
        try:
            found.append(network_of(line))
        except ValueError as error:
            raise ValueError(line) from error
    return found


def allows(token: AccessToken, address: str) -> bool:
    """Whether the token may be used from there; an IPv4 address in IPv6 dress is the IPv4 address."""
    if not token.networks:
        return True
    place = address_of(address)
    return place is not None and any(place in network for network in parsed_networks(token.networks))


def spend(token: AccessToken) -> Rate:
    """Count one request against the token's minute, and against that of the person who made it: who makes ten tokens
    does not ask ten times as often. A token that was given a higher rate than PERSON_RATE has that. One of the command
    line, which no person made, counts for itself. The narrower of the two is told.

    With Redis all processes share the count; each takes some numbers of it at a time, never more than a hundredth of
    the rate, so that a token gets its rate but for what other processes have in hand. Without, each process has a count
    of its own: exact for the embedded default, which is one process; with several, a token gets its rate in each. A
    cache that is down stops nobody."""
    own = _spent("token", token.key, token.rate)
    if own.is_over or token.created_by_id is None:
        return own
    of_person = _spent("person", token.created_by_id, max(settings.PERSON_RATE, token.rate))
    return of_person if of_person.is_over or of_person.left < own.left else own


def _spent(policy: str, whose: str | int, limit: int) -> Rate:
    now = time.time()
    window = int(now // WINDOW)
    name, seconds = f"{policy}-rate:{whose}:{window}", int((window + 1) * WINDOW - now) + 1
    try:
        used = _number(name, max(1, min(limit // 100, IN_HAND))) if settings.REDIS_URL else _counted(name)
    except (RedisError, OSError):
        log.exception("The cache does not answer, so the rate of tokens is not limited.")
        used = 1
    return Rate(policy, limit, max(limit - used, 0), seconds, used > limit)


def _number(name: str, at_a_time: int) -> int:
    """The next number of the shared count: of those in hand, else of the next `at_a_time` of it."""
    hand = _in_hand.setdefault(name, deque())
    while len(_in_hand) > MOST_TOKENS:  # the oldest: of tokens that are silent, and of minutes that are over
        _in_hand.popitem(last=False)
    with suppress(IndexError):
        return hand.popleft()
    last = shared_counts().incrby(name, at_a_time)
    first, *others = range(last - at_a_time + 1, last + 1)
    if first == 1:
        shared_counts().expire(name, 2 * WINDOW)
    hand.extend(others)
    return first


def _counted(name: str) -> int:
    try:
        return cache.incr(name)
    except ValueError:
        cache.add(name, 0, 2 * WINDOW)
        return cache.incr(name)


@lru_cache(maxsize=1)
def shared_counts() -> Redis:
    """One client for the whole process. Django's cache makes one for each call and asks twice to add one, which is a
    tenth of the work of a short request."""
    return Redis.from_url(settings.REDIS_URL, **settings.REDIS_OPTIONS)


def touch(token: AccessToken) -> None:
    """Note that the token is in use, at most once a minute."""
    now = timezone.now()
    if token.last_used_at is None or token.last_used_at < now - TOUCH:
        fresh = Q(last_used_at=None) | Q(last_used_at__lt=now - TOUCH)
        AccessToken.objects.filter(fresh, pk=token.pk).update(last_used_at=now)


def require_scope(request, scope: str) -> None:
    """Refuse a request made with a token that lacks `scope`; a session may do what its role may."""
    token = getattr(request, "access_token", None)
    if token is not None and scope not in token.scope_list:
        raise MissingScope(scope, token)

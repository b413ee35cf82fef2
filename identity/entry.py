"""Coming in, by whatever proof: what happens between a proof that was taken and the first page."""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import load_backend, login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _

from accounts import known_browsers
from accounts.models import User
from identity.actions import end_oldest_sessions
from identity.factors import has_factor, needs_factor
from identity.models import LoginSession
from identity.passwords import why_new
from identity.preferences import remember_choices
from identity.sessions import ADDRESS, BROWSER
from journal.middleware import Event, note

OWES = "owes"  # what has to be done before anything else: "password", "factor"
PROVED_AT = "proved_at"  # when the owner of the session has last proved who he is
PENDING = "pending"  # who has given the first proof, and still owes the second
PENDING_SECONDS = 300
LONGEST_BROWSER = LoginSession._meta.get_field("browser").max_length


@dataclass(frozen=True)
class Pending:
    """Who has given the first proof. `target`: where he wanted to."""

    user: User
    target: str
    by_password: bool


def take_first_proof(request: HttpRequest, user: User, target: str, *, by_password: bool = False) -> HttpResponse:
    """A password or a directory says who it is: he comes in, or is asked for the second factor."""
    if not has_factor(user):
        return come_in(request, user, target, by_password=by_password)
    backend = getattr(user, "backend", settings.AUTHENTICATION_BACKENDS[-1])
    request.session.flush()
    request.session[PENDING] = {
        "user": user.pk,
        "hash": user.get_session_auth_hash(),
        "backend": backend,
        "at": _now(),
        "target": target,
        "by_password": by_password,
    }
    note(request, None)
    return redirect("second_factor")


def pending(request: HttpRequest) -> Pending | None:
    """Who is half in; nobody after PENDING_SECONDS, once the account is switched off, or has another password."""
    kept = request.session.get(PENDING)
    if not kept or _now() - kept["at"] > PENDING_SECONDS:
        return None
    user = load_backend(kept["backend"]).get_user(kept["user"])
    if user is None or not constant_time_compare(user.get_session_auth_hash(), kept.get("hash", "")):
        return None
    user.backend = kept["backend"]
    return Pending(user, kept["target"], kept["by_password"])


def come_in(request: HttpRequest, user: User, target: str, *, by_password: bool = False) -> HttpResponse:
    """Log the user in and lead on to `target`, or first to what has to be done."""
    before = user.last_login
    request.session.pop(PENDING, None)
    login(request, user, backend=getattr(user, "backend", settings.AUTHENTICATION_BACKENDS[-1]))
    session = request.session
    session[ADDRESS] = request.META.get("REMOTE_ADDR", "")[:64]
    session[BROWSER] = request.headers.get("User-Agent", "")[:LONGEST_BROWSER]
    session[PROVED_AT] = _now()
    if by_password and why_new(user):
        session[OWES] = "password"
    elif needs_factor(user) and not has_factor(user):
        session[OWES] = "factor"
    remember_choices(request, user)
    session.save()
    ended = end_oldest_sessions(user=user, kept=session.session_key)
    _tell(request, before, ended)
    note(request, Event("login", user.username, user))
    response = HttpResponseRedirect(target)  # `redirect` would take a word for the name of a page
    known_browsers.remember(request, response, user.get_username())
    return response


def person(request: HttpRequest) -> User:
    """Who is logged in, where somebody has to be."""
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user


def settle_owed(request: HttpRequest, what: str) -> None:
    """One of the things that had to be done first is done; the other may follow."""
    if request.session.get(OWES) != what:
        return
    user = person(request)
    if what == "password" and needs_factor(user) and not has_factor(user):
        request.session[OWES] = "factor"
    else:
        del request.session[OWES]


def _tell(request: HttpRequest, before: datetime | None, ended: int) -> None:
    """When the account was used last: whoever did not come in then sees it."""
    if before is not None:
        when = timezone.localtime(before).strftime("%Y-%m-%d %H:%M")
        messages.info(request, _("上次登录：{when}。不是您本人的话，请马上修改密码。").format(when=when))
    if ended:
        messages.warning(request, _("同时登录的数量有限，已结束最早的{n}处登录。").format(n=ended))


def _now() -> int:
    return int(timezone.now().timestamp())

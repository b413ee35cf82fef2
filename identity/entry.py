"""Coming in, by whatever proof: what happens between a proof that was taken and the first page."""

from datetime import datetime

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import known_browsers
from accounts.models import User
from identity.actions import end_oldest_sessions
from identity.models import LoginSession
from identity.passwords import why_new
from identity.sessions import ADDRESS, BROWSER
from journal.middleware import Event, note

OWES = "owes"  # what has to be done before anything else: "password"
PROVED_AT = "proved_at"
LONGEST_BROWSER = LoginSession._meta.get_field("browser").max_length


def come_in(request: HttpRequest, user: User, target: str, *, by_password: bool = False) -> HttpResponse:
    """Log the user in and lead on to `target`, or first to what has to be done."""
    before = user.last_login
    login(request, user, backend=getattr(user, "backend", settings.AUTHENTICATION_BACKENDS[-1]))
    session = request.session
    session[ADDRESS] = request.META.get("REMOTE_ADDR", "")[:64]
    session[BROWSER] = request.headers.get("User-Agent", "")[:LONGEST_BROWSER]
    session[PROVED_AT] = int(timezone.now().timestamp())
    if by_password and why_new(user):
        session[OWES] = "password"
    session.save()
    ended = end_oldest_sessions(user=user, kept=session.session_key)
    _tell(request, before, ended)
    note(request, Event("login", user.username, user))
    response = redirect(target)
    known_browsers.remember(request, response, user.get_username())
    return response


def _tell(request: HttpRequest, before: datetime | None, ended: int) -> None:
    """When the account was used last: whoever did not come in then sees it."""
    if before is not None:
        when = timezone.localtime(before).strftime("%Y-%m-%d %H:%M")
        messages.info(request, _("上次登录：{when}。不是您本人的话，请马上修改密码。").format(when=when))
    if ended:
        messages.warning(request, _("同时登录的数量有限，已结束最早的{n}处登录。").format(n=ended))

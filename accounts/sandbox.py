"""The sandbox: tokens of the scope `try` are answered from the demonstration, whatever the site holds.

It is a database of its own, a SQLite file that nobody writes to, made by the module that `settings.SANDBOX_MAKER`
names. While such a request is answered, the thread's default connection is one to that file: the same views, lists and
rights work on it, and none can reach the site's own rows. What is kept for others (answers, the version of the data
found with the token) is passed by."""

import subprocess  # nosec B404  # starts our own command
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from importlib import import_module
from pathlib import Path
from typing import Any, cast

from django.conf import settings
from django.db import connections
from django.db.backends.sqlite3.base import DatabaseWrapper
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from rest_framework.permissions import SAFE_METHODS

from accounts.models import AccessToken, Organisation, User
from lib.refusals import Refused
from lib.web.problems import problem_of

Kind = Organisation.Kind
LOGINS = {  # who of the demonstration asks, for a token of a unit of this kind
    Kind.MUNICIPAL: "municipal",
    Kind.COUNTY: "chunan",
    Kind.BUREAU: "chunan-health",
    Kind.DEPARTMENT: "stats",
}
MARK = "X-Sandbox"
BEGIN_SECONDS = 60
_is_on: ContextVar[bool] = ContextVar("sandbox", default=False)


class NotMade(Refused):
    """The file is not there yet; it is being made."""

    kind = "unavailable"
    headers = {"Retry-After": "60"}


class NoWriting(Refused):
    """Nothing can be written in the sandbox."""

    kind = "missing-scope"


def is_on() -> bool:
    """Whether what runs now is answered from the sandbox: for what keeps files beside the database."""
    return _is_on.get()


def answer(request: HttpRequest, token: AccessToken, read: Callable[[HttpRequest], Any]) -> HttpResponseBase:
    """What `read` answers from the demonstration, whole, with the mark in its headers."""
    try:
        if request.method not in SAFE_METHODS:
            words = _("试用令牌只读演示数据，不能写入。要试写入，请用演示站点，或生成带写入权限的令牌并用 dry_run。")
            raise NoWriting(words, scope=AccessToken.TRY)
        with opened(_file()):
            user = User.objects.select_related("organisation").get(username=LOGINS[Kind(token.organisation.kind)])
            user.token = token
            request.user = request._cached_user = user  # type: ignore[attr-defined]  # where Django keeps who asks
            response = _whole(read(request))
    except Refused as refusal:
        response = problem_of(refusal)
    if hasattr(response, "validators"):
        del response.validators  # nothing of it is kept for the next request
    response[MARK] = "demonstration"
    return response


@contextmanager
def opened(file: Path) -> Iterator[None]:
    """Within it the thread's default connection is one to `file`, which cannot be written to."""
    given = {"ENGINE": "django.db.backends.sqlite3", "NAME": f"file:{file}?mode=ro&immutable=1"}
    wanted = connections.configure_settings({"default": given})["default"]
    real, own = connections["default"], DatabaseWrapper(wanted, "default")
    connections["default"] = own
    mark = _is_on.set(True)
    try:
        yield
    finally:
        _is_on.reset(mark)
        connections["default"] = real
        own.close()


def _file() -> Path:
    """The file of this release. NotMade where it is not there: then its making begins."""
    maker = import_module(settings.SANDBOX_MAKER)
    file: Path = maker.sandbox_file()
    if not file.exists():
        _begin(file.with_name(f"{file.name}.begun"))
        raise NotMade(_("演示数据的试用库正在准备，约一分钟后再试。"))
    return file


def _begin(mark: Path) -> None:
    """The command that makes it, apart from this process, begun once in BEGIN_SECONDS whoever asks how often: each one
    is a process more, also where it finds that another one is at it, and ends."""
    try:
        if time.time() - mark.stat().st_mtime < BEGIN_SECONDS:
            return
    except FileNotFoundError:
        mark.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    mark.touch()
    command = [sys.executable, str(settings.BASE_DIR / "manage.py"), "make_sandbox"]
    subprocess.Popen(  # nosec B603  # words of ours
        command, cwd=settings.BASE_DIR, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )


def _whole(response: HttpResponseBase) -> HttpResponseBase:
    """What leaves bit by bit is read while the database is open; the demonstration is small."""
    if not isinstance(response, StreamingHttpResponse):
        return response
    body = b"".join(cast(Iterator[bytes], response.streaming_content))  # our answers are made without asyncio
    whole = HttpResponse(body, status=response.status_code, headers=dict(response.items()))
    response.close()
    return whole

"""What takes long is made a few at a time for each login and each token: whole tables as files, uploads read and
previewed. Without that, one person with eight tabs holds every thread of the site.

A turn is a locked file under VAR_DIR, so that all processes of a machine count together and the turns of one that dies
are free again at once."""

import fcntl
import os
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _

from lib.files.paths import inside
from lib.refusals import Refused

WAIT = 10  # seconds that who is refused is asked to wait
LONG_NAMES = ("_preview", "_upload", "_undo")  # of addresses that read what was uploaded
FILES = (".csv", ".xlsx")


class TooManyAtOnce(Refused):
    """As many of one's own are under way as may be."""

    kind = "too-many-at-once"
    headers = {"Retry-After": str(WAIT)}

    def __init__(self) -> None:
        words = _("您已有 {most} 个文件正在生成或读取，请等其中一个完成后再试（约 {seconds} 秒）。")
        super().__init__(words.format(most=settings.LONG_AT_ONCE, seconds=WAIT))


class RequestInTurn(HttpRequest):
    """A request that holds a turn: the descriptor of a locked file."""

    turn: int


class TurnsMiddleware:
    """Takes a turn for a page that takes long, and refuses one too many; stands behind the login."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if hasattr(request, "turn"):
            _give_back(request.turn, response)
        return response

    def process_view(self, request: RequestInTurn, *_view: object) -> HttpResponse | None:
        if not (_takes_long(request) and settings.LONG_AT_ONCE and request.user.is_authenticated):
            return None
        try:
            request.turn = _taken(request.user.pk)
        except TooManyAtOnce as refusal:
            response = render(request, "429.html", {"words": refusal.words}, status=429)
            response["Retry-After"] = str(WAIT)
            return response
        return None


def in_turn(request: HttpRequest, make: Callable[[], HttpResponseBase]) -> HttpResponseBase:
    """The answer that `make` makes, for views that no middleware stands before. TooManyAtOnce."""
    if not settings.LONG_AT_ONCE or not request.user.is_authenticated:
        return make()
    turn = _taken(request.user.pk)
    try:
        response = make()
    except BaseException:
        os.close(turn)
        raise
    _give_back(turn, response)
    return response


def _takes_long(request: HttpRequest) -> bool:
    is_upload = request.method == "POST" and request.content_type == "multipart/form-data"
    match = request.resolver_match
    name = (match.url_name if match else None) or ""
    return is_upload or name.endswith(LONG_NAMES) or request.path_info.endswith(FILES)


def _taken(user: int) -> int:
    """The descriptor of a locked file: one of so many of this user's."""
    folder = settings.VAR_DIR / "turns"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for number in range(settings.LONG_AT_ONCE):
        turn = os.open(inside(folder, f"{user}-{number}"), os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(turn, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(turn)
        else:
            return turn
    raise TooManyAtOnce


def _give_back(turn: int, response: HttpResponseBase) -> None:
    """Now, or where the answer leaves bit by bit, once the server closes it."""
    if not response.streaming:
        os.close(turn)
        return
    close, held = response.close, [turn]

    def closed() -> None:
        close()
        while held:
            os.close(held.pop())

    response.close = closed  # type: ignore[method-assign]  # the server calls it once all has left

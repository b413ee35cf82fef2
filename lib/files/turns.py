"""What takes long is made a few at a time for each login and each token, and some more for all that one person has:
whole tables and pictures as files, uploads read and previewed, other systems asked or sent to, the smallest effort
sought. Without that, one person with eight tabs, or with three tokens, holds every thread of a process.

A turn is a pair of locked files under VAR_DIR, so that all processes of a machine count together and the turns of one
that dies are free again at once."""

import fcntl
import os
from collections.abc import Callable
from typing import Protocol

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _

from lib.files.paths import inside
from lib.refusals import Refused

PERSONS_SHARE = 2  # times what one account has: for a person with all the tokens that he has made
WAIT = 10  # seconds that who is refused is asked to wait
# Of addresses that read what was uploaded, wait for other systems (a pull, a message sent as a test), or ask a solver.
LONG_NAMES = ("_preview", "_undo", "pull_now", "_test", "effort")
FILES = (".csv", ".xlsx", ".svg", ".png")  # tables and pictures; of pictures a process draws one at a time


class TooManyAtOnce(Refused):
    """As many of one's own are under way as may be."""

    kind = "too-many-at-once"
    headers = {"Retry-After": str(WAIT)}

    def __init__(self, most: int, *, is_of_person: bool) -> None:
        words = _("您已有 {most} 个文件正在生成或读取，请等其中一个完成后再试（约 {seconds} 秒）。")
        if is_of_person:
            words = _("您和您生成的令牌已有 {most} 个文件正在生成或读取，请等其中一个完成后再试（约 {seconds} 秒）。")
        super().__init__(words.format(most=most, seconds=WAIT))


class Caller(Protocol):
    """Who asks: an account, and the person behind it."""

    pk: int

    @property
    def person_id(self) -> int: ...


class RequestInTurn(HttpRequest):
    """A request that holds a turn: the descriptors of its locked files."""

    turn: list[int]


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
            request.turn = _taken(request.user)
        except TooManyAtOnce as refusal:
            response = render(request, "429.html", {"words": refusal.words}, status=429)
            response["Retry-After"] = str(WAIT)
            return response
        return None


def in_turn(request: HttpRequest, make: Callable[[], HttpResponseBase]) -> HttpResponseBase:
    """The answer that `make` makes, for views that no middleware stands before. TooManyAtOnce."""
    if not settings.LONG_AT_ONCE or not request.user.is_authenticated:
        return make()
    turn = _taken(request.user)
    try:
        response = make()
    except BaseException:
        _close(turn)
        raise
    _give_back(turn, response)
    return response


def _takes_long(request: HttpRequest) -> bool:
    is_upload = request.method == "POST" and request.content_type == "multipart/form-data"
    match = request.resolver_match
    name = (match.url_name if match else None) or ""
    return is_upload or name.endswith(LONG_NAMES) or request.path_info.endswith(FILES)


def _taken(user: Caller) -> list[int]:
    """The descriptors of two locked files: one of so many of the account's, one of so many of the person's."""
    turn: list[int] = []
    for name, most, is_of_person in (
        (f"{user.pk}", settings.LONG_AT_ONCE, False),
        (f"person-{user.person_id}", PERSONS_SHARE * settings.LONG_AT_ONCE, True),
    ):
        descriptor = _locked(name, most)
        if descriptor is None:
            _close(turn)
            raise TooManyAtOnce(most, is_of_person=is_of_person)
        turn.append(descriptor)
    return turn


def _locked(name: str, most: int) -> int | None:
    """The descriptor of one of so many files of that name which nobody holds; None where all are held."""
    folder = settings.VAR_DIR / "turns"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for number in range(most):
        descriptor = os.open(inside(folder, f"{name}-{number}"), os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
        else:
            return descriptor
    return None


def _close(turn: list[int]) -> None:
    while turn:
        os.close(turn.pop())


def _give_back(turn: list[int], response: HttpResponseBase) -> None:
    """Now, or where the answer leaves bit by bit, once the server closes it."""
    if not response.streaming:
        _close(turn)
        return
    close = response.close

    def closed() -> None:
        close()
        _close(turn)

    response.close = closed  # type: ignore[method-assign]  # the server calls it once all has left

"""Callers who send half a request, or take half an answer, hold up nobody: the server of `make run`, over sockets."""

import re
import selectors
import socket
import time
from contextlib import ExitStack, contextmanager
from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest

from county_urbanization.buffering import LINGER_SECONDS
from tests.servers import served, site_environment

pytestmark = pytest.mark.site
SECONDS = 2  # REQUEST_SECONDS of the server
LONG = bytes(range(256)) * 20_000  # five megabytes
MANY = 40  # five times the threads of a process
HALF = {
    "nothing": b"",
    "half a line": b"GET /accounts/lo",
    "half a head": b"GET /accounts/login/ HTTP/1.1\r\nHost: localhost\r\nX: ",
    "half a body": b"POST /accounts/login/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5000\r\n\r\nusername=",
    "half a long body": b"POST /api/v1/areas/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9000000\r\n\r\nname=",
    "a second half": b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\nGET /healthz HTT",
}


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """(host, port) of a server that has no tables: what is asked here asks for none."""
    directory = tmp_path_factory.mktemp("var")
    (directory / "static").mkdir()
    (directory / "static" / "long.bin").write_bytes(LONG)
    environment = site_environment(directory) | {"REQUEST_SECONDS": str(SECONDS), "SWEEP_SECONDS": "3600"}
    with served(environment) as url:
        parts = urlsplit(url)
        yield parts.hostname, parts.port


@contextmanager
def called(address, sent: bytes, count: int, window: int | None = None):
    """`count` connections that have sent that; with a `window` of so many bytes that they take."""
    with ExitStack() as opened:
        callers = []
        for _ in range(count):
            caller = opened.enter_context(socket.socket())
            if window:
                caller.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, window)
            caller.settimeout(30)
            caller.connect(address)
            caller.sendall(sent)
            callers.append(caller)
        yield callers


def slowest_answer(address, times: int = 5) -> float:
    """Seconds that somebody else waits for a small answer, the longest of some."""
    found = []
    for _ in range(times):
        started = time.monotonic()
        connection = HTTPConnection(*address, timeout=30)
        connection.request("GET", "/healthz")
        answer = connection.getresponse()
        assert (answer.status, answer.read()[:2]) == (200, b"ok")
        connection.close()
        found.append(time.monotonic() - started)
    return max(found)


def all_that_comes(caller: socket.socket) -> bytes:
    """Until the server closes."""
    received = b""
    while piece := caller.recv(65536):
        received += piece
    return received


@pytest.mark.parametrize("kind", HALF)
def test_half_a_request_holds_up_nobody(address, kind):
    with called(address, HALF[kind], MANY):
        assert slowest_answer(address) < 1.5


@pytest.mark.parametrize("kind", ["half a head", "half a body"])
def test_who_does_not_finish_is_told_so_in_time(address, kind):
    started = time.monotonic()
    with called(address, HALF[kind], 1) as (caller,):
        answer = all_that_comes(caller)
    assert answer.startswith(b"HTTP/1.1 408 Request Timeout\r\n")
    assert b"Cache-Control: no-store\r\n" in answer
    assert "请求没有在规定时间内发完" in answer.decode()
    assert SECONDS - 0.1 < time.monotonic() - started < SECONDS + 3


def test_a_byte_now_and_then_wins_no_time(address):
    """gunicorn's threads would wait as long as bytes come."""
    started = time.monotonic()
    with called(address, HALF["half a head"], MANY) as callers, selectors.DefaultSelector() as answered:
        for caller in callers:
            answered.register(caller, selectors.EVENT_READ)
        while time.monotonic() - started < SECONDS + 3 and len(answered.get_map()):
            for key, _ in answered.select(0.2):
                assert all_that_comes(key.fileobj).startswith(b"HTTP/1.1 408 ")
                answered.unregister(key.fileobj)
            for key in answered.get_map().values():
                key.fileobj.send(b"x")
            assert slowest_answer(address, 1) < 1.5
        assert len(answered.get_map()) == 0


def test_an_answer_that_nobody_takes_holds_up_nobody(address):
    """Of megabytes, through a window of some kilobytes."""
    sent = b"GET /static/long.bin HTTP/1.1\r\nHost: localhost\r\n\r\n"
    with called(address, sent, 12, window=4096):
        assert slowest_answer(address) < 1.5


def test_an_answer_taken_slowly_comes_whole(address):
    """What waits in memory is the same, byte by byte."""
    sent = b"GET /static/long.bin HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    with called(address, sent, 1, window=4096) as (slow,):
        time.sleep(0.5)
        body = all_that_comes(slow).partition(b"\r\n\r\n")[2]
    assert body == LONG


def test_who_has_his_answer_and_does_not_hang_up_holds_up_nobody(address):
    """gunicorn's event loop waits two seconds for each of them."""
    with called(address, b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", 10) as callers:
        assert slowest_answer(address) < 1.5
        assert [caller.recv(12) for caller in callers] == [b"HTTP/1.1 200"] * 10


def send_on(caller, seconds: float) -> None:
    """A letter now and then, for so long."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        caller.sendall(b"x")
        time.sleep(0.1)


def test_who_never_hangs_up_is_cut_off_in_the_end(address):
    """What is sent afterwards is read away for a while, and then refused by the machine itself."""
    asked = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    with called(address, asked, 1) as (caller,):
        assert all_that_comes(caller).startswith(b"HTTP/1.1 200")
        caller.sendall(b"x")
        with pytest.raises(OSError, match="reset|Broken"):
            send_on(caller, LINGER_SECONDS + 20)


def test_more_callers_than_the_server_keeps_hold_up_nobody(address):
    """Who waits longest gives way."""
    with called(address, HALF["half a head"], 450):
        assert slowest_answer(address) < 1.5


def test_two_requests_at_once_are_answered_in_their_order(address):
    one = b"GET %s HTTP/1.1\r\nHost: localhost\r\n"
    sent = one % b"/healthz" + b"\r\n" + one % b"/api/nothing/" + b"Connection: close\r\n\r\n"
    with called(address, sent, 1) as (caller,):
        answers = all_that_comes(caller)
    assert re.findall(rb"HTTP/1.1 \d+", answers) == [b"HTTP/1.1 200", b"HTTP/1.1 404"]


def test_who_asks_before_he_sends_the_body_is_told_to(address):
    head = b"POST /api/v1/areas/ HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 10\r\n\r\n"
    with called(address, head, 1) as (caller,):
        assert caller.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        caller.sendall(b"username=x")
        assert caller.recv(12) == b"HTTP/1.1 405"


@pytest.mark.parametrize("name", ["SCRIPT_NAME", "PATH_INFO", "REMOTE_USER", "X_FORWARDED_FOR", "script_name"])
def test_no_header_sets_what_the_server_itself_knows(address, name):
    """gunicorn takes some of them from this machine, where every proxy and every caller of `make run` is."""
    sent = f"GET /healthz HTTP/1.1\r\nHost: localhost\r\n{name}: /evil\r\nConnection: close\r\n\r\n"
    with called(address, sent.encode(), 1) as (caller,):
        assert all_that_comes(caller).startswith(b"HTTP/1.1 400 Bad Request\r\n")


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"GET /%s HTTP/1.1\r\nHost: localhost\r\n\r\n" % (b"x" * 5000), b"414"),
        (b"GET / HTTP/1.1\r\nHost: localhost\r\nX_Y: z\r\n\r\n", b"400"),
        (b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n", b"411"),
        (b"\xff\x00 / HTTP/1.1\r\nHost: localhost\r\n\r\n", b"400"),
        (b"GET / HTTP/9.9\r\nHost: localhost\r\n\r\n", b"400"),
    ],
)
def test_no_cache_keeps_what_the_server_itself_refuses(address, sent, status):
    """A 414 that says nothing may be kept by every cache on the way."""
    with called(address, sent, 1) as (caller,):
        head, _, _words = all_that_comes(caller).partition(b"\r\n\r\n")
    assert (head[9:12], head.count(b"Cache-Control: no-store")) == (status, 1)


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"POST /accounts/login/ HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n", b"411"),
        (b"GET / HTTP/1.1\r\nHost: localhost\r\nCookie: " + b"x" * 70_000 + b"\r\n\r\n", b"431"),
    ],
)
def test_what_is_refused_before_a_thread_has_it(address, sent, status):
    with called(address, sent, 1) as (caller,):
        assert caller.recv(12) == b"HTTP/1.1 " + status

"""One request as it comes in, in pieces of any length."""

import socket
import time

import pytest

from lib.web import buffered_socket as sockets
from lib.web.buffered_socket import BufferedSocket, UnsentBudget
from lib.web.request_buffer import BUFFERED_BODY, HEAD_BYTES, SLOWEST, Incoming, Pace

HEAD = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n"


def came_in(data: bytes, piece: int = 10**9) -> Incoming:
    incoming = Incoming(10)
    for start in range(0, len(data), piece):
        incoming.feed(data[start : start + piece])
    return incoming


@pytest.mark.parametrize("piece", range(1, len(HEAD) + 6))
def test_a_request_is_whole_with_its_last_byte(piece):
    incoming = came_in(HEAD + b"12345", piece)
    assert (incoming.is_ready, incoming.head_bytes, incoming.body_bytes, incoming.refusal) == (True, len(HEAD), 5, 0)
    assert bytes(incoming.data) == HEAD + b"12345"
    assert not came_in((HEAD + b"1234"), piece).is_ready


@pytest.mark.parametrize(
    ("field", "is_ready", "is_long"),
    [
        (b"Host: x", True, False),
        (b"content-length:0", True, False),
        (b"Content-Length: 1", False, False),
        (b"Content-Length: %d" % BUFFERED_BODY, False, False),
        (b"Content-Length: %d" % (BUFFERED_BODY + 1), True, True),
        (b"Content-Length: " + b"9" * 5000, True, True),
        # The parser refuses these by what the head says, and need not wait for a body.
        (b"Content-Length: -1", True, False),
        (b"Content-Length: 1\r\nContent-Length: 2", True, False),
    ],
)
def test_how_much_is_waited_for(field, is_ready, is_long):
    incoming = came_in(b"POST / HTTP/1.1\r\n" + field + b"\r\n\r\n")
    assert (incoming.is_ready, incoming.is_long) == (is_ready, is_long)


@pytest.mark.parametrize(
    ("sent", "refusal"),
    [
        (b"GET / HTTP/1.1\r\nX: " + b"x" * HEAD_BYTES, 431),
        (b"GET / HTTP/1.1\r\nX: " + b"x" * HEAD_BYTES + b"\r\n\r\n", 431),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", 411),
    ],
)
def test_what_is_not_waited_for(sent, refusal):
    assert came_in(sent).refusal == refusal


def test_who_asks_before_he_sends_is_answered_once():
    sent = b"POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-Continue\r\nContent-Length: 5\r\n\r\n"
    incoming = came_in(sent)
    assert (incoming.expects_continue, incoming.is_ready) == (True, False)
    incoming.feed(b"12345")
    assert (incoming.is_ready, bytes(incoming.data)) == (True, HEAD + b"12345")


def test_bytes_that_trickle_win_no_time():
    incoming = Incoming(10, started=1000)
    incoming.feed(HEAD[:-1])
    assert incoming.deadline == 1010
    incoming.feed(HEAD[-1:])
    incoming.started = 2000
    incoming.feed(b"1" * 4)
    assert incoming.deadline == 2010 + 4 / SLOWEST
    assert Pace(10, moved=SLOWEST * 5, waited=8).left == 7


@pytest.fixture
def ends(monkeypatch, request):
    """(ours, the reader's) with small buffers in the kernel, and room in memory for 200,000 bytes. Its parameter says
    for how many seconds ours waits."""
    monkeypatch.setattr(sockets, "UNSENT", UnsentBudget(200_000))
    ours, theirs = socket.socketpair()
    ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
    mine = BufferedSocket(getattr(request, "param", 0.3), ours.detach())
    mine.setblocking(True)
    yield mine, theirs
    mine.close()
    theirs.close()
    assert sockets.UNSENT._used == 0


@pytest.mark.parametrize("ends", [60], indirect=True)
def test_an_answer_that_nobody_takes_is_made_without_waiting_and_sent_later(ends):
    mine, theirs = ends
    started, sent = time.monotonic(), bytes(range(256)) * 600
    mine.sendall(sent)
    assert (time.monotonic() - started < 30, mine.unsent_bytes > 0) == (True, True)
    received = b""
    while not mine.flush():
        received += theirs.recv(65536)
    mine.shutdown(socket.SHUT_WR)
    while piece := theirs.recv(65536):
        received += piece
    assert received == sent


def test_an_answer_too_long_for_memory_waits_and_not_for_ever(ends):
    mine, _theirs = ends
    started = time.monotonic()
    with pytest.raises(ConnectionResetError):
        mine.sendall(b"x" * 10**6)
    assert 0.2 < time.monotonic() - started < 5


def test_a_body_that_trickles_ends(ends):
    mine, theirs = ends
    started = time.monotonic()
    for _ in range(5):
        theirs.send(b"x")
        mine.recv(100)
        mine.reading.waited += 0.05
    theirs.send(b"x")
    mine.reading.waited += 0.2
    with pytest.raises(TimeoutError):
        mine.recv(100)
    assert time.monotonic() - started < 5

"""Who is sent away where many processes wait at one door, and where there is no room: the worker's own door."""

import errno
import selectors
import socket

import pytest
from gunicorn.config import Config
from gunicorn.glogging import Logger

from county_urbanization import buffering
from county_urbanization.buffering import BufferingWorker


@pytest.fixture
def worker():
    config = Config()
    made = BufferingWorker(1, 0, [], None, 30, config, Logger(config))
    made.poller = selectors.DefaultSelector()
    yield made
    for conn in list(made.waiting):
        made._drop(conn)
    made.poller.close()
    made.tmp.close()


@pytest.fixture
def door():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        yield listener


@pytest.fixture
def caller(worker, door):
    """Let in, and nothing of the request has come yet."""
    with socket.create_connection(door.getsockname()) as calling:
        with selectors.DefaultSelector() as knocked:
            knocked.register(door, selectors.EVENT_READ)
            assert knocked.select(10)
        worker.accept(door)
        yield calling


def arrived(worker, caller: socket.socket, sent: bytes) -> None:
    """The worker takes what the caller has sent."""
    caller.sendall(sent)
    for key, _event in worker.poller.select(10):
        key.data(key.fileobj)


def test_half_requests_take_so_much_memory_and_who_waits_longest_gives_way(worker, caller, door, monkeypatch):
    monkeypatch.setattr(buffering, "MOST_BUFFERED", 100)
    half = b"GET / HTTP/1.1\r\nX: " + b"x" * 50
    arrived(worker, caller, half)
    with socket.create_connection(door.getsockname()) as second:
        while len(worker.waiting) < 2:
            worker.accept(door)
        arrived(worker, second, half)
        assert (len(worker.waiting), worker.nr_conns, worker.buffered) == (1, 1, len(half))
        assert caller.recv(1) == b""
        arrived(worker, second, b"x" * 60)  # nobody waits longer than the one who sends
        assert worker.buffered == len(half) + 60


class Refusing:
    """A door at which `accept` fails."""

    def __init__(self, number: int):
        self.number = number

    def accept(self):
        raise OSError(self.number, "no")


@pytest.mark.parametrize("number", [errno.EAGAIN, errno.ECONNABORTED])
def test_a_caller_whom_another_process_let_in_costs_nobody_his_place(worker, caller, number):
    worker.accept(Refusing(number))
    assert (len(worker.waiting), worker.nr_conns) == (1, 1)


def test_a_door_with_nobody_at_it_costs_nobody_his_place(worker, caller, door):
    worker.accept(door)
    assert (len(worker.waiting), worker.nr_conns) == (1, 1)


@pytest.mark.parametrize("number", [errno.EMFILE, errno.ENFILE])
def test_where_there_is_no_room_who_waits_longest_goes(worker, caller, number):
    worker.accept(Refusing(number))
    assert (len(worker.waiting), worker.nr_conns) == (0, 0)
    assert caller.recv(1) == b""

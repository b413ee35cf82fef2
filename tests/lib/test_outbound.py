"""Where the site's own requests may go, and how long they last."""

import ipaddress
import socket
import threading
import time

import pytest

from lib.web import outbound
from lib.web.outbound import MOST_BYTES, AddressRefused, Allowed, Destination, NoAnswer, NotReached, ask
from tests.messaging.receivers import Behaviour, HttpServer, listening

HOME = Allowed.of(["127.0.0.0/8"])


@pytest.mark.parametrize(
    ("listed", "host", "address", "may"),
    [
        ([], "a.example", "8.8.8.8", True),
        ([], "a.example", "10.0.0.1", False),
        ([], "a.example", "100.64.0.1", False),
        ([], "a.example", "127.0.0.1", False),
        ([], "a.example", "fe80::1", False),
        ([], "a.example", "2001:4860:4860::8888", True),
        (["10.1.0.0/16"], "a.example", "10.1.2.3", True),
        (["10.1.0.0/16"], "a.example", "10.2.2.3", False),
        (["10.1.0.0/16"], "a.example", "8.8.8.8", False),
        (["a.example"], "a.example", "10.1.2.3", True),
        (["a.example"], "b.example", "8.8.8.8", False),
        (["*.example"], "a.example", "8.8.8.8", True),
        (["*.example"], "example", "8.8.8.8", False),
        (["a.example"], "a.example", "127.0.0.1", False),
        (["a.example"], "a.example", "169.254.169.254", False),
        (["127.0.0.1"], "a.example", "127.0.0.1", True),
        ([], "a.example", "64:ff9b::a00:1", False),  # NAT64 leads on to 10.0.0.1
        ([], "a.example", "2002:7f00:1::1", False),  # 6to4, to 127.0.0.1
        ([], "a.example", "2002:808:808::1", True),
        ([], "a.example", "2001:0:808:808::f5ff:fffe", False),  # Teredo, by 8.8.8.8 to 10.0.0.1
        (["a.example"], "a.example", "2002:a9fe:a9fe::1", False),
        (["a.example"], "a.example", "2002:a00:1::1", True),
    ],
)
def test_what_may_be_asked(listed, host, address, may):
    assert Allowed.of(listed).permits(host, ipaddress.ip_address(address)) is may


def test_a_list_names_what_is_no_host():
    with pytest.raises(ValueError, match="a b"):
        Allowed.of(["a b"])


def test_the_connection_goes_to_the_address_that_was_looked_at(monkeypatch):
    """A name that resolves to a permitted address when it is looked at would lead to another a moment later."""
    with listening(HttpServer()) as server:
        port, asked = server.server_address[1], []

        def resolve(host, *_more, **_named):
            asked.append(host)
            address = "127.0.0.1" if len(asked) == 1 else "127.0.0.2"
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

        monkeypatch.setattr(outbound.socket, "getaddrinfo", resolve)
        allowed = Allowed.of(["hooks.example", "127.0.0.1"])
        # A connection to an address in digits asks the resolver too, which gives the same digits back.
        monkeypatch.setattr(outbound.socket, "create_connection", lambda place, **_named: _plain(place))
        assert ask(Destination.of(f"http://hooks.example:{port}/x", allowed), body=b"x").status == 200
    assert asked == ["hooks.example"]
    assert server.taken[0].headers["host"] == f"hooks.example:{port}"


def _plain(place):
    made = socket.socket()
    made.connect(place)
    return made


def test_a_name_with_one_address_that_is_forbidden_is_forbidden(monkeypatch):
    rows = [(socket.AF_INET, 1, 6, "", (address, 443)) for address in ("8.8.8.8", "10.0.0.1")]
    monkeypatch.setattr(outbound.socket, "getaddrinfo", lambda *a, **n: rows)
    with pytest.raises(AddressRefused):
        Destination.of("https://a.example/", Allowed()).address()


def test_what_is_not_there_is_not_reached():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # nobody listens
        with pytest.raises(NotReached):
            ask(Destination.of(f"http://127.0.0.1:{taken.getsockname()[1]}/", HOME), body=b"x")


@pytest.mark.parametrize("text", ["127.1", "2130706433", "0x7f000001", "017700000001", "0", "[::]", "[::ffff:7f00:1]"])
def test_no_spelling_of_this_machine_is_permitted(text):
    with pytest.raises(AddressRefused):
        Destination.of(f"https://{text}/", Allowed()).address()


def test_a_handshake_drop_by_drop_is_left_after_the_time(monkeypatch):
    """It held the thread that serves all programs for as long as the other side liked."""
    monkeypatch.setattr(outbound, "SECONDS", 0.4)
    monkeypatch.setattr(outbound, "CONNECT_SECONDS", 0.3)
    over = threading.Event()

    def drip(listener):
        taken, _address = listener.accept()
        with taken:
            taken.sendall(b"\x16\x03\x03\x40\x00")  # a record of 16 kB begins
            while not over.wait(0.05):
                try:
                    taken.sendall(b"\x02")
                except OSError:
                    return

    with socket.create_server(("127.0.0.1", 0)) as slow:
        thread = threading.Thread(target=drip, args=(slow,))
        thread.start()
        started = time.monotonic()
        ending = threading.Timer(60, over.set)
        ending.start()
        with pytest.raises(NotReached):
            ask(Destination.of(f"https://127.0.0.1:{slow.getsockname()[1]}/", HOME), body=b"x")
        assert time.monotonic() - started < 30
        ending.cancel()
        over.set()
        thread.join()


def test_an_answer_is_read_to_a_bound_and_a_redirect_is_an_answer():
    with listening(HttpServer()) as server:
        server.speak = lambda request, status: (302, {"x": "x" * 2 * MOST_BYTES})
        answer = ask(Destination.of(f"{server.address}/a?b=c", HOME), body=b"{}", headers={"webhook-id": "1"})
    assert (answer.status, len(answer.body)) == (302, MOST_BYTES)


def test_who_hangs_up_or_says_nothing_is_left_after_the_time(monkeypatch):
    monkeypatch.setattr(outbound, "SECONDS", 0.2)
    with listening(HttpServer()) as server:
        server.behaviour = Behaviour(hangs_up=True)
        with pytest.raises(NoAnswer):
            ask(Destination.of(f"{server.address}/", HOME), body=b"x")
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(NoAnswer):
        ask(Destination.of(f"http://127.0.0.1:{silent.getsockname()[1]}/", HOME), body=b"x")


def test_who_answers_drop_by_drop_is_left_after_the_time(monkeypatch):
    """Each drop comes in time; the whole does not."""
    monkeypatch.setattr(outbound, "SECONDS", 0.3)
    over = threading.Event()

    def drip(listener):
        taken, _address = listener.accept()
        with taken:
            while not over.wait(0.02):
                try:
                    taken.sendall(b"x")
                except OSError:
                    return

    with socket.create_server(("127.0.0.1", 0)) as slow:
        thread = threading.Thread(target=drip, args=(slow,), daemon=True)
        thread.start()
        started = time.monotonic()
        with pytest.raises(NoAnswer):
            ask(Destination.of(f"http://127.0.0.1:{slow.getsockname()[1]}/", HOME), body=b"x")
        assert time.monotonic() - started < 30
        over.set()
        thread.join()

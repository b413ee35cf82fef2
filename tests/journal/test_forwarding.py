"""The audit log goes to a log server as RFC 5424 has it, each row once, in order, whatever the server does."""

import re
import socket
import ssl
import threading
from contextlib import contextmanager

import pytest

from journal import forwarding, seals
from journal.actions import log_audit, log_event
from journal.models import AuditEntry, AuditForward
from journal.tasks import seal_entries
from tests.identity.providers import certificate
from tests.test_security import started

MESSAGE = re.compile(
    r"<(\d+)>1 (\S+) (\S+) county_urbanization (\d+) (\S+) "
    r"\[audit@32473 ((?:[a-z]+=\"(?:[^\"\\\]]|\\.)*\" ?)+)\] \ufeff(.*)",
    re.DOTALL,
)


class Receiver(threading.Thread):
    """Takes connections and keeps what they say, until it is told to end."""

    def __init__(self, context=None):
        super().__init__()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.listener.settimeout(0.1)
        self.context, self.taken, self.over = context, b"", threading.Event()

    @property
    def port(self) -> int:
        return self.listener.getsockname()[1]

    def run(self):
        while True:
            try:
                caller, _address = self.listener.accept()
            except TimeoutError:
                if self.over.is_set():
                    break
                continue
            with caller:
                self._take(caller)
        self.listener.close()

    def _take(self, caller):
        try:
            talk = self.context.wrap_socket(caller, server_side=True) if self.context else caller
            with talk:
                while piece := talk.recv(65536):
                    self.taken += piece
        except OSError:
            return

    def messages(self) -> list[str]:
        """By the length before each."""
        self.over.set()
        self.join()
        found, rest = [], self.taken
        while rest:
            length, _blank, rest = rest.partition(b" ")
            found.append(rest[: int(length)].decode())
            rest = rest[int(length) :]
        return found


@contextmanager
def receiving(context=None):
    receiver = Receiver(context)
    receiver.start()
    try:
        yield receiver
    finally:
        receiver.over.set()
        receiver.join()


@pytest.fixture
def rows(plan):
    AuditEntry.objects.all().delete()
    log_event(action="login_failed", subject="accounts.user", key='甲"]\\ b', by=None)
    changed = {"key": "330122/P01/2024", "old": None, "new": {"value": "1.5", "说明": "一"}, "area": "330122"}
    log_audit(action="record", subject="indicators.observation", rows=[changed], by=None, reason="核对")
    return list(AuditEntry.objects.order_by("pk"))


def test_each_row_goes_as_a_message_once(rows, settings):
    with receiving() as receiver:
        settings.AUDIT_SYSLOG = f"tcp://127.0.0.1:{receiver.port}"
        seal_entries()
        seal_entries()
        told = [MESSAGE.fullmatch(text) for text in receiver.messages()]
    assert len(told) == AuditEntry.objects.count()
    first, second = told[-2:]
    assert [(each[1], each[5]) for each in (first, second)] == [("109", "login_failed"), ("110", "record")]
    assert (r'key="甲\"\]\\ b"' in first[6], 'area="330122"' in second[6]) == (True, True)
    assert f'digest="{seals.last_head().digest}"' in second[6]
    assert second[7] == '{"old": null, "new": {"value": "1.5", "说明": "一"}, "reason": "核对"}'
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+08:00", first[2])


def test_while_the_server_does_not_answer_nothing_is_lost(rows, settings, caplog):
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        settings.AUDIT_SYSLOG = f"tcp://127.0.0.1:{nobody.getsockname()[1]}"
        seal_entries()
    assert "cannot be reached: ConnectionRefusedError" in caplog.text
    assert AuditForward.objects.get().number == 0
    with receiving() as receiver:
        AuditForward.objects.update(receiver=f"tcp://127.0.0.1:{receiver.port}")
        settings.AUDIT_SYSLOG = f"tcp://127.0.0.1:{receiver.port}"
        assert forwarding.forward() == AuditEntry.objects.count()
        assert len(receiver.messages()) == AuditEntry.objects.count()


def test_many_rows_go_in_turns(rows, settings, monkeypatch):
    monkeypatch.setattr(forwarding, "AT_ONCE", 1)
    with receiving() as receiver:
        settings.AUDIT_SYSLOG = f"tcp://127.0.0.1:{receiver.port}"
        seals.seal_entries()
        assert [forwarding.forward() for _ in rows] == [1] * len(rows)
        assert forwarding.forward() == 0
        assert len(receiver.messages()) == len(rows)


def test_a_server_of_another_name_gets_nothing(rows, settings, tmp_path):
    certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "server.pem", tmp_path / "server.key")
    with receiving(context) as receiver:
        seals.seal_entries()
        for host, authority, count in (
            ("localhost", "", 0),
            ("127.0.0.1", tmp_path / "server.pem", 0),
            ("localhost", tmp_path / "server.pem", len(rows)),
        ):
            settings.AUDIT_SYSLOG_CA_FILE, settings.AUDIT_SYSLOG = str(authority), f"tls://{host}:{receiver.port}"
            assert forwarding.forward() == count
        assert len(receiver.messages()) == len(rows)


def test_a_datagram_is_a_message_and_not_longer_than_servers_take(rows, settings):
    changed = {"key": "x", "new": {"words": "很长" * 3000}}
    log_audit(action="record", subject="indicators.observation", rows=[changed], by=None)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taker:
        taker.bind(("127.0.0.1", 0))
        taker.settimeout(5)
        settings.AUDIT_SYSLOG = f"udp://127.0.0.1:{taker.getsockname()[1]}"
        seal_entries()
        told = [taker.recv(65536) for _ in range(AuditEntry.objects.count())]
    assert max(map(len, told)) in range(2044, 2049)
    assert all(MESSAGE.fullmatch(text.decode()) for text in told)


def test_a_line_break_begins_no_message():
    assert forwarding._escaped('a\nb"\x00') == r"a b\" "
    assert (forwarding._name("a b\n", 32), forwarding._name("登录", 32)) == ("ab", "-")


@pytest.mark.parametrize("address", ["log.example", "http://log.example", "tcp://log.example/x", "udp://a:b@c"])
def test_an_address_that_is_none_is_refused_at_the_start(tmp_path, address):
    assert "AUDIT_SYSLOG reads like" in started(tmp_path, AUDIT_SYSLOG=address).stderr

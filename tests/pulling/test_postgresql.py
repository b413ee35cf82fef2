"""A table of another PostgreSQL: read in a transaction that can write nothing, and only where it is allowed."""

import select
import socket
import ssl
import time
from contextlib import suppress
from ipaddress import ip_address
from pathlib import Path
from threading import Thread
from urllib.parse import urlsplit

import psycopg2
import pytest
from django.db import OperationalError

from lib.database.driver import NO_TLS, Place, read_elsewhere
from lib.web.outbound import Allowed
from pulling.models import Source
from pulling.reading import NotFetched, fetched_rows, tls_for
from tests.identity.providers import certificate
from tests.offices import execute, own_database

pytestmark = pytest.mark.stack
TABLE = """
CREATE SCHEMA gov;
CREATE TABLE gov.numbers ("指标" text, val numeric(12,3));
INSERT INTO gov.numbers VALUES ('P03', 4.650), ('P04', NULL);
CREATE FUNCTION gov.spoil() RETURNS text LANGUAGE sql AS 'DELETE FROM gov.numbers RETURNING val::text';
CREATE VIEW gov.trap AS SELECT '指标' AS "指标", gov.spoil() AS val;
"""
MUCH = """
CREATE VIEW gov.much AS SELECT 'P03' AS "指标", repeat('x', 10000) AS val FROM generate_series(1, 15000);
CREATE VIEW gov.odd AS SELECT 'P03' AS "指标", 'NaN'::numeric AS val;
CREATE VIEW gov.slow AS SELECT 'P03' AS "指标", pg_sleep(20)::text AS val;
"""
COLUMNS = {"indicator": "指标", "value": "val"}


@pytest.fixture
def theirs(postgresql_url):
    with own_database(postgresql_url) as url:
        execute(url, TABLE)
        yield urlsplit(url)


def source(theirs, table="gov.numbers", **more):
    values = {
        "kind": "postgresql",
        "address": f"{theirs.hostname}:{theirs.port}{theirs.path}",
        "login": theirs.username,
    }
    return Source(**values | {"table": table, "columns": COLUMNS} | more)


def test_rows_come_as_they_are_and_nothing_can_be_written(theirs, settings, monkeypatch):
    settings.OUTBOUND_ALLOWED = Allowed.of(["127.0.0.1"])
    monkeypatch.setattr("pulling.reading.unseal", lambda text: text)
    found = fetched_rows(source(theirs, secret=theirs.password or ""))
    assert [(row["指标"], None if row["val"] is None else str(row["val"])) for row in found] == [
        ("P03", "4.650"),
        ("P04", None),
    ]
    for table, columns, words in (
        ("gov.nothing", COLUMNS, "没有这个表"),
        ("gov.numbers", {"indicator": "no", "value": "val"}, "没有这一列"),
    ):
        with pytest.raises(NotFetched, match=words):
            fetched_rows(source(theirs, table, secret=theirs.password or "", columns=columns))
    with pytest.raises(NotFetched):
        fetched_rows(source(theirs, "gov.trap", secret=theirs.password or ""))
    assert len(fetched_rows(source(theirs, secret=theirs.password or ""))) == 2
    settings.OUTBOUND_ALLOWED = Allowed.of(["10.9.9.9"])
    with pytest.raises(NotFetched, match="许可"):
        fetched_rows(source(theirs))


def test_the_error_names_neither_host_nor_password(theirs):
    where = theirs.hostname, "127.0.0.1", theirs.port, theirs.path[1:]
    place = Place(*where, theirs.username, theirs.password or "", sslmode="prefer")
    with pytest.raises(OperationalError) as refusal:
        read_elsewhere(place, "gov.trap", ["val"], 10)
    assert str(refusal.value) == psycopg2.errors.ReadOnlySqlTransaction.__name__


def test_what_is_much_or_never_comes_is_given_up(theirs, settings, monkeypatch):
    """Also where the other side does not keep the time that it was asked to keep."""
    settings.OUTBOUND_ALLOWED = Allowed.of(["127.0.0.1"])
    monkeypatch.setattr("pulling.reading.unseal", lambda text: text)
    execute(f"postgres://{theirs.username}:{theirs.password}@{theirs.hostname}:{theirs.port}{theirs.path}", MUCH)
    with pytest.raises(NotFetched, match="太多"):
        fetched_rows(source(theirs, "gov.much", secret=theirs.password or ""))
    assert str(fetched_rows(source(theirs, "gov.odd", secret=theirs.password or ""))[0]["val"]) == "NaN"
    monkeypatch.setattr("lib.database.driver.ELSEWHERE_SECONDS", 0)  # no end on that side; five seconds on ours
    began = time.monotonic()
    with pytest.raises(NotFetched, match="连不上"):
        fetched_rows(source(theirs, "gov.slow", secret=theirs.password or ""))
    assert time.monotonic() - began < 15


# TLS ------------------------------------------------------------------------------------------------


def asked(url, **more):
    """What comes of one number that a database elsewhere is asked for."""
    place = urlsplit(url)
    found = Place("localhost", "127.0.0.1", place.port, place.path[1:], place.username, place.password or "", **more)
    try:
        return read_elsewhere(found, "gov.numbers", ["val"], 1)
    except OperationalError as refusal:
        return str(refusal)


def test_a_database_without_tls_gets_no_password(theirs):
    url = theirs.geturl()
    assert [asked(url), asked(url, sslmode="verify-full", authority="/dev/null")] == [NO_TLS, NO_TLS]
    assert len(asked(url, sslmode="prefer")) == 1


class TlsDoor:
    """TLS before a database that has none (the one of the tests is built without): takes PostgreSQL's question for it,
    and hands on what comes, of one caller after the other."""

    def __init__(self, port: int, folder: Path):
        certificate(folder)  # of `localhost`, which signs itself
        self.behind, self.authority = port, str(folder / "server.pem")
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(self.authority, str(folder / "server.key"))
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.thread = Thread(target=self._serve)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_exc):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.thread.join()
        self.listener.close()

    def _serve(self):
        with suppress(OSError):  # the door is shut
            while True:
                caller, _address = self.listener.accept()
                with suppress(ssl.SSLError, ConnectionError), caller:
                    assert caller.recv(8) == b"\x00\x00\x00\x08\x04\xd2\x16\x2f"  # SSLRequest
                    caller.sendall(b"S")
                    secure = self.context.wrap_socket(caller, server_side=True)
                    with secure, socket.create_connection(("127.0.0.1", self.behind)) as there:
                        self._hand_on(secure, there)

    @staticmethod
    def _hand_on(secure, there):
        while True:
            ready = [secure] if secure.pending() else select.select([secure, there], [], [])[0]
            for one in ready:
                piece = one.recv(65536)
                if not piece:
                    return
                (there if one is secure else secure).sendall(piece)


def test_a_certificate_counts_where_its_authority_is_named(theirs, tmp_path):
    (tmp_path / "other").mkdir()
    certificate(tmp_path / "other")  # of the same name, by another key
    with TlsDoor(theirs.port, tmp_path) as door:
        url = theirs._replace(netloc=theirs.netloc.replace(f":{theirs.port}", f":{door.listener.getsockname()[1]}"))
        assert len(asked(url.geturl())) == 1
        verified = {"sslmode": "verify-full"}
        assert len(asked(url.geturl(), **verified, authority=door.authority)) == 1
        assert asked(url.geturl(), **verified, authority=str(tmp_path / "other" / "server.pem")) == NO_TLS


@pytest.mark.parametrize(
    ("address", "given", "sslmode"),
    [
        ("127.0.0.1", {}, "prefer"),
        ("10.1.2.3", {}, "require"),
        ("10.1.2.3", {"PULL_PLAIN": True}, "prefer"),
        ("10.1.2.3", {"PULL_PLAIN": True, "PULL_CA_FILE": "ca.pem"}, "verify-full"),
        ("127.0.0.1", {"PULL_CA_FILE": "ca.pem"}, "verify-full"),
    ],
)
def test_how_much_tls_a_source_has_to_speak(settings, address, given, sslmode):
    for name, value in given.items():
        setattr(settings, name, value)
    assert tls_for(ip_address(address))["sslmode"] == sslmode


def test_a_source_that_has_no_tls_is_told_so_in_words(theirs, settings, monkeypatch, tmp_path):
    settings.OUTBOUND_ALLOWED, settings.PULL_CA_FILE = Allowed.of(["127.0.0.1"]), str(tmp_path / "ca.pem")
    certificate(tmp_path)
    (tmp_path / "server.pem").rename(tmp_path / "ca.pem")
    monkeypatch.setattr("pulling.reading.unseal", lambda text: text)
    with pytest.raises(NotFetched, match="TLS"):
        fetched_rows(source(theirs, secret=theirs.password or ""))

"""A table of another PostgreSQL: read in a transaction that can write nothing, and only where it is allowed."""

import time
from urllib.parse import urlsplit

import psycopg2
import pytest
from django.db import OperationalError

from lib.database.driver import Place, read_elsewhere
from lib.web.outbound import Allowed
from pulling.models import Source
from pulling.reading import NotFetched, fetched_rows
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
    place = Place(theirs.hostname, "127.0.0.1", theirs.port, theirs.path[1:], theirs.username, theirs.password or "")
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

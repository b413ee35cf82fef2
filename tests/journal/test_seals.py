"""The audit log's chain and the database's own refusal to change it: SQLite here, PostgreSQL in the stack group."""

import os
import random
import re
import secrets
import subprocess
import sys
from contextlib import contextmanager
from datetime import timedelta
from io import StringIO

import psycopg2
import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.test import Client

from accounts.models import User
from journal import guard, seals
from journal.actions import log_audit, log_event
from journal.models import AuditEntry, AuditSeal
from journal.tasks import seal_entries
from tests.offices import Office, execute, own_database
from tests.servers import ROOT
from tests.worlds import lay_tables

TEXTS = ("actor_name", "channel", "address", "action", "subject", "key", "reason")


@pytest.fixture
def log(db):
    """36 rows of two kinds, sealed."""
    for number in range(12):
        rows = [{"key": f"330122/P{number:02}/2024", "old": None, "new": {"value": str(number), "说明": "一"}}]
        log_audit(action="record", subject="indicators.observation", rows=rows * 2, by=None, reason="核对")
        log_event(action="login", subject="accounts.user", key=f"第{number}人", by=None)
    assert seals.seal_entries() == AuditEntry.objects.count()


def faults(head=None) -> list[str]:
    return list(seals.find_faults(head))


@contextmanager
def undone():
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def alter(draw: random.Random) -> None:
    """One place of one row, of the log or of its chain: each column of either, a row taken out, put in, or in
    another's place."""
    entry = draw.choice(list(AuditEntry.objects.all()))
    row = AuditEntry.objects.filter(pk=entry.pk)
    kind = draw.randrange(10)
    if kind == 0:
        name = draw.choice(TEXTS)
        row.update(**{name: getattr(entry, name) + draw.choice(" x0一")})
    elif kind == 1:
        row.update(at=entry.at.replace(microsecond=(entry.at.microsecond + 1) % 1_000_000))
    elif kind == 2:
        row.update(new={"value": "7.000001", "说明": "一"})
    elif kind == 3:
        AuditSeal.objects.filter(entry=entry).delete()
        entry.delete()
    elif kind == 4:
        other = draw.choice(list(AuditEntry.objects.exclude(pk=entry.pk)))
        if (other.key, other.new, other.action) == (entry.key, entry.new, entry.action):
            row.update(key="z")
        else:
            row.update(key=other.key, new=other.new, action=other.action)
            AuditEntry.objects.filter(pk=other.pk).update(key=entry.key, new=entry.new, action=entry.action)
    elif kind == 5:
        row.update(old={"value": "7"})
    elif kind == 6:
        row.update(area_id=None if entry.area_id else "330122")
    elif kind == 7:
        put_in = AuditEntry.objects.create(**copy_of(entry))
        AuditEntry.objects.filter(pk=put_in.pk).update(at=entry.at - timedelta(hours=2))
    else:
        spoil_seal(draw, kind)


def copy_of(entry: AuditEntry) -> dict:
    """What the row says, for one of another number."""
    return {
        each.attname: getattr(entry, each.attname) for each in AuditEntry._meta.concrete_fields if each.name != "id"
    }


def spoil_seal(draw: random.Random, kind: int) -> None:
    """One column of one seal."""
    seal = draw.choice(list(AuditSeal.objects.all()))
    row = AuditSeal.objects.filter(pk=seal.pk)
    if kind == 8:
        row.update(digest=seal.digest[::-1])
    elif draw.random() < 0.5:
        row.update(algorithm="sm3")
    else:
        other = draw.choice(list(AuditSeal.objects.exclude(pk=seal.pk)))
        row.update(number=10**9)
        AuditSeal.objects.filter(pk=other.pk).update(number=seal.number)
        AuditSeal.objects.filter(pk=10**9).update(number=other.pk)


def test_a_log_that_nobody_touched_holds(log):
    assert faults() == []
    assert faults(seals.last_head()) == []
    assert seals.seal_entries() == 0


def test_a_thousand_random_changes_are_all_found(log):
    draw, head, missed = random.Random(22239), seals.last_head(), []
    for number in range(1000):
        with undone():
            alter(draw)
            if not faults(head):
                missed.append(number)
    assert missed == []
    assert faults(head) == []


def test_a_fault_names_the_row(log):
    entry = AuditEntry.objects.order_by("pk")[10]
    AuditEntry.objects.filter(pk=entry.pk).update(reason="另一个理由")
    assert [re.sub(r"\(.*?,", "(…,", fault) for fault in faults()] == [
        f"Row {entry.pk} (…, {entry.action}) or its seal 11 was altered."
    ]


def test_a_log_made_anew_is_found_by_the_seal_that_was_noted(log):
    """Whoever holds the database can make a chain that holds; not one through a seal that is kept elsewhere."""
    head = seals.last_head()
    AuditSeal.objects.all().delete()
    AuditEntry.objects.order_by("pk").first().delete()
    seals.seal_entries()
    assert faults() == []
    assert faults(head) == [f"The log ends at seal {head.number - 1}; it reached {head.number} when that was noted."]
    log_event(action="login", subject="accounts.user", key="x", by=None)
    seals.seal_entries()
    assert faults(head) == [f"Seal {head.number} is another one than was noted: the log up to it was made anew."]


def test_a_row_that_nobody_sealed_is_told(log):
    log_event(action="login", subject="accounts.user", key="x", by=None)
    late = AuditEntry.objects.order_by("-pk").first()
    assert faults() == []
    AuditEntry.objects.filter(pk=late.pk).update(at="2026-01-01T00:00:00Z")
    assert faults() == [f"Row {late.pk} is not sealed, though it is over an hour old."]


def test_of_two_that_seal_one_gives_way(log, monkeypatch):
    log_event(action="login", subject="accounts.user", key="x", by=None)
    first = seals.last_head()
    seal_entries()
    AuditEntry.objects.update(channel="web")
    with monkeypatch.context() as patch:
        patch.setattr(seals, "last_head", lambda: first)
        log_event(action="login", subject="accounts.user", key="y", by=None)
        assert seals.seal_entries() == 0
    assert seals.seal_entries() == 1


def test_sm3_where_it_is_asked_for_beside_what_was_sealed_before(log, settings):
    settings.AUDIT_DIGEST = "sm3"
    log_event(action="login", subject="accounts.user", key="x", by=None)
    seal_entries()
    assert list(AuditSeal.objects.order_by("-number").values_list("algorithm", flat=True)[:2]) == ["sm3", "sha256"]
    assert faults() == []
    AuditSeal.objects.filter(algorithm="sm3").update(algorithm="sha256")
    assert len(faults()) == 1


# The database's own refusal -----------------------------------------------------------------------


@pytest.fixture
def guarded(log):
    guard.put_up(connection)
    yield
    guard.take_down(connection)


@pytest.mark.parametrize("sql", [
    "UPDATE journal_auditentry SET reason = 'x' WHERE id = (SELECT min(id) FROM journal_auditentry)",
    "UPDATE journal_auditentry SET actor_id = NULL, key = 'x'",
    "UPDATE journal_auditseal SET digest = 'x'",
    "DELETE FROM journal_auditseal",
    "DELETE FROM journal_auditentry",
])  # fmt: skip
def test_no_statement_changes_or_deletes_a_row(guarded, sql):
    with pytest.raises(DatabaseError, match=guard.WORDS), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)
    assert faults() == []


def test_rows_are_added_and_an_account_may_go(guarded):
    person = User.objects.create_superuser("someone")
    log_event(action="login", subject="accounts.user", key="someone", by=person)
    seal_entries()
    person.delete()
    entry = AuditEntry.objects.order_by("-pk").first()
    assert (entry.actor, entry.actor_name) == (None, "someone")
    assert faults() == []


def test_they_come_with_the_tables(tmp_path):
    """On SQLite; after all migrations, of which a later one may have made the table anew."""
    environment = os.environ | {"VAR_DIR": str(tmp_path), "DATABASE_URL": lay_tables(tmp_path / "db.sqlite3")}
    environment |= {"DJANGO_SETTINGS_MODULE": "county_urbanization.settings"}
    words = [sys.executable, "manage.py", "verify_audit", "--verbosity", "0"]
    done = subprocess.run(words, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("The audit log holds.")


# The command --------------------------------------------------------------------------------------


def verify(*words: str) -> tuple[str, str]:
    told, complained = StringIO(), StringIO()
    try:
        call_command("verify_audit", *words, stdout=told, stderr=complained)
    except CommandError as error:
        complained.write(str(error))
    return told.getvalue(), complained.getvalue()


def test_the_command_says_that_it_holds_and_which_seal_to_note(log):
    assert verify() == (f"The audit log holds. Note this seal elsewhere: {seals.last_head()}\n", "")
    assert verify("--head", str(seals.last_head()))[1] == ""


def test_the_command_tells_what_is_wrong(log, settings):
    AuditEntry.objects.filter(pk=AuditEntry.objects.order_by("pk").first().pk).update(key="x")
    told, complained = verify()
    assert told == ""
    assert "seal 1 was altered" in complained
    assert complained.endswith("The audit log does not hold: 1 faults.")
    settings.AUDIT_APPEND_ONLY = True
    assert "triggers that keep the log append-only are gone" in verify()[1]
    AuditEntry.objects.filter(key="x").update(key=told or "330122/P00/2024")
    assert verify("--put-up") == (f"The audit log holds. Note this seal elsewhere: {seals.last_head()}\n", "")
    guard.take_down(connection)


def test_the_command_wants_a_whole_seal(log):
    assert "12:abc" in verify("--head", "12:abc")[1]


# What is in the log beside the writes -------------------------------------------------------------


def latest() -> list[tuple]:
    return list(AuditEntry.objects.order_by("-pk").values_list("action", "key", "actor__username", "address")[:1])


def test_logins_failures_and_logouts(demo):
    client = Client(REMOTE_ADDR="192.0.2.7")
    client.post("/accounts/login/", {"username": "municipal", "password": "wrong"})
    assert latest() == [("login_failed", "municipal", None, "192.0.2.7")]
    client.post("/accounts/login/", {"username": "correct horse battery", "password": "wrong"})
    assert latest() == [("login_failed", "?", None, "192.0.2.7")]
    client.post("/accounts/login/", {"username": "municipal", "password": "demo"})
    assert latest() == [("login", "municipal", "municipal", "192.0.2.7")]
    client.post("/accounts/logout/")
    assert latest() == [("logout", "municipal", "municipal", "192.0.2.7")]


def test_files_and_refusals_once_a_minute(login):
    client = login("tonglu")
    for _ in range(2):
        b"".join(client.get("/overview.xlsx"))
    assert AuditEntry.objects.filter(action="download", actor__username="tonglu").count() == 1
    assert latest() == [("download", "/overview.xlsx", "tonglu", "127.0.0.1")]
    client.get("/admin/")
    assert AuditEntry.objects.exclude(action="download").order_by("-pk").first().action != "download"


def test_unapproved_values_that_were_read(login):
    client = login("municipal")
    client.get("/?layer=submitted")
    assert latest() == [("read_unapproved", "/", "municipal", "127.0.0.1")]
    client.get("/?year=2023")
    assert AuditEntry.objects.filter(action="read_unapproved").count() == 1


@pytest.mark.stack
@pytest.mark.parametrize("sql", [
    "UPDATE journal_auditentry SET reason = 'x'",
    "UPDATE journal_auditentry SET new = '{}'",
    "DELETE FROM journal_auditentry",
    "TRUNCATE journal_auditentry CASCADE",
])  # fmt: skip
def test_postgresql_refuses_too(demo_database, sql):
    with pytest.raises(psycopg2.Error, match=guard.WORDS):
        execute(demo_database, sql)


@pytest.mark.stack
def test_the_command_on_postgresql_and_a_row_changed_by_its_owner(demo_database, tmp_path):
    with own_database(demo_database, template=demo_database) as url:
        office = Office.on(url, tmp_path)
        assert office.run("manage.py", "verify_audit").stdout.startswith("The audit log holds.")
        for sql in ("UPDATE journal_auditseal SET digest = 'x'", "DELETE FROM journal_auditseal"):
            with pytest.raises(psycopg2.Error, match=guard.WORDS):
                office.execute(sql)
        office.execute("UPDATE journal_auditentry SET actor_id = NULL")
        office.execute("ALTER TABLE journal_auditentry DISABLE TRIGGER USER")
        office.execute("UPDATE journal_auditentry SET reason = 'x' WHERE id = 7")
        with pytest.raises(subprocess.CalledProcessError) as failed:
            office.run("manage.py", "verify_audit")
        told = failed.value.stderr
        assert ("Row 7 " in told, "are gone" in told, "2 faults" in told) == (True, True, True)


@pytest.fixture
def two_roles(demo_database):
    """The addresses of the owner and of the site's own role, which deploy/postgresql/roles.sql has given its rights."""
    site, words = f"site_{secrets.token_hex(4)}", (ROOT / "deploy" / "postgresql" / "roles.sql").read_text("utf-8")
    with own_database(demo_database, template=demo_database) as url:
        execute(url, f"CREATE ROLE {site} LOGIN PASSWORD 'of-the-site'")
        execute(url, words.replace(':"site"', site))
        try:
            yield url, f"postgres://{site}:of-the-site@{url.rpartition('@')[2]}"
        finally:
            execute(url, f"DROP OWNED BY {site}")
            execute(url, f"DROP ROLE {site}")


@pytest.mark.stack
@pytest.mark.parametrize("sql", [
    "UPDATE journal_auditentry SET reason = 'x'",
    "DELETE FROM journal_auditentry",
    "TRUNCATE journal_auditentry CASCADE",
    "UPDATE journal_auditseal SET digest = 'x'",
    "DELETE FROM journal_auditcut",
    "ALTER TABLE journal_auditentry DISABLE TRIGGER USER",
    "DROP TRIGGER journal_auditentry_no_update ON journal_auditentry",
])  # fmt: skip
def test_the_site_s_own_role_is_refused_below_the_triggers(two_roles, sql):
    with pytest.raises(psycopg2.errors.InsufficientPrivilege):
        execute(two_roles[1], sql)


@pytest.mark.stack
def test_the_site_works_as_that_role(two_roles, tmp_path):
    owner, site = two_roles
    execute(owner, "CREATE TABLE of_a_later_version (id serial PRIMARY KEY)")
    execute(site, "INSERT INTO of_a_later_version DEFAULT VALUES")
    office, change = Office.on(site, tmp_path), ("330127", "P02", 2025, "95.5")
    office.record(change)
    office.run("manage.py", "recompute")
    assert office.value(change) == 95.5
    assert office.run("manage.py", "verify_audit").stdout.startswith("The audit log holds.")
    office.execute("UPDATE journal_auditentry SET actor_id = NULL")  # what goes with an account
    assert "files written" in office.run("manage.py", "backup", str(tmp_path / "1.zip")).stdout

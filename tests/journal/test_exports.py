"""The audit log leaves by signed files, and its chain goes on over the cut."""

import base64
import json
import random
from datetime import date, timedelta
from io import StringIO
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from journal import exports, guard, seals
from journal.actions import log_audit, log_event
from journal.models import AuditCut, AuditEntry, AuditForward, AuditSeal
from operations.audit_keeping import last_day_kept, moves_before
from plan.models import Plan
from tests.offices import Office, own_database

FIRST = "0" * 64


def write(number: int) -> None:
    for place in range(number):
        row = {"key": f"330122/P{place:02}/2024", "new": {"value": str(place), "说明": "一\n二"}}
        log_audit(action="record", subject="indicators.observation", rows=[row], by=None, reason="核对")
    seals.seal_entries()


@pytest.fixture
def log(db, settings, tmp_path):
    """24 rows of 2025, sealed; the database refuses to change them."""
    settings.AUDIT_KEY_FILE, settings.AUDIT_APPEND_ONLY = str(tmp_path / "key.pem"), True
    for _ in range(24):
        log_event(action="login", subject="accounts.user", key="甲", by=None)
    AuditEntry.objects.update(at=timezone.now() - timedelta(days=500))
    write(0)
    guard.put_up(connection)
    yield tmp_path
    guard.take_down(connection)


def run(*words: str) -> tuple[str, str]:
    told, complained = StringIO(), StringIO()
    try:
        call_command(*words, stdout=told, stderr=complained)
    except CommandError as error:
        complained.write(str(error))
    return told.getvalue(), complained.getvalue()


def moved(folder: Path, name: str = "1.jsonl"):
    path = folder / name
    exports.export_until(path, timezone.now() - timedelta(days=400))
    return path, exports.move_out(path)


def test_an_export_holds_every_row_as_it_was_sealed(log):
    path, head = log / "all.jsonl", seals.last_head()
    statement = exports.export_until(path, timezone.now() + timedelta(days=1))
    assert (statement.first, statement.last, statement.before, statement.head) == (1, 24, FIRST, head.digest)
    *rows, last = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert [(row["number"], row["action"], row["key"]) for row in rows] == [(n, "login", "甲") for n in range(1, 25)]
    assert exports.read_export(path) == (statement, [])
    assert (path.stat().st_mode & 0o777, Path(log / "key.pem").stat().st_mode & 0o777) == (0o600, 0o600)
    assert AuditEntry.objects.first().action == "export_audit"
    assert AuditEntry.objects.filter(action="login").count() == 24
    with pytest.raises(exports.ExportRefused, match="is there already"):
        exports.export_until(path, timezone.now())


def test_the_chain_goes_on_over_the_cut(log):
    write(5)
    path, statement = moved(log)
    assert statement.last == 24
    assert AuditEntry.objects.filter(action="login").count() == 0
    assert (guard.is_up(connection), seals.cut_head()) == (True, seals.Head(24, statement.head))
    write(3)
    told, complained = run("verify_audit", "--export", str(path))
    assert (told.startswith("The audit log holds."), complained) == (True, "")


def test_a_second_export_goes_on_where_the_first_ended(log):
    moved(log)
    write(4)
    guard.take_down(connection)
    AuditSeal.objects.all().delete()
    AuditEntry.objects.update(at=timezone.now() - timedelta(days=450))
    guard.put_up(connection)
    write(0)
    path, statement = moved(log, "2.jsonl")
    assert statement.first == 25
    assert list(exports.faults_of_cuts()) == []
    assert run("verify_audit", "--export", str(log / "1.jsonl"), "--export", str(path))[1] == ""


def test_where_nothing_is_old_enough_nothing_is_written(log):
    path = log / "none.jsonl"
    assert exports.export_until(path, timezone.now() - timedelta(days=600)) is None
    assert [each.name for each in log.iterdir()] == ["key.pem"]


def test_any_change_of_an_export_is_found(log):
    """300 random bytes, and whole lines taken out, put in or moved."""
    path = log / "1.jsonl"
    exports.export_until(path, timezone.now())
    whole, draw, missed = path.read_bytes(), random.Random(1), []
    lines = whole.splitlines(keepends=True)
    altered = []
    for _ in range(300):
        place = draw.randrange(len(whole) - 1)
        altered.append(whole[:place] + bytes([whole[place] ^ (1 << draw.randrange(7))]) + whole[place + 1 :])
    altered += [b"".join(lines[1:]), b"".join([*lines[:4], *lines[5:]]), b"".join([lines[1], lines[0], *lines[2:]])]
    altered += [b"".join([lines[0], *lines]), b"".join(lines[:-1]), b"", lines[-1]]
    for content in altered:
        path.write_bytes(content)
        if not exports.read_export(path)[1]:
            missed.append(content)
    assert missed == []
    path.write_bytes(whole)
    assert exports.read_export(path)[1] == []


def test_an_export_that_was_touched_takes_no_row_out(log):
    path = log / "1.jsonl"
    exports.export_until(path, timezone.now())
    path.write_bytes(path.read_bytes().replace(b"login", b"logout", 1))
    with pytest.raises(exports.ExportRefused, match="Seal 1 of the export was altered"):
        exports.move_out(path)
    assert (AuditEntry.objects.filter(action="login").count(), AuditCut.objects.count()) == (24, 0)


def test_rows_that_the_log_server_has_not_got_stay(log, settings):
    settings.AUDIT_SYSLOG = "udp://127.0.0.1"
    with pytest.raises(exports.ExportRefused, match="has not been sent all"):
        moved(log)
    AuditForward.objects.create(receiver=settings.AUDIT_SYSLOG, number=24)
    assert exports.move_out(log / "1.jsonl").last == 24


def test_a_log_that_does_not_hold_is_not_exported(log):
    guard.take_down(connection)
    AuditEntry.objects.filter(seal__number=7).update(reason="另一个")
    with pytest.raises(exports.ExportRefused, match="does not hold at seal 7"):
        exports.export_until(log / "1.jsonl", timezone.now())
    assert not (log / "1.jsonl").exists()


def test_who_has_the_database_and_not_the_key_makes_no_cut(log, settings):
    """Rows taken out by SQL, with a cut of one's own signed by a key of one's own."""
    mine = Ed25519PrivateKey.generate()
    seal = AuditSeal.objects.get(number=10)
    statement = exports.ExportStatement(1, 10, FIRST, seal.digest, FIRST)
    guard.take_down(connection)
    gone = list(AuditSeal.objects.filter(number__lte=10).values_list("entry", flat=True))
    AuditSeal.objects.filter(number__lte=10).delete()
    AuditEntry.objects.filter(pk__in=gone).delete()
    assert "Seal 1 is missing" in run("verify_audit")[1]
    signature = base64.b64encode(mine.sign(statement.signed_bytes())).decode()
    AuditCut.objects.create(
        number=10, first=1, before=FIRST, digest=seal.digest, sha256=FIRST, key=exports.public_text(mine),
        signature=signature,
    )  # fmt: skip
    exports.signing_key()
    assert "The cut at seal 10 is not signed by a key of ours" in run("verify_audit")[1]
    settings.AUDIT_TRUSTED_KEYS = [exports.public_text(mine)]
    assert "The cut at seal 10" not in run("verify_audit")[1]


def test_a_seal_that_was_noted_is_looked_for_where_it_went(log):
    noted = seals.Head(12, AuditSeal.objects.get(number=12).digest)
    path, _statement = moved(log)
    assert "Seal 12 left the database: name the file" in run("verify_audit", "--head", str(noted))[1]
    assert run("verify_audit", "--head", str(noted), "--export", str(path))[1] == ""
    other = f"12:{'a' * 64}"
    assert "another one than was noted" in run("verify_audit", "--head", other, "--export", str(path))[1]
    cut = AuditCut.objects.get()
    assert run("verify_audit", "--head", f"24:{cut.digest}")[1] == ""
    assert "was made anew" in run("verify_audit", "--head", f"24:{'b' * 64}")[1]


@pytest.mark.parametrize("sql", ["UPDATE journal_auditcut SET number = 99", "DELETE FROM journal_auditcut"])
def test_no_statement_changes_a_cut(log, sql):
    moved(log)
    with pytest.raises(DatabaseError, match=guard.WORDS), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)


# How long it stays --------------------------------------------------------------------------------


@pytest.fixture
def ended(log, plan):
    """A plan that ended so long ago that rows may leave."""
    Plan.objects.update(final_year=2020, baseline_year=2017)
    return log


def test_rows_stay_until_so_long_after_the_plan_s_end(log, plan, settings):
    last = last_day_kept()
    assert last - timedelta(days=400) == date(2027, 12, 31)
    assert (moves_before(last), moves_before(last + timedelta(days=1)).date()) == (None, date(2028, 1, 1))
    settings.AUDIT_KEEP_DAYS = 500
    assert moves_before(last + timedelta(days=1)) is None
    told = run("export_audit", str(log / "1.jsonl"), "--move")[1]
    assert f"stays in the database until {last_day_kept()}" in told
    assert not (log / "1.jsonl").exists()


def test_the_command_moves_what_is_old_enough_and_copies_anything(ended):
    old = AuditEntry.objects.count()
    write(2)
    young = AuditEntry.objects.filter(at__gte=timezone.now() - timedelta(days=1)).count()
    told, complained = run("export_audit", str(ended / "1.jsonl"), "--move")
    assert (complained, told.splitlines()[0]) == ("", f"Seals 1 to {old} moved to {ended / '1.jsonl'}.")
    assert AuditEntry.objects.count() == young + 2  # and two that tell of it
    told = run("export_audit", str(ended / "2.jsonl"))[0]
    assert told.startswith(f"Seals {old + 1} to ")
    assert run("export_audit", str(ended / "3.jsonl"), "--until", "2019-01-01")[0].startswith("No sealed row")
    assert "is no day" in run("export_audit", str(ended / "3.jsonl"), "--until", "2019-02-30")[1]
    assert run("verify_audit", "--export", str(ended / "1.jsonl"))[1] == ""


@pytest.mark.stack
def test_on_postgresql_rows_leave_and_the_triggers_stand_again(demo_database, tmp_path):
    with own_database(demo_database, template=demo_database) as url:
        office = Office.on(url, tmp_path)
        office.run("manage.py", "verify_audit")
        office.execute("ALTER TABLE journal_auditentry DISABLE TRIGGER USER")
        office.execute("ALTER TABLE journal_auditseal DISABLE TRIGGER USER")
        office.execute("DELETE FROM journal_auditseal")
        office.execute("UPDATE journal_auditentry SET at = '2019-05-01T00:00Z'")
        office.execute("UPDATE plan_plan SET final_year = 2020, baseline_year = 2017")
        office.run("manage.py", "verify_audit", "--put-up")
        path = tmp_path / "1.jsonl"
        assert "moved to" in office.run("manage.py", "export_audit", str(path), "--move").stdout
        told = office.run("manage.py", "verify_audit", "--export", str(path)).stdout
        assert told.startswith("The audit log holds.")
        assert office.rows("SELECT count(*) FROM journal_auditentry WHERE at < '2020-01-01'") == [(0,)]
        for table in ("journal_auditentry", "journal_auditseal", "journal_auditcut"):
            with pytest.raises(Exception, match=guard.WORDS):
                office.execute(f"DELETE FROM {table}")
        office.execute("UPDATE journal_auditentry SET actor_id = NULL")

"""Everything comes back, on the other engine too; what is there is never written over."""

import json
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client

from access.actions import create_token
from accounts.models import User
from indicators.models import Observation
from lib.files.archives import ArchiveError, ArchiveReader, ArchiveWriter
from lib.files.paths import OutsideFolder
from operations.backup import NAMES, _place, write_backup
from reporting.entries.evidence import attach_evidence
from reporting.models import Entry, Evidence
from reports.actions import issue_report
from tests.offices import own_database
from tests.servers import ROOT
from tests.worlds import lay_tables

OTHER_PDF = b"%PDF-1.5\n1 0 obj\n<< >>\nendobj\ntrailer\n<< >>\n%%EOF\n"
OVERVIEW = """
from django.conf import settings  # addresses of static files without their hashes
settings.STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"
import django; django.setup()
from django.test import Client
from accounts.models import User
client = Client(); client.force_login(User.objects.get(username="leader"))
print(client.get("/?year=2024", HTTP_HOST="localhost").content.decode())
"""
on_sqlite = pytest.mark.skipif("postgres" in os.environ.get("DATABASE_URL", ""), reason="begins on SQLite")


def lasting(page: str) -> str:
    """A page without its one-time marks."""
    return re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", page).strip()


class Place:
    """An installation of its own, empty."""

    def __init__(self, directory: Path, database_url: str):
        self.directory = directory
        wiring = {"VAR_DIR": str(directory), "DATABASE_URL": database_url, "REDIS_URL": ""}
        self.environment = os.environ | wiring | {"DJANGO_SETTINGS_MODULE": "county_urbanization.settings"}

    def run(self, *words: str, succeeds: bool = True) -> str:
        done = subprocess.run(
            [sys.executable, *words], cwd=ROOT, env=self.environment, capture_output=True, text=True, check=False
        )
        assert (done.returncode == 0) == succeeds, done.stderr
        return done.stdout if succeeds else done.stderr


WITH_ROWS = {  # in the round trip, of each room what nobody wants to enter twice
    "accounts.User",
    "accounts.AccessToken",
    "journal.AuditEntry",
    "journal.Change",
    "journal.ReportIssue",
    "plan.WorkItem",
    "indicators.Target",
    "indicators.Observation",
    "indicators.Assessment",
    "reporting.Entry",
    "reporting.EntryVersion",
    "reporting.Transition",
    "reporting.Notice",
    "reporting.Evidence",
    "projects.Project",
    "projects.ProjectAmount",
    "projects.ProjectEvent",
    "funding.Flow",
    "funding.FlowTotal",
    "commitments.Commitment",
    "commitments.CommitmentStatement",
}


@pytest.mark.stack
@on_sqlite
def test_a_round_trip_over_both_engines_keeps_every_row_and_file(objects, postgresql_url, migrated_database, tmp_path):
    city = User.objects.get(username="municipal")
    create_token(name="县系统", organisation=city.organisation, scopes=["read"], by=city)
    issue_report(year=2024, by=city)
    entry = Entry.objects.filter(submission__area="330127", part__state="open").first()
    by = User.objects.get(organisation=entry.part.organisation)
    evidence = attach_evidence(entry=entry, name="证明.pdf", content=OTHER_PDF, by=by)
    client = Client()
    client.force_login(User.objects.get(username="leader"))
    page = lasting(client.get("/?year=2024").content.decode())
    first, second, third = (tmp_path / f"{n}.zip" for n in (1, 2, 3))
    write_backup(first)
    with own_database(postgresql_url, template=migrated_database) as url:
        there = Place(tmp_path / "postgresql", url)
        assert " files restored from " in there.run("manage.py", "restore", str(first))
        there.run("manage.py", "backup", str(second))
        assert lasting(there.run("-c", OVERVIEW)) == page
    back = Place(tmp_path / "sqlite", lay_tables(tmp_path / "sqlite" / "db.sqlite3"))
    back.run("manage.py", "restore", str(second))
    back.run("manage.py", "backup", str(third))
    assert lasting(back.run("-c", OVERVIEW)) == page
    one, two, three = (ArchiveReader(path) for path in (first, second, third))
    assert one.tables == two.tables == three.tables
    assert one.files == two.files == three.files
    assert sorted(label for label in WITH_ROWS if not one.tables[label]["rows"]) == []
    assert one.tables["indicators.Observation"]["rows"] == Observation.objects.count()
    assert [file.read_bytes() for file in back.directory.rglob(evidence.stored_as)] == [OTHER_PDF]
    words = back.run("manage.py", "restore", str(first), succeeds=False)
    assert "The database is not empty: accounts.AccessToken has rows." in words


@pytest.fixture
def kept(plan, tmp_path, settings):
    settings.MEDIA_ROOT = tmp_path / "uploads"
    path = tmp_path / "backup.zip"
    if connection.vendor != "sqlite":
        pytest.skip("a snapshot is a transaction of its own")
    call_command("backup", path)
    return path


def test_a_database_with_rows_is_left_alone(kept):
    before = Observation.objects.count()
    with pytest.raises(CommandError, match="The database is not empty: accounts.Organisation has rows"):
        call_command("restore", kept)
    assert Observation.objects.count() == before


def test_no_session_goes_along(kept):
    tables = ArchiveReader(kept).tables
    assert [name for name in tables if name.startswith(("sessions.", "auth.", "contenttypes."))] == []
    assert "accounts.User" in tables


def test_one_of_a_newer_version_is_refused(kept, tmp_path):
    with zipfile.ZipFile(kept) as old:
        members = {name: old.read(name) for name in old.namelist()}
    manifest = json.loads(members["manifest.json"])
    manifest["migrations"]["plan"].append("0999_of_tomorrow")
    members["manifest.json"] = json.dumps(manifest)
    newer = tmp_path / "newer.zip"
    with zipfile.ZipFile(newer, "w") as new:
        for name, content in members.items():
            new.writestr(name, content)
    place = Place(tmp_path / "empty", f"sqlite:///{tmp_path}/empty/db.sqlite3")
    words = place.run("manage.py", "restore", str(newer), succeeds=False)
    assert "The backup comes from a newer version (plan.0999_of_tomorrow). Install that version first." in words


OLDEST_YOUNGER = "0003_totals"  # of funding: this and all that came after it


def aged(backup: Path, path: Path) -> None:
    """The backup as it would have been made before the sums of flows were kept, and before there were commitments."""
    with ArchiveWriter(path) as older:
        young = ArchiveReader(backup)
        for label in young.tables:
            if label != "funding.FlowTotal" and not label.startswith("commitments."):
                older.add_table(label, young.rows(label))
        then = dict(young.manifest["migrations"])
        then["funding"] = [name for name in then["funding"] if name < OLDEST_YOUNGER]
        older.finish(young.manifest | {"migrations": {app: then[app] for app in then if app != "commitments"}})


def totals(backup: Path) -> list[tuple]:
    """Every sum of flows, but for its number."""
    rows = ArchiveReader(backup).rows("funding.FlowTotal")
    return sorted(tuple(str(row[name]) for name in sorted(row) if name != "id") for row in rows)


@on_sqlite
def test_one_of_an_older_version_is_read_and_brought_up_to_date(demo, tmp_path):
    """By that version's tables first, then by the migrations since: the sums of flows are made from the flows."""
    now, old, again = (tmp_path / f"{name}.zip" for name in ("now", "old", "again"))
    write_backup(now)
    aged(now, old)
    place = Place(tmp_path / "sqlite", f"sqlite:///{tmp_path}/sqlite/db.sqlite3")
    place.run("manage.py", "restore", str(old))
    place.run("manage.py", "backup", str(again))
    assert ArchiveReader(again).manifest["migrations"] == ArchiveReader(now).manifest["migrations"]
    before, after = ArchiveReader(old).tables, ArchiveReader(again).tables
    sources = before.pop("funding.FundingSource")  # whose names in English that version does not know
    assert after["funding.FundingSource"]["rows"] == sources["rows"]
    assert {label: after[label] for label in before} == before
    assert totals(again) == totals(now) != []


def test_every_column_that_becomes_a_path_is_looked_at():
    """Also in a backup of a version that had no rule for it."""
    named = {model._meta.label for model in apps.get_models() if "stored_as" in {f.name for f in model._meta.fields}}
    assert named | {"journal.ReportIssue"} == set(NAMES)


def test_what_is_no_backup_is_refused(tmp_path, db):
    (tmp_path / "x.zip").write_bytes(b"nothing of the kind")
    with pytest.raises(CommandError, match="is no backup"):
        call_command("restore", tmp_path / "x.zip")


# Hostile backups, each with right checksums --------------------------------------------------------------------------

HOSTILE = """
import sys
from pathlib import Path
import django; django.setup()
from operations.backup import read_backup
from lib.files.archives import ArchiveError
for path in sys.argv[1:]:
    try:
        print(path, read_backup(Path(path)))
    except ArchiveError as error:
        print(path, "REFUSED", error)
"""


def forged(good: Path, path: Path, *, label: str = "", files: dict[str, Path] | None = None, **values) -> Path:
    """The backup with the last row of a table changed (a value `...` is taken out), or with other files."""
    old = ArchiveReader(good)
    with ArchiveWriter(path) as archive:
        for each in old.tables:
            rows = list(old.rows(each))
            if each == label:
                rows[-1] = {key: value for key, value in (rows[-1] | values).items() if value is not ...}
            archive.add_table(each, rows)
        for name, file in (files or {}).items():
            archive.add_file(name, file)
        archive.finish({key: old.manifest[key] for key in ("made_at", "engine", "migrations")})
    return path


TOMORROW = """
import sys; from pathlib import Path
import django; django.setup()
from django.db import connection
from django.db.models import CheckConstraint, Q
from areas.models import Area
from lib.files.archives import ArchiveError
from operations import backup
def migrate(*words, **more):
    rule = CheckConstraint(condition=~Q(code="330127"), name="no_chunan")
    Area._meta.constraints = [*Area._meta.constraints, rule]
    with connection.schema_editor() as editor:
        editor.add_constraint(Area, rule)
backup.call_command = migrate
try:
    print(backup.read_backup(Path(sys.argv[1])))
except ArchiveError as error:
    print("REFUSED", error)
"""


@on_sqlite
def test_a_rule_that_came_later_refuses_old_rows_in_words(objects, tmp_path, settings):
    """They were right when the backup was made, and lie in the tables by the time the rule comes."""
    settings.MEDIA_ROOT = tmp_path / "uploads"
    entry = Entry.objects.filter(submission__area="330127", part__state="open").first()
    by = User.objects.get(organisation=entry.part.organisation)
    attach_evidence(entry=entry, name="x.pdf", content=OTHER_PDF, by=by)
    old = tmp_path / "old.zip"
    write_backup(old)
    place = Place(tmp_path / "here", lay_tables(tmp_path / "here" / "db.sqlite3"))
    told = place.run("-c", TOMORROW, str(old))
    assert told.startswith(
        "REFUSED The backup's rows break a rule of this version: CHECK constraint failed: no_chunan."
    )
    assert "throw this database away too" in told
    assert [path for path in (place.directory / "uploads").rglob("*") if path.is_file()] == []


ODD_ROWS = {
    "evidence elsewhere": ("reporting.Evidence", {"stored_as": "/etc/hostname"}, "names a file as no file of ours"),
    "evidence above": ("reporting.Evidence", {"stored_as": "../db.sqlite3"}, "names a file as no file of ours"),
    "a task's file": ("plan.StatementFile", {"stored_as": "/etc/hostname"}, "names a file as no file of ours"),
    "a promise's file": (
        "commitments.CommitmentStatement",
        {"stored_as": "../../.env"},
        "names a file as no file of ours",
    ),
    "a matter's file": ("matters.MatterFile", {"stored_as": "/etc/hostname"}, "names a file as no file of ours"),
    "a report's folder": ("journal.ReportIssue", {"number": "../../x"}, "names a file as no file of ours"),
    "a column less": ("plan.WorkItem", {"title": ...}, "plan.WorkItem has no title"),
    "a text for a day": ("plan.WorkItem", {"due_on": "soon"}, "holds what does not belong there"),
    "a list for a number": ("indicators.Target", {"year": [1]}, "holds what does not belong there"),
    "a figure without end": ("indicators.Target", {"value": "1e999999"}, "holds what does not belong there"),
    "a number too large": ("indicators.Target", {"version": 10**30}, "holds what does not belong there"),
    "nothing where something must be": ("plan.WorkItem", {"title": None}, "rows of plan.WorkItem break a rule"),
    "what a rule forbids": ("areas.Area", {"code": "33012A"}, "rows of areas.Area break a rule"),
    "a reference to nothing": ("plan.WorkItem", {"responsible_id": 987654}, "rows contradict one another"),
}


@on_sqlite
def test_a_hostile_one_is_refused_in_words_and_leaves_nothing(objects, tmp_path, settings):
    """All by one process on one empty place, which takes the good one in the end."""
    settings.MEDIA_ROOT = tmp_path / "uploads"
    issue_report(year=2024, by=User.objects.get(username="municipal"))
    good, evil = tmp_path / "good.zip", tmp_path / "evil"
    write_backup(good)
    evil.write_bytes(b"root")
    words, paths = {}, []
    for number, (kind, (label, values, why)) in enumerate(ODD_ROWS.items()):
        paths.append(forged(good, tmp_path / f"{number}.zip", label=label, **values))
        words[str(paths[-1])] = (kind, why)
    outside = str(tmp_path / "outside")
    for number, name in enumerate((outside, f"/{outside}", "../../outside", "evidence/../../../outside")):
        paths.append(forged(good, tmp_path / f"file-{number}.zip", files={name: evil}))
        words[str(paths[-1])] = (name, "leads out of its folder")
    clash = {"a": evil, "a/b": evil}
    for files in ({"n" * 300: evil}, {"n/" * 1500 + "n": evil}, clash):
        paths.append(forged(good, tmp_path / f"odd-{len(paths)}.zip", files=files))
        words[str(paths[-1])] = (next(iter(files))[:9], "cannot be written")
    place = Place(tmp_path / "here", lay_tables(tmp_path / "here" / "db.sqlite3"))
    told = place.run("-c", HOSTILE, *map(str, paths), str(good)).splitlines()
    found = {}
    for line in told[:-1]:
        path, refused, why = line.split(" ", 2)
        kind, wanted = words[path]
        if refused != "REFUSED" or wanted not in why:
            found[kind] = line
    assert found == {}
    assert (len(told), "Amount(" in told[-1]) == (len(paths) + 1, True)
    assert not (tmp_path / "outside").exists()
    lie = {path.relative_to(place.directory / "uploads").as_posix() for path in place.directory.rglob("uploads/**/*")}
    assert {name for name in lie if (place.directory / "uploads" / name).is_file()} == set(ArchiveReader(good).files)


@on_sqlite
def test_what_a_row_names_outside_is_not_served(objects, clients, tmp_path, settings):
    """A database that was written to by others: the row's rule is taken away, the file is there."""
    settings.MEDIA_ROOT = tmp_path / "uploads"
    (tmp_path / "secret").write_text("SECRET_KEY", encoding="utf-8")
    evidence = Evidence.objects.get(pk=objects["evidence"])
    address = f"/reporting/330127/2025/evidence/{evidence.pk}/"
    for name in (str(tmp_path / "secret"), "../../secret", "../secret"):
        evidence.stored_as = name
        with pytest.raises(OutsideFolder):
            _ = evidence.path
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA ignore_check_constraints = ON")
        cursor.execute("UPDATE reporting_evidence SET stored_as = %s", [str(tmp_path / "secret")])
        cursor.execute("PRAGMA ignore_check_constraints = OFF")
    answer = clients["chunan"].get(address)
    assert (answer.status_code, answer.streaming) == (400, False)


def test_a_link_among_the_uploads_is_not_followed_out(tmp_path, settings):
    settings.MEDIA_ROOT = tmp_path / "uploads"
    settings.MEDIA_ROOT.mkdir()
    (settings.MEDIA_ROOT / "out").symlink_to(tmp_path)
    with pytest.raises(ArchiveError, match="leads out of its folder"):
        _place("out/x")

"""Everything comes back, on the other engine too; what is there is never written over."""

import json
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client

from accounts.models import User
from dashboard.backup import write_backup
from indicators.models import Observation
from lib.archives import ArchiveReader
from reporting.evidence import attach_evidence
from reporting.models import Entry
from tests.test_stack import ROOT, own_database

PDF = b"%PDF-1.4\n1 0 obj\n<< >>\nendobj\ntrailer\n<< >>\n%%EOF\n"
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


@pytest.mark.stack
@on_sqlite
def test_a_round_trip_over_both_engines_keeps_every_row_and_file(demo, postgresql_url, tmp_path):
    entry = Entry.objects.filter(submission__area="330127", part__state="open").first()
    by = User.objects.get(organisation=entry.part.organisation)
    evidence = attach_evidence(entry=entry, name="证明.pdf", content=PDF, by=by)
    client = Client()
    client.force_login(User.objects.get(username="leader"))
    page = lasting(client.get("/?year=2024").content.decode())
    first, second, third = (tmp_path / f"{n}.zip" for n in (1, 2, 3))
    write_backup(first)
    with own_database(postgresql_url) as url:
        there = Place(tmp_path / "postgresql", url)
        assert " files restored from " in there.run("manage.py", "restore", str(first))
        there.run("manage.py", "backup", str(second))
        assert lasting(there.run("-c", OVERVIEW)) == page
    back = Place(tmp_path / "sqlite", f"sqlite:///{tmp_path}/sqlite/db.sqlite3")
    back.run("manage.py", "restore", str(second))
    back.run("manage.py", "backup", str(third))
    assert lasting(back.run("-c", OVERVIEW)) == page
    one, two, three = (ArchiveReader(path) for path in (first, second, third))
    assert one.tables == two.tables == three.tables
    assert one.files == two.files == three.files
    assert one.tables["indicators.Observation"]["rows"] == Observation.objects.count()
    assert [file.read_bytes() for file in back.directory.rglob(evidence.stored_as)] == [PDF]
    words = back.run("manage.py", "restore", str(first), succeeds=False)
    assert "The database is not empty: accounts.Organisation has rows." in words


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


def test_what_is_no_backup_is_refused(tmp_path, db):
    (tmp_path / "x.zip").write_bytes(b"nothing of the kind")
    with pytest.raises(CommandError, match="is no backup"):
        call_command("restore", tmp_path / "x.zip")

"""Backups and attached files under SM4 and AES: there and back, and nothing of them without the key."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from accounts.models import User
from lib.files.archives import ArchiveError, ArchiveReader
from operations.backup import write_backup
from operations.management.commands.seal_uploads import FOLDERS
from plan.models import KeptFile
from reporting.entries.evidence import attach_evidence
from reporting.models import Entry, Evidence
from tests.operations.test_backup import OTHER_PDF, Place, on_sqlite
from tests.test_security import started


@pytest.fixture(params=["sm4", "aes"])
def sealed(request, objects, settings, tmp_path):
    """A site with one file attached before, and one after sealing was switched on: the two."""
    settings.MEDIA_ROOT = tmp_path / "uploads"
    key = tmp_path / "key"
    key.write_text("a key of more than thirty-two letters", encoding="utf-8")
    entries = Entry.objects.filter(submission__area="330127", part__state="open")
    entry = entries.first()
    by = User.objects.get(organisation=entry.part.organisation)
    before = attach_evidence(entry=entry, name="前.pdf", content=OTHER_PDF, by=by)
    settings.FILE_CIPHER, settings.FILE_KEY_FILE = request.param, str(key)
    after = attach_evidence(entry=entry, name="后.pdf", content=OTHER_PDF + b"%2\n", by=by)
    return before, after


def served(client, evidence: Evidence):
    answer = client.get(f"/reporting/330127/2025/evidence/{evidence.pk}/")
    return b"".join(answer.streaming_content) if answer.streaming else answer.status_code


def test_attached_files_lie_sealed_and_are_served_as_they_were(sealed, clients, settings):
    before, after = sealed
    assert [b"%PDF" in each.path.read_bytes() for each in sealed] == [True, False]
    assert [served(clients["chunan"], each) for each in sealed] == [OTHER_PDF, OTHER_PDF + b"%2\n"]
    told = StringIO()
    call_command("seal_uploads", stdout=told)
    call_command("seal_uploads", stdout=told)
    assert told.getvalue() == f"1 files sealed by {settings.FILE_CIPHER}.\n0 files sealed by {settings.FILE_CIPHER}.\n"
    assert (b"%PDF" in before.path.read_bytes(), before.path.stat().st_mode & 0o777) == (False, 0o600)
    assert served(clients["chunan"], before) == OTHER_PDF
    settings.FILE_KEY_FILE = ""
    assert served(clients["chunan"], after) == 404


@on_sqlite
def test_a_backup_goes_there_and_back(sealed, settings, tmp_path):
    _before, after = sealed
    path, again = tmp_path / "1.zip", tmp_path / "2.zip"
    write_backup(path)
    content = path.read_bytes()
    assert (content[:6], b"manifest.json" in content, b"uploads/" in content) == (b"CUSF1\n", False, False)
    key = {"FILE_CIPHER": settings.FILE_CIPHER, "FILE_KEY_FILE": settings.FILE_KEY_FILE}
    there = Place(tmp_path / "there", f"sqlite:///{tmp_path}/there/db.sqlite3")
    assert "sealed and cannot be opened: FILE_KEY_FILE" in there.run("manage.py", "restore", str(path), succeeds=False)
    there.environment |= key
    there.run("manage.py", "restore", str(path))
    assert [found.read_bytes() for found in there.directory.rglob(after.stored_as)] == [after.path.read_bytes()]
    there.run("manage.py", "backup", str(again))
    one, two = ArchiveReader(path), ArchiveReader(again)
    assert (one.tables, one.files) == (two.tables, two.files)
    path.write_bytes(content[:-100] + bytes([content[-100] ^ 1]) + content[-99:])
    with pytest.raises(ArchiveError, match="altered, or cut off"):
        ArchiveReader(path)


@pytest.mark.parametrize(("digest", "empty"), [
    ("sha256", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    ("sm3", "1ab21d8355cfa17f8e61194831e81a8f22bec8c728fefb747ed035eb5082aa2b"),
])  # fmt: skip
def test_a_backup_is_found_whole_by_the_digest_that_is_asked_for(objects, settings, tmp_path, digest, empty):
    """Of either, whatever the setting is when it is read; an empty table has the digest of nothing."""
    settings.FILE_DIGEST, settings.MEDIA_ROOT, path = digest, tmp_path / "uploads", tmp_path / "1.zip"
    write_backup(path)
    settings.FILE_DIGEST = {"sha256": "sm3", "sm3": "sha256"}[digest]
    found = ArchiveReader(path)
    found.verify()
    facts = next(facts for facts in found.tables.values() if not facts["rows"])
    assert facts == {"rows": 0, "size": 0, digest: empty}
    label = next(iter(found.tables))
    found.tables[label][digest] = empty[::-1]
    with pytest.raises(ArchiveError, match="is not what the manifest says"):
        found.verify()


def test_there_is_nothing_to_seal_by_where_it_is_off(db):
    with pytest.raises(CommandError, match="FILE_CIPHER is not set"):
        call_command("seal_uploads")


def test_a_cipher_without_a_key_is_refused_at_the_start(tmp_path):
    (tmp_path / "short").write_text("short", encoding="utf-8")
    for given in ({"FILE_CIPHER": "des"}, {"FILE_CIPHER": "sm4"}, {"FILE_CIPHER": "sm4", "FILE_KEY_FILE": "short"}):
        assert "FILE_CIPHER is " in started(tmp_path, **given).stderr


def test_every_folder_of_attached_files_is_sealed():
    assert {model.folder for model in KeptFile.__subclasses__()} | {"statements", "reports"} == set(FOLDERS)

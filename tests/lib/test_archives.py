"""A backup file is whole, or it is refused in words."""

import json
import stat
import zipfile

import pytest

from lib.files.archives import ArchiveError, ArchiveReader, ArchiveWriter

ROWS = [{"id": 1, "name": "桐庐县"}, {"id": 2, "name": None}]


@pytest.fixture
def backup(tmp_path):
    upload = tmp_path / "upload"
    upload.write_bytes(b"%PDF-1.7")
    path = tmp_path / "backup.zip"
    with ArchiveWriter(path) as archive:
        archive.add_table("areas.Area", ROWS)
        archive.add_table("areas.None", [])
        archive.add_file("evidence/ab/cd", upload)
        archive.finish({"engine": "sqlite"})
    return path


def changed(path, change):
    """The backup with its members, by name, as `change` leaves them."""
    with zipfile.ZipFile(path) as old:
        members = {name: old.read(name) for name in old.namelist()}
    change(members)
    with zipfile.ZipFile(path, "w") as new:
        for name, content in members.items():
            new.writestr(name, content)
    return path


def test_what_went_in_comes_out(backup, tmp_path):
    archive = ArchiveReader(backup)
    archive.verify()
    assert list(archive.rows("areas.Area")) == ROWS
    assert {label: facts["rows"] for label, facts in archive.tables.items()} == {"areas.Area": 2, "areas.None": 0}
    archive.extract_file("evidence/ab/cd", tmp_path / "a" / "b")
    assert (tmp_path / "a" / "b").read_bytes() == b"%PDF-1.7"


def test_it_is_its_owners_alone_and_overwrites_nothing(backup):
    assert stat.S_IMODE(backup.stat().st_mode) == 0o600
    with pytest.raises(ArchiveError, match="is there already"), ArchiveWriter(backup):
        pass


def test_one_that_was_not_finished_leaves_nothing(tmp_path):
    def rows():
        yield ROWS[0]
        raise RuntimeError

    with pytest.raises(RuntimeError), ArchiveWriter(tmp_path / "b.zip") as archive:
        archive.add_table("areas.Area", rows())
    assert list(tmp_path.iterdir()) == []


def forge_path(members):
    manifest = json.loads(members["manifest.json"])
    manifest["files"]["../../evil"] = manifest["files"].pop("evidence/ab/cd")
    members["manifest.json"] = json.dumps(manifest)
    members["uploads/../../evil"] = members.pop("uploads/evidence/ab/cd")


DAMAGE = {
    "a changed row": (
        lambda members: members.update({"tables/areas.Area.jsonl": b'{"id": 1}\n'}),
        "tables/areas.Area.jsonl is not what the manifest says",
    ),
    "a missing upload": (lambda members: members.pop("uploads/evidence/ab/cd"), "evidence/ab/cd is missing"),
    "something beside": (lambda members: members.update({"extra": b""}), "extra is missing or does not belong"),
    "a way out": (forge_path, "leads out of its folder"),
}


@pytest.mark.parametrize("kind", DAMAGE)
def test_a_damaged_one_is_refused(backup, kind):
    change, words = DAMAGE[kind]
    with pytest.raises(ArchiveError, match=words):
        ArchiveReader(changed(backup, change)).verify()


def test_half_of_one_is_refused(backup):
    backup.write_bytes(backup.read_bytes()[:200])
    with pytest.raises(ArchiveError, match="is no backup, or only a part of one"):
        ArchiveReader(backup)


def test_another_format_is_refused(backup):
    def later(members):
        members["manifest.json"] = json.dumps(json.loads(members["manifest.json"]) | {"format": 9})

    with pytest.raises(ArchiveError, match="has format 9; this version reads 1"):
        ArchiveReader(changed(backup, later))


def test_none_is_refused(tmp_path):
    with pytest.raises(ArchiveError, match="is not there"):
        ArchiveReader(tmp_path / "none.zip")

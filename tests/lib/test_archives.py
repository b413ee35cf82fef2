"""A backup file is whole, or it is refused in words."""

import hashlib
import json
import re
import resource
import stat
import zipfile

import pytest

from lib.files.archives import MOST_TEXT, MOST_VALUES, SMALL, ArchiveError, ArchiveReader, ArchiveWriter

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


def changed(path, change, packing=zipfile.ZIP_STORED):
    """The backup with its members, by name, as `change` leaves them."""
    with zipfile.ZipFile(path) as old:
        members = {name: old.read(name) for name in old.namelist()}
    change(members)
    with zipfile.ZipFile(path, "w", packing) as new:
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


def test_an_upload_that_does_not_come_out_whole_leaves_nothing(backup, tmp_path):
    """The disk is full after some bytes of it: the machine's own limit for a file."""
    archive, before = ArchiveReader(backup), resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (3, before[1]))
    try:
        with pytest.raises(OSError, match="too large"):
            archive.extract_file("evidence/ab/cd", tmp_path / "out")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert not (tmp_path / "out").exists()


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


def named(name):
    """The upload under another name, in the manifest too."""

    def change(members):
        manifest = json.loads(members["manifest.json"])
        manifest["files"][name] = manifest["files"].pop("evidence/ab/cd")
        members["manifest.json"] = json.dumps(manifest)
        members[f"uploads/{name}"] = members.pop("uploads/evidence/ab/cd")

    return change


def told(**facts):
    """Something else in the manifest."""

    def change(members):
        members["manifest.json"] = json.dumps(json.loads(members["manifest.json"]) | facts)

    return change


def holding(text: bytes):
    return lambda members: members.update({"manifest.json": text})


DAMAGE = {
    "a changed row": (
        lambda members: members.update({"tables/areas.Area.jsonl": b'{"id": 1}\n'}),
        "tables/areas.Area.jsonl is not what the manifest says",
    ),
    "a missing upload": (lambda members: members.pop("uploads/evidence/ab/cd"), "evidence/ab/cd is missing"),
    "something beside": (lambda members: members.update({"extra": b""}), "extra is missing or does not belong"),
    "a way out": (named("../../evil"), "leads out of its folder"),
    "an absolute name": (named("/tmp/evil"), "leads out of its folder"),
    "a way out in another system": (named("..\\evil"), "leads out of its folder"),
    "a size that is another": (
        told(files={"evidence/ab/cd": {"size": 9, "sha256": hashlib.sha256(b"%PDF-1.7").hexdigest()}}),
        "evidence/ab/cd is not what the manifest says",
    ),
    "no tables": (told(tables=None), "tables is no list of members"),
    "files as a list": (told(files=["a"]), "files is no list of members"),
    "a table without rows": (told(tables={"areas.Area": {"size": 1, "sha256": ""}}), "'areas.Area' of tables lacks"),
    "a size below nothing": (told(files={"a": {"size": -1, "sha256": ""}}), "'a' of files lacks"),
    "a digest that is none": (told(files={"a": {"size": 1, "sha256": 5}}), "'a' of files lacks"),
    "facts that are none": (told(files={"a": "b"}), "'a' of files lacks"),
    "migrations as a text": (told(migrations={"plan": "0001"}), "migrations are no names by app"),
    "no object": (holding(b"[]"), "manifest.json is no JSON object"),
    "no JSON": (holding(b"{"), "manifest.json cannot be read"),
    "no text": (holding(b"\xff\xfe\x00"), "manifest.json cannot be read"),
    "nested without end": (holding(b"[" * 200_000), "manifest.json cannot be read"),
    "a number that is none": (holding(b'{"format": NaN}'), "manifest.json cannot be read"),
    "a number without end": (holding(b'{"format": ' + b"9" * 5000 + b"}"), "manifest.json cannot be read"),
    "a manifest too long": (holding(b'{"a": "' + b"x" * MOST_TEXT + b'"}'), "manifest.json is larger than any of ours"),
    "a manifest too full": (holding(b"[" + b"[]," * MOST_VALUES + b"[]]"), "manifest.json is larger than any of ours"),
}


@pytest.mark.parametrize("kind", DAMAGE)
def test_a_damaged_one_is_refused(backup, kind):
    change, words = DAMAGE[kind]
    with pytest.raises(ArchiveError, match=re.escape(words)):
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


def test_one_that_would_fill_the_disk_is_refused_unless_asked_for(tmp_path):
    """Zeros pack a thousand to one: 400 MB came out of 600 kB."""
    upload, path = tmp_path / "zeros", tmp_path / "backup.zip"
    with upload.open("wb") as file:
        file.truncate(SMALL + 1)
    with ArchiveWriter(path) as archive:
        archive.add_file("evidence/ab", upload)
        archive.finish({})
    changed(path, lambda members: None, zipfile.ZIP_DEFLATED)
    with pytest.raises(ArchiveError, match="would unpack to 33,554,.*add --any-size"):
        ArchiveReader(path)
    ArchiveReader(path, any_size=True).verify()


def lying_over(path):
    """The central directory names one member's bytes twice."""
    content = bytearray(path.read_bytes())
    place = content.index(b"PK\x01\x02")
    size = int.from_bytes(content[place + 20 : place + 24], "little")
    content[place + 20 : place + 24] = (size + len(content)).to_bytes(4, "little")
    path.write_bytes(content)


def twice(path):
    with pytest.warns(UserWarning, match="Duplicate name"), zipfile.ZipFile(path, "a") as archive:
        archive.writestr("manifest.json", "{}")


def by_lzma(path):
    with zipfile.ZipFile(path, "a", zipfile.ZIP_LZMA) as archive:
        archive.writestr("extra", "x" * 100)


@pytest.mark.parametrize(
    ("forge", "words"),
    [
        (lying_over, "its members lie over one another"),
        (twice, "is in it 2 times"),
        (by_lzma, "is packed or encrypted"),
    ],
)
def test_one_that_is_packed_as_none_of_ours_is_refused(backup, forge, words):
    forge(backup)
    with pytest.raises(ArchiveError, match=words):
        ArchiveReader(backup)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (b'["a"]\n', "row 2 of areas.Area is no JSON object"),
        (b"{\n", "row 2 of areas.Area cannot be read"),
        (b'{"a": [' + b"[]," * MOST_VALUES + b"0]}\n", "row 2 of areas.Area is larger than any of ours"),
        (b'{"a": "' + b"x" * MOST_TEXT + b'"}\n', "row 2 of areas.Area is larger than any of ours"),
        (b'{"a": 1}\n' * 2, "areas.Area has 3 rows and not what the manifest says"),
    ],
)
def test_a_broken_row_is_told_by_its_number(backup, line, words):
    def change(members):
        content = b'{"id": 1}\n' + line
        manifest = json.loads(members["manifest.json"])
        facts = {"rows": 2, "size": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        manifest["tables"]["areas.Area"] = facts
        members |= {"tables/areas.Area.jsonl": content, "manifest.json": json.dumps(manifest).encode()}

    archive = ArchiveReader(changed(backup, change), any_size=False)
    archive.verify()
    with pytest.raises(ArchiveError, match=words):
        list(archive.rows("areas.Area"))


def test_many_large_rows_are_not_in_memory_at_once(tmp_path):
    path, large = tmp_path / "backup.zip", {"text": "".join(map(str, range(10**6)))}
    with ArchiveWriter(path) as archive:
        archive.add_table("areas.Area", [large] * 8)
        archive.finish({})
    assert [len(batch) for batch in ArchiveReader(path).batches("areas.Area", 500)] == [2, 2, 2, 2]

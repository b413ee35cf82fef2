"""Every package of the lock comes as a wheel for each machine that an office may have, and a release holds them all."""

import dataclasses
import json
import tarfile
from datetime import UTC, datetime
from email.message import Message
from hashlib import sha256
from pathlib import Path

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from tools import offline, release
from tools.sbom import licence_of, write_sbom
from tools.wheels import ARCHITECTURES, LIST, LOCK, PYTHONS, Wheel, faults, lock_of, read_list, read_pins, wanted

PINS = read_pins(LOCK.read_text(encoding="utf-8"))
WHEELS = read_list(LIST.read_text(encoding="utf-8"))
AT = datetime(2026, 3, 22, tzinfo=UTC)


def test_every_pin_has_a_wheel_for_every_machine():
    assert list(faults(PINS, WHEELS)) == []


def compiled() -> Wheel:
    """One that is made for one architecture."""
    return next(wheel for wheel in WHEELS if wheel.filename.startswith("numpy-") and "aarch64" in wheel.filename)


def test_a_pin_without_one_of_its_wheels_is_named():
    lost = compiled()
    found = list(faults(PINS, [wheel for wheel in WHEELS if wheel != lost]))
    assert len(found) == 1
    assert found[0].startswith(f"numpy=={lost.about[1]} has no wheel in wheels.txt for Python 3.")
    assert found[0].endswith(" on aarch64")


def test_a_pin_that_came_as_source_alone_is_named():
    fresh = dataclasses.replace(PINS[0], name="only-source", marker=None)
    found = list(faults([*PINS, fresh], WHEELS))
    assert len(found) == len(PYTHONS) * len(ARCHITECTURES)
    assert {words.partition(" has ")[0] for words in found} == {f"only-source=={fresh.version}"}


def test_a_pin_that_moved_without_the_list_is_named():
    moved = [dataclasses.replace(pin, hashes=frozenset({"0" * 64})) if pin.name == "django" else pin for pin in PINS]
    found = list(faults(moved, WHEELS))
    assert found[0].startswith("django==")
    assert found[-1].startswith("django-")
    assert found[-1].endswith("is of no pin in requirements.txt")


def test_a_source_archive_is_no_wheel():
    with pytest.raises(ValueError, match="Invalid wheel filename"):
        list(faults(PINS, [*WHEELS, Wheel("fontmeta-1.6.1.tar.gz", "0" * 64)]))


def test_a_lock_without_hashes_is_refused():
    with pytest.raises(ValueError, match="is no pin with hashes"):
        read_pins("django>=5\n")


@pytest.mark.parametrize("arch", ARCHITECTURES)
@pytest.mark.parametrize("python", PYTHONS)
def test_the_lock_of_a_machine_has_each_package_once(python, arch):
    names = [line.partition("==")[0] for line in lock_of(PINS, python, arch).splitlines()]
    assert len(set(names)) == len(names) > 60
    assert "numpy" in names
    assert ";" not in lock_of(PINS, python, arch)


# The release ------------------------------------------------------------------------------------


def pretended(folder: Path, names: tuple[str, ...]) -> list[Wheel]:
    """Wheels of the named packages, as far as a bill of materials reads them."""
    import zipfile  # noqa: PLC0415

    found = []
    for wheel in wanted(PINS, WHEELS, arch="x86_64", pythons=("3.13",)):
        name, version, _tags = wheel.about
        if name in names:
            with zipfile.ZipFile(folder / wheel.filename, "w") as archive:
                about = f"Metadata-Version: 2.4\nName: {name}\nVersion: {version}\nLicense-Expression: MIT\n"
                about += "Requires-Dist: sqlparse>=0.3\n" if name == "django" else ""
                archive.writestr(f"{name}-{version}.dist-info/METADATA", about)
            found.append(Wheel(wheel.filename, sha256((folder / wheel.filename).read_bytes()).hexdigest()))
    return found


def test_the_bill_of_materials_is_cyclonedx_and_names_what_needs_what(tmp_path):
    wheels = pretended(tmp_path, ("django", "sqlparse", "pandas"))
    text = write_sbom(wheels, tmp_path, at=AT)
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    assert text == write_sbom(wheels[::-1], tmp_path, at=AT)
    bill = json.loads(text)
    rows = {row["name"]: row for row in bill["components"]}
    assert set(rows) == {"django", "sqlparse", "pandas"}
    hashes = {file["hashes"][0]["content"] for row in rows.values() for file in row["components"]}
    assert hashes == {wheel.sha256 for wheel in wheels}
    needs = {row["ref"].partition("@")[0]: row.get("dependsOn", []) for row in bill["dependencies"]}
    assert [each.partition("@")[0] for each in needs["pkg:pypi/django"]] == ["pkg:pypi/sqlparse"]
    assert [each.partition("@")[0] for each in needs["county_urbanization"]] == ["pkg:pypi/django", "pkg:pypi/pandas"]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ([("License-Expression", "MIT"), ("License", "x" * 500)], "MIT"),
        ([("License", "BSD\nand more")], "BSD"),
        ([("License", "x" * 101)], "x" * 100 + "…"),
        (
            [("Classifier", "License :: OSI Approved :: SIL Open Font License 1.1 (OFL-1.1)")],
            "SIL Open Font License 1.1 (OFL-1.1)",
        ),
        ([], ""),
    ],
)
def test_a_licence_is_what_the_package_says(given, expected):
    about = Message()
    for name, value in given:
        about[name] = value
    assert licence_of(about) == expected


def packed(folder: Path, *, spoiled: bool) -> Path:
    files = [("a/b.txt", b"one", 0o644), ("run", b"two", 0o755)]
    sums = release.sums_of(files)
    files = [("a/b.txt", b"other", 0o644), files[1]] if spoiled else files
    release.pack([*files, ("SHA256SUMS", sums, 0o644)], folder / "r.tar", root="r", at=AT)
    return folder / "r.tar"


def test_a_release_is_the_same_bytes_again_and_its_sums_hold(tmp_path):
    once = packed(tmp_path, spoiled=False).read_bytes()
    assert packed(tmp_path, spoiled=False).read_bytes() == once
    root = offline.unpack(tmp_path / "r.tar", tmp_path / "there")
    assert sorted(path.name for path in root.rglob("*") if path.is_file()) == ["SHA256SUMS", "b.txt", "run"]
    assert (root / "run").stat().st_mode & 0o100


def test_a_changed_file_is_found_before_anything_is_installed(tmp_path):
    with pytest.raises(SystemExit, match=r"Checksums: \['a/b.txt'\]"):
        offline.unpack(packed(tmp_path, spoiled=True), tmp_path / "there")


def test_a_wheel_that_is_another_is_not_packed(tmp_path):
    wheel = compiled()
    (tmp_path / wheel.filename).write_bytes(b"something else")
    with pytest.raises(SystemExit, match="is not the file that wheels.txt names"):
        list(release.checked_wheels([wheel], tmp_path))


def test_what_is_committed_is_packed_and_nothing_else(tmp_path):
    paths = {path for path, _content, _mode in release.source_files()}
    assert {"manage.py", "requirements.txt", "wheels.txt", "Makefile", "docs/deployment.md"} <= paths
    assert not any(path.startswith((".venv", "var", "wheels/", "dist")) for path in paths)


def test_the_archive_lists_every_file_under_one_folder(tmp_path):
    with tarfile.open(packed(tmp_path, spoiled=False)) as archive:
        assert {name.partition("/")[0] for name in archive.getnames()} == {"r"}

"""Known faults of the pins, out of a copy of an advisory database."""

import json
import sys
from datetime import UTC, datetime

import pytest

from tools import advisories
from tools.wheels import Pin

NOW = datetime.now(UTC).isoformat()


def pin(version: str, name: str = "django") -> Pin:
    return Pin(name, version, None, frozenset({"0" * 64}))


def record(*events: dict, name: str = "Django", versions: tuple[str, ...] = (), **more) -> dict:
    package = {"ecosystem": "PyPI", "name": name}
    ranges = [{"type": "ECOSYSTEM", "events": list(events)}]
    affected = [{"package": package, "ranges": ranges, "versions": list(versions)}]
    return {"id": "PYSEC-1", "modified": NOW, "details": "It leaks.\nMore.", "affected": affected, **more}


@pytest.mark.parametrize(
    ("version", "events", "expected"),
    [
        ("4.2.14", [{"introduced": "4.2"}, {"fixed": "4.2.15"}], True),
        ("4.2.15", [{"introduced": "4.2"}, {"fixed": "4.2.15"}], False),
        ("4.1", [{"introduced": "4.2"}, {"fixed": "4.2.15"}], False),
        ("5.0.3", [{"introduced": "5.0"}, {"fixed": "5.0.8"}, {"introduced": "4.2"}, {"fixed": "4.2.15"}], True),
        ("4.3", [{"introduced": "5.0"}, {"fixed": "5.0.8"}, {"introduced": "4.2"}, {"fixed": "4.2.15"}], False),
        ("9.9", [{"introduced": "0"}], True),
        ("2.0", [{"introduced": "0"}, {"last_affected": "2.0"}], True),
        ("2.0.1", [{"introduced": "0"}, {"last_affected": "2.0"}], False),
        ("4.2.0", [{"introduced": "4.10"}], False),
    ],
)
def test_a_range_has_its_ends(version, events, expected):
    found = advisories.known_faults([pin(version)], [record(*events)])
    assert found == ([f"django=={version}: PYSEC-1: It leaks."] if expected else [])


def test_a_list_of_versions_counts_as_well():
    found = record({"introduced": "1"}, {"fixed": "2"}, versions=("5.2.1",), aliases=["CVE-9"])
    assert advisories.known_faults([pin("5.2.1")], [found]) == ["django==5.2.1: PYSEC-1, CVE-9: It leaks."]


def test_another_package_or_another_registry_is_not_meant():
    other = record({"introduced": "0"}, name="django-axes")
    npm = record({"introduced": "0"})
    npm["affected"][0]["package"]["ecosystem"] = "npm"
    assert advisories.known_faults([pin("5.2")], [other, npm]) == []


def test_a_folder_is_read_whole_and_what_was_withdrawn_left_out(tmp_path):
    (tmp_path / "deep").mkdir()
    (tmp_path / "a.json").write_text(json.dumps(record({"introduced": "0"})))
    (tmp_path / "b.json").write_text(json.dumps(record({"introduced": "0"}, withdrawn=NOW)))
    text = f"id: PYSEC-2\nmodified: {NOW}\naffected:\n- package: {{ecosystem: PyPI, name: x}}\n  versions: [4.20]\n"
    (tmp_path / "deep" / "c.yaml").write_text(text)
    found = list(advisories.records(tmp_path))
    assert [each["id"] for each in found] == ["PYSEC-1", "PYSEC-2"]
    assert found[1]["affected"][0]["versions"] == ["4.20"]
    (tmp_path / "d.json").write_text("[]")
    with pytest.raises(ValueError, match=r"d.json is no OSV record"):
        list(advisories.records(tmp_path))


def run(monkeypatch, capsys, folder, *words: str) -> tuple[str, str]:
    """(what is printed, what it ends with)."""
    monkeypatch.setattr(sys, "argv", ["advisories", str(folder), *words])
    try:
        advisories.main()
    except SystemExit as end:
        return capsys.readouterr().out, str(end.code)
    return capsys.readouterr().out, ""


def test_what_is_known_and_how_old_the_copy_is(monkeypatch, capsys, tmp_path):
    assert run(monkeypatch, capsys, tmp_path)[1] == f"There is no OSV record under {tmp_path}."
    (tmp_path / "a.json").write_text(json.dumps(record({"introduced": "0"}, {"fixed": "1"})))
    today = NOW[:10]
    assert run(monkeypatch, capsys, tmp_path) == (f"1 records, the newest of {today}; known faults: 0.\n", "")
    (tmp_path / "a.json").write_text(json.dumps(record({"introduced": "0"}, modified="2024-10-10T17:35:05Z")))
    _printed, end = run(monkeypatch, capsys, tmp_path)
    fault, age = end.splitlines()
    assert fault.startswith("django==5.2")
    assert age == "The copy is older than 31 days: it is silent about what was found since."

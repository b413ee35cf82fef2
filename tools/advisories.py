"""Are faults known of the packages that the site stands on? Asked of a copy of an advisory database; asks no network.

`python -m tools.advisories FOLDER` reads every OSV record (`*.json`, `*.yaml`) under it, as the Python packaging
authority publishes them, and holds requirements.txt against them. The copy is whoever asks to bring: no package carries
a database that is kept up to date, and an old one is silent about what was found since. So the newest record's date is
told too, and a copy older than `--days` is an error of its own.
"""

import argparse
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import yaml
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from tools.wheels import LOCK, Pin, read_pins

FIELDS = ("introduced", "fixed", "last_affected")


def records(folder: Path) -> Iterator[dict]:
    """Every OSV record that is not withdrawn. ValueError, naming the file, for one that is none."""
    for path in sorted(folder.rglob("*")):
        if path.suffix not in {".json", ".yaml", ".yml"} or not path.is_file():
            continue
        text = path.read_text(encoding="utf-8")
        found = json.loads(text) if path.suffix == ".json" else _Plain(text).get_single_data()
        if not isinstance(found, dict) or "id" not in found:
            raise ValueError(f"{path} is no OSV record")
        if "withdrawn" not in found:
            yield found


class _Plain(yaml.CSafeLoader):
    """Texts stay texts: a version such as 4.20 is no number, and a date no day."""


_Plain.yaml_implicit_resolvers = {}


def is_affected(version: str, affected: dict) -> bool:
    """Whether one entry of a record's `affected` names this version, by its list or by a range."""
    if version in affected.get("versions", ()):
        return True
    ranges = [each for each in affected.get("ranges", ()) if each.get("type") == "ECOSYSTEM"]
    return any(_is_within(Version(version), each.get("events", ())) for each in ranges)


def _is_within(version: Version, events: list[dict]) -> bool:
    """By the events in their order: introduced begins, fixed ends before itself, last_affected after itself."""
    steps = []
    for event in events:
        steps += [(_version(value), name) for name, value in event.items() if name in FIELDS]
    inside = False
    for at, name in sorted(steps, key=lambda step: step[0]):
        if name == "introduced" and version >= at:
            inside = True
        elif (name == "fixed" and version >= at) or (name == "last_affected" and version > at):
            inside = False
    return inside


def _version(text: str) -> Version:
    try:
        return Version(text)
    except InvalidVersion:
        return Version("0")


def known_faults(pins: list[Pin], found: list[dict]) -> list[str]:
    """package==version: the record's id, its other names, and the first line of what it says."""
    by_name: dict[str, list[Pin]] = {}
    for pin in pins:
        by_name.setdefault(pin.name, []).append(pin)
    lines = []
    for record in found:
        for affected in record.get("affected", ()):
            package = affected.get("package", {})
            if package.get("ecosystem") != "PyPI":
                continue
            for pin in by_name.get(canonicalize_name(package.get("name", "")), ()):
                if is_affected(pin.version, affected):
                    lines.append(_line(pin, record))
    return sorted(set(lines))


def _line(pin: Pin, record: dict) -> str:
    names = ", ".join([record["id"], *record.get("aliases", ())])
    words = (record.get("summary") or record.get("details") or "").strip().partition("\n")[0]
    return f"{pin}: {names}: {words[:160]}"


def newest(found: list[dict]) -> datetime:
    """When the youngest record was written."""
    return max(datetime.fromisoformat(record["modified"].replace("Z", "+00:00")) for record in found)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--days", type=int, default=31, help="how old the newest record of the copy may be")
    given = parser.parse_args()
    found = list(records(given.folder))
    if not found:
        raise SystemExit(f"There is no OSV record under {given.folder}.")
    lines = known_faults(read_pins(LOCK.read_text(encoding="utf-8")), found)
    told_until = newest(found)
    print(f"{len(found)} records, the newest of {told_until:%Y-%m-%d}; known faults: {len(lines)}.")  # noqa: T201
    if told_until < datetime.now(UTC) - timedelta(days=given.days):
        lines.append(f"The copy is older than {given.days} days: it is silent about what was found since.")
    if lines:
        raise SystemExit("\n".join(lines))


if __name__ == "__main__":
    main()

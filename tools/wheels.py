"""Does every package that the site needs come as a wheel, for each machine that an office may have?

`wheels.txt` names the wheels, a line each as `sha256sum` reads it. It is written by asking pip (`python -m tools.wheels
list`, after every change of requirements.txt) and held against the lock without a network (`python -m tools.wheels
check`): each wheel's hash must be one that the lock has for its pin, so that neither file can move alone.
`python -m tools.wheels fetch --arch aarch64` brings them into a folder.
"""

import argparse
import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from packaging.markers import Marker, default_environment
from packaging.requirements import Requirement
from packaging.tags import Tag, compatible_tags, cpython_tags
from packaging.utils import canonicalize_name, parse_wheel_filename

ROOT = Path(__file__).resolve().parent.parent
LOCK, LIST = ROOT / "requirements.txt", ROOT / "wheels.txt"
ARCHITECTURES = ("x86_64", "aarch64")
PYTHONS = ("3.11", "3.12", "3.13", "3.14")
NEWEST_GLIBC = 28  # 2.28: Kylin V10, openEuler 20.03, RHEL 8 and everything newer


@dataclass(frozen=True)
class Pin:
    """One line of the lock: what is installed where `marker` holds."""

    name: str
    version: str
    marker: Marker | None
    hashes: frozenset[str]

    def __str__(self) -> str:
        return f"{self.name}=={self.version}"

    def applies(self, python: str, arch: str) -> bool:
        """Whether some release of that Python installs it on that machine."""
        return self.marker is None or any(self.marker.evaluate(_machine(python, arch, patch)) for patch in (0, 99))


@dataclass(frozen=True)
class Wheel:
    filename: str
    sha256: str

    @property
    def about(self) -> tuple[str, str, frozenset[Tag]]:
        """Name, version, tags."""
        name, version, _build, tags = parse_wheel_filename(self.filename)
        return name, str(version), tags

    def fits(self, pin: Pin, tags: frozenset[Tag]) -> bool:
        name, version, own = self.about
        return (name, version) == (pin.name, pin.version) and self.sha256 in pin.hashes and bool(own & tags)


def _machine(python: str, arch: str, patch: int) -> dict[str, str]:
    """What markers are asked of."""
    return default_environment() | {
        "python_version": python,
        "python_full_version": f"{python}.{patch}",
        "implementation_name": "cpython",
        "platform_python_implementation": "CPython",
        "platform_system": "Linux",
        "platform_machine": arch,
        "sys_platform": "linux",
        "os_name": "posix",
    }


def read_pins(text: str) -> list[Pin]:
    """The lock's pins in its order. ValueError where a line is no pin with hashes."""
    pins = []
    for line in re.sub(r"\\\n\s*", "", text).splitlines():
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        asked, *hashes = re.split(r"\s+--hash=sha256:", line.strip())
        requirement = Requirement(asked)
        version = re.fullmatch(r"==([^,*]+)", str(requirement.specifier))
        if not version or not hashes:
            raise ValueError(f"{line.strip()[:60]} is no pin with hashes")
        name = canonicalize_name(requirement.name)
        pins.append(Pin(name, version.group(1), requirement.marker, frozenset(hashes)))
    return pins


def read_list(text: str) -> list[Wheel]:
    """The wheels of the list."""
    rows = [line.split() for line in text.splitlines() if line and not line.startswith("#")]
    return [Wheel(filename, sha256) for sha256, filename in rows]


def supported_tags(python: str, arch: str) -> frozenset[Tag]:
    """What such a Python installs on a Linux of that kind."""
    version = tuple(int(part) for part in python.split("."))
    aliases = {17: "manylinux2014", 12: "manylinux2010", 5: "manylinux1"}
    minors = range(NEWEST_GLIBC, 4, -1)
    platforms = [f"manylinux_2_{minor}_{arch}" for minor in minors]
    platforms += [f"{alias}_{arch}" for alias in aliases.values()]
    interpreter = f"cp{version[0]}{version[1]}"
    tags = [*cpython_tags(version, platforms=platforms), *compatible_tags(version, interpreter, platforms)]
    return frozenset(tags)


def faults(pins: list[Pin], wheels: list[Wheel]) -> Iterator[str]:
    """What an office could not install, in words: no wheel for a machine, or a wheel that is of no pin."""
    used = set()
    for python in PYTHONS:
        for arch in ARCHITECTURES:
            tags = supported_tags(python, arch)
            for pin in pins:
                found = [wheel for wheel in wheels if wheel.fits(pin, tags)]
                used.update(found)
                if pin.applies(python, arch) and not found:
                    yield f"{pin} has no wheel in wheels.txt for Python {python} on {arch}"
    for wheel in wheels:
        if wheel not in used:
            yield f"{wheel.filename} in wheels.txt is of no pin in requirements.txt"


def wanted(pins: list[Pin], wheels: list[Wheel], *, arch: str, pythons: tuple[str, ...] = PYTHONS) -> list[Wheel]:
    """The wheels of one kind of machine, each once."""
    found = {}
    for python in pythons:
        tags = supported_tags(python, arch)
        for pin in pins:
            if pin.applies(python, arch):
                found |= {wheel.filename: wheel for wheel in wheels if wheel.fits(pin, tags)}
    return [found[name] for name in sorted(found)]


def lock_of(pins: list[Pin], python: str, arch: str) -> str:
    """The lock for one kind of machine, without markers: pip would ask them of the machine that it runs on."""
    lines = []
    for pin in pins:
        if pin.applies(python, arch):
            hashes = [f"--hash=sha256:{each}" for each in sorted(pin.hashes)]
            lines.append(" ".join([str(pin), *hashes]) + "\n")
    return "".join(lines)


def _pip(command: list[str], pins: list[Pin], python: str, arch: str) -> None:
    """pip for another machine. SystemExit, after pip's own words, where a pin has no wheel for it."""
    with tempfile.TemporaryDirectory() as folder:
        lock = Path(folder) / "lock.txt"
        lock.write_text(lock_of(pins, python, arch), encoding="utf-8")
        platforms = [f"manylinux2014_{arch}", f"manylinux_2_17_{arch}", f"manylinux_2_{NEWEST_GLIBC}_{arch}", "any"]
        words = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", *command]
        words += ["--no-deps", "--require-hashes", "--requirement", str(lock), "--only-binary=:all:"]
        # pip asks Requires-Python of the interpreter that it runs on; the lock was made for every Python that we name.
        words += ["--implementation", "cp", "--python-version", python, "--ignore-requires-python"]
        words += [word for platform in platforms for word in ("--platform", platform)]
        if subprocess.run(words, check=False).returncode:
            raise SystemExit(
                f"pip finds no wheel of one of the pins for Python {python} on {arch}; its words are above."
            )


def ask_pip(pins: list[Pin]) -> list[Wheel]:
    """The wheel that pip would install of each pin on each machine; nothing is kept."""
    found: set[Wheel] = set()
    for python in PYTHONS:
        for arch in ARCHITECTURES:
            with tempfile.TemporaryDirectory() as folder:
                report = Path(folder) / "report.json"
                options = ["--dry-run", "--ignore-installed", "--target", folder, "--report", str(report)]
                _pip(["install", *options], pins, python, arch)
                rows = json.loads(report.read_text(encoding="utf-8"))["install"]
            for row in rows:
                about = row["download_info"]
                found.add(Wheel(about["url"].rpartition("/")[2], about["archive_info"]["hashes"]["sha256"]))
    return sorted(found, key=lambda wheel: wheel.filename.lower())


def write_list(wheels: list[Wheel]) -> str:
    head = "# Wheels of requirements.txt for each Python and architecture, by `python -m tools.wheels list`.\n"
    return head + "".join(f"{wheel.sha256}  {wheel.filename}\n" for wheel in wheels)


def fetch(pins: list[Pin], *, arch: str, pythons: tuple[str, ...], folder: Path) -> None:
    """Download the wheels of one kind of machine, their hashes checked."""
    for python in pythons:
        _pip(["download", "--dest", str(folder)], pins, python, arch)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("what", choices=["list", "check", "fetch"])
    parser.add_argument("--arch", choices=ARCHITECTURES, default="x86_64")
    parser.add_argument("--python", action="append", choices=PYTHONS, help="more than once for several; all by default")
    parser.add_argument("--folder", type=Path, default=Path("wheels"))
    given = parser.parse_args()
    pins = read_pins(LOCK.read_text(encoding="utf-8"))
    if given.what == "list":
        LIST.write_text(write_list(ask_pip(pins)), encoding="utf-8")
    elif given.what == "fetch":
        fetch(pins, arch=given.arch, pythons=tuple(given.python or PYTHONS), folder=given.folder)
    found = [] if given.what == "fetch" else list(faults(pins, read_list(LIST.read_text(encoding="utf-8"))))
    if found:
        advice = "Run `python -m tools.wheels list` after a change of requirements.txt; a pin without wheels has to go."
        raise SystemExit("\n".join([*found, advice]))


if __name__ == "__main__":
    main()

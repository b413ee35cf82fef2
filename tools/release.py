"""A release on a disk: one archive for one kind of machine, from which a machine without any index installs.

`python -m tools.release --arch x86_64` packs what is committed, the wheels (fetched where they are not in the folder),
their bill of materials (`sbom.cdx.json`) and the checksums of all of it (`SHA256SUMS`) into
`dist/county_urbanization-VERSION-ARCH.tar`. The same commit gives the same bytes.
"""

import argparse
import io
import subprocess
import tarfile
from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

from tools.sbom import site_version, write_sbom
from tools.wheels import ARCHITECTURES, LIST, LOCK, PYTHONS, ROOT, Wheel, fetch, read_list, read_pins, wanted

SUMS, BILL = "SHA256SUMS", "sbom.cdx.json"


def git(*words: str) -> bytes:
    return subprocess.run(["git", *words], cwd=ROOT, capture_output=True, check=True).stdout


def committed_at() -> datetime:
    return datetime.fromtimestamp(int(git("show", "-s", "--format=%ct", "HEAD")), UTC)


def source_files() -> Iterator[tuple[str, bytes, int]]:
    """(path, content, mode) of everything that is committed."""
    with tarfile.open(fileobj=io.BytesIO(git("archive", "--format=tar", "HEAD"))) as archive:
        for member in archive:
            if member.isfile():
                content = archive.extractfile(member)
                yield member.name, content.read() if content else b"", member.mode & 0o755


def checked_wheels(wheels: list[Wheel], folder: Path) -> Iterator[tuple[str, bytes, int]]:
    """The wheels as they lie there. SystemExit where one is missing or another than the list has."""
    for wheel in wheels:
        path = folder / wheel.filename
        if not path.is_file():
            raise SystemExit(f"{path} is missing: run `make wheels` again.")
        content = path.read_bytes()
        if sha256(content).hexdigest() != wheel.sha256:
            raise SystemExit(f"{path} is not the file that wheels.txt names: delete it and run `make wheels` again.")
        yield f"wheels/{wheel.filename}", content, 0o644


def sums_of(files: list[tuple[str, bytes, int]]) -> bytes:
    """As `sha256sum --check` reads them."""
    return "".join(f"{sha256(content).hexdigest()}  {path}\n" for path, content, _mode in files).encode()


def pack(files: list[tuple[str, bytes, int]], target: Path, *, root: str, at: datetime) -> None:
    with tarfile.open(target, "w", format=tarfile.PAX_FORMAT) as archive:
        for path, content, mode in files:
            member = tarfile.TarInfo(f"{root}/{path}")
            member.size, member.mode, member.mtime = len(content), mode, int(at.timestamp())
            archive.addfile(member, io.BytesIO(content))


def release(*, arch: str, pythons: tuple[str, ...], folder: Path, target: Path) -> Path:
    """The archive's path, its checksum in a file beside it."""
    pins = read_pins(LOCK.read_text(encoding="utf-8"))
    wheels = wanted(pins, read_list(LIST.read_text(encoding="utf-8")), arch=arch, pythons=pythons)
    if not all((folder / wheel.filename).is_file() for wheel in wheels):
        fetch(pins, arch=arch, pythons=pythons, folder=folder)
    at, root = committed_at(), f"county_urbanization-{site_version()}-{arch}"
    files = [*source_files(), *checked_wheels(wheels, folder)]
    files.append((BILL, write_sbom(wheels, folder, at=at).encode(), 0o644))
    files.sort()
    files.append((SUMS, sums_of(files), 0o644))
    target.mkdir(parents=True, exist_ok=True)
    archive = target / f"{root}.tar"
    pack(files, archive, root=root, at=at)
    digest = sha256(archive.read_bytes()).hexdigest()
    archive.with_suffix(".tar.sha256").write_text(f"{digest}  {archive.name}\n", encoding="utf-8")
    return archive


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--arch", choices=ARCHITECTURES, default="x86_64")
    parser.add_argument("--python", action="append", choices=PYTHONS, help="more than once for several; all by default")
    parser.add_argument("--wheels", type=Path, default=ROOT / "wheels")
    parser.add_argument("--to", type=Path, default=ROOT / "dist")
    given = parser.parse_args()
    if git("status", "--porcelain", "--untracked-files=no"):
        raise SystemExit("Something is changed and not committed; a release is what is committed.")
    pythons = tuple(given.python or PYTHONS)
    made = release(arch=given.arch, pythons=pythons, folder=given.wheels, target=given.to)
    print(f"{made} ({made.stat().st_size / 2**20:.0f} MB)")  # noqa: T201


if __name__ == "__main__":
    main()

"""Snapshots as files under VAR_DIR: made when first asked for, the same for ever, and so kept for the next who asks.
The oldest go; whoever asks for one of them again gets it made again, with the same digest.

A name holds the time of the feed's number beside the number: where a database is restored, numbers come a second time
for other changes."""

import fcntl
import hashlib
import json
import os
import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from django.conf import settings
from django.utils.translation import gettext as _

from accounts import sandbox
from indicators.sdmx.owners import plan_maintainer
from lib.files.paths import inside
from lib.refusals import Refused
from snapshots.facts import time_of
from snapshots.writing import write_csv, write_parquet, write_sdmx

ENDINGS = {"csv": "csv", "parquet": "parquet", "sdmx-csv": "sdmx.csv"}
STATED = re.compile(r"[0-9]+-[0-9]+-[0-9]+\.(csv|parquet|sdmx\.csv)\.json")
LOCKS = 16
TRIES = 5
NO_TIME = datetime(1970, 1, 1, tzinfo=UTC)


class SnapshotsBusy(Refused):
    """More different snapshots are asked for at once than are kept."""

    kind = "unavailable"
    headers = {"Retry-After": "10"}


@dataclass(frozen=True)
class SnapshotFile:
    """What is known of one file; `after` 0: the whole state, else the changes since that number."""

    number: int
    after: int
    format: str
    at: str
    bytes: int
    sha256: str
    name: str

    @property
    def path(self) -> Path:
        return inside(_folder(), self.name)


def open_snapshot(number: int, after: int, form: str) -> tuple[SnapshotFile, IO[bytes]]:
    """The file, open: while others ask for other numbers it may go at any moment, and then is made again."""
    for _try in range(TRIES):
        found = snapshot_file(number, after, form)
        with suppress(FileNotFoundError):
            return found, found.path.open("rb")
    raise SnapshotsBusy(_("要的快照太多，请稍后再取。"))


def snapshot_file(number: int, after: int, form: str) -> SnapshotFile:
    """The file, made where it is not there yet. Two who ask at once wait for one to make it."""
    at = time_of(number) or NO_TIME
    stem = f"{number}-{int(at.timestamp() * 1_000_000)}-{after}"
    with _alone(stem):
        known = _known(f"{stem}.{ENDINGS[form]}")
        if known is None:
            known = _made(stem, number, after, form, at)
            _forget_oldest()
    with suppress(FileNotFoundError):  # it went meanwhile
        os.utime(known.path)
    return known


def kept_files() -> list[SnapshotFile]:
    """Those that are there now, the newest numbers first."""
    names = [path.name for path in _folder().iterdir() if STATED.fullmatch(path.name)]
    found = [each for name in names if (each := _known(name.removesuffix(".json")))]
    return sorted(found, key=lambda each: (-each.number, each.after, each.format))


def _made(stem: str, number: int, after: int, form: str, at: datetime) -> SnapshotFile:
    name = f"{stem}.{ENDINGS[form]}"
    part = _folder() / f"{name}.part"
    part.unlink(missing_ok=True)
    if form == "csv":
        write_csv(part, number, after)
    elif form == "sdmx-csv":
        write_sdmx(part, number, after, plan_maintainer())
    else:
        _make_parquet(part, stem, number, after, at)
    with part.open("rb") as source:
        digest = hashlib.file_digest(source, "sha256").hexdigest()
    moment = at.astimezone(UTC).isoformat().replace("+00:00", "Z")
    made = SnapshotFile(number, after, form, moment, part.stat().st_size, digest, name)
    part.replace(_folder() / name)
    statement = _folder() / f"{name}.json.part"
    statement.write_text(json.dumps(asdict(made)))
    statement.replace(_folder() / f"{name}.json")  # the last of all: what is stated is there and whole
    return made


def _make_parquet(part: Path, stem: str, number: int, after: int, at: datetime) -> None:
    known = _known(f"{stem}.csv") or _made(stem, number, after, "csv", at)
    write_parquet(part, known.path)


def _known(name: str) -> SnapshotFile | None:
    try:
        told = (_folder() / f"{name}.json").read_text()
    except FileNotFoundError:
        return None
    return SnapshotFile(**json.loads(told)) if (_folder() / name).exists() else None


def _forget_oldest() -> None:
    """Keeps SNAPSHOTS_KEPT files: those that were asked for last."""
    files = sorted((each.path for each in kept_files()), key=_asked_last, reverse=True)
    for path in files[settings.SNAPSHOTS_KEPT :]:
        path.with_name(f"{path.name}.json").unlink(missing_ok=True)
        path.unlink(missing_ok=True)


def _asked_last(path: Path) -> float:
    """When; long ago for what another process has taken away meanwhile."""
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return 0


@contextmanager
def _alone(stem: str) -> Iterator[None]:
    """Holds the lock of one snapshot (and of every other whose name falls to the same), across all processes of the
    machine: few locks, however many snapshots are asked for."""
    place = zlib.crc32(stem.encode()) % LOCKS
    descriptor = os.open(_folder() / f"lock-{place}", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _folder() -> Path:
    folder: Path = settings.VAR_DIR / ("sandbox/snapshots" if sandbox.is_on() else "snapshots")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder

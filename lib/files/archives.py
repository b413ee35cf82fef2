"""A backup file: a zip of tables (a JSON object a line), uploads, and a manifest that says what is in it.

    manifest.json                    format, when, versions, and for each member its rows, size and SHA-256
    tables/<app>.<model>.jsonl       one row a line, keys sorted
    uploads/<path>                   as they lie under MEDIA_ROOT

Nothing here knows Django's models or a database."""

import hashlib
import json
import os
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path, PurePosixPath

FORMAT = 1
MANIFEST, TABLES, UPLOADS = "manifest.json", "tables/", "uploads/"
CHUNK = 2**20


class ArchiveError(Exception):
    """What is wrong with a backup file, in words."""


class ArchiveWriter:
    """Writes beside the final name and takes that name only when all of it is there, readable by its owner alone."""

    def __init__(self, path: Path):
        self.path, self.unfinished = path, path.with_name(f"{path.name}.part")
        self.tables: dict[str, dict] = {}
        self.files: dict[str, dict] = {}

    def __enter__(self):
        if self.path.exists():
            raise ArchiveError(f"{self.path} is there already; name a file that is not.")
        handle = os.open(self.unfinished, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)
        self._stream = os.fdopen(handle, "w+b")
        self._zip = zipfile.ZipFile(self._stream, "w", zipfile.ZIP_DEFLATED, compresslevel=6)
        return self

    def add_table(self, label: str, rows: Iterable[Mapping]) -> None:
        count = 0

        def lines() -> Iterator[bytes]:
            nonlocal count
            for count, row in enumerate(rows, start=1):  # noqa: B007  (what is counted is told after the loop)
                yield f"{json.dumps(row, ensure_ascii=False, sort_keys=True)}\n".encode()

        facts = self._add(f"{TABLES}{label}.jsonl", lines())
        self.tables[label] = {"rows": count, **facts}

    def add_file(self, name: str, path: Path) -> None:
        with path.open("rb") as file:
            self.files[name] = self._add(f"{UPLOADS}{name}", iter(lambda: file.read(CHUNK), b""))

    def finish(self, about: Mapping) -> None:
        manifest = {"format": FORMAT, **about, "tables": self.tables, "files": self.files}
        self._zip.writestr(MANIFEST, json.dumps(manifest, ensure_ascii=False, indent=1, sort_keys=True))
        self._zip.close()
        self._stream.flush()
        os.fsync(self._stream.fileno())
        self._stream.close()
        self.unfinished.rename(self.path)

    def __exit__(self, *exc_info):
        if not self._stream.closed:
            with suppress(OSError, ValueError):
                self._zip.close()
            self._stream.close()
        self.unfinished.unlink(missing_ok=True)

    def _add(self, name: str, pieces: Iterable[bytes]) -> dict:
        digest, size = hashlib.sha256(), 0
        with self._zip.open(zipfile.ZipInfo(name), "w", force_zip64=True) as member:
            for piece in pieces:
                digest.update(piece)
                size += len(piece)
                member.write(piece)
        return {"size": size, "sha256": digest.hexdigest()}


class ArchiveReader:
    """Reads a backup that is whole: every member is there and is what the manifest says, and nothing beside."""

    def __init__(self, path: Path):
        try:
            self._zip = zipfile.ZipFile(path)
            self.manifest = json.loads(self._zip.read(MANIFEST))
        except FileNotFoundError as error:
            raise ArchiveError(f"{path} is not there.") from error
        except (zipfile.BadZipFile, KeyError, ValueError, OSError) as error:
            raise ArchiveError(f"{path} is no backup, or only a part of one.") from error
        if self.manifest.get("format") != FORMAT:
            raise ArchiveError(f"{path} has format {self.manifest.get('format')}; this version reads {FORMAT}.")

    @property
    def tables(self) -> dict[str, dict]:
        return self.manifest["tables"]

    @property
    def files(self) -> dict[str, dict]:
        return self.manifest["files"]

    def verify(self) -> None:
        """`ArchiveError` naming the first member that is missing, changed, unexpected or would leave its folder."""
        expected = {f"{TABLES}{label}.jsonl": facts for label, facts in self.tables.items()}
        expected |= {f"{UPLOADS}{name}": facts for name, facts in self.files.items()}
        beside = sorted(set(self._zip.namelist()) ^ {*expected, MANIFEST})
        if beside:
            raise ArchiveError(f"The backup is damaged: {beside[0]} is missing or does not belong to it.")
        for name, facts in expected.items():
            if PurePosixPath(name).is_absolute() or ".." in PurePosixPath(name).parts or "\\" in name:
                raise ArchiveError(f"The backup is damaged: {name} leads out of its folder.")
            if self._digest(name) != facts["sha256"]:
                raise ArchiveError(f"The backup is damaged: {name} is not what the manifest says.")

    def rows(self, label: str) -> Iterator[dict]:
        with self._zip.open(f"{TABLES}{label}.jsonl") as member:
            for line in member:
                yield json.loads(line)

    def extract_file(self, name: str, to: Path) -> None:
        to.parent.mkdir(parents=True, exist_ok=True)
        with self._zip.open(f"{UPLOADS}{name}") as member, to.open("xb") as file:
            to.chmod(0o600)
            while piece := member.read(CHUNK):
                file.write(piece)

    def _digest(self, name: str) -> str:
        digest = hashlib.sha256()
        try:
            with self._zip.open(name) as member:
                while piece := member.read(CHUNK):
                    digest.update(piece)
        except (zipfile.BadZipFile, OSError, EOFError) as error:
            raise ArchiveError(f"The backup is damaged: {name} cannot be read.") from error
        return digest.hexdigest()

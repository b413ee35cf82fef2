"""A backup file: a zip of tables (a JSON object a line), uploads, and a manifest that says what is in it.

    manifest.json                    format, when, versions, and for each member its rows, size and digest
    tables/<app>.<model>.jsonl       one row a line, keys sorted
    uploads/<path>                   as they lie under MEDIA_ROOT

Nothing here knows Django's models or a database."""

import hashlib
import json
import os
import weakref
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import IO, Any, Self

from lib.files.paths import OutsideFolder, require_relative
from lib.files.sealed_files import NotUnsealed, SealedWriter, lies_sealed, opened
from lib.refusals import Refused

FORMAT = 1
MANIFEST, TABLES, UPLOADS = "manifest.json", "tables/", "uploads/"
CHUNK = 2**20
MOST_TEXT = 16 * 2**20  # bytes of the manifest, and of one row: each is in memory whole
MOST_VALUES = 1_000_000  # in one of them: a list of empty lists takes sixty times the bytes that it is written with
MOST_RATIO, SMALL = 100, 32 * 2**20  # unpacked to packed, of archives that are not small
PACKINGS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}  # as `ArchiveWriter` packs
DIGESTS = ("sha256", "sm3")  # SM3 is GB/T 32905
UNREADABLE = (zipfile.BadZipFile, zlib.error, NotImplementedError, OSError, EOFError, RuntimeError)
ANYWAY = "If it is yours and there is room for it, add --any-size."


class ArchiveError(Refused):
    """What is wrong with a backup file, in words."""

    kind = "unusable-file"


class ArchiveWriter:
    """Writes beside the final name and takes that name only when all of it is there, readable by its owner alone, and
    sealed by `cipher` where one is named. `digest`: one of DIGESTS, for the manifest."""

    def __init__(self, path: Path, *, cipher: str = "", digest: str = DIGESTS[0]):
        self.path, self.unfinished, self.cipher = path, path.with_name(f"{path.name}.part"), cipher
        self._digest = digest
        self.tables: dict[str, dict] = {}
        self.files: dict[str, dict] = {}

    def __enter__(self) -> Self:
        if self.path.exists():
            raise ArchiveError(f"{self.path} is there already; name a file that is not.")
        handle = os.open(self.unfinished, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)
        self._stream = os.fdopen(handle, "w+b")
        self._sealed = SealedWriter(self._stream, self.cipher) if self.cipher else None
        into: Any = self._sealed or self._stream  # a zip goes from its beginning to its end, without a look back
        self._zip = zipfile.ZipFile(into, "w", zipfile.ZIP_DEFLATED, compresslevel=6)
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
        if self._sealed:
            self._sealed.finish()
        self._stream.flush()
        os.fsync(self._stream.fileno())
        self._stream.close()
        self.unfinished.rename(self.path)

    def __exit__(self, *exc_info: object) -> None:
        if not self._stream.closed:
            with suppress(OSError, ValueError):
                self._zip.close()
            self._stream.close()
        self.unfinished.unlink(missing_ok=True)

    def _add(self, name: str, pieces: Iterable[bytes]) -> dict:
        digest, size = hashlib.new(self._digest), 0
        with self._zip.open(zipfile.ZipInfo(name), "w", force_zip64=True) as member:
            for piece in pieces:
                digest.update(piece)
                size += len(piece)
                member.write(piece)
        return {"size": size, self._digest: digest.hexdigest()}


class ArchiveReader:
    """Reads a backup that is whole: every member is there and is what the manifest says, and nothing beside.

    Manifest and rows are read within bounds of bytes and values, and an archive that unpacks to more than `MOST_RATIO`
    times its size is refused, unless `any_size`, which is for a backup of one's own."""

    def __init__(self, path: Path, *, any_size: bool = False):
        self._any_size = any_size
        try:
            self._packed = path.stat().st_size
            self._zip = zipfile.ZipFile(self._opened(path) if lies_sealed(path) else path)
        except FileNotFoundError as error:
            raise ArchiveError(f"{path} is not there.") from error
        except NotUnsealed as error:
            raise ArchiveError(f"{path} is sealed and cannot be opened: {error}.") from error
        except (*UNREADABLE, ValueError) as error:
            raise ArchiveError(f"{path} is no backup, or only a part of one.") from error
        self._require_packed_as_ours(path)
        self.manifest = self._read_manifest(path)

    def _opened(self, path: Path) -> IO[bytes]:
        """A sealed one as it was, which goes with this reader."""
        plain = opened(path)
        weakref.finalize(self, plain.close)
        self._packed = os.fstat(plain.fileno()).st_size
        return plain

    @property
    def tables(self) -> dict[str, dict]:
        tables: dict[str, dict] = self.manifest["tables"]
        return tables

    @property
    def files(self) -> dict[str, dict]:
        files: dict[str, dict] = self.manifest["files"]
        return files

    @property
    def unpacked_files(self) -> int:
        """Bytes of all uploads."""
        return sum(facts["size"] for facts in self.files.values())

    def verify(self) -> None:
        """`ArchiveError` naming the first member that is missing, changed, unexpected or would leave its folder."""
        expected = {f"{TABLES}{label}.jsonl": facts for label, facts in self.tables.items()}
        expected |= {f"{UPLOADS}{name}": facts for name, facts in self.files.items()}
        beside = sorted(set(self._zip.namelist()) ^ {*expected, MANIFEST})
        if beside:
            raise ArchiveError(f"The backup is damaged: {beside[0]} is missing or does not belong to it.")
        for name in (*self.tables, *self.files):
            try:
                require_relative(name)
            except OutsideFolder as error:
                raise ArchiveError(f"The backup is damaged: {error}") from error
        for name, facts in expected.items():
            algorithm = _algorithm_of(facts)
            if self._digest(name, algorithm) != (facts["size"], facts[algorithm]):
                raise ArchiveError(f"The backup is damaged: {name} is not what the manifest says.")

    def rows(self, label: str) -> Iterator[dict]:
        """Each row of a table. `ArchiveError` where one is too large, is none, or where they are not as many as the
        manifest says."""
        for batch in self.batches(label, 1):
            yield from batch

    def batches(self, label: str, most: int) -> Iterator[list[dict]]:
        """The rows, at most so many at a time, and never more in memory than one row may take."""
        batch: list[dict] = []
        weight = 0.0
        count = 0
        for count, line in enumerate(self._lines(label), start=1):
            added = _weight(line)
            if batch and (len(batch) == most or weight + added > 1):
                yield batch
                batch, weight = [], 0.0
            batch.append(self._read_object(line, f"row {count} of {label}"))
            weight += added
        if batch:
            yield batch
        if count != self.tables[label]["rows"]:
            raise ArchiveError(f"The backup is damaged: {label} has {count} rows and not what the manifest says.")

    def _lines(self, label: str) -> Iterator[bytes]:
        with self._zip.open(f"{TABLES}{label}.jsonl") as member:
            while line := member.readline(-1 if self._any_size else MOST_TEXT + 1):
                yield line

    def extract_file(self, name: str, to: Path) -> None:
        """Never over another file; of one that does not come out whole nothing stays."""
        to.parent.mkdir(parents=True, exist_ok=True)
        file = to.open("xb")
        try:
            with file, self._zip.open(f"{UPLOADS}{name}") as member:
                to.chmod(0o600)
                while piece := member.read(CHUNK):
                    file.write(piece)
        except BaseException:  # also of the last bytes, which are written when the file is closed
            to.unlink(missing_ok=True)
            raise

    def _require_packed_as_ours(self, path: Path) -> None:
        parts = self._zip.infolist()
        name, times = Counter(part.filename for part in parts).most_common(1)[0] if parts else ("", 0)
        if times > 1:
            raise ArchiveError(f"The backup is damaged: {name} is in it {times} times.")
        if any(part.compress_type not in PACKINGS or part.flag_bits & 1 for part in parts):
            raise ArchiveError(f"{path} is packed or encrypted as no backup of ours is.")
        packed, unpacked = self._packed, sum(part.file_size for part in parts)
        if sum(part.compress_size for part in parts) > packed:
            raise ArchiveError("The backup is damaged: its members lie over one another.")
        if unpacked > SMALL and unpacked > MOST_RATIO * packed and not self._any_size:
            raise ArchiveError(
                f"{path} has {packed:,} bytes and would unpack to {unpacked:,}, more than {MOST_RATIO} times as many; "
                f"a backup hardly ever does, an archive made to fill a disk does. {ANYWAY}"
            )

    def _read_manifest(self, path: Path) -> dict:
        try:
            with self._zip.open(MANIFEST) as member:
                text = member.read(-1 if self._any_size else MOST_TEXT + 1)
        except (KeyError, *UNREADABLE) as error:
            raise ArchiveError(f"{path} is no backup, or only a part of one.") from error
        manifest = self._read_object(text, MANIFEST)
        if manifest.get("format") != FORMAT:
            raise ArchiveError(f"{path} has format {manifest.get('format')!r}; this version reads {FORMAT}.")
        fault = _fault_of(manifest)
        if fault:
            raise ArchiveError(f"The backup is damaged: in {MANIFEST}, {fault}.")
        return manifest

    def _read_object(self, text: bytes, what: str) -> dict:
        """A JSON object within bounds; `what` it is, for the words."""
        if not self._any_size and _weight(text) > 1:
            raise ArchiveError(
                f"{what} is larger than any of ours: at most {MOST_TEXT:,} bytes and {MOST_VALUES:,} values. {ANYWAY}"
            )
        try:
            found = json.loads(text, parse_constant=_refuse_constant)
        except (ValueError, RecursionError) as error:
            raise ArchiveError(f"The backup is damaged: {what} cannot be read.") from error
        if not isinstance(found, dict):
            raise ArchiveError(f"The backup is damaged: {what} is no JSON object.")
        return found

    def _digest(self, name: str, algorithm: str) -> tuple[int, str]:
        if algorithm not in hashlib.algorithms_available:
            raise ArchiveError(f"The backup has digests by {algorithm}, which Python's OpenSSL on this machine lacks.")
        digest, size = hashlib.new(algorithm), 0
        try:
            with self._zip.open(name) as member:
                while piece := member.read(CHUNK):
                    digest.update(piece)
                    size += len(piece)
        except UNREADABLE as error:
            raise ArchiveError(f"The backup is damaged: {name} cannot be read.") from error
        return size, digest.hexdigest()


def _weight(text: bytes) -> float:
    """How much of what may be in memory at once a JSON text takes."""
    values = sum(text.count(mark) for mark in (b",", b"[", b"{"))
    return max(len(text) / MOST_TEXT, values / MOST_VALUES)


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no number")


def _fault_of(manifest: dict) -> str:
    """What is wrong with the shape of a manifest; nothing where it is as `ArchiveWriter.finish` writes it."""
    for part in ("tables", "files"):
        members = manifest.get(part)
        if not isinstance(members, dict):
            return f"{part} is no list of members"
        for name, facts in members.items():
            if not _is_described(facts, counts=("size", "rows") if part == "tables" else ("size",)):
                return f"{name!r} of {part} lacks its size, its rows or its digest"
    migrations = manifest.get("migrations", {})
    if not isinstance(migrations, dict) or not all(map(_is_names, migrations.values())):
        return "migrations are no names by app"
    return ""


def _is_described(facts: object, *, counts: tuple[str, ...]) -> bool:
    if not isinstance(facts, dict) or not isinstance(facts.get(_algorithm_of(facts)), str):
        return False
    return all(type(facts.get(name)) is int and facts[name] >= 0 for name in counts)


def _algorithm_of(facts: Mapping) -> str:
    """Which digest of a member the manifest has."""
    return next((name for name in DIGESTS if name in facts), DIGESTS[0])


def _is_names(names: object) -> bool:
    return isinstance(names, list) and all(isinstance(name, str) for name in names)

"""The audit log leaves the database: into a file that holds it as it was sealed, with a signed statement at its end.

    one row a line: number, digest and algorithm of its seal, and what was sealed, as JSON
    the last line: {"statement": {first, last, before, head, sha256}, "key": …, "signature": …}

`sha256` is of all lines before. The signature is Ed25519 (RFC 8032) over the statement as JSON with sorted keys.
Where the rows have left, the same statement stands as an `AuditCut`, so that the chain goes on from its head; who can
write to the database and does not hold the key makes no cut that counts."""

import base64
import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from django.conf import settings
from django.db import connection, transaction

from journal import guard
from journal.actions import log_audit
from journal.models import AuditCut, AuditEntry, AuditForward, AuditSeal
from journal.seals import SEALED, Head, cut_head, digest_of, digest_of_row, row_of, seals_with_entries
from lib.refusals import Refused

BATCH = 500
LONGEST_LINE = 64 * 2**20
STATEMENT_BYTES = 4096  # more than the last line has


class ExportRefused(Refused):
    """Why the log does not leave, in words for the operator."""

    kind = "unusable-file"


@dataclass(frozen=True)
class ExportStatement:
    """What is signed: the seals from `first` to `last`, the digest before them and that of the last, the rows' own."""

    first: int
    last: int
    before: str
    head: str
    sha256: str

    def signed_bytes(self) -> bytes:
        return json.dumps(asdict(self), sort_keys=True, separators=(",", ":")).encode()


# The key ------------------------------------------------------------------------------------------


def signing_key() -> Ed25519PrivateKey:
    """Of AUDIT_KEY_FILE; made there at the first export, readable by its owner alone."""
    path = Path(settings.AUDIT_KEY_FILE)
    if not path.exists():
        made = Ed25519PrivateKey.generate()
        content = made.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(content)
    try:
        found = load_pem_private_key(path.read_bytes(), password=None)
    except (OSError, ValueError, TypeError) as error:
        raise ExportRefused(f"AUDIT_KEY_FILE {path} cannot be read: {type(error).__name__}.") from error
    if not isinstance(found, Ed25519PrivateKey):
        raise ExportRefused(f"AUDIT_KEY_FILE {path} holds no Ed25519 key.")
    return found


def public_text(key: Ed25519PrivateKey) -> str:
    """The public half as a text of 44 characters, for AUDIT_TRUSTED_KEYS and for whoever checks an export elsewhere."""
    return base64.b64encode(key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)).decode()


def trusted_keys() -> set[str]:
    """AUDIT_TRUSTED_KEYS, and the present one where it lies here."""
    present = {public_text(signing_key())} if Path(settings.AUDIT_KEY_FILE).exists() else set()
    return {*settings.AUDIT_TRUSTED_KEYS, *present}


def is_signed(statement: ExportStatement, key: str, signature: str) -> bool:
    try:
        public = Ed25519PublicKey.from_public_bytes(_bytes_of(key))
        public.verify(_bytes_of(signature), statement.signed_bytes())
    except (InvalidSignature, ValueError):
        return False
    return True


def _bytes_of(text: str) -> bytes:
    """Of base64 in its one spelling; ValueError for another one."""
    found = base64.b64decode(text, validate=True)
    if base64.b64encode(found).decode() != text:
        raise ValueError("not the one spelling")
    return found


# Out ----------------------------------------------------------------------------------------------


def export_until(path: Path, until: datetime) -> ExportStatement | None:
    """Write the sealed rows from the last cut on that are older than `until`; the chain is checked on the way. None,
    and no file, where there are none. The log itself tells of the export."""
    key, start = signing_key(), cut_head()
    unfinished = path.with_name(f"{path.name}.part")
    if path.exists():
        raise ExportRefused(f"{path} is there already; name a file that is not.")
    try:
        with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            statement = _write(file, start, until)
            if statement is None:
                return None
            signature = base64.b64encode(key.sign(statement.signed_bytes())).decode()
            file.write(_line({"statement": asdict(statement), "key": public_text(key), "signature": signature}))
            file.flush()
            os.fsync(file.fileno())
        unfinished.rename(path)
    finally:
        with suppress(FileNotFoundError):
            unfinished.unlink()
    _log("export_audit", statement)
    return statement


def _write(file: Any, start: Head, until: datetime) -> ExportStatement | None:
    digest, head = hashlib.sha256(), start
    for seal, entry in seals_with_entries(start.number):
        if entry is None or seal.number != head.number + 1 or _is_altered(seal, entry, head.digest):
            raise ExportRefused(f"The log does not hold at seal {seal.number}: run verify_audit. Nothing was exported.")
        if entry.at >= until:
            break
        told = {"number": seal.number, "digest": seal.digest, "algorithm": seal.algorithm}
        line = _line(told | dict(zip(SEALED, row_of(entry), strict=True)))
        digest.update(line)
        file.write(line)
        head = Head(seal.number, seal.digest)
    if head.number == start.number:
        return None
    return ExportStatement(start.number + 1, head.number, start.digest, head.digest, digest.hexdigest())


def _is_altered(seal: AuditSeal, entry: AuditEntry, before: str) -> bool:
    return digest_of(entry, before, seal.algorithm) != seal.digest


def _line(row: Mapping) -> bytes:
    return json.dumps(row, ensure_ascii=False, sort_keys=True).encode() + b"\n"


def _log(action: str, statement: ExportStatement) -> None:
    row = {"key": f"{statement.first}-{statement.last}", "new": {"sha256": statement.sha256}}
    log_audit(action=action, subject=AuditEntry._meta.label_lower, rows=[row], by=None)


@transaction.atomic
def move_out(path: Path) -> ExportStatement:
    """Take the rows of an export out of the database, once the file is found whole and signed by a key of ours, and
    begins where the chain in the database begins. The triggers are down for this transaction alone."""
    statement, faults = read_export(path)
    if faults or statement is None:
        raise ExportRefused(f"{path} cannot stand for the rows: {faults[0]} Nothing left the database.")
    if Head(statement.first - 1, statement.before) != cut_head():
        raise ExportRefused(f"{path} begins at seal {statement.first}, and the log in the database elsewhere.")
    leaving = AuditSeal.objects.filter(number__gte=statement.first, number__lte=statement.last).order_by("number")
    seals = list(leaving.values_list("number", "digest", "entry"))
    if len(seals) != statement.last - statement.first + 1 or seals[-1][1] != statement.head:
        raise ExportRefused(f"{path} holds other rows than the database does. Nothing left the database.")
    if settings.AUDIT_SYSLOG and _is_unsent(statement.last):
        raise ExportRefused(
            f"{settings.AUDIT_SYSLOG} has not been sent all of these rows yet. Nothing left the database."
        )
    was_up = guard.is_up(connection)
    guard.take_down(connection)
    AuditCut.objects.create(number=statement.last, **_columns(path, statement))
    leaving.order_by()._raw_delete(connection.alias)  # without asking what rests on them
    entries = [entry for _number, _digest, entry in seals]
    for place in range(0, len(entries), BATCH):
        rows = AuditEntry.objects.filter(pk__in=entries[place : place + BATCH]).order_by()
        rows._raw_delete(connection.alias)
    connection.check_constraints()
    if was_up:
        guard.put_up(connection)
    _log("move_audit", statement)
    return statement


def _is_unsent(number: int) -> bool:
    sent = AuditForward.objects.filter(receiver=settings.AUDIT_SYSLOG, number__gte=number)
    return not sent.exists()


def _columns(path: Path, statement: ExportStatement) -> dict[str, Any]:
    told = json.loads(_last_line(path))
    columns = {"first": statement.first, "before": statement.before, "digest": statement.head}
    return columns | {"sha256": statement.sha256, "key": told["key"], "signature": told["signature"]}


# Checked ------------------------------------------------------------------------------------------


def read_export(path: Path, expected: Head | None = None) -> tuple[ExportStatement | None, list[str]]:
    """The statement of an export and what is wrong with it, in words. `expected`, a seal noted elsewhere, has to be in
    it where its number is."""
    try:
        told = json.loads(_last_line(path))
        statement = ExportStatement(**told["statement"])
        faults = list(_faults_of_rows(path, statement, expected))
        key, signature = told["key"], told["signature"]
        has_signature = is_signed(statement, key, signature)
    except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
        return None, [f"It is no whole export: {type(error).__name__}."]
    if not has_signature:
        faults.append("Its signature does not hold.")
    elif key not in trusted_keys():
        faults.append(f"It is signed by a key that is not ours: {key}. Name it in AUDIT_TRUSTED_KEYS if it was.")
    return statement, faults


def _faults_of_rows(path: Path, statement: ExportStatement, expected: Head | None) -> Iterator[str]:
    """Of each row against the one before it; of all of them against the statement."""
    digest, head = hashlib.sha256(), Head(statement.first - 1, statement.before)
    for line in _rows(path):
        digest.update(line)
        row = json.loads(line)
        sealed = [row[name] for name in SEALED]
        if row["number"] != head.number + 1 or digest_of_row(sealed, head.digest, row["algorithm"]) != row["digest"]:
            yield f"Seal {row['number']} of the export was altered, or one before it is missing."
        head = Head(row["number"], row["digest"])
        if expected and expected.number == head.number and expected.digest != head.digest:
            yield f"Seal {head.number} of the export is another one than was noted."
    if (head, digest.hexdigest()) != (Head(statement.last, statement.head), statement.sha256):
        yield "Its rows are others than its statement says."


def _rows(path: Path) -> Iterator[bytes]:
    """Every line but the last."""
    with path.open("rb") as file:
        line = file.readline(LONGEST_LINE)
        while following := file.readline(LONGEST_LINE):
            yield line
            line = following


def _last_line(path: Path) -> bytes:
    with path.open("rb") as file:
        file.seek(-min(path.stat().st_size, STATEMENT_BYTES), os.SEEK_END)
        return file.read().splitlines()[-1]


def faults_of_cuts() -> Iterator[str]:
    """What is wrong with the cuts in the database: not signed by a key of ours, or not one after the other."""
    keys, before = trusted_keys(), Head(0, "0" * 64)
    for cut in AuditCut.objects.order_by("number"):
        statement = ExportStatement(cut.first, cut.number, cut.before, cut.digest, cut.sha256)
        if not is_signed(statement, cut.key, cut.signature) or cut.key not in keys:
            yield f"The cut at seal {cut.number} is not signed by a key of ours: rows were taken out without an export."
        if Head(cut.first - 1, cut.before) != before:
            yield f"The cut at seal {cut.number} begins elsewhere than the one before it ended."
        before = Head(cut.number, cut.digest)


def faults_of_exports(paths: Iterable[Path], expected: Head | None) -> Iterator[str]:
    """What is wrong with files that the log has left into, against the cuts; and where a seal noted elsewhere is not in
    them although the log that left held it."""
    cuts, held = {cut.number: cut for cut in AuditCut.objects.all()}, list[ExportStatement]()
    for path in paths:
        statement, faults = read_export(path, expected)
        yield from (f"{path}: {fault}" for fault in faults)
        if statement is None:
            continue
        held.append(statement)
        cut = cuts.get(statement.last)
        if cut is not None and (cut.first, cut.digest, cut.sha256) != (
            statement.first,
            statement.head,
            statement.sha256,
        ):
            yield f"{path}: it is another export than the one by which the rows left."
    start = cut_head()
    if (
        expected
        and expected.number < start.number
        and not any(each.first <= expected.number <= each.last for each in held)
    ):
        yield f"Seal {expected.number} left the database: name the file of its export too (--export)."

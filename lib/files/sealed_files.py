"""Files at rest under a key (FILE_CIPHER): AES-256 or SM4 (GB/T 32907), both in Galois/counter mode, so that a file
that was altered is no longer read.

    6 bytes   CUSF1 and a line end
    1 byte    A (AES-256) or S (SM4-128)
    16 bytes  a random salt: each file has a key of its own, made of the key file's content by HKDF (RFC 5869)
    pieces    each of PIECE bytes and its tag of 16; the last one is shorter

The nonce of a piece is its place and whether it is the last: pieces that are left out, moved or cut off are found (the
STREAM construction of Hoang, Reyhanitabar, Rogaway and Vizár, 2015)."""

import os
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES, SM4
from cryptography.hazmat.primitives.ciphers.modes import GCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

MAGIC = b"CUSF1\n"
SALT, TAG, PIECE = 16, 16, 64 * 1024
LETTERS = {"aes": b"A", "sm4": b"S"}
CIPHERS = {b"A": (AES, 32), b"S": (SM4, 16)}
LEAST_KEY = 32  # bytes of the key file
MEMORY, MOST_IN_MEMORY = "/dev/shm", 64 * 2**20  # nosec B108  # files there have no name


class NotUnsealed(ValueError):
    """Sealed by another key, altered, or cut off."""


class NoKey(NotUnsealed):
    """The key file is not there, or is none."""


def sealed_bytes(content: bytes) -> bytes:
    """What is to lie on the disk in the content's place: the content itself where FILE_CIPHER is off."""
    if not settings.FILE_CIPHER:
        return content
    file = BytesIO()
    writer = SealedWriter(file, settings.FILE_CIPHER)
    writer.write(content)
    writer.finish()
    return file.getvalue()


def lies_sealed(path: Path) -> bool:
    """OSError where it cannot be read."""
    with path.open("rb") as file:
        return file.read(len(MAGIC)) == MAGIC


def opened(path: Path) -> IO[bytes]:
    """The file as it was before it was sealed, one that was not as it is. OSError where it cannot be read,
    `NotUnsealed` where it does not come out whole. What is opened lies in a file without a name while it is read."""
    if not lies_sealed(path):
        return path.open("rb")
    with path.open("rb") as file:
        file.seek(len(MAGIC))
        plain = TemporaryFile(dir=_place_for_plain(path.stat().st_size))  # noqa: SIM115  # the caller's to close
        try:
            for piece in _opened(file):
                plain.write(piece)
            plain.seek(0)
        except BaseException:
            plain.close()
            raise
        return plain


def _place_for_plain(size: int) -> str | None:
    """Where the machine keeps what is in memory alone, so that nothing of an attached file comes to a disk in the
    clear; a backup is too large for it."""
    has_room = size <= MOST_IN_MEMORY and os.access(MEMORY, os.W_OK)
    return MEMORY if has_room else None


class SealedWriter:
    """A stream that is written from its beginning to its end, sealed on its way to the file."""

    def __init__(self, file: IO[bytes], cipher: str):
        salt = os.urandom(SALT)
        self._file, self._box, self._kept, self._place = file, _Box(LETTERS[cipher], salt), bytearray(), 0
        file.write(MAGIC + LETTERS[cipher] + salt)

    def write(self, data: bytes) -> int:
        self._kept += data
        while len(self._kept) > PIECE:  # one piece is held back: nobody knows yet whether it is the last
            self._write(bytes(self._kept[:PIECE]), is_last=False)
            del self._kept[:PIECE]
        return len(data)

    def flush(self) -> None:
        """What is not a whole piece waits."""

    def finish(self) -> None:
        self._write(bytes(self._kept), is_last=True)
        self._kept.clear()

    def _write(self, piece: bytes, *, is_last: bool) -> None:
        self._file.write(self._box.seal(piece, self._place, is_last=is_last))
        self._place += 1


class _Box:
    """The key of one file."""

    def __init__(self, letter: bytes, salt: bytes):
        if letter not in CIPHERS:
            raise NotUnsealed("sealed by a way that this version does not know")
        self._algorithm, length = CIPHERS[letter]
        derived = HKDF(algorithm=SHA256(), length=length, salt=salt, info=b"lib.sealed_files " + letter)
        self._key = derived.derive(_master_key())

    def seal(self, piece: bytes, place: int, *, is_last: bool) -> bytes:
        made = Cipher(self._algorithm(self._key), GCM(_nonce(place, is_last))).encryptor()
        return made.update(piece) + made.finalize() + made.tag

    def open(self, piece: bytes, place: int, *, is_last: bool) -> bytes:
        if len(piece) < TAG:
            raise NotUnsealed("cut off")
        body, tag = piece[:-TAG], piece[-TAG:]
        found = Cipher(self._algorithm(self._key), GCM(_nonce(place, is_last), tag)).decryptor()
        try:
            return found.update(body) + found.finalize()
        except InvalidTag as error:
            raise NotUnsealed("sealed by another key, altered, or cut off") from error


def _nonce(place: int, is_last: bool) -> bytes:
    return place.to_bytes(11, "big") + bytes([is_last])


def _opened(file: IO[bytes]) -> Iterator[bytes]:
    """`file` stands behind MAGIC."""
    box, place = _Box(file.read(1), file.read(SALT)), 0
    piece = file.read(PIECE + TAG)
    while following := file.read(PIECE + TAG):
        yield box.open(piece, place, is_last=False)
        piece, place = following, place + 1
    yield box.open(piece, place, is_last=True)


def _master_key() -> bytes:
    path = settings.FILE_KEY_FILE
    try:
        found = Path(path).read_bytes().strip() if path else b""
    except OSError as error:
        raise NoKey(f"FILE_KEY_FILE {path} cannot be read") from error
    if len(found) < LEAST_KEY:
        raise NoKey(f"FILE_KEY_FILE is not set, or {path or 'it'} holds less than {LEAST_KEY} bytes")
    return found

"""Files at rest under a key: they come out whole or not at all."""

import os
import random
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES, SM4
from cryptography.hazmat.primitives.ciphers.modes import ECB, GCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from lib.files import sealed_files
from lib.files.sealed_files import PIECE, TAG, NoKey, NotUnsealed, opened, sealed_bytes

HEAD = 6 + 1 + 16


@pytest.fixture(params=["sm4", "aes"])
def keyed(request, settings, tmp_path):
    key = tmp_path / "key"
    key.write_text("k" * 40, encoding="utf-8")
    settings.FILE_CIPHER, settings.FILE_KEY_FILE = request.param, str(key)
    return tmp_path


def put(folder, content: bytes):
    path = folder / "file"
    path.write_bytes(content)
    return path


def read(path) -> bytes:
    with opened(path) as file:
        return file.read()


def test_the_cipher_is_the_one_of_the_standard():
    """GB/T 32907-2016, appendix A.1: key and plaintext are the same there."""
    text = bytes.fromhex("0123456789abcdeffedcba9876543210")
    made = Cipher(SM4(text), ECB()).encryptor()
    assert (made.update(text) + made.finalize()).hex() == "681edf34d206965e86b3e94f536e4246"


@pytest.mark.parametrize("size", [0, 1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE])
def test_what_is_sealed_comes_out_as_it_was(keyed, settings, size):
    content = random.Random(size).randbytes(size)
    sealed = sealed_bytes(content)
    assert len(sealed) == HEAD + size + TAG * max(-(-size // PIECE), 1)
    assert (sealed[6:7], content[:40] in sealed if size > 40 else False) == (
        {"sm4": b"S", "aes": b"A"}[settings.FILE_CIPHER],
        False,
    )
    assert read(put(keyed, sealed)) == content
    assert sealed_bytes(content)[:HEAD] != sealed[:HEAD]
    settings.FILE_CIPHER = ""
    assert (read(put(keyed, sealed)), sealed_bytes(content)) == (content, content)


def test_what_is_sealed_opens_by_the_description_of_its_form_alone(keyed, settings):
    """By the words at the head of lib/files/sealed_files.py, so that a file outlives this code; under the cipher that
    the setting names."""
    sealed = sealed_bytes(b"in one piece")
    letter, salt, body, tag = sealed[6:7], sealed[7:23], sealed[23:-16], sealed[-16:]
    algorithm, length = {"sm4": (SM4, 16), "aes": (AES, 32)}[settings.FILE_CIPHER]
    secret = Path(settings.FILE_KEY_FILE).read_bytes().strip()
    key = HKDF(algorithm=SHA256(), length=length, salt=salt, info=b"lib.sealed_files " + letter).derive(secret)
    found = Cipher(algorithm(key), GCM(bytes(11) + b"\x01", tag)).decryptor()
    assert found.update(body) + found.finalize() == b"in one piece"


def test_any_change_is_found(keyed):
    """200 random bits, and pieces left out, moved, put in and cut off."""
    content = os.urandom(3 * PIECE + 100)
    sealed, draw = sealed_bytes(content), random.Random(5)
    head, pieces = sealed[:HEAD], [sealed[at : at + PIECE + TAG] for at in range(HEAD, len(sealed), PIECE + TAG)]
    altered = [head + b"".join(part) for part in (
        pieces[:-1], pieces[1:], [pieces[1], pieces[0], *pieces[2:]], [pieces[0], *pieces], pieces[:1], [],
        [pieces[0], pieces[-1]], [*pieces, pieces[-1]],
    )]  # fmt: skip
    for _ in range(200):
        place = draw.randrange(6, len(sealed))
        altered.append(sealed[:place] + bytes([sealed[place] ^ (1 << draw.randrange(8))]) + sealed[place + 1 :])
    altered += [sealed[:-1], sealed[: HEAD - 3], sealed + b"x"]
    for other in altered:
        with pytest.raises(NotUnsealed):
            read(put(keyed, other))


def test_without_the_key_nothing_opens(keyed, settings):
    path = put(keyed, sealed_bytes(b"secret"))
    (keyed / "other").write_text("o" * 40, encoding="utf-8")
    settings.FILE_KEY_FILE = str(keyed / "other")
    with pytest.raises(NotUnsealed, match="another key"):
        read(path)
    for missing in ("", str(keyed / "nowhere")):
        settings.FILE_KEY_FILE = missing
        with pytest.raises(NoKey):
            read(path)


def test_what_is_read_leaves_no_name_on_a_disk(keyed, monkeypatch):
    """Small ones are in memory alone."""
    path = put(keyed, sealed_bytes(b"secret"))
    with opened(path) as file:
        place = os.readlink(f"/proc/self/fd/{file.fileno()}")
    assert (place.startswith(sealed_files.MEMORY), place.endswith("(deleted)")) == (True, True)
    monkeypatch.setattr(sealed_files, "MOST_IN_MEMORY", 3)
    with opened(path) as file:
        place = os.readlink(f"/proc/self/fd/{file.fileno()}")
        assert file.read() == b"secret"
    assert (place.startswith(sealed_files.MEMORY), place.endswith("(deleted)")) == (False, True)

"""Uploads that wait for their confirmation."""

import os

import pytest

from lib.files.shelf import MOST_OF_ONE, Shelf


def test_of_one_uploader_only_the_latest_wait(settings, tmp_path):
    settings.VAR_DIR, shelf = tmp_path, Shelf("test")
    others = shelf.keep(b"another's", user=2)
    tokens = []
    for number in range(MOST_OF_ONE + 2):
        tokens.append(shelf.keep(b"mine", user=1))
        os.utime(shelf.folder / tokens[-1], (2e9 + number, 2e9 + number))
    found = [shelf.find(token, user=1) is not None for token in tokens]
    assert found == [False, False, *[True] * MOST_OF_ONE]
    assert shelf.find(others, user=2)[1] == b"another's"
    assert shelf.find(others, user=1) is None


def test_nobody_says_more_of_what_another_has_put_there(settings, tmp_path):
    settings.VAR_DIR, shelf = tmp_path, Shelf("test")
    token = shelf.keep(b"mine", user=1, name="a name")
    shelf.note(token, user=2, typed="theirs")
    shelf.note("x" * 32, user=1, typed="nowhere")
    assert shelf.find(token, user=1) == ({"user": 1, "name": "a name"}, b"mine")


@pytest.mark.parametrize("cipher", ["aes", "sm4"])
def test_what_waits_lies_sealed_and_comes_back_as_it_was(cipher, settings, tmp_path):
    key = tmp_path / "key"
    key.write_text("a key of more than thirty-two letters", encoding="utf-8")
    settings.VAR_DIR, shelf = tmp_path, Shelf("test")
    before = shelf.keep(b"put there before", user=1, name="older")
    settings.FILE_CIPHER, settings.FILE_KEY_FILE = cipher, str(key)
    token = shelf.keep(b"typed by a county", user=1, name="a name")
    shelf.note(token, user=1, corrected="9.5")
    lies = b"".join(path.read_bytes() for path in (shelf.folder / token).iterdir())
    assert [words in lies for words in (b"county", b"a name", b"9.5")] == [False, False, False]
    assert shelf.find(token, user=1) == ({"user": 1, "name": "a name", "corrected": "9.5"}, b"typed by a county")
    assert shelf.find(before, user=1) == ({"user": 1, "name": "older"}, b"put there before")
    assert shelf.find(token, user=2) is None
    key.write_text("another key of more than thirty-two letters", encoding="utf-8")
    assert shelf.find(token, user=1) is None
    assert shelf.find(shelf.keep(b"after", user=1), user=1) == ({"user": 1}, b"after")


def test_of_one_uploader_only_so_much_waits(settings, tmp_path, monkeypatch):
    """Twenty files of ten megabytes on each of several shelves would be gigabytes for a login."""
    settings.VAR_DIR, shelf = tmp_path, Shelf("test")
    monkeypatch.setattr("lib.files.shelf.MOST_BYTES_OF_ONE", 1_000)
    others = shelf.keep(b"x" * 900, user=2)
    tokens = []
    for number, size in enumerate((400, 300, 200, 500, 2_000)):
        tokens.append(shelf.keep(b"x" * size, user=1))
        os.utime(shelf.folder / tokens[-1], (2e9 + number, 2e9 + number))
        if size == 500:
            found = [shelf.find(token, user=1) is not None for token in tokens]
            assert found == [False, True, True, True]
    assert [shelf.find(token, user=1) is not None for token in tokens] == [False, False, False, False, True]
    assert shelf.find(others, user=2) is not None

"""Uploads that wait for their confirmation."""

import os

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

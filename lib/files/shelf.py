"""Uploaded files between preview and confirmation: under `VAR_DIR`, each known to its uploader alone, and
sealed where FILE_CIPHER says so."""

import json
import logging
import re
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from lib.files.paths import inside
from lib.files.sealed_files import NotUnsealed, opened, sealed_bytes

log = logging.getLogger(__name__)
KEPT_SECONDS = 24 * 3600
# What one uploader has on a shelf: nobody fills the disk with files that wait.
MOST_OF_ONE = 20
MOST_BYTES_OF_ONE = 50 * 2**20


@dataclass(frozen=True)
class Shelf:
    """The uploads of one kind, in a folder of their own."""

    name: str

    @property
    def folder(self) -> Path:
        folder = settings.VAR_DIR / "uploads" / self.name
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def keep(self, content: bytes, *, user: int, **about: object) -> str:
        """Store a file with what is said of it; the token that finds it again. Those of yesterday go, and of this
        uploader's the oldest."""
        self.forget_old()
        room = MOST_BYTES_OF_ONE - len(content)
        for number, place in enumerate(sorted(self._places_of(user), key=_put_at, reverse=True), start=2):
            room -= _weight(place)
            if number > MOST_OF_ONE or room < 0:
                shutil.rmtree(place, ignore_errors=True)
        token = secrets.token_urlsafe(24)
        place = self.folder / token
        place.mkdir(mode=0o700)
        (place / "content").write_bytes(sealed_bytes(content))
        (place / "about.json").write_bytes(_as_kept({"user": user, **about}))
        return token

    def find(self, token: str, *, user: int, **about: object) -> tuple[dict, bytes] | None:
        """What was said of it, and the file; None where there is none, it is another's, or it differs in `about`."""
        place = self._place(token)
        try:
            found, content = _read_about(place), _read(place / "content")
        except OSError:
            return None
        except NotUnsealed as error:  # of another key: to its uploader it is gone, as after a day
            log.warning("An upload that waits cannot be opened: %s", error)
            return None
        asked = {"user": user, **about}
        return (found, content) if asked.items() <= found.items() else None

    def kept_of(self, user: int) -> list[tuple[str, dict, float]]:
        """(token, what was said of it, seconds since the epoch when it goes) of what this uploader has here, the oldest
        first."""
        limit = time.time() - KEPT_SECONDS
        places = sorted(self._places_of(user), key=_put_at)
        return [
            (place.name, _read_about(place), _put_at(place) + KEPT_SECONDS)
            for place in places
            if _put_at(place) > limit
        ]

    def note(self, token: str, *, user: int, **about: object) -> None:
        """Say more of a file that is kept, as one step; of one that is not there, or is another's, nothing."""
        found = self.find(token, user=user)
        if found is None:
            return
        place = self._place(token)
        fresh = place / f"about-{secrets.token_hex(4)}.json"
        fresh.write_bytes(_as_kept({**found[0], **about}))
        fresh.replace(place / "about.json")

    def forget(self, token: str) -> None:
        shutil.rmtree(self._place(token), ignore_errors=True)

    def forget_old(self) -> None:
        limit = time.time() - KEPT_SECONDS
        for place in self.folder.iterdir():
            if place.is_dir() and _put_at(place) < limit:
                shutil.rmtree(place, ignore_errors=True)

    def _places_of(self, user: int) -> Iterator[Path]:
        for place in self.folder.iterdir():
            with suppress(OSError, ValueError):  # gone meanwhile, half written, or sealed by another key
                if _read_about(place)["user"] == user:
                    yield place

    def _place(self, token: str) -> Path:
        """Only what looks like a token of ours becomes a path."""
        return inside(self.folder, token if re.fullmatch(r"[\w-]{32}", token, re.ASCII) else "-")


def _weight(place: Path) -> int:
    """Bytes; none for what is gone meanwhile."""
    try:
        return (place / "content").stat().st_size
    except OSError:
        return 0


def _as_kept(about: dict) -> bytes:
    return sealed_bytes(json.dumps(about).encode())


def _read(path: Path) -> bytes:
    with opened(path) as file:
        return file.read()


def _read_about(place: Path) -> dict:
    found: dict = json.loads(_read(place / "about.json"))
    return found


def _put_at(place: Path) -> float:
    """When it was put there; long ago for what is gone meanwhile."""
    try:
        return place.stat().st_mtime
    except OSError:
        return 0

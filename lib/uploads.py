"""Uploaded files between preview and confirmation: under `VAR_DIR`, each known to its uploader alone."""

import json
import re
import secrets
import shutil
import time
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

KEPT_SECONDS = 24 * 3600


@dataclass(frozen=True)
class Shelf:
    """The uploads of one kind, in a folder of their own."""

    name: str

    @property
    def folder(self) -> Path:
        folder = settings.VAR_DIR / "uploads" / self.name
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def keep(self, content: bytes, *, user: int, **about: str | int) -> str:
        """Store a file with what is said of it; the token that finds it again. Those of yesterday go."""
        self.forget_old()
        token = secrets.token_urlsafe(24)
        place = self.folder / token
        place.mkdir(mode=0o700)
        (place / "content").write_bytes(content)
        (place / "about.json").write_text(json.dumps({"user": user, **about}), encoding="utf-8")
        return token

    def find(self, token: str, *, user: int, **about: str | int) -> tuple[dict, bytes] | None:
        """What was said of it, and the file; None where there is none, it is another's, or it differs in `about`."""
        place = self._place(token)
        try:
            found = json.loads((place / "about.json").read_text(encoding="utf-8"))
            content = (place / "content").read_bytes()
        except OSError:
            return None
        asked = {"user": user, **about}
        return (found, content) if asked.items() <= found.items() else None

    def forget(self, token: str) -> None:
        shutil.rmtree(self._place(token), ignore_errors=True)

    def forget_old(self) -> None:
        limit = time.time() - KEPT_SECONDS
        for place in self.folder.iterdir():
            if place.is_dir() and place.stat().st_mtime < limit:
                shutil.rmtree(place, ignore_errors=True)

    def _place(self, token: str) -> Path:
        """Only what looks like a token of ours becomes a path."""
        return self.folder / (token if re.fullmatch(r"[\w-]{32}", token, re.ASCII) else "-")

"""Uploaded tables between preview and confirmation: files under `VAR_DIR`, each known to its uploader alone."""

import json
import re
import secrets
import shutil
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from django.conf import settings

KEPT_SECONDS = 24 * 3600


@dataclass(frozen=True)
class Upload:
    """A file as it came, with what was said of it. `kind`: plan or observations."""

    kind: str
    name: str
    user: int
    reason: str
    document: str = ""
    sheet: str = ""


def keep(upload: Upload, content: bytes) -> str:
    """Store it; the token that finds it again. Those of yesterday go."""
    forget_old()
    token = secrets.token_urlsafe(24)
    place = _folder() / token
    place.mkdir(mode=0o700)
    (place / "content").write_bytes(content)
    (place / "upload.json").write_text(json.dumps(asdict(upload)), encoding="utf-8")
    return token


def find(token: str, user: int) -> tuple[Upload, bytes] | None:
    """The upload of that user; None where there is none, or it is another's."""
    place = _place(token)
    try:
        upload = Upload(**json.loads((place / "upload.json").read_text(encoding="utf-8")))
        content = (place / "content").read_bytes()
    except OSError:
        return None
    return (upload, content) if upload.user == user else None


def forget(token: str) -> None:
    shutil.rmtree(_place(token), ignore_errors=True)


def forget_old() -> None:
    limit = time.time() - KEPT_SECONDS
    for place in _folder().iterdir():
        if place.is_dir() and place.stat().st_mtime < limit:
            shutil.rmtree(place, ignore_errors=True)


def _folder() -> Path:
    folder = settings.VAR_DIR / "uploads" / "imports"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _place(token: str) -> Path:
    """Only what looks like a token of ours becomes a path."""
    return _folder() / (token if re.fullmatch(r"[\w-]{32}", token, re.ASCII) else "-")

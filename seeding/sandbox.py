"""The database that the sandbox answers from: the demonstration, made once for a release in a folder of its own."""

import fcntl
import hashlib
import os
import shutil
import sqlite3
import subprocess  # nosec B404  # starts our own commands
import sys
from contextlib import closing
from pathlib import Path
from secrets import token_urlsafe

from django.conf import settings

COMMANDS = ("migrate --verbosity 0", "load_demo", "recompute")
APART = ("DATABASE_URL", "REDIS_URL", "HTTPS", "ALLOWED_HOSTS", "PLAN_FILE", "PROMETHEUS_MULTIPROC_DIR", "EMAIL_HOST")


def sandbox_file() -> Path:
    """Where it lies, there or not: named by what it is made of, so that another release makes another."""
    digest = hashlib.sha256()
    for path in sorted([*settings.BASE_DIR.glob("fixtures/*.yaml"), *settings.BASE_DIR.glob("*/migrations/0*.py")]):
        digest.update(path.name.encode())
        digest.update(path.read_bytes() if path.suffix == ".yaml" else b"")
    folder: Path = settings.VAR_DIR / "sandbox"
    return folder / f"{digest.hexdigest()[:16]}.sqlite3"


def make_sandbox() -> Path | None:
    """Make it by the commands that make a demonstration, in processes that know nothing of this site's database. None
    where another process is making it."""
    file = sandbox_file()
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (file.parent / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return None
        if not file.exists():
            _make(file)
    return file


def _make(file: Path) -> None:
    folder = file.parent / "making"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    environment = {name: value for name, value in os.environ.items() if name not in APART}
    environment |= {"VAR_DIR": str(folder), "SECRET_KEY": token_urlsafe(50), "DEMO_PASSWORD": token_urlsafe(20)}
    environment |= dict.fromkeys(APART, "") | {"DATABASE_URL": f"sqlite:///{folder / 'db.sqlite3'}"}
    environment |= {
        "HTTPS": "false",
        "ALLOWED_HOSTS": "localhost",
        "DJANGO_SETTINGS_MODULE": "county_urbanization.settings",
    }
    environment.pop("PROMETHEUS_MULTIPROC_DIR")
    for words in COMMANDS:
        command = [sys.executable, str(settings.BASE_DIR / "manage.py"), *words.split()]
        subprocess.run(  # nosec B603  # words of ours
            command, cwd=settings.BASE_DIR, env=environment, check=True, stdout=subprocess.DEVNULL
        )
    with closing(sqlite3.connect(folder / "db.sqlite3")) as made:
        made.execute("PRAGMA journal_mode=DELETE")  # one file, which can be read without another beside it
    (folder / "db.sqlite3").replace(file)
    shutil.rmtree(folder)
    for old in file.parent.glob("*.sqlite3"):
        if old != file:
            old.unlink()

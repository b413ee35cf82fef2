"""A server of the site for tests that call it from outside, prepared by the commands of `make run`."""

import fcntl
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

from tools.services import free_port

ROOT = Path(__file__).resolve().parent.parent
COLLECT = ("collectstatic --noinput --verbosity 0",)
PREPARE = ("migrate --verbosity 0", "prepare", "recompute")


def site_environment(directory: Path) -> dict[str, str]:
    """The environment of a server whose files lie in this directory, and of the commands beside it."""
    found = {key: value for key, value in os.environ.items() if key not in {"DATABASE_URL", "REDIS_URL"}}
    found |= {"VAR_DIR": str(directory), "PORT": str(free_port()), "DEMO_PASSWORD": "demo", "MCP": "true"}
    return found | {"DJANGO_SETTINGS_MODULE": "county_urbanization.settings"}


def once_in_a_run(root: Path, name: str, make: Callable[[Path], None]) -> Path:
    """A directory below `root` that whichever process of the run comes first makes, while the others wait for it."""
    directory, done = root / name, root / f"{name}.done"
    with (root / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            directory.mkdir()
            make(directory)
            done.touch()
    return directory


def collect_static(directory: Path) -> None:
    """Into `static` below it, with hashes and compressed."""
    _run(COLLECT, site_environment(directory))


def prepare_site(directory: Path, static: Path) -> None:
    """The demonstration, ready to be served, by the commands of `make run`."""
    (directory / "static").symlink_to(static)
    _run(PREPARE, site_environment(directory))


def copy_site(prepared: Path, directory: Path) -> None:
    """A site of its own; the static files, which nobody writes, are the same ones."""
    shutil.copytree(prepared, directory, symlinks=True, dirs_exist_ok=True)


@contextmanager
def served(environment: Mapping[str, str], commands: Sequence[str] = (), *, tries: int = 300) -> Iterator[str]:
    """Its address; `tries` looks for it, a fifth of a second apart."""
    _run(commands, environment)
    gunicorn = [sys.executable, "-m", "gunicorn", "-c", "county_urbanization/gunicorn.py"]
    server = subprocess.Popen(gunicorn, cwd=ROOT, env=environment)
    address = f"http://127.0.0.1:{environment['PORT']}"
    try:
        _wait_for(f"{address}/healthz", tries)
        yield address
    finally:
        server.terminate()
        server.wait(60)  # it lets what it has begun come to its end, for half a minute


def _run(commands: Sequence[str], environment: Mapping[str, str]) -> None:
    for command in commands:
        subprocess.run([sys.executable, "manage.py", *command.split()], cwd=ROOT, env=environment, check=True)


def _wait_for(address: str, tries: int) -> None:
    for _ in range(tries):
        try:
            with urlopen(address, timeout=2):
                return
        except OSError:
            time.sleep(0.2)
    raise AssertionError(f"{address} does not answer")

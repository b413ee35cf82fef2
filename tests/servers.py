"""A server of the site for tests that call it from outside, prepared by the commands of `make run`."""

import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

ROOT = Path(__file__).resolve().parent.parent


@contextmanager
def served(environment: Mapping[str, str], commands: Sequence[str], *, tries: int) -> Iterator[str]:
    """Its address; `tries` looks for it, a fifth of a second apart."""
    for command in commands:
        subprocess.run([sys.executable, "manage.py", *command.split()], cwd=ROOT, env=environment, check=True)
    gunicorn = [sys.executable, "-m", "gunicorn", "-c", "county_urbanization/gunicorn.py"]
    server = subprocess.Popen(gunicorn, cwd=ROOT, env=environment)
    address = f"http://127.0.0.1:{environment['PORT']}"
    try:
        _wait_for(f"{address}/healthz", tries)
        yield address
    finally:
        server.terminate()
        server.wait(20)


def _wait_for(address: str, tries: int) -> None:
    for _ in range(tries):
        try:
            with urlopen(address, timeout=2):
                return
        except OSError:
            time.sleep(0.2)
    raise AssertionError(f"{address} does not answer")

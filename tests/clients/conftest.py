"""A server as `make run` starts it, without its static files, and access tokens for it."""

import os
import subprocess
import sys
import time
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from tests.clients import ROOT
from tools.services import free_port


@pytest.fixture(scope="package")
def environment(tmp_path_factory):
    """The environment of the server and of the commands beside it."""
    found = {key: value for key, value in os.environ.items() if key not in {"DATABASE_URL", "REDIS_URL"}}
    found |= {"VAR_DIR": str(tmp_path_factory.mktemp("var")), "PORT": str(free_port()), "DEMO_PASSWORD": "demo"}
    return found | {"DJANGO_SETTINGS_MODULE": "county_urbanization.settings"}


@pytest.fixture(scope="package")
def site(environment):
    """The address of the server; nobody looks at its pages."""
    for command in ("migrate --verbosity 0", "prepare", "recompute"):
        subprocess.run([sys.executable, "manage.py", *command.split()], cwd=ROOT, env=environment, check=True)
    gunicorn = [sys.executable, "-m", "gunicorn", "-c", "county_urbanization/gunicorn.py"]
    server = subprocess.Popen(gunicorn, cwd=ROOT, env=environment)
    address = f"http://127.0.0.1:{environment['PORT']}"
    try:
        _wait_for(f"{address}/healthz")
        yield address
    finally:
        server.terminate()
        server.wait(20)


def _wait_for(address: str) -> None:
    for _ in range(300):
        try:
            with urlopen(address, timeout=2):
                return
        except OSError:
            time.sleep(0.2)
    raise AssertionError(f"{address} does not answer")


@pytest.fixture(scope="package")
def make_token(site, environment):
    """make_token("HZ-STATS", "read") → an access token, by the command that an operator uses."""

    def make(organisation: str, *scopes: str) -> str:
        command = ["manage.py", "create_token", "tests", "--organisation", organisation, "--scope", *scopes]
        done = subprocess.run(
            [sys.executable, *command], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
        )
        return done.stdout.splitlines()[-1]

    return make


@pytest.fixture(scope="package")
def read_token(make_token):
    return make_token("HZ-STATS", "read")


@pytest.fixture(scope="package")
def write_token(make_token):
    """Of the bureau of health of Chun'an, whose part of 2025 is open."""
    return make_token("330127-health", "read", "write:entries", "write:transitions")


@pytest.fixture(scope="package")
def feed(site, read_token):
    """Passes over what needs the change feed where the service does not offer it."""
    try:
        headers = {"Authorization": f"Bearer {read_token}"}
        urlopen(Request(f"{site}/api/v1/changes/", headers=headers), timeout=30).close()
    except HTTPError as error:
        with error:
            pytest.skip(f"/api/v1/changes/ answers {error.code}")

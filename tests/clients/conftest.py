"""Access tokens for a served site."""

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from seeding.sandbox import sandbox_file
from tests.clients import ROOT


@pytest.fixture(scope="module")
def make_token(site, environment):
    """make_token("HZ-STATS", "read") → an access token, by the command that an operator uses."""

    def make(organisation: str, *scopes: str) -> str:
        command = ["manage.py", "create_token", "tests", "--organisation", organisation, "--scope", *scopes]
        done = subprocess.run(
            [sys.executable, *command], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
        )
        return done.stdout.splitlines()[-1]

    return make


@pytest.fixture(scope="module")
def read_token(make_token):
    return make_token("HZ-STATS", "read")


@pytest.fixture(scope="module")
def write_token(make_token):
    """Of the bureau of health of Chun'an, whose part of 2025 is open."""
    return make_token("330127-health", "read", "write:entries", "write:transitions")


@pytest.fixture(scope="module")
def try_token(site, environment, make_token):
    """Of whoever writes a program. The sandbox is a copy of the site's own database, which is the demonstration too: to
    make one takes a minute."""
    folder = Path(environment["VAR_DIR"])
    file = folder / "sandbox" / sandbox_file().name
    file.parent.mkdir()
    with closing(sqlite3.connect(folder / "db.sqlite3")) as own, closing(sqlite3.connect(file)) as copy:
        own.backup(copy)
        copy.execute("PRAGMA journal_mode=DELETE")
    return make_token("HZ-STATS", "try")


@pytest.fixture(scope="module")
def feed(site, read_token):
    """Passes over what needs the change feed where the service does not offer it."""
    try:
        headers = {"Authorization": f"Bearer {read_token}"}
        urlopen(Request(f"{site}/api/v1/changes/", headers=headers), timeout=30).close()
    except HTTPError as error:
        with error:
            pytest.skip(f"/api/v1/changes/ answers {error.code}")

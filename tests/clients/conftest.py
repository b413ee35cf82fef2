"""A server as `make run` starts it, and access tokens for it."""

import subprocess
import sys

import pytest

from tests.browser.conftest import ROOT, environment, site

__all__ = ["environment", "site"]


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

"""A server as `make run` starts it, on throw-away ground, and a browser."""

import os
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

from tests.servers import served
from tools.services import chromium_path, free_port

ROOT = Path(__file__).resolve().parents[2]
PICTURES = os.environ.get("PICTURES")  # a folder for the pictures of the manual
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="module")
def environment(tmp_path_factory):
    """The environment of the server and of the commands beside it."""
    port = free_port()
    environment = {key: value for key, value in os.environ.items() if key not in {"DATABASE_URL", "REDIS_URL"}}
    environment |= {"VAR_DIR": str(tmp_path_factory.mktemp("var")), "PORT": str(port)}
    environment |= {"DEMO_PASSWORD": "demo", "DJANGO_SETTINGS_MODULE": "county_urbanization.settings"}
    return environment


@pytest.fixture(scope="module")
def site(environment):
    """The address of a server started with the commands of `make run`."""
    commands = ("collectstatic --noinput --verbosity 0", "migrate --verbosity 0", "prepare", "recompute")
    with served(environment, commands, tries=100) as address:
        yield address


@pytest.fixture(scope="module")
def browser():
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=chromium_path(), args=FLAGS)
        yield found
        found.close()


def log_in(tab, site, username):
    tab.goto(f"{site}/accounts/login/")
    tab.fill("[name=username]", username)
    tab.fill("[name=password]", "demo")
    tab.press("[name=password]", "Enter")
    tab.wait_for_url(f"{site}/")


def picture(tab, name):
    if PICTURES:
        Path(PICTURES).mkdir(parents=True, exist_ok=True)
        tab.screenshot(path=str(Path(PICTURES) / f"{name}.png"))

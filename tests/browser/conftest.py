"""A browser, and what is done with it in many tests."""

import os
import time
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

from tools.services import chromium_path

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
    "--disable-features=LocalNetworkAccessChecks",  # a frame of a site on this machine within a page of the web
]


@pytest.fixture(scope="package")
def browser():
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=chromium_path(), args=FLAGS)
        yield found
        found.close()


def log_in(tab, site, username, password="demo"):
    tab.goto(f"{site}/accounts/login/")
    tab.fill("[name=username]", username)
    tab.fill("[name=password]", password)
    tab.press("[name=password]", "Enter")
    tab.wait_for_url(f"{site}/")


def follow(tab, target, key=None):
    """Click what leads to another page (or press the key in it), until that page is whole. Else the page before may
    still be read, or a form on its way is lost to the next address."""
    found = tab.locator(target) if isinstance(target, str) else target
    with tab.expect_navigation():
        if key:
            found.press(key)
        else:
            found.click()


def becomes(tab, look, wanted, seconds=20):
    """Wait until what is looked at is as wanted: for what the page does by itself, and no locator can expect."""
    deadline = time.monotonic() + seconds
    while (found := look()) != wanted and time.monotonic() < deadline:
        tab.wait_for_timeout(50)
    assert found == wanted


def wider_than_the_screen(tab) -> int:
    """By how many pixels."""
    return max(0, tab.evaluate("document.documentElement.scrollWidth - window.innerWidth"))


def picture(tab, name):
    if PICTURES:
        Path(PICTURES).mkdir(parents=True, exist_ok=True)
        tab.screenshot(path=str(Path(PICTURES) / f"{name}.png"))

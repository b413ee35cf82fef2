"""WCAG 2.2 AA by axe on every page, and the reporting of a year without a mouse."""

import os
import re
import subprocess
import sys

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests import pages
from tests.browser.conftest import becomes, log_in, wider_than_the_screen
from tests.servers import ROOT
from tools.services import chromium_path

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"], "resultTypes": ["violations"]}
# Every page in all four views where AXE_ALL is set (ten minutes), else in one of two, the next page in the other.
NARROWER = {1440: 720, 390: 320}  # a desk at 200 %; WCAG 2.2, 1.4.10
ALL_VIEWS = (("zh-hans", 1440), ("en", 390), ("zh-hans", 390), ("en", 1440))
VIEWS, EVERY = (ALL_VIEWS, 1) if os.environ.get("AXE_ALL") else (ALL_VIEWS[:2], 2)
LOGINS = sorted({login or "" for entries in pages.PAGES.values() for login, _ in entries})
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(chromium_path() is None, reason="Chromium is not installed"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]


A_SOURCE = """
import django; django.setup()
from accounts.models import User
from tests.conftest import a_source
print(a_source(User.objects.get(username="chunan-housing")).uid)
"""


@pytest.fixture(scope="module")
def addressed(browser, site, environment):
    """What stands for the braces in the list of pages, read off the lists themselves."""
    context = browser.new_context()
    tab = context.new_page()
    log_in(tab, site, "municipal")
    made = [sys.executable, "-c", A_SOURCE]
    pull = subprocess.run(made, cwd=ROOT, env=environment, capture_output=True, text=True, check=True).stdout.strip()
    found = {"statement": "C15", "pull": pull}
    for name, path, link in (
        ("task", "/plan/tasks/", "a[href^='/plan/tasks/T-']"),
        ("matter", "/matters/?state=reported", "a[href^='/matters/DB-']"),
        ("flow", "/funding/flows/", "td a[href^='/funding/flows/']"),
        ("project", "/projects/?origin=demo", "a[href^='/projects/PRJ-']"),
        ("source", "/peers/", "td a[href^='/peers/'], th a[href^='/peers/']"),
    ):
        tab.goto(site + path)
        found[name] = re.findall(r"[^/?]+", tab.locator(link).first.get_attribute("href"))[-1]
    context.close()
    return found


WALL = {"width": 1920, "height": 1080}  # the one screen that its page is made for


def faults_of(tab, path: str) -> list[dict]:
    """What axe finds. Nobody touches the screen on a wall: how large its links are does not count there."""
    found = Axe().run(tab, options=RULES).response["violations"]
    return [each for each in found if path != "/wall/" or each["id"] != "target-size"]


# The figures that are not drawn as wide as their place is now, and those of which no line is seen yet.
UNFOLLOWED = """() => [...document.querySelectorAll("[data-drawn=true]")].filter((place) => place.clientWidth
    && (place.dataset.drawnAt !== String(place.clientWidth) || !place.querySelector(".main-svg"))).length"""


def reflows(tab, width: int) -> bool:
    """Whether the page fits a screen of that width, once its figures have followed; then it is as wide as before."""
    before = tab.viewport_size
    tab.set_viewport_size({"width": width, "height": before["height"]})
    becomes(tab, lambda: tab.evaluate(UNFOLLOWED), 0)
    fits = wider_than_the_screen(tab) == 0
    tab.set_viewport_size(before)
    return fits


@pytest.mark.parametrize("login", LOGINS)
def test_axe_finds_nothing_on_any_page(browser, site, addressed, login):
    own = [path for entries in pages.PAGES.values() for who, path in entries if (who or "") == login]
    context = browser.new_context()
    tab = context.new_page()
    if login:
        log_in(tab, site, login)
    found = {}
    for turn, (language, width) in enumerate(VIEWS):
        context.add_cookies([{"name": "django_language", "value": language, "url": site}])
        for path in own[turn % EVERY :: EVERY]:
            tab.set_viewport_size(WALL if path == "/wall/" else {"width": width, "height": 900})
            tab.goto(site + path.format(**addressed))
            expect(tab.locator("[data-figure]:not([data-drawn])")).to_have_count(0, timeout=20_000)
            if wider_than_the_screen(tab):
                found[f"{path} {language}"] = ["wider than the screen"]
            elif not reflows(tab, NARROWER[width]):
                found[f"{path} {language}"] = [f"wider than a screen of {NARROWER[width]}"]
            if violations := faults_of(tab, path):
                found[f"{path} {language}"] = [f"{each['id']}: {each['nodes'][0]['html'][:120]}" for each in violations]
    context.close()
    assert found == {}


def test_a_bureau_types_and_explains_by_keyboard_alone(browser, site):
    context = browser.new_context(locale="zh-CN")
    tab = context.new_page()
    log_in(tab, site, "chunan-health")
    tab.goto(f"{site}/reporting/330127/{pages.YEAR}/")
    _tab_to(tab, "#sheet .entry .value input")
    tab.keyboard.type("4.2")
    expect(tab.locator("#save-state")).to_have_text("全部已保存", timeout=10_000)
    _tab_to(tab, "#sheet .notes details.note > summary")
    tab.keyboard.press("Enter")
    _tab_to(tab, "#sheet .notes textarea")
    tab.keyboard.type("新建两所托育园，十月投用")
    expect(tab.locator("#save-state")).to_have_text("全部已保存", timeout=10_000)
    _tab_to(tab, ".actions button.primary")
    context.close()


def test_the_city_opens_a_sheet_and_reaches_every_step_by_keyboard(browser, site):
    context = browser.new_context(locale="zh-CN")
    tab = context.new_page()
    log_in(tab, site, "municipal")
    tab.goto(f"{site}/review/")
    _tab_to(tab, ".queue a.file")
    with tab.expect_navigation(url="**/reporting/*/*/"):
        tab.keyboard.press("Enter")
    _tab_to(tab, ".step.return summary")
    tab.keyboard.press("Enter")
    _tab_to(tab, ".step.return [name=entries]")
    tab.keyboard.press("Space")
    assert tab.locator(".step.return [name=entries]").first.is_checked()
    _tab_to(tab, ".step.return textarea")
    context.close()


def _tab_to(tab, selector: str) -> None:
    """Press Tab until the first element of the selector has the focus, which shows an outline."""
    for _ in range(400):
        tab.keyboard.press("Tab")
        if tab.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"Tab does not reach {selector}")

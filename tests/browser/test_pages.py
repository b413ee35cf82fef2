"""The site as `make run` serves it, in a real browser: every page wide and narrow, nothing fetched from elsewhere."""

import os
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from urllib.parse import urlparse

import pytest
from playwright.sync_api import expect, sync_playwright

from tools.services import chromium_path, free_port

ROOT = Path(__file__).resolve().parent.parent
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
PAGES = [
    "/",
    "/?year=2023&benchmark=standard",
    "/?as_of=2024-06-30",
    "/?year=2027",
    "/counties/330122/",
    "/counties/330127/?year=2026",
    "/indicators/",
    "/indicators/P01/",
    "/indicators/H01/",
    "/cells/330127/P02/2024/",
    "/cells/330182/H03/2024/",
]
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(chromium_path() is None, reason="Chromium is not installed"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The address of a server started with the commands of `make run`, on throw-away ground."""
    port = free_port()
    environment = {key: value for key, value in os.environ.items() if key not in {"DATABASE_URL", "REDIS_URL"}}
    environment |= {"VAR_DIR": str(tmp_path_factory.mktemp("var")), "PORT": str(port)}
    environment |= {"DEMO_PASSWORD": "demo", "DJANGO_SETTINGS_MODULE": "county_urbanization.settings"}
    for command in ("collectstatic --noinput --verbosity 0", "migrate --verbosity 0", "prepare", "recompute"):
        subprocess.run([sys.executable, "manage.py", *command.split()], cwd=ROOT, env=environment, check=True)
    gunicorn = [sys.executable, "-m", "gunicorn", "-c", "county_urbanization/gunicorn.py"]
    server = subprocess.Popen(gunicorn, cwd=ROOT, env=environment)
    address = f"http://127.0.0.1:{port}"
    try:
        _wait_for(f"{address}/healthz")
        yield address
    finally:
        server.terminate()
        server.wait(20)


def _wait_for(url: str) -> None:
    for _ in range(100):
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except OSError:
            time.sleep(0.2)
    raise AssertionError(f"{url} does not answer")


@pytest.fixture(scope="module")
def browser():
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=chromium_path(), args=FLAGS)
        yield found
        found.close()


@pytest.fixture
def page(browser, site):
    """A tab logged in as the city's planner; at the end it must have met no error and no other host."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, locale="zh-CN")
    tab = context.new_page()
    troubles = []
    tab.on("console", lambda message: troubles.append(message.text) if message.type in {"error", "warning"} else None)
    tab.on("pageerror", lambda error: troubles.append(str(error)))
    host = urlparse(site).netloc
    tab.on("request", lambda r: None if _is_own(r.url, host) else troubles.append(f"asked {r.url}"))
    _log_in(tab, site, "municipal")
    yield tab
    context.close()
    assert troubles == []


def _is_own(url: str, host: str) -> bool:
    return urlparse(url).netloc == host or url.startswith(("data:", "blob:"))


def _log_in(tab, site, username):
    tab.goto(f"{site}/accounts/login/")
    tab.fill("[name=username]", username)
    tab.fill("[name=password]", "demo")
    tab.press("[name=password]", "Enter")
    tab.wait_for_url(f"{site}/")


@pytest.mark.parametrize("width", [1440, 390])
def test_every_page_wide_and_narrow(page, site, width):
    page.set_viewport_size({"width": width, "height": 900})
    for path in PAGES:
        response = page.goto(site + path)
        assert (path, response.status) == (path, 200)
        expect(page.locator("[data-figure]:not([data-drawn])")).to_have_count(0, timeout=20_000)
        wider = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert (path, max(wider, 0)) == (path, 0)


def test_from_the_matrix_to_the_reason(page, site):
    page.goto(f"{site}/?year=2024")
    assert page.locator(".matrix td.cell").count() == 60
    page.click("a[href^='/cells/330127/P02/2024/']")
    assert page.inner_text("h1") == "淳安县2024年污水集中处理率：滞后 −0.9 个百分点"
    assert "93.4 − 94.3 = −0.9" in page.inner_text(".explanation")


def test_page_is_whole_before_any_script(browser, site):
    """Without scripts the overview shows all: matrix, trends, map; and the chart pages show their tables."""
    context = browser.new_context(java_script_enabled=False)
    tab = context.new_page()
    _log_in(tab, site, "leader")
    assert (tab.locator(".matrix td.cell").count(), tab.locator("svg.trend").count()) == (60, 60)
    assert tab.locator("svg.map path.county").count() == 3
    tab.goto(f"{site}/counties/330127/")
    assert tab.locator("table.rows tbody tr:not(.field)").count() == 20
    context.close()


def test_overview_loads_no_chart_library(page, site):
    asked = []
    page.on("request", lambda request: asked.append(urlparse(request.url).path))
    page.goto(f"{site}/")
    page.wait_for_load_state("networkidle")
    assert [path for path in asked if "plotly" in path] == []


def test_keyboard_reaches_the_content_and_the_cells(page, site):
    page.goto(f"{site}/?year=2024")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("location.hash") == "#main"
    page.focus(".matrix td.cell a")
    page.keyboard.press("Enter")
    page.wait_for_url("**/cells/**")
    assert page.locator(".explanation li").count() > 3

"""A chart in a frame of another site, by a real browser: a listed site shows it, any other shows nothing."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import follow, log_in
from tools.services import chromium_path

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(chromium_path() is None, reason="Chromium is not installed"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]
LISTED, OTHER = "https://listed.example", "https://other.example"


@pytest.fixture(scope="module")
def frame_address(browser, site):
    """The address that the page of embeddings gives for a chart which one site may show."""
    context = browser.new_context(locale="zh-CN")
    tab = context.new_page()
    log_in(tab, site, "municipal")
    tab.goto(f"{site}/embeds/")
    tab.fill("[name=address]", f"{site}/charts/path/330127/P02.svg")
    tab.fill("[name=hosts]", LISTED)
    follow(tab, "[name=address]", "Enter")
    expect(tab.locator(".banner.success")).to_contain_text("已开放")
    found = re.search(r"https?://[^\"&<]+/embed/[\w-]+/", tab.content())
    context.close()
    assert found
    return found[0]


@pytest.fixture
def framed(browser, frame_address):
    """framed(origin): a page of that site, with the frame in it."""
    context = browser.new_context()

    def page_of(origin):
        tab = context.new_page()
        body = f'<!doctype html><iframe src="{frame_address}" width="700" height="520"></iframe>'
        tab.route(f"{origin}/", lambda route: route.fulfill(body=body, content_type="text/html"))
        tab.goto(f"{origin}/")
        return tab.frame_locator("iframe")

    yield page_of
    context.close()


def test_a_listed_site_shows_the_chart(framed):
    picture = framed(LISTED).locator("img")
    expect(picture).to_be_visible()
    assert picture.evaluate("image => image.decode().then(() => image.naturalWidth > 0)")


def test_any_other_site_shows_nothing(framed):
    frame = framed(OTHER)
    expect(frame.locator("body")).to_be_attached()
    expect(frame.locator("img[src*='/embed/']")).to_have_count(0)

"""The site as `make run` serves it, in a real browser: every page wide and narrow, nothing fetched from elsewhere."""

import re
from urllib.parse import urlparse

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import becomes, log_in, picture, wider_than_the_screen
from tools.services import chromium_path

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
    "/compare/?year=2024",
    "/funding/?year=2024",
    "/projects/",
    "/commitments/",
    "/commitments/C01/",
    "/counties/330127/causes/",
    "/plan/",
    "/plan/tasks/",
    "/dispatch/",
    "/whatif/?area=330127&indicator=P02",
    "/changes/",
    "/reports/",
]
MANUAL = {
    "overview": "/?year=2024",
    "one-county": "/counties/330127/?year=2024",
    "cell": "/cells/330127/P02/2024/",
    "compare": "/compare/?year=2024",
    "funding": "/funding/?year=2024",
    "projects": "/projects/",
    "commitments": "/commitments/",
    "dispatch": "/dispatch/",
}
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(chromium_path() is None, reason="Chromium is not installed"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]


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
    log_in(tab, site, "municipal")
    yield tab
    context.close()
    assert troubles == []


def _is_own(url: str, host: str) -> bool:
    return urlparse(url).netloc == host or url.startswith(("data:", "blob:"))


@pytest.mark.parametrize("width", [1440, 390])
def test_every_page_wide_and_narrow(page, site, width):
    page.set_viewport_size({"width": width, "height": 900})
    for path in PAGES:
        response = page.goto(site + path)
        assert (path, response.status) == (path, 200)
        expect(page.locator("[data-figure]:not([data-drawn])")).to_have_count(0, timeout=20_000)
        assert (path, wider_than_the_screen(page)) == (path, 0)


def test_on_a_phone_six_exceptions_stand_first_and_a_box_shows_the_rest(page, site):
    page.goto(f"{site}/?year=2024")
    rows, box = page.locator(".attention tbody tr"), page.locator(".attention .more-rows")
    of_all = rows.count()
    shown = "rows => rows.filter(row => row.offsetHeight > 0).length"
    assert of_all > 6
    for width, told in ((1440, (of_all, False)), (390, (6, True))):
        page.set_viewport_size({"width": width, "height": 900})
        assert (rows.evaluate_all(shown), box.is_visible()) == told
    box.click()
    assert rows.evaluate_all(shown) == of_all
    box.click()
    page.emulate_media(media="print")
    on_paper = (rows.evaluate_all(shown), box.is_visible())
    page.emulate_media(media="screen")
    assert on_paper == (of_all, False)


OVERLAPPING = """() => [...document.querySelectorAll(".matrix .cell a")].filter((cell) => {
    const boxes = [...cell.children].map((part) => part.getBoundingClientRect());
    const parts = boxes.filter((box) => box.width && box.height);
    return parts.some((a, n) => parts.slice(n + 1).some(
        (b) => a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 1 && b.top < a.bottom - 1));
}).map((cell) => cell.textContent)"""


@pytest.mark.parametrize("width", [390, 720, 820, 1024, 1280])
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_nothing_in_a_cell_of_the_matrix_lies_over_another(page, site, language, width):
    page.context.add_cookies([{"name": "django_language", "value": language, "url": site}])
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(f"{site}/?year=2024")
    assert page.locator(".matrix .cell a").count() == 60
    assert page.evaluate(OVERLAPPING) == []


HEIGHTS = """() => Object.fromEntries([...document.querySelectorAll("[data-figure]")].map(
    (place) => [place.dataset.figure, [place.clientWidth, place.querySelector(".main-svg").clientHeight]]))"""


@pytest.mark.parametrize("path", ["/funding/?year=2024", "/projects/"])
def test_figures_follow_the_window_as_if_opened_in_it(page, site, path):
    """A wider window or a turned phone leaves no figure squashed, and names stand above the bars where it is narrow."""
    fresh = {}
    for width in (390, 1440):
        page.set_viewport_size({"width": width, "height": 900})
        page.goto(site + path)
        expect(page.locator("[data-figure]:not([data-drawn])")).to_have_count(0, timeout=20_000)
        fresh[width] = page.evaluate(HEIGHTS)
    for width in (390, 1440):
        page.set_viewport_size({"width": width, "height": 900})
        becomes(page, lambda: page.evaluate(HEIGHTS), fresh[width])


def test_a_tag_in_a_name_stays_a_text_in_a_figure(page, site):
    """Plotly would make a link of it, to anywhere."""

    def poisoned(route):
        answer = route.fetch()
        named = answer.text().replace(
            '"y": ["', r'"y": ["\u003Ca href=\u0022//e.example/\u0022\u003Ehere\u003C/a\u003E '
        )
        assert named != answer.text()
        route.fulfill(response=answer, body=named)

    page.route("**/counties/*/", poisoned)
    page.goto(f"{site}/counties/330122/")
    page.click(".second-view summary")
    expect(page.locator("svg.main-svg").first).to_be_visible(timeout=20_000)
    expect(page.locator("[data-figure]:not([data-drawn])")).to_have_count(0, timeout=20_000)
    assert page.locator("svg a").count() == 0
    assert "＜a href=" in page.locator("svg.main-svg").first.text_content()


def test_pictures_of_the_manual(page, site):
    """Every page that the manual shows, with its charts drawn."""
    page.set_viewport_size({"width": 1280, "height": 860})
    for name, path in MANUAL.items():
        assert page.goto(site + path).status == 200
        expect(page.locator("[data-figure]:not([data-drawn])")).to_have_count(0, timeout=20_000)
        picture(page, name)


def test_from_the_matrix_to_the_reason(page, site):
    page.goto(f"{site}/?year=2024")
    assert page.locator(".matrix td.cell:not(.together)").count() == 60
    page.click(".matrix a[href^='/cells/330127/P02/2024/']")
    panel = page.locator("dialog.panel")
    expect(panel.locator("h2").first).to_have_text("淳安县2024年污水集中处理率")
    assert "93.4 − 94.3 = −0.9" in panel.locator(".explanation").inner_text()
    assert page.url == f"{site}/?year=2024"  # beside the page, not instead of it
    panel.locator("[data-panel-whole]").click()
    page.wait_for_url("**/cells/330127/P02/2024/**")
    assert page.inner_text("h1") == "淳安县2024年污水集中处理率：滞后 −0.9 个百分点"
    assert "93.4 − 94.3 = −0.9" in page.inner_text(".explanation")


def test_page_is_whole_before_any_script(browser, site):
    """Without scripts the overview shows all: matrix, trends, map; and the chart pages show their tables."""
    context = browser.new_context(java_script_enabled=False)
    tab = context.new_page()
    log_in(tab, site, "leader")
    assert (tab.locator(".matrix td.cell:not(.together)").count(), tab.locator(".matrix svg.trend").count()) == (60, 60)
    tab.click(".matrix a[href^='/cells/330127/P02/2024/']")
    expect(tab).to_have_url(re.compile("/cells/330127/P02/2024/"))  # a plain link without script
    tab.goto(f"{site}/")
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
    expect(page).to_have_url(re.compile("#main$"))
    page.focus(".matrix td.cell a")
    page.keyboard.press("Enter")
    expect(page.locator("dialog.panel .explanation li").nth(3)).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("dialog.panel")).to_be_hidden()

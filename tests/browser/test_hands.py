"""What helps on every page, in a real browser: rows of a form with and without script, drafts that outlive a session,
the sheet of keys, light and dark, favourites, the screen on the wall."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import becomes, follow, log_in, wider_than_the_screen
from tests.browser.test_accessibility import faults_of
from tools.services import chromium_path

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(chromium_path() is None, reason="Chromium is not installed"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]
WAIT = 8_000


@pytest.fixture
def person(browser, site):
    """person("tonglu", java_script_enabled=False): a tab of that person's."""
    contexts = []

    def tab_of(username, **more):
        context = browser.new_context(viewport={"width": 1280, "height": 860}, locale="zh-CN", **more)
        contexts.append(context)
        tab = context.new_page()
        log_in(tab, site, username)
        return tab

    yield tab_of
    for context in contexts:
        context.close()


def rows(tab, name):
    return tab.locator(f"[data-rows={name}] .row-list > .typed-row")


# Rows of a form -----------------------------------------------------------------------------------


def test_a_project_is_entered_in_rows_with_a_script(person, site):
    tab = person("municipal")
    tab.goto(f"{site}/projects/new/")
    tab.fill("[name=name]", "脚本行项目")
    tab.select_option("[name=field_id]", "industry")
    expect(rows(tab, "shares")).to_have_count(1)
    tab.select_option("[name=shares-0-area]", "330122")
    tab.fill("[name=shares-0-percent]", "60")
    tab.click("[data-rows=shares] [name=add_row]")
    expect(tab.locator("[name=shares-1-area]")).to_be_focused()
    tab.select_option("[name=shares-1-area]", "330127")
    tab.fill("[name=shares-1-percent]", "30")
    expect(tab.locator("[data-rows=shares] output")).to_have_text("合计 90%")
    follow(tab, "[name=name]", "Enter")  # saves, and is no button of a row
    expect(tab.locator("[data-rows=shares] [role=alert]")).to_have_text("合计应为 100%，现在是 90%。")
    tab.click("[data-rows=shares] .typed-row:first-child [name=drop_row]")
    expect(rows(tab, "shares")).to_have_count(1)
    assert tab.input_value("[name=shares-0-area]") == "330127"
    tab.fill("[name=shares-0-percent]", "100")
    follow(tab, "[name=name]", "Enter")
    expect(tab.locator(".banner.success")).to_contain_text("已登记")


def test_rows_come_and_go_without_a_script(person, site):
    tab = person("municipal", java_script_enabled=False)
    tab.goto(f"{site}/projects/new/")
    tab.fill("[name=name]", "无脚本项目")
    tab.fill("[name=schedule-0-year]", "2026")
    follow(tab, "[data-rows=schedule] [name=add_row]")
    expect(rows(tab, "schedule")).to_have_count(2)
    tab.fill("[name=schedule-1-year]", "2027")
    follow(tab, "[data-rows=schedule] .typed-row:first-child [name=drop_row]")
    expect(rows(tab, "schedule")).to_have_count(1)
    assert tab.input_value("[name=schedule-0-year]") == "2027"
    assert tab.input_value("[name=name]") == "无脚本项目"
    tab.select_option("[name=field_id]", "industry")
    tab.select_option("[name=shares-0-area]", "330122")
    tab.fill("[name=shares-0-percent]", "100")
    tab.fill("[name=schedule-0-planned]", "1.5")
    follow(tab, "[name=name]", "Enter")
    expect(tab.locator(".banner.success")).to_contain_text("已登记")


def test_a_project_is_found_while_one_types(person, site):
    tab = person("municipal")
    tab.goto(f"{site}/funding/flows/new/")
    tab.locator("[name=project]").press_sequentially("杭淳开 杭州段")
    option = tab.locator("#project-offered option")
    expect(option).to_have_attribute("value", "PRJ-0004 杭淳开高速杭州段", timeout=WAIT)


# Drafts -------------------------------------------------------------------------------------------


def type_draft(tab, site):
    tab.goto(f"{site}/projects/new/")
    tab.locator("[name=name]").press_sequentially("会话丢了也在")
    tab.click("[data-rows=schedule] [name=add_row]")
    tab.locator("[name=schedule-1-year]").press_sequentially("2027")
    kept(tab, "schedule-1-year", "2027")
    assert drafts(tab) == 1


def drafts(tab):
    return tab.evaluate("Object.keys(localStorage).filter((key) => key.startsWith('draft:')).length")


def kept(tab, name, value):
    """Waits until a draft holds that field as it was typed."""
    held = """(name) => Object.entries(localStorage).filter(([key]) => key.startsWith("draft:"))
        .flatMap(([, draft]) => JSON.parse(draft).rows).find((row) => row[0] === name)?.[1]"""
    becomes(tab, lambda: tab.evaluate(held, name), value)


def test_a_draft_outlives_the_session_and_goes_when_it_is_saved(person, site):
    tab = person("municipal")
    type_draft(tab, site)
    tab.context.clear_cookies(name="sessionid")
    tab.evaluate("document.querySelector('main form').noValidate = true")
    follow(tab, "[name=name]", "Enter")
    expect(tab.locator("[name=password]")).to_be_visible()
    assert drafts(tab) == 1
    log_in(tab, site, "municipal")
    tab.goto(f"{site}/projects/new/")
    tab.click(".banner.draft button >> nth=0")
    assert tab.input_value("[name=name]") == "会话丢了也在"
    assert tab.input_value("[name=schedule-1-year]") == "2027"
    tab.select_option("[name=field_id]", "industry")
    tab.select_option("[name=shares-0-area]", "330122")
    tab.fill("[name=shares-0-percent]", "100")
    tab.fill("[name=schedule-1-planned]", "2")
    kept(tab, "schedule-1-planned", "2")
    follow(tab, "[name=name]", "Enter")
    expect(tab.locator(".banner.success")).to_contain_text("已登记")
    assert drafts(tab) == 0


def test_a_draft_stays_where_the_form_is_refused_and_is_nobody_elses(person, site):
    tab = person("municipal")
    type_draft(tab, site)
    tab.press("[name=name]", "Enter")  # no field was chosen: the browser asks for it, nothing is sent
    tab.goto(f"{site}/projects/new/")
    expect(tab.locator(".banner.draft")).to_be_visible()
    tab.context.clear_cookies(name="sessionid")
    log_in(tab, site, "tonglu")
    tab.goto(f"{site}/projects/new/")
    expect(tab.locator(".banner.draft")).to_have_count(0)


def test_no_password_is_kept_and_a_logout_leaves_no_draft(person, site):
    tab = person("municipal")
    tab.clock.install()
    tab.goto(f"{site}/accounts/password/")
    tab.locator("[name=old_password]").press_sequentially("geheim")
    tab.clock.run_for(5_000)  # whatever the page had in mind to keep is kept by now
    assert drafts(tab) == 0
    type_draft(tab, site)
    tab.click(".menu.user summary")
    follow(tab, "form[action$='/logout/'] button")
    expect(tab.locator("[name=password]")).to_be_visible()
    assert drafts(tab) == 0


# Keys, appearance, favourites ---------------------------------------------------------------------


def test_the_sheet_of_keys_has_what_the_page_has(person, site):
    tab = person("chunan-health")
    tab.goto(f"{site}/reporting/330127/2025/")
    tab.keyboard.press("?")
    expect(tab.locator("#keys")).to_be_visible()
    expect(tab.locator("#keys dd:visible", has_text="填报表")).to_have_count(1)
    tab.keyboard.press("Escape")
    expect(tab.locator("#keys")).to_be_hidden()
    tab.goto(f"{site}/plan/")
    tab.keyboard.press("?")
    expect(tab.locator("#keys dd:visible", has_text="填报表")).to_have_count(0)
    tab.keyboard.press("Escape")
    tab.locator(".find input").press_sequentially("a?")
    expect(tab.locator("#keys")).to_be_hidden()


def test_a_day_is_typed_or_taken_from_the_calendar(person, site):
    tab = person("municipal")
    tab.goto(f"{site}/funding/flows/new/")
    field = tab.locator("[name=happened_on]")
    assert field.get_attribute("type") == "text"
    field.fill("2026/6/3")
    picker = tab.locator(".day input[type=date]")
    picker.evaluate("(element) => { element.showPicker = () => { element.dataset.shown = element.value } }")
    field.fill("2026-06-03")
    tab.click(".day button")
    assert picker.get_attribute("data-shown") == "2026-06-03"
    picker.evaluate("(element) => { element.value = '2026-06-30'; element.dispatchEvent(new Event('change')) }")
    expect(field).to_have_value("2026-06-30")
    expect(field).to_be_focused()


def test_on_a_phone_each_number_of_the_matrix_stands_under_its_county(person, site):
    tab = person("leader")
    tab.set_viewport_size({"width": 390, "height": 844})
    tab.goto(f"{site}/?year=2024")
    heads = tab.locator(".matrix thead th + th")
    expect(heads).to_have_count(4)  # three counties, and all taken together
    row = tab.locator(".matrix tbody tr:not(.field)").first.locator("td")
    for at in range(4):
        head, cell = heads.nth(at).bounding_box(), row.nth(at).bounding_box()
        assert abs(head["x"] - cell["x"]) < 3
    assert wider_than_the_screen(tab) == 0


GROUND = "getComputedStyle(document.body).backgroundColor"


def has_ground(tab, colour):
    """Waits, for the page may be on its way."""
    expect(tab.locator("body")).to_have_css("background-color", colour)


def test_dark_as_the_system_or_as_chosen_and_paper_is_light(person, site):
    tab = person("leader", color_scheme="dark")
    dark = tab.evaluate(GROUND)
    tab.emulate_media(color_scheme="light")
    light = tab.evaluate(GROUND)
    assert light != dark
    tab.click(".menu.user summary")
    follow(tab, "[name=appearance][value=dark]")
    has_ground(tab, dark)
    tab.emulate_media(color_scheme="light", media="print")
    has_ground(tab, "rgb(255, 255, 255)")
    other = person("leader")  # another browser of the same person
    has_ground(other, dark)
    other.click(".menu.user summary")
    follow(other, "[name=appearance][value=auto]")
    has_ground(other, light)


DARK = ["/", "/counties/330127/", "/indicators/P03/", "/projects/PRJ-0101/edit/", "/dispatch/", "/explore/", "/brief/"]


@pytest.mark.parametrize("scheme", ["dark", "light"])
def test_axe_finds_nothing_in_the_dark_either(person, site, scheme):
    tab = person("municipal", color_scheme=scheme)
    found = {}
    for path in [*DARK, "/reporting/330127/2025/", "/map/", "/peers/", "/embeds/", "/wall/"]:
        if path == "/wall/":
            tab.set_viewport_size({"width": 1920, "height": 1080})
        tab.goto(site + path)
        expect(tab.locator("[data-figure]:not([data-drawn])")).to_have_count(0, timeout=20_000)
        if violations := faults_of(tab, path):
            found[path] = [f"{each['id']}: {each['nodes'][0]['html'][:120]}" for each in violations]
    assert found == {}


def test_a_page_is_marked_and_found_again(person, site):
    tab = person("stats")
    tab.goto(f"{site}/indicators/P03/")
    tab.click(".favourites summary")
    follow(tab, ".favourites form button")
    expect(tab.locator(".banner.success")).to_have_text("已收藏。")
    tab.goto(f"{site}/projects/")
    tab.click(".favourites summary")
    tab.click(".favourites a")
    tab.wait_for_url("**/indicators/P03/")
    expect(tab.locator(".favourites summary")).to_have_text("★")


# The wall -----------------------------------------------------------------------------------------


def test_the_wall_fits_renews_itself_and_keeps_its_picture_without_the_site(person, site):
    tab = person("leader")
    tab.set_viewport_size({"width": 1920, "height": 1080})
    tab.clock.install()
    tab.goto(f"{site}/wall/")
    assert tab.evaluate("document.getElementById('wall').getBoundingClientRect().bottom <= window.innerHeight + 1")
    assert wider_than_the_screen(tab) == 0
    tab.evaluate("document.querySelector('#wall h1').textContent = 'of before'")
    tab.clock.fast_forward(61_000)
    expect(tab.locator("#wall h1")).not_to_have_text("of before", timeout=WAIT)
    words = tab.inner_text("#wall h1")
    tab.context.clear_cookies(name="sessionid")
    tab.clock.fast_forward(61_000)
    expect(tab.locator(".wall-stale")).to_contain_text("没有连上平台", timeout=WAIT)
    assert tab.inner_text("#wall h1") == words


@pytest.mark.parametrize("width", [390, 820, 1440])
def test_on_a_narrow_screen_the_wall_s_parts_stand_below_one_another(person, site, width):
    tab = person("leader")
    tab.set_viewport_size({"width": width, "height": 844})
    tab.goto(f"{site}/wall/")
    assert wider_than_the_screen(tab) == 0
    boxes = "[...document.querySelectorAll('.wall-body > *')].map(box => box.getBoundingClientRect())"
    above, below = tab.evaluate(f"{boxes}.map(box => [box.top, box.bottom])")
    assert below[0] >= above[1]
    lapping = """[...document.querySelectorAll('.wall-body .matrix tr:not(.field)')].flatMap(row => {
      const [head, ...cells] = [...row.children].filter(cell => cell.offsetParent)
      const words = head && head.querySelector('.tag')
      return words ? cells.filter(cell => cell.getBoundingClientRect().top < words.getBoundingClientRect().bottom - 1
        && cell.getBoundingClientRect().left < words.getBoundingClientRect().right - 1) : []
    }).length"""
    assert tab.evaluate(lapping) == 0

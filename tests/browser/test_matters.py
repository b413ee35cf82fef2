"""The loop in four roles (a leader, a county's bureau, the county's office, the city), on a phone where a leader and a
bureau hold one: asked, signed for, a delay asked for and refused, reported with proof, sent back, reported again; the
figure is approved, the matter closes itself, and the leader is told of it on the overview."""

import re
import subprocess
import sys

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import follow, log_in, picture, wider_than_the_screen
from tests.servers import ROOT
from tools.services import chromium_path

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(chromium_path() is None, reason="Chromium is not installed"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]
CELL = "/cells/330182/P02/2025/"  # Jiande's sheet of 2025 is submitted: its value is met once the city approves it
PDF = b"%PDF-1.4\n1 0 obj\n<< >>\nendobj\ntrailer\n<< >>\n%%EOF\n"
PHONE, DESK = {"width": 390, "height": 844}, {"width": 1440, "height": 900}
TAPPED = (
    "button, summary, .word-link, .order select, .order textarea, .order input, .filters select, .notices a.file,"
    " .dispatch .lines .what a, .compare li > a, .crumbs a"
)


@pytest.fixture(scope="module")
def person(browser, site):
    """person("leader"): that person's own tab; who is out and about has a phone."""
    tabs = {}

    def tab_of(username):
        if username not in tabs:
            view = PHONE if username in ("leader", "jiande-housing") else DESK
            context = browser.new_context(viewport=view, locale="zh-CN")
            tabs[username] = context.new_page()
            log_in(tabs[username], site, username)
        return tabs[username]

    yield tab_of
    for tab in tabs.values():
        tab.context.close()


def fits(tab):
    """Nothing wider than the phone; what is tapped in the main part is 44 px high."""
    assert wider_than_the_screen(tab) == 0
    low = tab.evaluate(
        """names => [...document.querySelectorAll('main')].flatMap(main => [...main.querySelectorAll(names)])
        .filter(each => each.checkVisibility() && each.getBoundingClientRect().height < 43.5)
        .map(each => each.outerHTML.slice(0, 80))""",
        TAPPED,
    )
    assert low == []


def take(tab, label, **fields):
    """One step by its form."""
    details = tab.locator("details", has=tab.locator("summary", has_text=label))
    if details.count() and details.first.get_attribute("open") is None:
        details.first.locator("summary").click()
    form = (
        details.first.locator("form") if details.count() else tab.locator(f"form:has(button:text-is('{label}'))").first
    )
    for name, value in fields.items():
        field = form.locator(f"[name={name}]")
        if name == "files":
            field.set_input_files([{"name": value, "mimeType": "application/pdf", "buffer": PDF + value.encode()}])
        else:
            field.fill(value)
    follow(tab, form.locator("button").last)


def asked_by_the_leader(tab, site) -> str:
    """The code of the matter: in three taps from the number, the link, a sentence, the button."""
    tab.goto(site + CELL)
    assert wider_than_the_screen(tab) == 0
    follow(tab, tab.locator("main a.word-link:visible").first)
    fits(tab)
    tab.fill("#order_words", "这个数为什么没有报上来？")
    picture(tab, "word-on-a-phone")
    follow(tab, "button[value=order]")
    expect(tab.locator("body")).to_contain_text("已交办")
    return tab.locator("main a[href^='/matters/DB-']").first.get_attribute("href").split("/")[2]


def signed_with_more_time_asked_for(tab, site, code):
    """The unit finds it among its notices."""
    tab.goto(f"{site}/reporting/notices/")
    fits(tab)
    follow(tab, tab.locator(f"main a[href^='/matters/{code}/']").first)
    fits(tab)
    take(tab, "签收")
    stands(tab, "已签收")
    late = tab.evaluate("new Date(Date.now() + 60 * 864e5).toISOString().slice(0, 10)")
    take(tab, "申请延期", words="等第三方检测报告。", day=late)
    stands(tab, "已签收 · 申请延期")


def reported_with_proof(tab, address):
    """Without proof it is refused, and what was typed is still there."""
    tab.goto(address)
    take(tab, "报结", words="检测已完成。")
    expect(tab.locator("[role=alert]").first).to_contain_text("佐证材料")
    expect(tab.locator("#report_words")).to_have_value("检测已完成。")
    take(tab, "报结", words="检测已完成。", files="检测.pdf")
    stands(tab, "已报结")
    fits(tab)


def approved(tab, site, environment):
    """The city approves the sheet, and the clock comes round."""
    tab.goto(f"{site}/reporting/330182/2025/")
    follow(tab, tab.locator("form[action$='/steps/approve/'] button").first)
    expect(tab.locator("body")).to_contain_text("已办理")
    sweep = "from matters.figure_ties import follow_figures; follow_figures()"
    command = [sys.executable, "manage.py", "shell", "-v", "0", "-c", sweep]
    subprocess.run(command, cwd=ROOT, env=environment, check=True)


def seen_by_the_county_s_office(tab, site, code):
    """It oversees its bureaus: the matter stands on its list and on its dispatch list, and it moves nothing."""
    tab.goto(f"{site}/matters/?state=signed")
    expect(tab.locator("main")).to_contain_text(code)
    tab.goto(f"{site}/dispatch/")
    expect(tab.locator("main")).to_contain_text(code)
    tab.goto(f"{site}/matters/{code}/")
    stands(tab, "已签收 · 申请延期")
    assert tab.locator(".step-forms").count() == 0


def told_to_the_leader(tab, site, code):
    """From the overview to the step that closed it, in three taps."""
    tab.goto(site)
    follow(tab, tab.locator(".news a", has_text="写给您的消息"))
    fits(tab)
    picture(tab, "written-to-a-leader")
    words = tab.locator("#unread li", has_text=code).filter(has_text="自动销号")
    expect(words).to_contain_text("官方数值第1版")
    follow(tab, words.locator("button"))
    expect(tab).to_have_url(re.compile(rf"/matters/{code}/#step-\d+$"))


def stands(tab, words):
    expect(tab.locator(".stamp .chip")).to_have_text(words)


def test_the_loop_is_walked(person, site, environment):
    leader, county, city = person("leader"), person("jiande-housing"), person("municipal")
    code = asked_by_the_leader(leader, site)
    address = f"{site}/matters/{code}/"
    signed_with_more_time_asked_for(county, site, code)
    seen_by_the_county_s_office(person("jiande"), site, code)
    city.goto(address)
    take(city, "不同意延期", words="时间够用。")
    stands(city, "已签收")
    reported_with_proof(county, address)
    city.goto(address)
    take(city, "退回", words="缺盖章页。")
    stands(city, "办理中")
    county.goto(address)
    expect(county.locator("main")).to_contain_text("缺盖章页。")
    take(county, "报结", words="已补盖章页。", files="盖章页.pdf")
    stands(county, "已报结")
    approved(city, site, environment)
    told_to_the_leader(leader, site, code)
    stands(leader, "已销号")
    newest = leader.locator(".steps li").first
    expect(newest).to_contain_text("自动销号")
    expect(newest).to_contain_text("官方数值第1版")
    fits(leader)
    picture(leader, "closed-by-its-figure")
    assert person("tonglu").goto(address).status == 404

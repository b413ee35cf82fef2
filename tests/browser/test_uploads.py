"""The upload pages by hand: a file dropped anywhere, a refusal that keeps what was typed, the bar of a large file,
and the same without scripts."""

import base64

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import follow, log_in, picture
from tests.tables.books import by_openpyxl
from tools.services import chromium_path

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(chromium_path() is None, reason="Chromium is not installed"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]

FLOWS = [
    ["区划代码", "资金年度", "资金代码", "资金状态", "金额（万元）", "办理日期"],
    ["330127", 2026, "F3", "计划", "许多", "2026-03-05"],
    ["330127", 2026, "F3", "计划", 20, "2026-03-06"],
]
DROP = """([selector, name, content]) => {
    const bytes = Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0));
    const data = new DataTransfer();
    data.items.add(new File([bytes], name));
    const target = document.querySelector(selector);
    for (const kind of ["dragenter", "dragover", "drop"]) {
        target.dispatchEvent(new DragEvent(kind, { bubbles: true, cancelable: true, dataTransfer: data }));
    }
}"""


def flows(*rows) -> bytes:
    return by_openpyxl([FLOWS[0], *(rows or FLOWS[1:])], change=lambda book: setattr(book.active, "title", "资金流水"))


def drop(tab, selector: str, name: str, content: bytes) -> None:
    tab.evaluate(DROP, [selector, name, base64.b64encode(content).decode()])


@pytest.fixture
def tab(browser, site):
    context = browser.new_context(viewport={"width": 1280, "height": 860}, locale="zh-CN")
    tab = context.new_page()
    log_in(tab, site, "chunan")
    yield tab
    context.close()


def test_a_dropped_file_is_previewed_mended_recorded_and_undone(tab, site):
    tab.goto(f"{site}/funding/upload/")
    drop(tab, "h1", "流水.xlsx", flows())
    tab.wait_for_url("**/funding/upload/*/")
    picture(tab, "mend")
    tab.fill('[name="资金流水!E2"]', "12.5")
    follow(tab, "button[name=check]")
    expect(tab.locator("h1")).to_have_text("将登记 2 笔")
    tab.click("form.switches button.primary")
    tab.wait_for_url("**/funding/flows/")
    tab.goto(f"{site}/funding/upload/")
    follow(tab, "#recent li:first-child a.file")
    tab.fill("#reason", "传错了文件")
    follow(tab, "form.upload button.primary")
    expect(tab.locator("h1")).to_have_text("这次上传已经撤销")
    assert tab.locator("#told tbody tr").count() == 2


def test_a_file_that_is_refused_says_why_and_the_page_stays(tab, site):
    tab.goto(f"{site}/funding/upload/")
    drop(tab, "main", "公文.pdf", b"%PDF-1.7 ...")
    expect(tab.locator("main .banner.error")).to_contain_text("这是 PDF 文件")
    drop(tab, "main", "流水.xlsx", flows())  # the form is a fresh one, and takes the next
    tab.wait_for_url("**/funding/upload/*/")


def test_a_large_file_shows_how_far_it_is(tab, site):
    tab.goto(f"{site}/funding/upload/")
    session = tab.context.new_cdp_session(tab)
    rows = [["330127", 2026, "F3", "计划", number, "2026-03-05"] for number in range(1, 9_000)]
    content = flows(*rows)
    line = {"offline": False, "latency": 0, "downloadThroughput": -1}
    session.send("Network.emulateNetworkConditions", {**line, "uploadThroughput": len(content) / 60})
    drop(tab, "main", "大表.xlsx", content)
    expect(tab.locator("progress")).to_be_visible()
    expect(tab.locator(".sent-share")).to_contain_text("已上传")
    session.send("Network.emulateNetworkConditions", {**line, "uploadThroughput": -1})
    tab.wait_for_url("**/funding/upload/*/", timeout=120_000)


def test_of_two_forms_a_file_goes_to_the_one_that_it_is_dropped_on(browser, site):
    context = browser.new_context(locale="zh-CN")
    tab = context.new_page()
    log_in(tab, site, "admin")
    tab.goto(f"{site}/imports/")
    drop(tab, "#observations-reason", "官方数值.xlsx", flows())
    names = "(id) => [...document.getElementById(id).files].map((file) => file.name)"
    assert tab.evaluate(names, "observations-file") == ["官方数值.xlsx"]
    assert tab.evaluate(names, "plan-file") == []
    context.close()


def test_without_scripts_it_works_as_well(browser, site):
    context = browser.new_context(java_script_enabled=False, locale="zh-CN")
    tab = context.new_page()
    log_in(tab, site, "chunan")
    tab.goto(f"{site}/funding/upload/")
    expect(tab.locator(".drop-hint")).to_be_hidden()
    file = {"name": "流水.xlsx", "mimeType": "application/octet-stream", "buffer": flows()}
    tab.set_input_files("#upload-file", file)
    tab.click("form.upload button.primary")
    tab.wait_for_url("**/funding/upload/*/")
    tab.fill('[name="资金流水!E2"]', "13.5")
    follow(tab, "button[name=check]")
    expect(tab.locator("h1")).to_have_text("将登记 2 笔")
    context.close()

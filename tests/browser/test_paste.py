"""Ways of pasting into the entry sheet, by a real clipboard: what goes where is right, or is shown before it is
saved."""

import subprocess
import sys

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import log_in, picture
from tests.browser.test_reporting import SETUP
from tests.servers import ROOT
from tools.services import chromium_path

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(chromium_path() is None, reason="Chromium is not installed"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]

NURSERY, SEWAGE, LEAKAGE = "每千人口拥有3岁以下婴幼儿托位数", "污水集中处理率", "公共供水管网漏损率"
COPY = """async ([text, html]) => {
    const parts = { "text/plain": new Blob([text], { type: "text/plain" }) };
    if (html) parts["text/html"] = new Blob([html], { type: "text/html" });
    await navigator.clipboard.write([new ClipboardItem(parts)]);
}"""


@pytest.fixture(scope="module")
def sheet_url(site, environment):
    """The sheet in which one unit has all twenty rows."""
    subprocess.run(
        [sys.executable, "manage.py", "shell", "-v", "0", "-c", SETUP], cwd=ROOT, env=environment, check=True
    )
    return f"{site}/reporting/330182/2026/"


@pytest.fixture(scope="module")
def logged_in(browser, site, sheet_url):
    context = browser.new_context(viewport={"width": 1280, "height": 860}, locale="zh-CN")
    context.grant_permissions(["clipboard-read", "clipboard-write"], origin=site)
    tab = context.new_page()
    log_in(tab, site, "jiande")
    yield tab
    context.close()


@pytest.fixture
def tab(logged_in, sheet_url):
    """The sheet anew, every field of it empty."""
    logged_in.goto(sheet_url)
    logged_in.evaluate(
        """() => document.querySelectorAll(".entry .value input").forEach((input) => {
            if (!input.value) return;
            input.value = "";
            input.dispatchEvent(new Event("input", { bubbles: true }));
        })"""
    )
    settled(logged_in)
    return logged_in


def settled(tab):
    expect(tab.locator(".saved.saving")).to_have_count(0)


def paste(tab, code: str, text: str, html: str = "") -> None:
    """Copy, go to the row's field, press the keys."""
    tab.evaluate(COPY, [text, html])
    tab.focus(f".entry[data-indicator={code}] .value input")
    tab.keyboard.press("Control+V")


def values(tab, *codes: str) -> list[str]:
    return [tab.input_value(f".entry[data-indicator={code}] .value input") for code in codes]


def lines(tab) -> list[tuple[str, ...]]:
    """The preview, row by row: where to, what, why not."""
    rows = tab.locator("#paste-preview tbody tr").all()
    cells = [row.locator("td").all_inner_texts() for row in rows]
    return [(to.partition(" ")[0], new, why) for _at, to, _now, new, _words, why in cells]


def confirm(tab) -> None:
    tab.click("#paste-preview button.primary")
    settled(tab)


def table(*rows: tuple, style: str = "") -> str:
    body = "".join("<tr>" + "".join(f"<td{style}>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<html><body><table>{body}</table></body></html>"


def test_a_plain_column_goes_down_the_rows_and_can_be_taken_back(tab):
    paste(tab, "P02", "95.1\n4.15\n100")
    settled(tab)
    assert values(tab, "P02", "P03", "P04") == ["95.1", "4.15", "100"]
    assert tab.locator("#paste-preview").count() == 0
    tab.click("#paste-undo button")
    settled(tab)
    assert values(tab, "P02", "P03", "P04") == ["", "", ""]


def test_a_header_of_the_year_takes_no_row(tab):
    paste(tab, "P03", "2026年\n4.15\n99")
    assert lines(tab) == [("P03", "4.15", ""), ("P04", "99", "")]
    assert values(tab, "P03", "P04", "P05") == ["", "", ""]  # nothing before it is confirmed
    picture(tab, "paste")
    confirm(tab)
    assert values(tab, "P03", "P04", "P05") == ["4.15", "99", ""]


def test_a_header_of_another_year_is_not_taken_for_this_year(tab):
    paste(tab, "P03", "2025年\n4.15\n99")
    expect(tab.locator("#paste-preview .hint")).to_have_text("看不出哪一列是实际值，请选择。")
    assert tab.locator("#paste-preview button.primary").is_disabled()
    tab.select_option("[name=paste-value]", "0")
    confirm(tab)
    assert values(tab, "P03", "P04") == ["4.15", "99"]


def test_names_in_another_order_from_excel(tab):
    rows = [("指标", "单位", "实际值"), (LEAKAGE, "%", "9.1"), (NURSERY, "个/千人", "4.15"), (SEWAGE, "%", "95.1")]
    text = "\n".join("\t".join(row) for row in rows)
    html = table(*rows, style=" style='mso-number-format:\"0\\.00\"'")
    paste(tab, "P01", text, html)
    assert lines(tab) == [("P15", "9.1", ""), ("P03", "4.15", ""), ("P02", "95.1", "")]
    confirm(tab)
    assert values(tab, "P01", "P02", "P03", "P15") == ["", "95.1", "4.15", "9.1"]


def test_codes_and_numbers_without_a_header(tab):
    paste(tab, "P01", "P15\t9.1\nP02\t95.1")
    assert lines(tab) == [("P15", "9.1", ""), ("P02", "95.1", "")]
    confirm(tab)
    assert values(tab, "P01", "P02", "P15") == ["", "95.1", "9.1"]


def test_what_libreoffice_puts_on_the_clipboard(tab):
    html = table(("0.951", "说"), style=' sdval="0.951" sdnum="2052;0;0.0%"').replace(">0.951<", ">95.1%<")
    paste(tab, "P02", "95.1%\t说", html)
    assert lines(tab) == [("P02", "95.1%", "")]
    confirm(tab)
    assert values(tab, "P02") == ["95.1%"]
    expect(tab.locator(".entry[data-indicator=P02] .saved")).to_contain_text("已保存")


def test_a_raised_figure_or_a_crossed_out_one_is_no_part_of_a_number(tab):
    """A text alone would make them 95.11 and 9495: what tells them apart stands in the HTML."""
    css = "<style>.font7 {text-decoration: line-through;}</style>"
    rows = [
        ("指标", "实际值"),
        (SEWAGE, "95.1<sup>1</sup>"),
        (LEAKAGE, "<font class=font7>9</font>8.1"),
        (NURSERY, "4.15<s>6</s>"),
    ]
    text = "\n".join(("\t".join((SEWAGE, "95.11")), "\t".join((LEAKAGE, "98.1")), "\t".join((NURSERY, "4.156"))))
    paste(tab, "P01", text, css + table(*rows))
    words = "“{}”不是数字"
    assert [(to, new, why.startswith(words.format(new))) for to, new, why in lines(tab)] == [
        ("P02", "95.1¹", True),
        ("P15", "9\u03368.1", True),
        ("P03", "4.156\u0336", True),
    ]
    assert tab.locator("#paste-preview button.primary").is_disabled()


def test_a_merged_title_of_a_web_table(tab):
    html = (
        '<table><tr><td colspan="3">2026年统计表</td></tr><tr><th>指标名称</th><th>2025年</th><th>2026年</th></tr>'
        f"<tr><td>{SEWAGE}</td><td>94.0</td><td>95.1</td></tr></table>"
    )
    paste(tab, "P01", "2026年统计表", html)
    assert lines(tab) == [("P02", "95.1", "")]
    confirm(tab)
    assert values(tab, "P01", "P02") == ["", "95.1"]


def test_lines_without_a_row_are_told(tab):
    paste(tab, "H04", "2\n7\n8")
    assert lines(tab) == [
        ("H04", "2", ""),
        ("7", "7", "多出的行，后面没有可填的格"),
        ("8", "8", "多出的行，后面没有可填的格"),
    ]
    confirm(tab)
    assert values(tab, "H04") == ["2"]


def test_another_unit_is_left_out(tab):
    paste(tab, "P01", f"指标\t单位\t实际值\n重点项目累计完成投资\t万元\t1080000\n{SEWAGE}\t%\t95.1")
    assert lines(tab) == [("P09", "1080000", "单位是 万元，本表按 亿元"), ("P02", "95.1", "")]
    confirm(tab)
    assert values(tab, "P09", "P02") == ["", "95.1"]


def test_a_note_of_two_lines_moves_no_row(tab):
    paste(tab, "P02", '95.1\t"第一行原因说明\n第二行原因说明"\n4.15\t')
    assert lines(tab) == [("P02", "95.1", ""), ("P03", "4.15", "")]
    confirm(tab)
    assert values(tab, "P02", "P03", "P04") == ["95.1", "4.15", ""]
    assert tab.input_value(".notes[data-for=P02] textarea") == "第一行原因说明\n第二行原因说明"


def test_names_that_are_not_in_the_sheet_and_blanks_are_left_out(tab):
    paste(tab, "P01", f"{SEWAGE}\t\n某某率\t3\n{LEAKAGE}\t9.1\n{LEAKAGE}\t9.2")
    assert lines(tab) == [
        ("P02", "", "空格，保留现在的值"),
        ("某某率", "3", "本表没有这个指标"),
        ("P15", "9.1", ""),
        ("P15", "9.2", "与第 3 行是同一个指标"),
    ]
    confirm(tab)
    assert values(tab, "P02", "P15") == ["", "9.1"]


def test_cancelled_nothing_has_changed(tab):
    paste(tab, "P02", f"{SEWAGE}\t95.1\n{LEAKAGE}\t9.1")
    tab.click("#paste-preview button:has-text('取消')")
    expect(tab.locator("#paste-preview")).to_have_count(0)
    assert values(tab, "P02", "P15") == ["", ""]

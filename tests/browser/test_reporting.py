"""A year's reporting in three roles, in a real browser: entered, explained, handed over, submitted, returned,
corrected, approved; then a sheet of twenty rows pasted at once. Pictures for the user's guide are taken on the way
when PICTURES names a folder."""

import io
import subprocess
import sys
from pathlib import Path

import openpyxl
import pytest
from playwright.sync_api import expect

from reporting.workbooks.layout import AT
from tests.browser.conftest import follow, log_in, picture
from tests.servers import ROOT
from tools.services import chromium_path

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(chromium_path() is None, reason="Chromium is not installed"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]

# A new year in which every unit but Chun'an's housing bureau has handed over; in Jiande one unit has all 20 rows.
SETUP = """
from datetime import date, timedelta
from decimal import Decimal
from django.utils import timezone
from accounts.models import Organisation, User
from areas.models import Area
from indicators.models import IndicatorDefinition, Observation
from reporting.actions import hand_over
from reporting.rounds.actions import assign_responsibilities, open_round
from reporting.entries.saving import Typed, save_entries
from reporting.models import Responsibility, Submission

# Every row is typed here: the server's first sweep, which may come before or after, takes none from the register.
IndicatorDefinition.objects.as_of().update(derived_from="")
assign_responsibilities(by=None)
office = Organisation.objects.get(code="330182-DRC")
Responsibility.objects.filter(area="330182").update(organisation=office)
due = timezone.localdate() + timedelta(days=9)
open_round(year=2026, due_on=due, areas=Area.objects.counties(), by=None)
sheet = Submission.objects.get(round__year=2026, area="330127")
for part in sheet.parts.exclude(organisation__code="330127-housing"):
    by = User.objects.filter(organisation=part.organisation).first()
    codes = part.entries.values_list("indicator", flat=True)
    last = dict(Observation.objects.as_of().filter(area="330127", year__lte=2025)
                .order_by("year").values_list("indicator", "value"))
    typed = [Typed(code, last.get(code, Decimal(1)), "与上年口径一致，台账附后") for code in codes]
    save_entries(submission=sheet, typed=typed, by=by)
    hand_over(part=part, by=by)
"""


@pytest.fixture(scope="module")
def year_2026(site, environment):
    command = [sys.executable, "manage.py", "shell", "-v", "0", "-c", SETUP]
    subprocess.run(command, cwd=ROOT, env=environment, check=True)
    return site


@pytest.fixture
def person(browser, year_2026):
    """person("chunan-housing"): that person's own tab."""
    contexts = []

    def tab_of(username):
        context = browser.new_context(viewport={"width": 1280, "height": 860}, locale="zh-CN")
        contexts.append(context)
        tab = context.new_page()
        log_in(tab, year_2026, username)
        return tab

    yield tab_of
    for context in contexts:
        context.close()


def put(tab, code, value):
    tab.locator(f".entry[data-indicator={code}] .value input").fill(value)


def explain(tab, code, words):
    field = tab.locator(f".notes[data-for={code}] textarea")
    if not field.is_visible():
        tab.click(f".notes[data-for={code}] details.note > summary")
    field.fill(words)


def saved(tab):
    expect(tab.locator("#save-state")).to_have_text("全部已保存")


def test_the_whole_way_in_three_roles(person, year_2026):  # noqa: PLR0915  (one walk, told in its order)
    address = f"{year_2026}/reporting/330127/2026/"
    clerk = person("chunan-housing")
    clerk.goto(f"{year_2026}/reporting/")
    picture(clerk, "worklist")
    clerk.goto(address)
    put(clerk, "P02", "95.9")
    put(clerk, "P15", "9.6")
    put(clerk, "P16", "812")
    saved(clerk)
    expect(clerk.locator(".notes[data-for=P16]")).to_contain_text("是否想填 81.2")
    picture(clerk, "entry")
    follow(clerk, "text=交县发改局")
    expect(clerk.locator(".banner.error")).to_contain_text("还有")
    put(clerk, "P16", "81.2")
    for code in ("P02", "P15", "P16"):
        explain(clerk, code, "三季度主管两次爆管，抢修台账见附件")
    saved(clerk)
    follow(clerk, "text=交县发改局")
    expect(clerk.locator("text=取回修改")).to_be_visible()

    county = person("chunan")
    county.goto(address)
    follow(county, "text=提交市发改委")
    expect(county.locator(".stamp .chip")).to_have_text("已提交")
    picture(county, "county")

    city = person("municipal")
    city.goto(f"{year_2026}/review/")
    picture(city, "review")
    city.goto(address)
    city.click("summary:has-text('退回…')")
    city.check("input[name=entries][value=P15]")
    city.fill("form.return textarea[name=reason]", "漏损率口径请与供水年报核对")
    picture(city, "return")
    follow(city, "form.return button")
    expect(city.locator(".stamp .chip")).to_have_text("已退回")

    clerk.goto(address)
    assert "漏损率口径请与供水年报核对" in clerk.inner_text(".notes[data-for=P15]")
    picture(clerk, "returned")
    put(clerk, "P15", "8.5")
    explain(clerk, "P15", "按供水年报口径更正后的数")
    saved(clerk)
    follow(clerk, "text=交县发改局")
    county.goto(address)
    follow(county, "text=提交市发改委")
    city.goto(f"{year_2026}/review/")
    city.check("input[name=submission][value='330127/2026']")
    follow(city, "text=通过所选")
    city.goto(f"{year_2026}/?year=2026")
    shown = city.inner_text("a[href^='/cells/330127/P02/2026/'] b")
    assert shown == "95.9"
    picture(city, "approved")


def last_known(row) -> str:
    """The newest of the past years' values that a row shows."""
    past = [text.replace(",", "") for text in row.locator(".past-years li:not([aria-hidden]) b").all_inner_texts()]
    return next((value for value in reversed(past) if value[:1].isdigit()), "1")


def test_twenty_values_pasted_handed_over_and_submitted_by_four_clicks_and_one_save(person, year_2026):
    clerk = person("jiande")
    saves = []
    clerk.on("request", lambda request: saves.append(request.url) if request.method == "PUT" else None)
    clerk.goto(f"{year_2026}/reporting/330182/2026/")
    inputs = clerk.locator(".entry .value input")
    expect(inputs).to_have_count(20)
    values = [last_known(row) for row in clerk.locator(".entry").all()]
    block = "\n".join(f"{value}\t与上年相比无变化，原因见年度工作总结" for value in values)
    clerk.evaluate(
        """(text) => {
            const data = new DataTransfer();
            data.setData("text/plain", text);
            const field = document.querySelector(".entry .value input");
            field.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
        }""",
        block,
    )
    clerk.click("#paste-preview button.primary")
    saved(clerk)
    assert clerk.locator(".finding.hard").count() == 0
    follow(clerk, "text=交县发改局")
    follow(clerk, "text=提交市发改委")
    expect(clerk.locator(".stamp .chip")).to_have_text("已提交")
    assert len(saves) == 1


def test_what_cannot_be_sent_stays_and_is_sent_later(person, year_2026):
    clerk = person("tonglu-housing")
    address = f"{year_2026}/reporting/330122/2026/"
    clerk.goto(address)
    clerk.context.set_offline(True)
    put(clerk, "P02", "96.1")
    expect(clerk.locator(".entry[data-indicator=P02] .saved")).to_contain_text("未保存")
    clerk.context.set_offline(False)
    saved(clerk)
    clerk.goto(address)
    assert clerk.input_value(".entry[data-indicator=P02] .value input") == "96.1"


def test_an_expired_session_loses_no_typing(person, year_2026):
    clerk = person("tonglu-health")
    address = f"{year_2026}/reporting/330122/2026/"
    clerk.goto(address)
    clerk.context.clear_cookies()
    put(clerk, "P03", "4.66")
    expect(clerk.locator("#login-again")).to_be_visible()
    clerk.on("dialog", lambda dialog: dialog.accept())
    log_in(clerk, year_2026, "tonglu-health")
    clerk.goto(address)
    saved(clerk)
    clerk.goto(address)
    assert clerk.input_value(".entry[data-indicator=P03] .value input") == "4.66"


def test_two_people_on_one_cell_see_both_values(person, year_2026):
    address = f"{year_2026}/reporting/330122/2026/"
    one, two = person("tonglu-civil"), person("tonglu-civil")
    one.goto(address)
    two.goto(address)
    put(one, "P06", "90")
    saved(one)
    put(two, "P06", "91")
    note = two.locator(".notes[data-for=P06] .finding.hard")
    expect(note).to_contain_text("刚保存了 90，您填的是 91")
    picture(two, "conflict")
    note.locator("text=用我的 91").click()
    saved(two)
    one.goto(address)
    assert one.input_value(".entry[data-indicator=P06] .value input") == "91.0"


def test_the_workbook_goes_down_and_comes_back_with_evidence_beside_it(person, year_2026, tmp_path):
    clerk = person("tonglu-education")
    clerk.goto(f"{year_2026}/reporting/330122/2026/")
    with clerk.expect_download() as started:
        clerk.click("text=下载 Excel 表")
    down = tmp_path / "sheet.xlsx"
    started.value.save_as(down)
    values = _fill_in(down, {"P05": 95.2, "H04": 2})
    clerk.click("text=上传填好的表")
    clerk.set_input_files("input[name=file]", down)
    clerk.click("text=上传并预览")
    expect(clerk.locator("h1")).to_have_text("将新增 2 项，修改 0 项")
    picture(clerk, "upload")
    clerk.click("text=确认保存")
    expect(clerk.locator(".banner.success")).to_contain_text("新增 2 项")
    shown = {code: clerk.input_value(f".entry[data-indicator={code}] .value input") for code in values}
    assert {code: float(text) for code, text in shown.items()} == values
    notes = clerk.locator(".notes[data-for=P05]")
    notes.locator("summary:has-text('附材料')").click()
    pdf = {"name": "学校名册.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.4\n1 0 obj\n%%EOF\n"}
    notes.locator("input[type=file]").set_input_files(pdf)
    notes.locator("button:has-text('上传')").click()
    expect(clerk.locator(".notes[data-for=P05] .evidence-file a")).to_have_text("学校名册.pdf")
    picture(clerk, "evidence")
    with clerk.expect_download() as started:
        clerk.click(".notes[data-for=P05] .evidence-file a")
    assert Path(started.value.path()).read_bytes() == pdf["buffer"]


def _fill_in(path, values):
    """Type into the downloaded workbook as a clerk does: values, and a word beside each."""
    book = openpyxl.load_workbook(io.BytesIO(path.read_bytes()))
    page = book.active
    for row in range(1, page.max_row + 1):
        if (value := values.get(page.cell(row, AT["code"]).value)) is not None:
            page.cell(row, AT["value"], value)
            page.cell(row, AT["explanation"], "与上年口径一致，名册附后")
    book.save(path)
    return values


def test_the_city_presses_and_the_unit_reads_it(person, year_2026):
    city = person("municipal")
    city.goto(f"{year_2026}/reporting/progress/?year=2026")
    follow(city, "button[aria-label='催报桐庐县民政局']")
    expect(city.locator(".banner.success")).to_have_text("已催报桐庐县民政局。")
    picture(city, "progress")
    follow(city, "button[aria-label='催报桐庐县民政局']")
    expect(city.locator(".banner.error")).to_have_text("桐庐县民政局一小时内已催过，没有重复发送。")
    clerk = person("tonglu-civil")
    badge = clerk.locator(".badge")
    before = int(badge.inner_text())
    follow(clerk, badge)
    expect(clerk.locator(".notices .unread").first).to_contain_text("本单位的部分还没有交出")
    picture(clerk, "notices")
    clerk.locator(".notices .unread button").first.click()
    expect(badge).to_have_text(str(before - 1))

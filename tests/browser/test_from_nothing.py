"""From an empty database to a printed report, in a real browser and without the shell: set up in five steps, a year
entered by two units, submitted, approved, its report made and downloaded."""

import pytest
from openpyxl import load_workbook
from playwright.sync_api import expect

from seeding.plan_files.workbook import write_plan_workbook
from tests.browser.conftest import follow, picture
from tests.plans import COUNTY, small_plan
from tests.servers import served, site_environment
from tests.worlds import lay_tables
from tools.services import chromium_path

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(chromium_path() is None, reason="Chromium is not installed"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]

PASSWORD = "a long enough phrase"
PATIENCE = 60_000  # milliseconds: a whole plan is loaded in one request
SHEET = f"/reporting/{COUNTY}/2021/"
VALUES = {"roads": {"T1": "83.5", "T2": "7"}, "yunling": {"N02": "1200", "N03": "14.2", "N04": "2"}}


@pytest.fixture(scope="module")
def empty_site(static_files, tmp_path_factory):
    """The address of a site that nobody has touched."""
    directory = tmp_path_factory.mktemp("nothing")
    (directory / "static").symlink_to(static_files)
    lay_tables(directory / "db.sqlite3")
    with served(site_environment(directory)) as address:
        yield address


@pytest.fixture
def person(browser):
    """person(): a tab of somebody's own."""
    contexts = []

    def new_tab():
        contexts.append(browser.new_context(viewport={"width": 1280, "height": 860}, locale="zh-CN"))
        contexts[-1].set_default_timeout(PATIENCE)
        return contexts[-1].new_page()

    expect.set_options(timeout=PATIENCE)
    yield new_tab
    expect.set_options(timeout=5_000)
    for context in contexts:
        context.close()


def fill(tab, **fields):
    for name, value in fields.items():
        tab.fill(f"[name={name}]", value)


def downloaded(tab, link, file):
    with tab.expect_download() as found:
        tab.click(link)
    found.value.save_as(file)
    return file


def passwords(tab) -> dict[str, str]:
    rows = tab.locator(".made tbody tr").all()
    return {row.locator("td").nth(0).inner_text(): row.locator("code").inner_text() for row in rows}


def named_logins(path, target):
    """The template of the logins with three names typed into it."""
    book = load_workbook(path)
    sheet = book.active
    names = {f"{COUNTY}-PLAN": "yunling", f"{COUNTY}-roads": "roads", "QHFGW": "city"}
    for row in range(2, sheet.max_row + 1):
        if sheet.cell(row, 1).value in names:
            sheet.cell(row, 6).value = names[sheet.cell(row, 1).value]
    book.save(target)
    return target


def set_up(tab, site, folder) -> dict[str, str]:
    """The five steps; the first passwords of who was made."""
    tab.goto(site)
    expect(tab.locator("h1")).to_contain_text("建站")
    fill(tab, username="wang", full_name="王敏", password=PASSWORD, again=PASSWORD)
    tab.click("form.upload button.primary")
    fill(tab, city_code="640100", city_name="青禾市", city_name_en="Qinghe")
    fill(tab, code="QHFGW", name="青禾市发展委", name_en="Qinghe Development Commission")
    picture(tab, "setup-owner")
    tab.click("form.upload button.primary")
    file = folder / "plan.xlsx"
    file.write_bytes(write_plan_workbook(small_plan()))
    tab.set_input_files("[name=file]", file)
    tab.click("form.upload button.primary")
    expect(tab.locator("body")).to_contain_text("方案已载入")
    template = downloaded(tab, "text=下载模板", folder / "template.xlsx")
    tab.set_input_files("[name=file]", named_logins(template, folder / "logins.xlsx"))
    tab.click("form.upload button.primary")
    expect(tab.locator(".made tbody tr")).to_have_count(3)
    found = passwords(tab)
    picture(tab, "setup-logins")
    follow(tab, "text=下一步")
    fill(tab, year="2021", due_on="2022-03-31")
    tab.click("form.upload button.primary")
    expect(tab.locator("body")).to_contain_text("2021年已开放")
    return found


def first_login(tab, site, username, password):
    """With the password that somebody else has set; one's own takes its place."""
    tab.goto(f"{site}/accounts/login/")
    fill(tab, username=username, password=password)
    tab.press("[name=password]", "Enter")
    tab.wait_for_url(f"{site}/accounts/password/")
    fill(tab, old_password=password, new_password1=PASSWORD, new_password2=PASSWORD)
    tab.click("button.primary")
    tab.wait_for_url(f"{site}/")
    return tab


def enter(tab, site, values):
    tab.goto(f"{site}{SHEET}")
    for code, value in values.items():
        tab.locator(f".entry[data-indicator={code}] .value input").fill(value)
    expect(tab.locator("#save-state")).to_have_text("全部已保存")
    for code in values:
        note = tab.locator(f".entry[data-indicator={code}] details.note")
        note.evaluate("details => { details.open = true }")
        note.locator("textarea").fill("第一年填报，依据年度统计台账")
    expect(tab.locator("#save-state")).to_have_text("全部已保存")


def test_from_nothing_to_a_printed_report(empty_site, person, tmp_path):
    given = set_up(person(), empty_site, tmp_path)
    assert sorted(given) == ["city", "roads", "yunling"]

    roads, office, city = (
        first_login(person(), empty_site, name, given[name]) for name in ("roads", "yunling", "city")
    )
    enter(roads, empty_site, VALUES["roads"])
    follow(roads, roads.locator("button:has-text('交')").first)
    enter(office, empty_site, VALUES["yunling"])
    follow(office, office.locator("button:has-text('交县')").first)
    office.goto(f"{empty_site}{SHEET}")
    follow(office, office.locator("button:has-text('提交')").first)
    expect(office.locator(".stamp .chip")).to_have_text("已提交")
    city.goto(f"{empty_site}/review/")
    city.check(f"input[name=submission][value='{COUNTY}/2021']")
    follow(city, "text=通过所选")
    city.goto(f"{empty_site}/counties/{COUNTY}/")
    assert "2021" in city.inner_text("h1")
    assert "83.5" in city.inner_text("main")
    city.goto(f"{empty_site}/reports/")
    follow(city, "text=冻结数据并制作")
    printed = downloaded(city, "a[href$='.pdf']", tmp_path / "report.pdf")
    assert printed.read_bytes()[:5] == b"%PDF-"
    number = city.url.rstrip("/").rsplit("/", 1)[-1]
    city.goto(f"{empty_site}/reports/")
    expect(city.locator("table.rows")).to_contain_text(number)

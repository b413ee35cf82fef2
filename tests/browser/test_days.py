"""The day on which a stage was reached, typed and pasted into the entry sheet of a plan that has stages."""

import subprocess
import sys

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import log_in
from tests.browser.test_paste import COPY
from tests.plans import COUNTY, write_plan
from tests.plans_of_kinds import one_county_of_kinds
from tests.servers import ROOT, served, site_environment
from tests.worlds import lay_tables
from tools.services import chromium_path

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(chromium_path() is None, reason="Chromium is not installed"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]

PATIENCE = 60_000  # milliseconds
SETUP = f"""
from datetime import date
from accounts.models import Organisation, User
from seeding.setup.steps import open_first_year
roads = Organisation.objects.get(code="{COUNTY}-roads")
User.objects.create_user("roads", password="demo", role="bureau", organisation=roads)
open_first_year(year=2022, due_on=date(2023, 3, 31), by=None)
"""
VALUE, DAY = ".entry[data-indicator=T2] .value input", ".notes[data-for=T2] [name=reached_on]"


@pytest.fixture(scope="module")
def stages_site(static_files, tmp_path_factory):
    """A site of one county whose plan has a row in stages, its first year open."""
    directory = tmp_path_factory.mktemp("stages")
    (directory / "static").symlink_to(static_files)
    plan = write_plan(directory, one_county_of_kinds())
    environment = {**site_environment(directory), "PLAN_FILE": str(plan)}
    lay_tables(directory / "db.sqlite3")
    with served(environment, ("load_plan", "recompute")) as address:
        subprocess.run(
            [sys.executable, "manage.py", "shell", "-v", "0", "-c", SETUP], cwd=ROOT, env=environment, check=True
        )
        yield address


@pytest.fixture
def tab(browser, stages_site):
    context = browser.new_context(viewport={"width": 1280, "height": 860}, locale="zh-CN")
    context.set_default_timeout(PATIENCE)
    context.grant_permissions(["clipboard-read", "clipboard-write"], origin=stages_site)
    tab = context.new_page()
    log_in(tab, stages_site, "roads")
    tab.goto(f"{stages_site}/reporting/{COUNTY}/2022/")
    yield tab
    context.close()


def saved(tab):
    expect(tab.locator(".entry[data-indicator=T2] .saved.done")).to_have_count(1, timeout=PATIENCE)
    expect(tab.locator(".saved.saving")).to_have_count(0, timeout=PATIENCE)


def both(tab) -> tuple[str, str]:
    return tab.input_value(VALUE), tab.input_value(DAY)


def test_a_day_is_saved_with_its_stage_and_goes_with_it(tab):
    tab.fill(VALUE, "创建中")
    tab.fill(DAY, "2022-05-20")
    saved(tab)
    tab.reload()
    assert both(tab) == ("创建中", "2022-05-20")
    tab.fill(VALUE, "已命名")
    assert both(tab) == ("已命名", "")
    saved(tab)
    tab.reload()
    assert both(tab) == ("已命名", "")


def test_a_table_with_a_column_of_days_is_pasted(tab):
    text = "代码\t实际值\t达到日期\nT1\t46\t\nT2\t创建中\t2022年6月1日"
    tab.evaluate(COPY, [text, ""])
    tab.focus(VALUE)
    tab.keyboard.press("Control+V")
    rows = tab.locator("#paste-preview tbody tr")
    expect(rows.nth(1)).to_contain_text("创建中（2022-06-01 达到）")
    tab.click("#paste-preview button.primary")
    assert both(tab) == ("创建中", "2022-06-01")
    saved(tab)
    tab.reload()
    assert both(tab) == ("创建中", "2022-06-01")


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("T2\t创建中\t2023-01-01", "“2023-01-01”不是日期，或晚于本年"),
        ("T1\t46\t2022-05-20", "这一项不分阶段，没有达到日期"),
    ],
)
def test_a_pasted_day_that_cannot_be_is_left_out_by_name(tab, row, why):
    tab.evaluate(COPY, [f"代码\t实际值\t达到日期\n{row}", ""])
    tab.focus(VALUE)
    tab.keyboard.press("Control+V")
    expect(tab.locator("#paste-preview tbody tr").first).to_contain_text(why)

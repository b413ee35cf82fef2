"""The dispatch list of one county, emptied item by item: each gap is closed on the page where it is closed in life, by
who closes it, and takes its own lines and no others."""

import re
import subprocess
import sys
from datetime import datetime

import pytest
from playwright.sync_api import expect

from lib.days import SHANGHAI
from tests.browser.conftest import follow, log_in
from tests.servers import ROOT
from tools.services import chromium_path

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(chromium_path() is None, reason="Chromium is not installed"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]
CHUNAN = "330127"

# The round of 2025 is over; of the county's late and stalled projects two and one remain, the rest report what was due.
SETUP = """
from datetime import timedelta
from decimal import Decimal
from django.utils import timezone
from dispatch.lines import Dispatch
from matters.actions import remove_demo_matters
from accounts.models import User
from projects.actions import change_state
from projects.changes.parts import Progress
from projects.changes.progress import report_progress
from projects.frames import completion_by
from projects.models import Project
from reporting.models import Round

today = timezone.localdate()
remove_demo_matters()
Round.objects.filter(year=2025).update(due_on=today - timedelta(days=1))
year, quarter = divmod(today.year * 4 + (today.month - 1) // 3 - 1, 4)
lines = Dispatch(User.objects.get(username="municipal"), today).lines()
for kind, left in {"stalled": 1, "late_project": 2}.items():
    for line in [line for line in lines if line.kind == kind and line.area == "330127"][left:]:
        project = Project.objects.get(code=line.name)
        planned, _done = completion_by(Project.objects.filter(pk=project.pk), today).get(project.pk, (None, None))
        due = Decimal(str(planned or 0))
        report_progress(project=project, progress=Progress(year, quarter + 1, due), by=None)
        if kind == "stalled":
            change_state(project=project, state="started", on="2025-01-01", by=None)
"""


@pytest.fixture(scope="module")
def late(site, environment):
    command = [sys.executable, "manage.py", "shell", "-v", "0", "-c", SETUP]
    subprocess.run(command, cwd=ROOT, env=environment, check=True)
    return site


@pytest.fixture(scope="module")
def person(browser, late):
    """person("chunan"): that person's own tab, one and the same each time."""
    tabs = {}

    def tab_of(username):
        if username not in tabs:
            context = browser.new_context(viewport={"width": 1280, "height": 860}, locale="zh-CN")
            tabs[username] = context.new_page()
            log_in(tabs[username], late, username)
        return tabs[username]

    yield tab_of
    for tab in tabs.values():
        tab.context.close()


class List:
    """The county's list in the city's browser."""

    def __init__(self, tab, site):
        self.tab, self.site = tab, site
        self.keys = self.read()

    def read(self, area=CHUNAN) -> set[str]:
        """The key of each line with its unit."""
        self.tab.goto(f"{self.site}/dispatch/?area={area}")
        rows = self.tab.locator("tr[data-key]").all()
        keys = {row.get_attribute("data-key") for row in rows}
        assert len(keys) == len(rows)
        return keys

    def of(self, kind) -> list[str]:
        return sorted(key for key in self.keys if key.startswith(f"{kind}/"))

    def lost(self) -> set[str]:
        """What has gone since the last look; nothing may have come."""
        before, self.keys = self.keys, self.read()
        assert self.keys - before == set()
        return before - self.keys


def name_of(key) -> str:
    return key.partition("/")[2].partition("|")[0]


def test_the_list_empties_item_by_item(person, late):  # noqa: PLR0915  (one walk, told in its order)
    city, county = person("municipal"), person("chunan")
    found = List(city, late)
    others = found.read("330182")
    kinds = {key.partition("/")[0] for key in found.keys}
    assert kinds == {"report", "task", "underfunded", "match", "stalled", "late_project", "commitment"}

    money, task = sorted(found.of("task"), key=lambda key: "housing" in key)
    city.goto(f"{late}/dispatch/?area={CHUNAN}")
    row = city.locator(f"tr[data-key='{task}']")
    row.locator("button").click()
    expect(row.locator(".chip")).to_have_text("今日已催")
    assert found.lost() == set()
    clerk = person("chunan-housing")
    clerk.goto(f"{late}/reporting/notices/")
    follow(clerk, clerk.locator(".notices .unread a.file").first)
    clerk.fill("textarea[name=words]", "管网补短工程已完工验收")
    clerk.select_option("select[name=new_state]", "done")
    follow(clerk, "main button.primary")
    assert found.lost() == {task}

    for key in found.of("late_project"):
        report_all(county, late, name_of(key))
        assert found.lost() == {key}
    [stalled] = found.of("stalled")
    report_all(county, late, name_of(stalled))
    assert found.lost() == set()
    county.goto(f"{late}/projects/{name_of(stalled)}/state/")
    county.select_option("select[name=state]", "started")
    county.fill("input[name=on]", "2025-01-01")
    follow(county, "main button.primary")
    assert found.lost() == {stalled}

    for key in found.of("underfunded"):
        _area, indicator, year = name_of(key).split("/")
        correct(person("admin"), late, indicator, year)
        assert found.lost() == {key}
    for key in found.of("match"):
        pay_match(city, county, late, key)
        assert found.lost() == {key}
    county.goto(f"{late}/plan/tasks/{name_of(money)}/")
    county.fill("textarea[name=words]", "县级配套资金已全部到位")
    county.select_option("select[name=new_state]", "done")
    follow(county, "main button.primary")
    assert found.lost() == {money}

    words, [measured] = "commitment/C13", [key for key in found.of("commitment") if "/C06/" in key]
    correct(person("admin"), late, "P06", "2024")
    assert found.lost() == {measured}
    county.goto(f"{late}/commitments/C13/")
    county.select_option("select[name=standing]", "fulfilled")
    county.fill("textarea[name=words]", "主要行政村以上地区均已覆盖")
    follow(county, "main form.upload button.primary, main form button.primary")
    assert {key.partition(f"/{CHUNAN}")[0] for key in found.lost()} == {words}

    own = [key for key in found.of("report") if key.endswith(f"|{CHUNAN}-DRC")]
    for key in [*(key for key in found.of("report") if key not in own), *own]:
        unit = key.partition(f"|{CHUNAN}-")[2]
        hand_over(county if key in own else person(f"chunan-{unit}"), late)
        assert found.lost() == (set() if key in own else {key})  # the county's office has still to submit
    follow(county, "text=提交市发改委")
    expect(county.locator(".stamp .chip")).to_have_text("已提交")
    assert found.lost() == set(own)

    assert found.keys == set()
    assert city.inner_text("h1") == "没有要催的事"
    assert found.read("330182") == others


def report_all(tab, site, code):
    """As much completed as the whole project costs."""
    tab.goto(f"{site}/projects/{code}/progress/")
    tab.fill("input[name=completed_yi]", "99")
    follow(tab, "main button.primary")
    expect(tab.locator(".banner.success")).to_have_text("已填报进展。")


def correct(tab, site, indicator, year):
    """An official value that meets every target, imported with its ground."""
    value = {"P15": "1", "P02": "100", "P06": "100"}[indicator]
    table = f"area,indicator,year,value\n{CHUNAN},{indicator},{year},{value}\n".encode()
    tab.goto(f"{site}/imports/")
    form = tab.locator("form.upload:has(input[value=observations])")
    form.locator("input[type=file]").set_input_files(
        {"name": "observations.csv", "mimeType": "text/csv", "buffer": table}
    )
    form.locator("input[name=document]").fill("统计公报更正")
    form.locator("input[name=reason]").fill("按公报更正")
    form.locator("button").click()
    follow(tab, "text=确认导入")
    expect(tab.locator(".banner.success")).to_contain_text("修改 1 项")


def pay_match(city, county, site, key):
    """What is owed for the year arrives from the county's own money."""
    year = name_of(key).split("/")[1]
    city.goto(f"{site}/dispatch/?area={CHUNAN}&kind=match")
    owed = re.search(r"欠([\d,.]+)万元", city.inner_text(f"tr[data-key='{key}']"))[1]
    county.goto(f"{site}/funding/flows/new/")
    county.select_option("select[name=year]", year)
    county.select_option("select[name=source]", "F3")
    county.select_option("select[name=state]", "arrived")
    county.fill("input[name=amount_wan]", owed)
    county.fill("input[name=happened_on]", min(f"{year}-12-31", datetime.now(SHANGHAI).date().isoformat()))
    follow(county, "main button.primary")
    expect(county.locator(".banner.success")).to_be_visible()


def hand_over(tab, site):
    """Last year's values again, each explained, and the part handed over."""
    tab.goto(f"{site}/reporting/{CHUNAN}/2025/")
    inputs = tab.locator(".entry .value input:not([readonly])")
    for place in range(inputs.count()):
        row = inputs.nth(place).locator("xpath=ancestor::li")
        last = row.locator(".past-years li:nth-child(3) b").inner_text().replace(",", "")
        code = row.get_attribute("data-indicator")
        inputs.nth(place).fill(last if last[:1].isdigit() else "1")
        words = tab.locator(f".notes[data-for={code}] textarea")
        if words.count():
            words.evaluate("each => { each.closest('details').open = true; }")
            words.fill("与上年相比的变化见年度工作总结")
    expect(tab.locator("#save-state")).to_have_text("全部已保存")
    follow(tab, "text=交县发改局")

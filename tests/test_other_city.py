"""Sites of two other cities' plans: whatever is opened, in either language, speaks of theirs alone."""

import io
import re
import tempfile
import zipfile
from datetime import date
from pathlib import Path

import pytest
from django.test import Client
from lxml import html

from accounts.models import User
from areas.models import Area
from indicators.importing.tables import preview_observations
from indicators.models import IndicatorDefinition
from indicators.recomputes.recompute import sweep_pending
from plan.models import Plan
from projects.models import Project
from reports.actions import issue_report
from seeding.plan_files.check import check_plan
from seeding.plan_files.loading import load_plan
from seeding.setup.steps import open_first_year
from tests.pages import PAGES
from tests.plans import small_plan, wide_plan, write_plan
from tests.tables.books import by_openpyxl
from tests.worlds import world

OF_THE_EXAMPLE = re.compile(
    "桐庐|淳安|建德|杭州|千岛|西部地区|特别生态|[三3]县|三个县|Tonglu|Chun.?an|Jiande|Hangzhou|three counties|HZ-|"
    "HZDRC|"
    r"3301\d\d|\b[PHC]0\d\b|\bF[1-6] [\u4e00-\u9fff]|\b(?:150|20) ?个|\b8000\b|\b2035年|2023年起|\bF1 至|"
    "15 ?亿|1.5 billion|乡镇至县城|"
    r"县[（(]市[）)]"  # no word for districts, which the fourteen have
)
FILES = (
    "/overview.xlsx",
    "/overview.csv",
    "/indicators.xlsx",
    "/compare.xlsx",
    "/projects.csv",
    "/changes.csv",
    "/dispatch.xlsx",
    "/plan/tasks.xlsx",
    "/commitments.xlsx",
    "/funding.xlsx",
    "/funding/matching.xlsx",
    "/funding/flows.csv",
    "/projects/upload/template.xlsx",
    "/funding/upload/template.xlsx",
    "/imports/plan.xlsx",
    "/imports/observations.xlsx",
    "/reporting/{county}/{year}/sheet.xlsx",
)
LISTS = ("areas", "indicators", "targets", "standards", "observations", "assessments", "commitments", "projects")
SDMX = ("dataflow/all/all/latest?references=all", "data/COUNTY_SEAT/all")


def load(data: dict) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = write_plan(Path(folder), data)
        assert check_plan(file) == []
        load_plan(file)
    plan = Plan.objects.get()
    User.objects.create_user("admin", role=User.Role.ADMINISTRATOR, is_staff=True)
    User.objects.create_user("city", role=User.Role.MUNICIPAL, organisation=plan.owner)
    county = Area.objects.counties().first().organisations.filter(kind="county").first()
    User.objects.create_user("county", role=User.Role.COUNTY, organisation=county)
    open_first_year(year=plan.baseline_year + 2, due_on=date(plan.baseline_year + 3, 3, 31), by=None)
    sweep_pending()


@world("one_county", base="empty")
def _load_small():
    load(small_plan())


@world("fourteen", base="empty")
def _load_wide():
    load(wide_plan())


@pytest.fixture
def one_county(db):
    """A single county with five rows."""


@pytest.fixture
def fourteen(db):
    """Fourteen counties with forty rows over ten years."""


def addresses() -> list[str]:
    """The pages of the site, of this plan's objects in place of the example's."""
    plan, county = Plan.objects.get(), Area.objects.counties().first().code
    code = IndicatorDefinition.objects.as_of().order_by("indicator__position").first().indicator_id
    year, project = plan.baseline_year + 2, Project.objects.first()
    mine = {"330127": county, "330122": county, "330182": county, "P02": code, "H01": code, "P03": code, "C01": "K07"}
    mine |= {str(y): str(year) for y in (2022, 2024, 2025)}
    mine |= {"{commitment}": "K07", "{statement}": "K07", "{project}": project.code if project else ""}
    found = [path for rows in PAGES.values() for who, path in rows if who is not None]
    for old, new in mine.items():
        found = [path.replace(old, new) for path in found]
    # The guide of the API names its examples' codes as those of the file in fixtures/: it is the same for every site.
    return [path for path in found if "{" not in path and "//" not in path and path != "/help/api/"]


def words_of(content: bytes) -> str:
    """Everything that a file says, whatever is packed in it."""
    if not content.startswith(b"PK"):
        return content.decode("utf-8", "replace")
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        return "\n".join(package.read(name).decode("utf-8", "replace") for name in package.namelist())


def body(answer) -> bytes:
    return b"".join(answer) if answer.streaming else answer.content


def uneven(content: bytes) -> list[str]:
    """Tables of a page in which a row is not as wide as the head."""
    if b"<table" not in content:
        return []
    found = []
    for table in html.fromstring(content.decode()).iter("table"):
        if table.xpath(".//*[@rowspan]"):
            continue
        rows = [
            sum(int(cell.get("colspan", 1)) for cell in row if cell.tag in ("td", "th")) for row in table.iter("tr")
        ]
        if len(set(rows)) > 1:
            found.append(f"table {' '.join(table.get('class', '').split())}: {sorted(set(rows))}")
    return found


def walk(client: Client, language: str, *, files: bool) -> dict[str, object]:
    """address: what of the example it says, or the status where it does not open. `files`: files and API too."""
    client.cookies["django_language"] = language
    year = Plan.objects.get().baseline_year + 2
    lists = [f"/api/v1/{name}/?format=json" for name in LISTS]
    files_of_plan = [path.format(county=Area.objects.counties().first().code, year=year) for path in FILES]
    more = [*files_of_plan, *lists, *(f"/api/sdmx/2.1/{path}" for path in SDMX)] if files else []
    found: dict[str, object] = {}
    for path in dict.fromkeys([*addresses(), *more]):
        answer = client.get(path)
        content = body(answer)
        said = sorted(set(OF_THE_EXAMPLE.findall(words_of(content))))
        said += uneven(content) if answer["Content-Type"].startswith("text/html") else []
        if answer.status_code not in (200, 403, 404) or said:
            found[path] = said or answer.status_code
    return found


@pytest.mark.parametrize(("name", "language"), [("city", "zh-hans"), ("county", "en")])
def test_a_site_of_one_county_speaks_of_it_alone(one_county, name, language):
    client = Client()
    client.force_login(User.objects.get(username=name))
    assert walk(client, language, files=language == "en") == {}


@pytest.mark.parametrize(("name", "language"), [("county", "zh-hans"), ("city", "en")])
def test_a_site_of_fourteen_counties_speaks_of_them_alone(fourteen, name, language):
    client = Client()
    client.force_login(User.objects.get(username=name))
    assert walk(client, language, files=language == "zh-hans") == {}


def test_tables_are_read_by_its_own_counties_rows_and_years(fourteen):
    """Counties as columns by their names, years as columns, and a total of them all below."""
    counties, year = list(Area.objects.counties()), Plan.objects.get().baseline_year + 1
    row = IndicatorDefinition.objects.as_of().filter(decimals__gt=0, upper_bound=None).first()
    names = [county.name for county in counties]
    total = [f"{len(counties)}个县市区合计", "", *([1] * len(counties))]
    columns = by_openpyxl([["指标代码", "年份", *names], [row.indicator_id, year, *range(1, 1 + len(counties))], total])
    preview = preview_observations(columns, "a.xlsx")
    assert [(line.area, line.year, line.new) for line in preview.lines] == [
        (county.code, year, f"{at} {row.unit}") for at, county in enumerate(counties, start=1)
    ]
    assert preview.notes == [f"官方数值：第 3 行“{total[0]}”不是数据，没有读取"]
    by_year = by_openpyxl([["地区", "指标代码", f"{year}年"], [names[-1], row.indicator_id, 2.5]])
    assert [(line.area, line.new) for line in preview_observations(by_year, "a.xlsx").lines] == [
        (counties[-1].code, f"2.5 {row.unit}")
    ]
    foreign = by_openpyxl([["地区", "指标代码", f"{year}年"], ["淳安县", row.indicator_id, 2.5]])
    assert [line.verdict for line in preview_observations(foreign, "a.xlsx").lines] == ["refused"]


def test_the_reports_speak_of_it_alone(fourteen, client, settings, tmp_path, django_capture_on_commit_callbacks):
    settings.MEDIA_ROOT = tmp_path
    user = User.objects.get(username="city")
    with django_capture_on_commit_callbacks(execute=True):
        issue = issue_report(year=Plan.objects.get().baseline_year + 2, by=user)
    client.force_login(user)
    page = client.get(f"/reports/{issue.number}/").content.decode()
    names = re.findall(rf"/reports/{issue.number}/([^/\"]+\.(?:docx|xlsx))", page)
    assert names
    for name in names:
        said = OF_THE_EXAMPLE.findall(words_of(body(client.get(f"/reports/{issue.number}/{name}"))))
        assert (name, said) == (name, [])

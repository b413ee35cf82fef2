"""What areas are called: a number of them by their kinds, everything else in words that hold for a district too."""

import re

import pytest
from django.test import Client

from accounts.models import User
from areas.models import Area
from areas.names import counted
from indicators.models import IndicatorDefinition
from reporting.models import Round
from reports import content, snapshot
from tests.test_architecture import ROOT, tracked
from tests.test_other_city import body, words_of
from tests.worlds import world

OLD = re.compile(r"县[（(]市[）)]|[本每全]县|县里")  # 县（市、区） is no such word
TEXTS = (".py", ".html", ".js", ".ts", ".R", ".md", ".json", ".yml", ".txt")
# Where it is a plan's own word: what is in a plan's file, and what the tests and the changelog quote.
ELSEWHERE = re.compile(r"migrations/|^tests/|^fixtures/plan\.yaml$|^CHANGELOG\.md$|^docs/decisions\.md$")
KEPT = {
    "areas/names.py": ["{n}个县（市）"],  # by kind: none of those is a district
    "plan/models.py": ["各县（市）"],  # the plan's word for all of them, until it says its own
    "indicators/importing/workbook.py": ["县（市）"],  # the head of files from before
    "projects/workbooks/workbook.py": ["县（市）分摊"],  # the same
    "static/js/paste.js": ["县（市）"],  # the head of tables that people paste
    "seeding/plan_files/projects.py": ["各县（市）分摊比例未公开，按均摊推定。"],  # stands in registers from before
}


@pytest.mark.parametrize(
    ("kinds", "words"),
    [
        ([Area.Kind.COUNTY, Area.Kind.COUNTY_LEVEL_CITY], "14个县（市）"),
        (["county", "district"], "14个县（市、区）"),
        ([], "14个县（市）"),
    ],
)
def test_districts_are_named_where_there_are_any(kinds, words):
    assert counted(14, kinds) == words


def test_no_text_of_ours_says_of_every_area_that_it_is_a_county():
    found = {}
    for name in tracked():
        if not name.endswith(TEXTS) or ELSEWHERE.search(name):
            continue
        text = (ROOT / name).read_text(encoding="utf-8")
        if OLD.search(text):
            pieces = re.split(r'["\n]', text)
            found[name] = [piece for piece in pieces if OLD.search(piece)]
    assert found == KEPT


@world("districts", base="fourteen")
def _with_districts():
    """Fourteen areas of which some are districts."""
    assert Area.objects.filter(kind=Area.Kind.DISTRICT).exists()


@pytest.fixture
def districts(db):
    """A plan of whose areas some are districts."""


PAGES = (
    *("/", "/wall/", "/indicators/", "/compare/", "/trust/", "/realism/", "/effort/", "/map/", "/explore/", "/whatif/"),
    *("/brief/", "/find/?q=x", "/dispatch/", "/matters/", "/lights/", "/bulletin/", "/projects/", "/projects/new/"),
    *("/changes/", "/changes/audit/", "/plan/", "/plan/tasks/", "/commitments/", "/funding/", "/funding/flows/"),
    *("/funding/flows/new/", "/funding/rule/", "/reporting/", "/reporting/progress/", "/reporting/limits/", "/review/"),
    *("/reports/", "/imports/", "/peers/", "/messages/", "/help/"),
)
BOOKS = ("/overview.xlsx", "/compare.xlsx", "/projects.csv", "/projects/upload/template.xlsx", "/imports/plan.xlsx")


def said(language: str, paths: tuple[str, ...]) -> dict[str, object]:
    """address: the old word as it stands there, or the status where the address does not open."""
    client = Client()
    client.force_login(User.objects.get(username="city"))
    client.cookies["django_language"] = language
    found: dict[str, object] = {}
    for path in paths:
        answer = client.get(path)
        words = OLD.findall(words_of(body(answer)))
        if answer.status_code != 200 or words:
            found[path] = words or answer.status_code
    return found


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_pages_of_a_plan_with_districts_call_them_areas(districts, language):
    code = IndicatorDefinition.objects.as_of().order_by("indicator__position").first().indicator_id
    area, year = Area.objects.filter(kind=Area.Kind.DISTRICT).first().code, Round.objects.latest("year").year
    more = (f"/counties/{area}/", f"/indicators/{code}/", f"/cells/{area}/{code}/{year}/", f"/reporting/{area}/{year}/")
    assert said(language, (*PAGES, *more)) == {}


def test_workbooks_of_a_plan_with_districts_call_them_areas(districts):
    assert said("zh-hans", BOOKS) == {}


def test_the_report_of_a_plan_with_districts_calls_them_areas(districts):
    frozen = snapshot.freeze(Round.objects.latest("year").year, User.objects.get(username="city"))
    words = str(content.annual_report(frozen))
    assert ("地区" in words, OLD.findall(words)) == (True, [])


def test_an_english_page_of_a_plan_with_districts_says_area(districts):
    client = Client()
    client.force_login(User.objects.get(username="city"))
    client.cookies["django_language"] = "en"
    heads = [
        re.sub(r"<[^>]+>|\s+", "", each)
        for each in re.findall(r"<th .*?</th>", body(client.get("/plan/tasks/")).decode(), re.DOTALL)
    ]
    assert ("Area" in heads, "County" in heads) == (True, False)

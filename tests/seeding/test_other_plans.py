"""Another city's plan on the pages and in the API: its own codes, comparisons, words and years, and nobody else's."""

import re
from datetime import date

import pytest
from django.conf import settings
from django.test import Client

from accounts.models import Organisation, User
from areas.models import Area
from commitments.frames import standings
from funding.models import FundingSource
from indicators.actions import FactRow, Grounds, record_facts
from indicators.models import Observation
from seeding.plan_files.loading import load_plan
from seeding.plan_files.rows import number
from tests.plans import COUNTY, small_plan, write_plan

pytestmark = pytest.mark.django_db
FOREIGN = re.compile("三县|3县|淳安|桐庐|建德|特别生态")


@pytest.fixture
def other(tmp_path) -> Client:
    """The site of a plan of one county, with a login that sees all."""
    load_plan(write_plan(tmp_path, small_plan()))
    client = Client()
    client.force_login(User.objects.create_superuser("first", password="first"))
    return client


def report(indicator: str, year: int, value: float) -> None:
    row = FactRow(COUNTY, indicator, year, number(value))
    record_facts(Observation, [row], grounds=Grounds(by=None, via="import"))


def standing(code: str, on):
    user = User.objects.get(username="first")
    return next(row for row in standings(on, user=user) if row.commitment.code == code)


def test_a_ceiling_that_is_broken_is_not_kept(other):
    report("T2", 2024, 6.9)
    assert standing("N1", date(2025, 6, 1)).status == "broken"  # the plan ended with 2024
    report("T2", 2024, 5.5)
    assert standing("N1", date(2025, 6, 1)).status == "fulfilled"


def test_promises_under_any_code_are_shown_and_offered(other):
    for code in ("N1", "K07", "K08", "K09"):
        body = other.get(f"/commitments/{code}/")
        assert body.status_code == 200
        assert not FOREIGN.search(re.sub(r"<header.*?</header>", "", body.content.decode(), flags=re.DOTALL))
    found = other.get("/api/v1/commitments/?code=N1,K07").json()["results"]
    assert {(row["code"], row["comparison"]) for row in found} == {("N1", "<="), ("K07", ">=")}


def test_a_sum_is_called_what_the_plan_calls_all_of_it(other):
    assert "全市山区合计" in other.get("/commitments/K07/").content.decode()
    other.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    assert "the upland areas" in other.get("/commitments/K07/").content.decode()
    assert "全市山区合计" in other.get("/commitments.csv").content.decode("utf-8-sig")


def test_the_unit_of_the_city_s_money_is_the_plan_s(other):
    unit = Organisation.objects.get(code="QH-MONEY")
    clerk = User.objects.create(username="clerk", role="department", organisation=unit)
    assert list(FundingSource.objects.recordable_by(clerk).values_list("code", flat=True)) == ["AID"]
    nobody = User.objects.create(username="nobody", role="leader")
    assert not FundingSource.objects.recordable_by(nobody).exists()


@pytest.mark.parametrize(
    "path", ["/", f"/counties/{COUNTY}/", "/indicators/", "/indicators/N02/", "/plan/", "/funding/"]
)
def test_pages_answer_for_a_plan_of_one_county(other, path):
    assert other.get(path).status_code == 200
    assert Area.objects.counties().count() == 1

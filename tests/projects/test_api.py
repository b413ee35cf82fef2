"""The register through the API: one county's filter shows no other's, one project comes with all that is under it."""

from decimal import Decimal

import pytest
from django.test import Client

from accounts.models import User
from projects.actions import record_amount
from projects.changes.parts import Amount, Progress
from projects.changes.progress import report_progress

HALF = {"330122": Decimal("0.6"), "330127": Decimal("0.4")}


@pytest.fixture
def client(plan):
    client = Client()
    client.force_login(User.objects.create_user("reader", role=User.Role.LEADER))
    return client


@pytest.fixture
def two(make):
    """A project over two counties, and one in the second alone."""
    served = {("P01", "330122", 2027): Decimal("1.5")}
    first = make(name="甲", shares=HALF, contributions=served, schedule={2024: Decimal(2)})
    return first, make(name="乙", shares={"330127": Decimal(1)}, state="started")


def codes(client, asked: str) -> list[str]:
    return [row["code"] for row in client.get(f"/api/v1/projects/?{asked}").json()["results"]]


def test_filters(client, two):
    first, second = (project.code for project in two)
    ours = "origin=entered&"
    assert codes(client, ours + "area=330122") == [first]
    assert codes(client, ours + "area=330127") == [first, second]
    assert codes(client, ours + "area=330182") == []
    assert codes(client, ours + "state=started") == [second]
    assert codes(client, ours + "indicator=P01") == [first]
    assert codes(client, ours + "updated_after=2020-01-01&ordering=-code") == [second, first]
    assert codes(client, ours + "updated_after=2090-01-01") == []


def test_one(client, two):
    project = two[0]
    wrong = record_amount(project=project, amount=Amount("signed", Decimal(9)), by=None)
    record_amount(project=project, amount=Amount("signed", Decimal("3.5"), "2024"), by=None, corrects=wrong)
    report_progress(project=project, progress=Progress(2024, 1, Decimal("0.5"), "开挖"), by=None)
    report_progress(project=project, progress=Progress(2024, 1, Decimal("0.6"), "开挖"), by=None)
    found = client.get(f"/api/v1/projects/{project.code}/").json()
    assert (found["area"], found["total_yi"], found["completed_yi"]) == ("330122", 3.5, 0.6)
    assert (found["reported_year"], found["reported_quarter"]) == (2024, 1)
    assert {row["area"]: row["share"] for row in found["shares"]} == {"330122": 0.6, "330127": 0.4}
    assert [(row["amount_yi"], row["corrects"], row["counts"]) for row in found["amounts"]] == [
        (9, None, False),
        (3.5, wrong.pk, True),
    ]
    assert found["schedule"] == [{"year": 2024, "planned_yi": 2}]
    assert [(row["version"], row["completed_yi"], row["image"]) for row in found["progress"]] == [(2, 0.6, "开挖")]
    assert found["contributions"] == [{"indicator": "P01", "area": "330122", "year": 2027, "value": 1.5}]


def test_what_is_not_there(client):
    assert client.get("/api/v1/projects/PRJ-99999/").status_code == 404
    assert client.get("/api/v1/projects/?stage=x").json()["parameter"] == "stage"


def test_a_write_changes_the_validator(client, two):
    before = client.get("/api/v1/projects/")["ETag"]
    assert client.get("/api/v1/projects/", headers={"If-None-Match": before}).status_code == 304
    record_amount(project=two[0], amount=Amount("signed", Decimal(9)), by=None)
    assert client.get("/api/v1/projects/", headers={"If-None-Match": before}).status_code == 200

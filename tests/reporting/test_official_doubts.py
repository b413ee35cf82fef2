"""Official values that later rules doubt: one list for the city and for each county, on pages and by API."""

import csv
import io
from decimal import Decimal

import pytest
from django.urls import reverse

from indicators.actions import FactRow, Grounds, record_facts
from indicators.models import Observation
from indicators.recomputes.recompute import sweep_pending
from reporting.models import NumberRule
from reporting.rules.actions import NumberRuleTerms, define_number_rule, withdraw_number_rule
from reporting.rules.contradictions import official_contradictions

LATER = NumberRuleTerms("R09", "H04 <= 0", "soft", "共同体另行统计")
WHY = "联席会议纪要要求"
PROGRESS, RULES = "/reporting/progress/?year=2025", "/reporting/rules/"
API = "/api/v1/contradictions/"


@pytest.fixture
def doubted(demo):
    """A rule made after the approvals, which what is approved breaks: of 2025 that is Tonglu's alone."""
    define_number_rule(LATER, reason=WHY, by=None)


def against_it():
    found = Observation.objects.as_of().filter(indicator="H04", value__gt=0)
    assert found.exists()
    return found


def test_what_was_approved_before_is_doubted_by_a_later_rule_and_no_longer_without_it(doubted, clients):
    page = clients["municipal"].get(PROGRESS).content.decode()
    assert "这一年的官方数值里有 1 处对不上" in page
    assert f'href="{reverse("cell", args=["330122", "H04", 2025])}">桐庐县</a>' in page
    rules = clients["municipal"].get(RULES).content.decode()
    for area, year in ((row.area_id, row.year) for row in against_it()):
        assert f'href="{reverse("cell", args=[area, "H04", year])}">' in rules
    withdraw_number_rule("R09", reason=WHY, by=None)
    assert 'id="doubts"' not in clients["municipal"].get(PROGRESS).content.decode()
    assert "官方数值都对得上" in clients["municipal"].get(RULES).content.decode()


def test_a_county_sees_its_own_in_the_years_that_it_reports(doubted, clients):
    told = {name: 'id="doubts"' in clients[name].get(PROGRESS).content.decode() for name in ("chunan", "tonglu")}
    assert told == {"chunan": False, "tonglu": True}


def test_the_cell_that_the_list_leads_to_tells_it_and_asks_the_units(doubted, clients):
    page = clients["municipal"].get("/cells/330122/H04/2025/").content.decode()
    assert "数据矛盾（R09：H04 &lt;= 0）" in page
    assert "/on/cell/330122/H04/2025/?from=conflict" in page


def asked(client, **question) -> list[tuple]:
    rows = client.get(API, question).json()["results"]
    return [(row["area"], row["year"], row["rule"], row["indicators"], row["left"], row["right"]) for row in rows]


def test_programs_read_the_same_list(doubted, clients):
    rows = [FactRow("330122", "P08", 2024, Decimal(60)), FactRow("330122", "P09", 2024, Decimal("102.44"))]
    record_facts(Observation, rows, grounds=Grounds(by=None, via="import", reason="正式表"))
    sweep_pending()
    client = clients["stats"]
    seat = ("330122", 2024, "R01", "P08,P07", 60.0, 59.6)
    invested = ("330122", 2024, "R02", "P09", 102.44, 51.0544)
    others = sorted((row.area_id, row.year, "R09", "H04", float(row.value), 0.0) for row in against_it())
    assert sorted(asked(client)) == sorted([seat, invested, *others])
    assert asked(client, indicator="P07") == [seat]
    assert sorted(asked(client, indicator="P09,H04")) == sorted([invested, *others])
    assert asked(client, area="330122", year="2024", severity="hard") == [seat]
    assert asked(client, year="2025") == [each for each in others if each[1] == 2025]
    assert asked(client, as_of="2024-12-31") == []  # the rule was made later
    assert client.get(f"{API}?indicator=p07").status_code == 400
    file = b"".join(client.get(f"{API}?format=csv&indicator=P07").streaming_content)
    (line,) = csv.DictReader(io.StringIO(file.decode("utf-8-sig")))
    assert "数据矛盾（R01：P08 <= P07）" in line["words"]


def test_a_rule_of_past_years_alone_that_stands_already_stops_no_list(demo, clients):
    """Nobody may make one any more."""
    row = NumberRule.objects.as_of().get(code="R03")
    NumberRule.objects.filter(pk=row.pk).update(text="P12[-1] >= 1")
    assert {each.indicators[0] for each in official_contradictions()} == {"P12"}
    assert clients["municipal"].get(RULES).status_code == 200

"""Two years side by side: changes, rankings and spreads are those of the official values."""

import csv
import io
import re

import pytest

from indicators.models import Assessment, IndicatorDefinition

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(demo, login):
    return login("leader")


def lines(client, query):
    body = client.get(f"/compare.csv{query}").getvalue().decode("utf-8-sig")
    found = csv.DictReader(io.StringIO(body[body.index("区划代码") :]))
    return [row for row in found if row["指标代码"]]


def official(year):
    """What was judged: the official values, and the zero from which a running total begins."""
    rows = Assessment.objects.filter(year=year, value__isnull=False)
    return {(row.area_id, row.indicator_id): row.value for row in rows}


def test_every_change_is_the_difference_of_the_official_values_positive_where_better(client):
    before, after = official(2022), official(2024)
    better = dict(IndicatorDefinition.objects.as_of().values_list("indicator", "direction"))
    found = lines(client, "?from=2022&year=2024")
    own = [row for row in found if "合计" not in row["地区"]]  # the counties together: test_doors_of_aggregates
    changes = {(row["区划代码"], row["指标代码"]): row["变化（正为向好）"] for row in own}
    assert {key for key, change in changes.items() if change} == set(before) & set(after)
    for key, change in changes.items():
        if change:
            assert float(change) == pytest.approx(better[key[1]] * (after[key] - before[key]))


def test_the_best_value_is_first_and_running_totals_are_not_ranked(client):
    after = official(2024)
    kinds = {row.indicator_id: (row.kind, row.direction) for row in IndicatorDefinition.objects.as_of()}
    for row in lines(client, "?year=2024"):
        kind, direction = kinds[row["指标代码"]]
        own = after.get((row["区划代码"], row["指标代码"]))
        if kind != "level" or own is None:
            assert row["后一年排位"] == ""
            continue
        others = [value for (_area, code), value in after.items() if code == row["指标代码"]]
        assert int(row["后一年排位"]) == 1 + sum(direction * value > direction * own for value in others)


def test_the_sentence_counts_what_the_table_shows(client):
    body = client.get("/compare/?year=2024").content.decode()
    both, better = map(int, re.search(r"2024年比2023年：(\d+)项可比，(\d+)项向好", body).groups())
    worse = int(re.search(r"(\d+)项变差", body)[1])
    moods = re.findall(r'<em class="(\w*)">([^<]+)</em>', body)
    assert [both, better, worse] == [
        sum(text.strip() != "–" for _, text in moods),
        sum(mood == "met" for mood, _ in moods),
        sum(mood == "behind" for mood, _ in moods),
    ]


@pytest.mark.parametrize(
    ("query", "earlier"), [("?year=2024", 2023), ("?year=2024&from=2022", 2022), ("?year=2023&from=2024", 2022)]
)
def test_the_earlier_year_is_the_one_asked_for_or_the_one_before(client, query, earlier):
    assert client.get(f"/compare/{query}").context["earlier"] == earlier


def test_the_first_year_has_none_before_it_and_says_so(client):
    assert "没有更早的年份可比" in client.get("/compare/?year=2022").content.decode()
    assert lines(client, "?year=2022") == []


@pytest.mark.parametrize("asked", ["2021", "2028", "去年"])
def test_no_year_of_the_plan_is_404_in_plain_words(client, asked):
    response = client.get(f"/compare/?from={asked}")
    assert response.status_code == 404
    assert "2022 至 2027" in response.content.decode()


def test_counties_together_have_as_many_places_as_their_row(clients):
    """As on the overview and on the row's own page; the exact number stands in the title."""
    body = clients["leader"].get("/compare/?year=2024").content.decode()
    row = next(each for each in body.split("</tr>") if "/indicators/P07/" in each)
    cell = row.partition('class="move together"')[2].partition("</td>")[0]
    before, after = re.search(r'title="([\d.]+) → ([\d.]+)"', cell).groups()
    assert len(after.partition(".")[2]) > 1
    shown = re.sub(r"<[^>]+>", "", cell.partition(">")[2])
    assert shown.startswith(f"{float(before):.1f} → {float(after):.1f}+{float(after) - float(before):.1f}")

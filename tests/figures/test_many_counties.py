"""A city with more counties than a page shows side by side: bounded, and its sums those of all counties."""

import csv
import random
import re
from decimal import Decimal
from fractions import Fraction

import pytest
from django.test import Client

from accounts.models import User
from areas.models import Area
from figures import summary
from figures.asked import Asked
from figures.overview import many_counties
from figures.picture import Picture
from figures.picture_scope import AT_A_TIME, SIDE_BY_SIDE
from indicators.actions import FactRow, Grounds, record_facts
from indicators.models import Assessment, IndicatorDefinition, Observation
from indicators.recomputes.recompute import sweep_pending
from indicators.terms.parts import RatioParts
from journal.models import Stamp
from lib.numbers import plain, rounded
from seeding.scale import CITY, seed_scale
from tests.worlds import world

AREAS = SIDE_BY_SIDE + 2


@world("crowded", base="empty")
def _seed():
    seed_scale(areas=AREAS, indicators=6, years=6)
    sweep_pending()
    User.objects.create(username="reader", role=User.Role.LEADER)


@pytest.fixture
def crowded(db):
    """More than a page shows side by side, and a reader of them."""


@pytest.fixture
def reader(crowded):
    return User.objects.get(username="reader")


@pytest.fixture
def client(reader):
    client = Client()
    client.force_login(reader, backend="accounts.backends.OrganisationBackend")
    return client


def picture_of(reader, **asked):
    return Picture(Asked(**asked), reader, is_bounded=True)


@pytest.mark.parametrize("benchmark", ["target", "standard"])
@pytest.mark.parametrize("year", [2022, 2024, 2027])
def test_counts_and_order_are_those_of_every_county(reader, benchmark, year):
    picture = picture_of(reader, year=year, benchmark=benchmark)
    everyone = list(Picture(picture.asked, reader).cells())
    assert len(everyone) == 6 * AREAS
    found = many_counties.whole(picture)
    assert found.counts == summary.count(everyone)
    urgent = [(cell.area.code, cell.definition.indicator_id) for cell in summary.attention(everyone)]
    shown = [(cell.area.code, cell.definition.indicator_id) for cell in many_counties.attention(picture, found)]
    assert shown == urgent[: many_counties.LISTED]


def test_the_default_year_is_that_of_every_county(reader):
    assert picture_of(reader).year == Picture(Asked(), reader).year == 2025


def test_the_page_shows_a_window_of_the_counties(client):
    body = client.get("/?counties=2").content.decode()
    shown = set(re.findall(r'<td class="cell \w+"><a data-area="[^"]+" href="/cells/(\d+)/', body))
    assert shown == {area.code for area in Area.objects.counties()[AT_A_TIME : 2 * AT_A_TIME]}
    due = Assessment.objects.filter(year=2025, status__in=summary.DUE).count()
    assert f"{AREAS}个县（市）2025年{due}项到期目标，" in body
    assert f"并列显示第4–6个地区，共{AREAS}个" in body
    assert '<svg class="map"' not in body


def test_sums_follow_the_data(client, reader):
    before = many_counties.whole(picture_of(reader, year=2024)).counts
    Assessment.objects.filter(year=2024, status="behind").update(status="met")
    assert (
        many_counties.whole(picture_of(reader, year=2024)).counts == before
    )  # kept: nothing said that anything was written
    Stamp.objects.create(topic="indicators", at=Stamp.objects.latest("id").at)
    after = many_counties.whole(picture_of(reader, year=2024)).counts
    assert (after.met, after.behind) == (before.met + before.behind, 0)


def in_parts(seed: int) -> dict[str, list[RatioParts]]:
    """B01 adds up by its parts, which all counties but two have, B02 by itself; the parts of B01 of 2024 and 2025."""
    IndicatorDefinition.objects.as_of().filter(indicator="B02").update(aggregation="sum")
    IndicatorDefinition.objects.as_of().filter(indicator="B01").update(
        **{"aggregation": "ratio", "numerator_name": "甲", "denominator_name": "乙", "parts_factor": 100}
    )
    rng, found, rows = random.Random(seed), {}, []
    terms = IndicatorDefinition.objects.as_of().get(indicator="B01").parts
    for year in (2024, 2025):
        for area in Area.objects.counties()[2:]:
            below = Decimal(rng.randint(10**3, 10**6))
            above = Decimal(rng.randint(1, int(below)))
            found.setdefault(year, []).append(RatioParts(above, below))
            value = terms.value(found[year][-1])
            rows.append(FactRow(area.code, "B01", year, value, numerator=above, denominator=below))
    record_facts(Observation, rows, grounds=Grounds(by=None, via="import", reason="正式表"))
    sweep_pending()
    return found


def test_the_whole_citys_computed_column_is_that_of_all_counties_whichever_are_shown(client):
    known = in_parts(seed=3)
    decimals = IndicatorDefinition.objects.as_of().get(indicator="B01").decimals
    ratio = {}
    for year, parts in known.items():
        exact = 100 * Fraction(sum(p.numerator for p in parts)) / Fraction(sum(p.denominator for p in parts))
        ratio[year] = round(Decimal(exact.numerator) / Decimal(exact.denominator), decimals + 2)
    added = sum(Observation.objects.as_of().filter(indicator="B02", year=2025).values_list("value", flat=True))
    for path in ("/?year=2025", "/?year=2025&counties=3"):
        page = client.get(path).content.decode()
        assert '<th class="together" scope="col">合计' in page
        for value, counted in ((ratio[2025], AREAS - 2), (added, AREAS)):
            short = re.escape(rounded(float(value), decimals))
            told = rf'title="{plain(value, decimals)}"><b[^>]*>{short}</b> <abbr title="{AREAS}个中的{counted}个">'
            assert re.search(told, page)
    page = client.get("/compare/?year=2025&from=2024&counties=2").content.decode()
    short = [rounded(float(ratio[year]), decimals) for year in (2024, 2025)]
    exact = " → ".join(plain(ratio[year], decimals) for year in (2024, 2025))
    assert re.search(rf'title="{re.escape(exact)}">{re.escape(short[0])} → <b>{re.escape(short[1])}</b>', page)
    lines = client.get("/overview.csv?year=2025").content.decode("utf-8-sig").splitlines()
    start = next(place for place, line in enumerate(lines) if line.startswith("区划代码"))
    city = {row["指标代码"]: row for row in csv.DictReader(lines[start:]) if row["区划代码"] == CITY}
    assert (float(city["B01"]["实际值"]), float(city["B02"]["实际值"])) == (float(ratio[2025]), float(added))
    assert f"{AREAS}个中的{AREAS - 2}个" in city["B01"]["地区"]
    told = {row["indicator"]: row["value"] for row in client.get("/api/v1/aggregates/?year=2025").json()["results"]}
    assert told == {"B01": float(ratio[2025]), "B02": float(added)}


@pytest.mark.parametrize("path", ["/?as_of=2026-01-01", "/?layer=submitted"])
def test_without_stored_judgements_the_sums_are_those_of_the_page(client, path):
    assert re.search(r"<h1>本页的地区\d{4}年", client.get(path).content.decode())


@pytest.mark.parametrize("counties", ["0", "99", "x"])
def test_a_window_that_is_not_there_is_404(client, counties):
    response = client.get(f"/?counties={counties}")
    assert (response.status_code, "counties 应为 1 至 5" in response.content.decode()) == (404, True)


@pytest.mark.parametrize(
    "path", ["/", "/counties/900014/", "/indicators/", "/indicators/B01/", "/cells/900014/B01/2024/", "/plan/"]
)
def test_queries_do_not_grow_with_the_counties(client, path, django_assert_max_num_queries):
    assert client.get(path).status_code == 200
    with django_assert_max_num_queries(24):
        body = client.get(path).content
    assert len(body) < 130_000

"""A city with more counties than a page shows side by side: bounded, and its sums those of all counties."""

import re

import pytest
from django.test import Client

from accounts.models import User
from areas.models import Area
from figures import many_counties, summary
from figures.asked import Asked
from figures.picture import AT_A_TIME, SIDE_BY_SIDE, Picture
from indicators.models import Assessment
from indicators.recompute import sweep_pending
from journal.models import Stamp
from seeding.scale import seed_scale

AREAS = SIDE_BY_SIDE + 2


@pytest.fixture
def reader(db):
    seed_scale(areas=AREAS, indicators=6, years=6)
    sweep_pending()
    return User.objects.create(username="reader", role=User.Role.LEADER)


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
    assert f"并列显示第4–6个县（市），共{AREAS}个" in body
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


@pytest.mark.parametrize("path", ["/?as_of=2026-01-01", "/?layer=submitted"])
def test_without_stored_judgements_the_sums_are_those_of_the_page(client, path):
    assert re.search(r"<h1>本页的县（市）\d{4}年", client.get(path).content.decode())


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

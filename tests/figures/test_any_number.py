"""One county, a few, as many as stand side by side, one more, ninety: every page opens, and its tables are even."""

import re

import pytest
from django.test import Client

from accounts.models import User
from areas.models import Area
from figures.picture_scope import AT_A_TIME, SIDE_BY_SIDE
from indicators.models import IndicatorDefinition
from indicators.recomputes.recompute import sweep_pending
from seeding.scale import seed_scale
from tests.test_other_city import uneven

NUMBERS = (1, 2, 4, 11, 12, 13, 90)


@pytest.mark.parametrize("number", NUMBERS)
def test_every_page_fits_its_counties(db, number):
    seed_scale(areas=number, indicators=3, years=3)
    sweep_pending()
    client = Client()
    reader = User.objects.create(username="reader", role=User.Role.LEADER)
    client.force_login(reader, backend="accounts.backends.OrganisationBackend")
    area = Area.objects.counties().first()
    code = IndicatorDefinition.objects.as_of().first().indicator_id
    shown = number if number <= SIDE_BY_SIDE else AT_A_TIME
    year = 2023
    pages = ("/", f"/counties/{area.code}/", "/indicators/", f"/indicators/{code}/", "/compare/", "/plan/")
    pages += ("/commitments/", "/funding/", "/changes/", f"/cells/{area.code}/{code}/{year}/")
    for path in pages:
        answer = client.get(path if path.startswith("/cells") else f"{path}?year={year}")
        assert (path, answer.status_code, uneven(answer.content)) == (path, 200, [])
    body = client.get(f"/?year={year}").content.decode()
    columns = re.search(r'<section class="card matrix">.*?</thead>', body, re.DOTALL).group()
    assert len(re.findall(r"<th\b", columns)) == shown + 1
    assert {int(span) for span in re.findall(r'<th colspan="(\d+)"', body)} <= {shown + 1}
    heading = re.search(r"<h1>(.*?)</h1>", body, re.DOTALL).group(1)
    assert (f"{number}个县（市）" in heading) == (number > SIDE_BY_SIDE)

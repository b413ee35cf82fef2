"""Without a year in its address every page shows the same one."""

from datetime import UTC, datetime

import pytest

from areas.models import Area
from indicators.default_year import counted_default_year, default_year
from indicators.models import ReportingYear
from plan.models import Plan
from tests.pages import PAGES

APPROVED = datetime(2025, 4, 1, tzinfo=UTC)
BASELINE = 2022


def years_shown(clients) -> dict[str, int]:
    """The year of every page that shows judged numbers or money and whose address names none."""
    found = {}
    for login, address in [each for pages in PAGES.values() for each in pages]:
        if login is None or "{" in address or "year=" in address or address.startswith("/cells/"):
            continue
        answer = clients[login].get(address)
        picture = (answer.context or {}).get("picture")
        if picture is not None:
            found[address] = picture.year
    return found


@pytest.mark.parametrize("approved", [(), (2023,), (2023, 2024)])
def test_all_pages_agree(demo, clients, approved):
    ReportingYear.objects.update(approved_at=None)
    ReportingYear.objects.filter(year__in=approved).update(approved_at=APPROVED)
    found = years_shown(clients)
    assert {"/", "/funding/", "/counties/330127/", "/indicators/"} <= set(found)
    assert set(found.values()) == {max(approved, default=BASELINE)}


def test_counted_by_the_database_it_is_the_same(demo):
    plan, counties = Plan.objects.get(), Area.objects.counties()
    codes = list(counties.values_list("code", flat=True))
    for approved in ((), (2023,), (2023, 2024), (2024,)):
        ReportingYear.objects.update(approved_at=None)
        ReportingYear.objects.filter(year__in=approved).update(approved_at=APPROVED)
        pairs = set(ReportingYear.objects.exclude(approved_at=None).values_list("area", "year"))
        asked = default_year(plan, codes, pairs)
        assert (asked, counted_default_year(plan, counties, None)) == (max(approved, default=BASELINE),) * 2


def test_one_county_short_is_no_year(demo):
    ReportingYear.objects.update(approved_at=APPROVED)
    ReportingYear.objects.filter(year__gt=2023, area="330127").update(approved_at=None)
    plan, codes = Plan.objects.get(), list(Area.objects.counties().values_list("code", flat=True))
    pairs = set(ReportingYear.objects.exclude(approved_at=None).values_list("area", "year"))
    assert default_year(plan, codes, pairs) == 2023
    assert default_year(plan, [], pairs) == BASELINE

"""Without a year in its address every page shows the same one."""

from datetime import UTC, datetime

import pytest

from areas.models import Area
from indicators.models import ReportingYear
from indicators.years.default_year import counted_default_year, default_year
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


def test_a_county_that_is_ahead_is_spoken_of_by_its_own_year(demo, clients):
    """The city's sentence stays with the year that all have; the county's card, page and lines name theirs."""
    ReportingYear.objects.update(approved_at=None)
    ReportingYear.objects.filter(year__in=(2023, 2024)).update(approved_at=APPROVED)
    ReportingYear.objects.filter(year=2025, area="330122").update(approved_at=APPROVED)
    page = clients["municipal"].get("/")
    assert page.context["picture"].year == 2024
    assert {card.area.code: card.own_year for card in page.context["counties"]} == {
        "330122": 2025,
        "330127": None,
        "330182": None,
    }
    ahead = next(card for card in page.context["counties"] if card.own_year)
    own = {cell.year for _name, cells in ahead.groups for cell in cells}
    assert own == {2025}
    rows = [cells for _field, found in page.context["matrix"] for _definition, cells in found]
    by_county = {(cell.area.code, cell.year) for cells in rows for cell in cells if cell}
    assert by_county == {("330122", 2025), ("330127", 2024), ("330182", 2024)}
    named = {row.cell.area.code: row.own_year for row in page.context["attention"]}
    assert named.pop("330122", 2025) == 2025
    assert set(named.values()) <= {None}
    head = page.content.decode().split('class="card matrix"')[1].split("</thead>")[0]
    assert head.count("2025年") == 1
    assert 'href="/counties/330122/?year=2025"' in page.content.decode()
    assert clients["municipal"].get("/counties/330122/").context["picture"].year == 2025
    assert clients["municipal"].get("/counties/330127/").context["picture"].year == 2024
    assert clients["municipal"].get("/counties/330122/?year=2023").context["picture"].year == 2023


def test_an_asked_year_is_everybodys(demo, clients):
    ReportingYear.objects.filter(year__lte=2025, area="330122").update(approved_at=APPROVED)
    page = clients["municipal"].get("/?year=2023")
    assert [card.own_year for card in page.context["counties"]] == [None, None, None]

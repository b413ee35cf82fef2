"""Projects behind indicators, on the pages: what is counted, and that one county's do not show on another's."""

from datetime import date

from django.utils import timezone

from indicators.models import Assessment, Observation
from projects.models import Contribution, Project

LIVE = ["planned", "started"]


def test_the_county_lists_its_behind_rows_that_nothing_supports(clients):
    response = clients["municipal"].get("/counties/330127/?year=2024")
    listed = [cell.definition.indicator_id for cell, _row in response.context["unbacked"]]
    behind = Assessment.objects.filter(area="330127", year=2024, status="behind")
    helped = Contribution.objects.filter(area="330127", year__lte=2027, project__state__in=LIVE)
    expected = set(behind.values_list("indicator", flat=True)) - set(helped.values_list("indicator", flat=True))
    assert (sorted(listed), "没有在建或前期项目支撑的滞后指标" in response.content.decode()) == (sorted(expected), True)


def test_the_county_counts_its_own_projects(clients):
    found = clients["leader"].get("/counties/330122/").context["projects"]
    own = Project.objects.in_areas(["330122"]).exclude(state="cancelled")
    assert (found.count, found.stalled) == (own.count(), own.filter(state="stalled").count())
    assert {share.area_id for share in found.listed} == {"330122"}


def test_the_indicator_names_the_projects_of_each_county(clients):
    code = Contribution.objects.filter(area="330127", year__lte=2027).first().indicator_id
    rows = clients["stats"].get(f"/indicators/{code}/?year=2024").context["backings"]
    named = {(row.area.code, each.project.code) for row in rows for each in row.projects}
    stored = Contribution.objects.filter(indicator=code, year__lte=2027)
    assert named == set(stored.values_list("area", "project__code"))


def test_the_tile_of_landed_projects_is_that_of_the_year(clients):
    """As the matrix below it says: H01 of the counties, added up."""
    for year in (2023, 2024):
        page = clients["leader"].get(f"/?year={year}")
        tile = page.context["landed"]["counter"]
        figures = Observation.objects.as_of().filter(indicator="H01", year=year).values_list("value", flat=True)
        assert (tile.done, tile.on) == (sum(figures), date(year, 12, 31))
        assert f"/projects/?until={year}-12-31" in page.content.decode()
    assert clients["leader"].get("/?year=2027").context["landed"]["counter"].on == timezone.localdate()

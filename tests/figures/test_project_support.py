"""Projects behind indicators, on the pages: what is counted, and that one county's do not show on another's."""

from datetime import date

from django.utils import timezone

from indicators.models import Assessment
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


def test_the_landed_projects_are_those_of_the_register_today_whatever_the_year(clients):
    """The same figure as on the pages of projects and promises, not another for each year that is looked at."""
    today = timezone.localdate()
    landed = Project.objects.landed(since=date(2023, 1, 1), until=today)
    for year in (2023, 2024, 2027):
        first, second, *_money = clients["leader"].get(f"/?year={year}").context["bars"]
        assert first.done == str(landed.filter(total_yi__gte=1).count())
        assert second.done == str(landed.filter(total_yi__gte=10).count())
        assert {first.href, second.href} == {f"/projects/?until={today:%Y-%m-%d}"}

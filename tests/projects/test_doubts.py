"""States and days of a project that do not fit together."""

from datetime import date

import pytest
from django.utils import timezone

from projects.changes.doubts import doubts
from projects.models import Project

TODAY = date(2026, 11, 29)


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ({"state": "planned"}, []),
        ({"state": "planned", "landed_on": date(2026, 5, 1)}, ["2026-05-01 已认定落地，项目状态仍是“前期”"]),
        ({"state": "started", "landed_on": date(2026, 5, 1)}, []),
        ({"state": "planned", "starts": "2026-06"}, ["开工日期 2026-06 已过，项目状态仍是“前期”"]),
        ({"state": "planned", "starts": "2026"}, []),
        ({"state": "planned", "starts": "2026-11"}, []),
        ({"state": "started", "starts": "2027-03"}, ["开工日期 2027-03 还没有到，项目状态已是“在建”"]),
        (
            {"state": "started", "starts": "2026-01", "completed": "2026-05"},
            ["已填实际完工 2026-05，项目状态仍是“在建”"],
        ),
        ({"state": "completed", "starts": "2026-03", "completed": "2026-01"}, ["实际完工 2026-01 早于开工 2026-03"]),
        ({"state": "completed", "starts": "2024", "completed": "2027-01"}, ["实际完工 2027-01 还没有到"]),
        ({"state": "stalled", "starts": "2025-01"}, []),
    ],
)
def test_what_does_not_fit_is_found(given, found):
    assert doubts(Project(name="甲", **given), TODAY) == found


def test_the_page_tells(clients, demo):
    project = Project.objects.filter(landed_on__isnull=False).first()
    Project.objects.filter(pk=project.pk).update(state="planned", starts="")
    page = clients["municipal"].get(f"/projects/{project.code}/").content.decode()
    assert f"请核对：{project.landed_on} 已认定落地" in page


def test_the_demonstration_has_none(demo):
    today = timezone.localdate()
    rows = list(Project.objects.filter(is_demo=True))
    assert rows
    assert {row.code: words for row in rows if (words := doubts(row, today))} == {}

"""Every named rule of the register that the database holds, each tried by a write that goes round the actions."""

from collections.abc import Callable

import pytest
from django.db import models
from django.utils import timezone

from projects.models import Contribution, ProgressReport, Project, ProjectAmount, ProjectShare, ScheduleYear
from tests.constraints import assert_refused, named_constraints

pytestmark = pytest.mark.usefixtures("plan")
NOW = {"at": timezone.now(), "by_name": "某人"}


def project(**values) -> Project:
    given = {"code": "PRJ-5000", "name": "某项目", "field_id": "industry", "main_area_id": "330122"}
    return Project.objects.create(**{**given, **values})


def share(**values):
    return ProjectShare.objects.create(project=project(), **{"area_id": "330122", "share": 1, **values})


def amount(**values):
    return ProjectAmount.objects.create(project=project(), stage="signed", **{"amount_yi": 1, **NOW, **values})


def year(**values):
    return ScheduleYear.objects.create(project=project(), **{"year": 2025, "planned_yi": 1, **values})


def progress(**values):
    return ProgressReport.objects.create(project=project(), **{"year": 2025, "quarter": 1, **NOW, **values})


def contribution(**values):
    given = {"indicator_id": "P02", "area_id": "330122", "year": 2027, "value": 1}
    return Contribution.objects.create(project=project(), **{**given, **values})


def twice(row: models.Model, **changes) -> None:
    """Insert a copy of a stored row."""
    row.pk, row._state.adding = None, True
    for name, value in changes.items():
        setattr(row, name, value)
    row.save()


ATTEMPTS: dict[str, Callable[[], object]] = {
    "project_code_is_prj_and_number": lambda: project(code="PRJ-12"),
    "project_demo_says_so": lambda: project(is_demo=True),
    "project_from_the_public_names_its_source": lambda: project(origin="public"),
    "project_landing_says_by_which_rule": lambda: project(landed_on="2025-01-01"),
    "project_total_is_positive": lambda: project(total_yi=0),
    "project_start_is_a_date": lambda: project(starts="2025年"),
    "project_end_is_a_date": lambda: project(ends="2025-13"),
    "project_completion_is_a_date": lambda: project(completed="2025-1"),
    "share_once_per_county": lambda: twice(share(share="0.5")),
    "share_is_part_of_one": lambda: share(share=0),
    "project_amount_is_positive": lambda: amount(amount_yi=0),
    "project_amount_date_is_a_date": lambda: amount(dated="去年"),
    "schedule_once_per_year": lambda: twice(year()),
    "schedule_is_not_negative": lambda: year(planned_yi=-1),
    "schedule_year_is_plausible": lambda: year(year=1900),
    "progress_version_is_unique": lambda: twice(progress(), is_current=False),
    "progress_has_one_current": lambda: twice(progress(), version=2),
    "progress_quarter_is_one_of_four": lambda: progress(quarter=5),
    "progress_year_is_plausible": lambda: progress(year=1900),
    "progress_is_not_negative": lambda: progress(completed_yi=-1),
    "contribution_once_per_cell": lambda: twice(contribution()),
    "contribution_year_is_plausible": lambda: contribution(year=1900),
    "contribution_is_positive": lambda: contribution(value=0),
}


def test_every_named_constraint_is_tried():
    assert set(ATTEMPTS) == set(named_constraints("projects"))


@pytest.mark.parametrize("name", sorted(ATTEMPTS))
def test_the_database_refuses(name):
    assert_refused(named_constraints("projects")[name], ATTEMPTS[name])

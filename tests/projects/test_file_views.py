"""The projects of the two files: the public ones as they are known, the demonstration's agreeing with its figures."""

from datetime import date
from decimal import Decimal

from indicators.models import Observation
from projects.actions import edit_project, remove_demo_projects
from projects.landing.landed_projects import landed_by_county
from projects.models import Project
from reporting.models import Entry
from seeding.demonstration.loading import clear_demo, load_demo
from seeding.plan_files.loading import load_plan


def test_public_projects_stand_as_they_are_known(plan):
    rows = Project.objects.order_by("code").values_list("code", "origin", "is_demo", "state", "total_yi")
    assert [(code, origin, demo, state, float(total)) for code, origin, demo, state, total in rows] == [
        ("PRJ-0001", "public", False, "started", 140.548),
        ("PRJ-0002", "public", False, "started", 87.3),
        ("PRJ-0003", "public", False, "planned", 80),
        ("PRJ-0004", "public", False, "planned", 454.3),
        ("PRJ-0005", "public", False, "started", 44),
        ("PRJ-0006", "public", False, "planned", 60),
        ("PRJ-0007", "public", False, "completed", 20),
        ("PRJ-0008", "public", False, "planned", 6),
        ("PRJ-0009", "public", False, "planned", 3),
    ]
    shared = Project.objects.get(code="PRJ-0004")
    assert [(s.area_id, s.share, s.is_inferred) for s in shared.shares.all()] == [
        ("330122", Decimal("0.5"), True),
        ("330127", Decimal("0.5"), True),
    ]


def test_loading_the_plan_again_keeps_what_was_edited(plan, settings):
    edit_project(project=Project.objects.get(code="PRJ-0001"), values={"name": "改过的名称"}, by=None)
    load_plan(settings.PLAN_FILE)
    assert Project.objects.get(code="PRJ-0001").name == "改过的名称"
    assert Project.objects.count() == 9


def test_the_demonstration_s_register_and_figures_agree(demo):
    for year in (2023, 2024):
        facts = Observation.objects.as_of().filter(indicator="H01", year=year).values_list("area", "value")
        assert {area: (int(value), True) for area, value in facts} == landed_by_county(date(year, 12, 31))
    entries = Entry.objects.filter(indicator="H01").values_list("submission__area", "value", "is_derived", "is_demo")
    assert {a: (int(v), d, x) for a, v, d, x in entries} == {
        area: (count, True, True) for area, (count, _) in landed_by_county(date(2025, 12, 31)).items()
    }


def test_the_demonstration_has_something_of_everything(demo):
    rows = Project.objects.filter(is_demo=True)
    assert set(rows.values_list("origin", flat=True)) == {"demo"}
    assert {state: rows.filter(state=state).count() for state in ("started", "completed", "stalled")} == {
        "started": 100,
        "completed": 14,
        "stalled": 5,
    }
    landed = rows.landed(since=date(2023, 1, 1), until=date(2026, 3, 22))
    assert (landed.count(), landed.filter(total_yi__gte=10).count()) == (99, 11)
    assert {row.project.is_demo for project in rows for row in project.amounts.all()} == {True}


def test_the_demonstration_is_loaded_once_and_removed_whole(demo):
    before = Project.objects.count()
    load_demo(today=date(2026, 3, 22))
    assert Project.objects.count() == before
    clear_demo()
    assert set(Project.objects.values_list("origin", flat=True)) == {"public"}


def test_the_demonstration_comes_beside_what_units_have_entered(make):
    entered = make()
    load_demo(today=date(2026, 3, 22), password="demo")
    clear_demo()
    assert list(Project.objects.exclude(origin="public")) == [entered]


def test_a_project_that_is_kept_outlives_the_demonstration(make):
    """Real money may name one: what is recorded is not rewritten."""
    kept, gone, real = make(name="留"), make(name="去"), make(name="实")
    for project in (kept, gone):
        Project.objects.filter(pk=project.pk).update(is_demo=True, origin="demo")
    assert remove_demo_projects(kept={kept.pk}) == 1
    rows = Project.objects.filter(pk__in=[kept.pk, gone.pk, real.pk]).values_list("name", "is_demo")
    assert sorted(rows) == [("实", False), ("留", True)]

"""load_plan with another city's file: what it says is what stands."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from accounts.models import Organisation
from areas.models import Area
from indicators.frames import period
from indicators.models import Assessment, Indicator
from plan.models import Plan
from seeding.plan_files.loading import load_plan
from tests.plans import COUNTY, small_plan, write_plan

pytestmark = pytest.mark.django_db


def test_the_plan_is_the_file_s(tmp_path):
    load_plan(write_plan(tmp_path, small_plan()))
    plan = Plan.objects.get()
    assert (plan.baseline_year, plan.final_year, plan.whole, plan.reporting_day) == (2020, 2024, "全市山区", "04-15")
    assert (plan.document.code, plan.document.title) == ("QH-2021", "青禾市山区共富五年方案")
    assert (plan.owner.code, plan.finance.code, plan.area_id) == ("QHFGW", "QH-MONEY", "640100")
    assert sorted(Organisation.objects.values_list("code", "kind")) == [
        ("640121-PLAN", "county"),
        ("640121-roads", "bureau"),
        ("QH-MONEY", "department"),
        ("QHFGW", "municipal"),
    ]
    assert list(period().years) == [2020, 2021, 2022, 2023, 2024]


def test_the_years_are_those_of_the_file_also_when_they_move(tmp_path, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        load_plan(write_plan(tmp_path, small_plan()))
    years = set(Assessment.objects.filter(area=COUNTY).values_list("year", flat=True))
    assert years == {2020, 2021, 2022, 2023, 2024}
    longer = small_plan()
    longer["plan"]["final_year"] = 2026
    with django_capture_on_commit_callbacks(execute=True):
        load_plan(write_plan(tmp_path, longer))
    assert set(Assessment.objects.values_list("year", flat=True)) == years | {2025, 2026}


def test_a_dry_run_tells_and_writes_nothing(tmp_path):
    out = StringIO()
    call_command("load_plan", write_plan(tmp_path, small_plan()), "--dry-run", stdout=out)
    assert out.getvalue().splitlines() == [
        "indicators: 5 new, 0 changed, 0 same",
        "target: 2 new, 0 changed, 0 same",
        "standard: 1 new, 0 changed, 0 same",
        "observation: 1 new, 0 changed, 0 same",
        "project: 1 new",
        "Nothing was written (--dry-run).",
    ]
    assert [model.objects.count() for model in (Plan, Area, Indicator)] == [0, 0, 0]


def test_a_site_takes_no_second_plan(plan, tmp_path):
    with pytest.raises(CommandError, match="另一个空数据库"):
        call_command("load_plan", write_plan(tmp_path, small_plan()))
    assert not Area.objects.filter(code=COUNTY).exists()


def test_the_least_that_a_file_may_say(tmp_path):
    data = {key: small_plan()[key] for key in ("plan", "areas", "chapters", "fields", "owners", "indicators")}
    for key in ("finance", "county_office", "reporting_day", "whole_en"):
        del data["plan"][key]
    load_plan(write_plan(tmp_path, data))
    assert (Plan.objects.get().reporting_day, Plan.objects.get().finance) == ("06-30", None)


def test_a_site_of_another_plan_gets_no_demonstration(tmp_path, settings):
    settings.PLAN_FILE = write_plan(tmp_path, small_plan())
    out = StringIO()
    call_command("prepare", stdout=out)
    assert "no demonstration is loaded" in out.getvalue()
    assert "init_site --admin" in out.getvalue()
    assert set(Area.objects.values_list("code", flat=True)) == {"640100", COUNTY}

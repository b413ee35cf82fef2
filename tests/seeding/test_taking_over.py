"""A new plan in a new installation goes on where the earlier one ended: tried with two installations of their own."""

from datetime import date

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from accounts.models import User
from indicators.actions import FactRow, Grounds, record_facts
from indicators.models import Assessment, Observation, Target
from indicators.recomputes.recompute import recompute, sweep_pending
from operations.backup import write_backup
from plan.models import Plan
from seeding.plan_files.loading import load_plan
from tests.operations.test_backup import Place
from tests.plans import COUNTY, small_plan, write_plan
from tests.worlds import lay_tables


def next_plan() -> dict:
    """The five years after `small_plan`: one row renamed, one in another unit, one gone, one that grows."""
    data = small_plan()
    data["plan"] |= {
        "code": "QH-2025",
        "title": "青禾市山区共富第二个五年方案",
        "baseline_year": 2024,
        "final_year": 2029,
    }
    rows = {row["code"]: row for row in data["indicators"]}
    rows["T2"]["code"] = "T9"
    rows["N03"]["unit"] = "生/师"
    data["indicators"] = [row for row in data["indicators"] if row["code"] != "N04"]
    data["targets"] = [{"indicator": "T1", "target_kind": "growth", "value": 1, "cite": "plan"}]
    data["standards"], data["observations"], data["known_shortfalls"] = [], [], []
    data["milestones"], data["commitments"], data["projects"] = [], [], []
    data["funding_sources"], data["matching_rule"] = [], {}
    return {key: value for key, value in data.items() if value != {}}


def record(code: str, year: int, value: float, by: User) -> None:
    rows = [FactRow(COUNTY, code, year, value)]
    record_facts(Observation, rows, grounds=Grounds(by=by, via="approval", reason="年报"))


@pytest.fixture
def backup(db, tmp_path):
    """Of a site whose plan has ended."""
    load_plan(write_plan(tmp_path, small_plan()))
    owner = Plan.objects.get().owner
    city = User.objects.create_user("city", password="Kept-as-it-is-7", role="municipal", organisation=owner)
    User.objects.create_user("robot", role="municipal", organisation=owner, is_service=True)
    for code, values in {"T1": (90, 91), "T2": (7, 6), "N03": (15, 14), "N04": (1, 2)}.items():
        for year, value in zip((2023, 2024), values, strict=True):
            record(code, year, value, city)
    record("T1", 2024, 92, city)
    sweep_pending()
    file = tmp_path / "ended.zip"
    write_backup(file)
    return file


def test_values_versions_logins_and_what_is_left_behind(backup, tmp_path):
    """In an installation of its own, by the commands that an operator types."""
    folder = tmp_path / "next"
    folder.mkdir()
    place = Place(folder, lay_tables(folder / "db.sqlite3"))
    plan = write_plan(folder, next_plan())
    refused = place.run("manage.py", "take_over", str(backup), succeeds=False)
    assert "先载入新方案" in refused
    place.run("manage.py", "load_plan", str(plan))
    dry = place.run("manage.py", "take_over", str(backup), "--map", "T2=T9", "--dry-run")
    said = place.run("manage.py", "take_over", str(backup), "--map", "T2=T9")
    assert dry == f"{said}Nothing was written (--dry-run).\n"
    assert said.splitlines() == [
        "from: 青禾市山区共富五年方案",
        "values: 5 in force, 6 versions in all",
        "logins: 1",
        "left behind: 2 · 单位变了的指标 N03",
        "left behind: 1 · 接口账号和演示账号",
        "left behind: 2 · 新方案没有的指标 N04",
    ]
    place.run("manage.py", "recompute")
    told = place.run(
        "manage.py",
        "shell",
        "-v0",
        "-c",
        "from accounts.models import User; from indicators.models import *;"
        "u = User.objects.get(username='city'); print(u.password, u.organisation.code);"
        "o = Observation.objects.filter(indicator='T1', year=2024).order_by('version');"
        "print([(str(r.value), r.version, r.superseded_at is None, r.recorded_by.username, r.reason) for r in o]);"
        "print([str(t.value) for t in Target.objects.as_of().order_by('year')][:2]);"
        "print(Assessment.objects.get(indicator='T9', year=2024).value)",
    )
    assert told.splitlines() == [
        f"{User.objects.get(username='city').password} QHFGW",
        "[('91.000000', 1, False, 'city', '年报'), ('92.000000', 2, True, 'city', '年报')]",
        "['92.920000', '93.849200']",
        "6.0",
    ]
    again = place.run("manage.py", "take_over", str(backup), "--map", "T2=T9")
    assert "values: 0 in force, 0 versions in all" in again


def test_a_backup_of_this_very_plan_is_refused(backup):
    with pytest.raises(CommandError, match="同一份方案"):
        call_command("take_over", str(backup))


@pytest.mark.parametrize("words", ["T2", "=T9", "T2="])
def test_a_map_that_is_none_is_named(backup, words):
    with pytest.raises(CommandError, match="OLD=NEW"):
        call_command("take_over", str(backup), "--map", words)


def test_the_day_after_the_final_year(db, tmp_path):
    """Nothing stops: the last year is over, then due, and stays what was judged."""
    load_plan(write_plan(tmp_path, small_plan()))
    plan = Plan.objects.get()
    assert [min(plan.due_year(day), plan.final_year) for day in (date(2025, 1, 1), date(2025, 4, 16))] == [2023, 2024]
    recompute()
    assert Assessment.objects.count() == 25
    assert Target.objects.as_of().count() == 2

"""load_plan, load_demo, recompute as they are typed: what they write, print and refuse."""

import json
import os
import re
import subprocess
import sys
from datetime import UTC, date, datetime
from decimal import Decimal
from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth import authenticate
from django.core.management import CommandError, call_command

from accounts.models import Organisation, User
from areas.models import Area
from indicators.actions import FactRow, Grounds, record_facts
from indicators.definitions.actions import define_indicators
from indicators.frames import assessed_frame
from indicators.models import (
    Assessment,
    ContextFigure,
    Indicator,
    IndicatorDefinition,
    KnownShortfall,
    Observation,
    ReportingYear,
    Standard,
    Target,
)
from indicators.recomputes.recompute import sweep_pending
from indicators.years.actions import open_reporting_year
from journal.models import AuditEntry, Change, FeedCounter, PendingRecompute
from plan.models import Chapter, Cite, Field, GovernanceBody, Milestone, Plan, PolicyDocument
from reporting.models import Round
from seeding.demonstration.loading import load_demo
from seeding.plan_files.loading import load_plan
from tests.conftest import DEMO_DAY
from tests.indicators.test_actions import definition
from tests.worlds import lay_tables

ROOT = Path(__file__).resolve().parent.parent
TEXTS = (Area, Organisation, User, Plan, PolicyDocument, Chapter, Field, Milestone, GovernanceBody)
FACTS = (Observation, Target, Standard)
CATALOGUE = (Indicator, IndicatorDefinition, KnownShortfall, ContextFigure, ReportingYear)
JOURNAL = (AuditEntry, Change, FeedCounter, PendingRecompute)
LOADED = """\
indicators: {} new, 0 changed, {} same
target: {} new, 0 changed, {} same
standard: {} new, 0 changed, {} same
observation: {} new, 0 changed, {} same
project: {} new
"""


def run(*words, **options):
    out = StringIO()
    call_command(*words, stdout=out, **options)
    return out.getvalue()


def everything():
    return {model: list(model.objects.order_by("pk").values()) for model in (*TEXTS, *FACTS, *CATALOGUE, *JOURNAL)}


def record(model, key, value, via="import", **more):
    row = FactRow(*key, None if value is None else Decimal(value), **more)
    return record_facts(model, [row], grounds=Grounds(by=None, via=via))


def in_force(model, key):
    area, indicator, year = key
    rows = model.objects.as_of().filter(area=area, indicator=indicator, year=year)
    return list(rows.values_list("value", "recorded_via", "version"))


# load_plan --------------------------------------------------------------------------------------


def test_load_plan_fills_an_empty_database_and_says_how_much(db):
    assert run("load_plan") == LOADED.format(20, 0, 20, 0, 3, 0, 1, 0, 9)
    counts = {model.__name__: model.objects.count() for model in (*TEXTS, *CATALOGUE)}
    assert counts == {
        **{"Area": 4, "Organisation": 36, "User": 0, "Plan": 1, "PolicyDocument": 3, "Chapter": 9, "Field": 6},
        **{"Milestone": 3, "GovernanceBody": 3, "Indicator": 20, "IndicatorDefinition": 20, "KnownShortfall": 3},
        **{"ContextFigure": 4, "ReportingYear": 0},
    }
    assert set(AuditEntry.objects.values_list("channel", flat=True)) == {"command"}


def test_load_plan_a_second_time_changes_nothing(plan):
    before = everything()
    assert run("load_plan") == LOADED.format(0, 20, 0, 20, 0, 3, 0, 1, 0)
    assert everything() == before


def test_load_plan_after_the_demonstration_changes_nothing(demo):
    before = everything()
    run("load_plan")
    assert everything() == before


def test_targets_and_standards_are_what_the_plan_says_with_its_words(plan):
    columns = ("area", "year", "value", "cite", "year_cite", "words", "recorded_via", "is_demo")
    rows = Target.objects.filter(indicator="P01").order_by("area").values_list(*columns)
    both, one = "桐庐、建德只能达到70%", "淳安只能达到30%"
    assert list(rows) == [
        (area, 2027, value, "plan", "", words, "fixture", False)
        for area, value, words in (("330122", 70, both), ("330127", 30, one), ("330182", 70, both))
    ]
    every = Target.objects.filter(indicator="P04").values_list("area", "value", "year_cite").order_by("area")
    assert list(every) == [(area, 100, "inferred") for area in ("330122", "330127", "330182")]


@pytest.mark.parametrize("via", ["import", "edit", "approval"])
@pytest.mark.parametrize(("model", "indicator"), [(Target, "P01"), (Standard, "P01")])
def test_load_plan_never_overwrites_a_number_of_the_owner(plan, model, indicator, via):
    key = ("330122", indicator, 2027)
    record(model, key, "71.5", via=via)
    before = everything()
    run("load_plan")
    assert in_force(model, key) == [(Decimal("71.5"), via, 2)]
    assert everything() == before


def test_load_plan_never_overwrites_an_observation_of_the_owner(plan):
    key = ("330182", "P10", 2022)
    record(Observation, key, "1.74")
    run("load_plan")
    assert in_force(Observation, key) == [(Decimal("1.74"), "import", 2)]


@pytest.mark.parametrize("via", ["import", "edit"])
def test_load_plan_never_overwrites_a_definition_of_the_owner(plan, via):
    row = definition("P01", name="县城一小时交通圈覆盖率", position=7)
    define_indicators([row], grounds=Grounds(by=None, via=via))
    before = everything()
    run("load_plan")
    assert everything() == before
    current = IndicatorDefinition.objects.as_of().get(indicator="P01")
    assert (current.name, current.version, current.indicator.position) == ("县城一小时交通圈覆盖率", 2, 7)


@pytest.mark.parametrize(("via", "cite"), [("fixture", Cite.PLAN), ("demo", Cite.DEMO)])
def test_load_plan_replaces_its_own_earlier_reading_and_the_demonstration(plan, via, cite):
    key = ("330122", "P01", 2027)
    record(Target, key, "68", via=via, cite=cite)
    define_indicators([definition("P01", unit="个")], grounds=Grounds(by=None, via=via))
    loaded = load_plan(settings.PLAN_FILE)
    assert (loaded.indicators.changed, loaded.facts["target"].changed) == (["P01"], [key])
    assert in_force(Target, key) == [(Decimal(70), "fixture", 3)]
    assert IndicatorDefinition.objects.as_of().get(indicator="P01").unit == "%"


# load_demo --------------------------------------------------------------------------------------


def test_every_row_of_the_demonstration_is_marked(demo):
    for model, real in ((Observation, 1), (Target, 20), (Standard, 3)):
        marks = ("is_demo", "recorded_via", "cite")
        demonstration = model.objects.filter(is_demo=True)
        assert set(demonstration.values_list(*marks)) == {(True, "demo", "demo")}
        others = model.objects.filter(is_demo=False)
        assert (set(others.values_list("recorded_via", flat=True)), others.count()) == ({"fixture"}, real)
    for model in (User, ReportingYear):
        assert set(model.objects.values_list("is_demo", flat=True)) == {True}
    feed = Change.objects.exclude(series="").filter(is_demo=False)
    assert feed.count() == 24
    assert set(feed.values_list("reason", flat=True)) == {"载入方案基础数据"}


def test_every_login_of_the_contract_is_there_and_can_enter(demo):
    bureaus = ["civil", "education", "health", "housing", "industry", "insurance", "planning", "statistics"]
    bureaus += ["transport", "urban"]
    counties = ("chunan", "jiande", "tonglu")
    expected = ["admin", "finance", "leader", "municipal", "stats", *counties]
    expected += [f"{county}-{bureau}" for county in counties for bureau in bureaus]
    assert sorted(User.objects.values_list("username", flat=True)) == sorted(expected)
    entered = {name: authenticate(username=name, password="demo") for name in expected}
    roles = {name: user.role for name, user in entered.items()}
    assert {name: roles[name] for name in ("admin", "leader", "municipal", "stats", "tonglu", "chunan-health")} == {
        **{"admin": "administrator", "leader": "leader", "municipal": "municipal", "stats": "department"},
        **{"tonglu": "county", "chunan-health": "bureau"},
    }
    assert entered["chunan-health"].organisation.code == "330127-health"
    assert [name for name, user in entered.items() if user.is_superuser] == ["admin"]


def test_the_rounds_stand_as_the_contract_says(demo):
    years = ReportingYear.objects.exclude(approved_at=None).values_list("year", "area")
    counties = ("330122", "330127", "330182")
    assert list(years) == [*((year, area) for year in (2022, 2023, 2024) for area in counties), (2025, "330122")]
    assert list(ReportingYear.objects.filter(approved_at=None).values_list("year", "area", "due_on")) == [
        (2025, area, date(2026, 3, 31)) for area in counties[1:]
    ]
    years = Observation.objects.filter(area="330127").values_list("year", flat=True)
    assert set(years) == {2022, 2023, 2024}


def test_two_databases_hold_the_same_demonstration(demo, tmp_path):
    """Another process, another database, another hash seed; moments of this very run are no part of it."""
    environment = os.environ | {
        **{"VAR_DIR": str(tmp_path), "DATABASE_URL": lay_tables(tmp_path / "db.sqlite3"), "DEMO_PASSWORD": "demo"},
        **{"DJANGO_SETTINGS_MODULE": "county_urbanization.settings", "PYTHONHASHSEED": "4711"},
    }

    def manage(*words):
        command = [sys.executable, "manage.py", *words]
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (0, "")
        return done.stdout

    labels = [model._meta.label for model in (*TEXTS, *FACTS, *CATALOGUE, Change)]
    manage("load_demo", "--today", DEMO_DAY.isoformat())
    there = lasting(manage("dumpdata", *labels))
    assert there == lasting(run("dumpdata", *labels))
    assert len(there) > 1000


def lasting(dumped):
    """The rows without their numbers, and without what belongs to one run: logins' dates, runs of the kernel."""
    rows = []
    for row in json.loads(dumped):
        fields = {name: value for name, value in row["fields"].items() if name not in {"password", "date_joined"}}
        if fields.get("kind") != "recomputed":
            rows.append((row["model"], json.dumps(fields, sort_keys=True, ensure_ascii=False)))
    return rows


@pytest.mark.parametrize("day", [DEMO_DAY, date(2026, 5, 4)])
def test_a_second_run_adds_nothing_on_whatever_day(demo, day):
    before = everything()
    assert run("load_demo", today=day) == "Demonstration data are in place; nothing was added.\n"
    assert everything() == before


def test_the_password_is_printed_where_logins_were_made(db, settings):
    printed = run("load_demo", today=DEMO_DAY)
    (password,) = re.findall(r"^Password of all: (\S{12,})$", printed, re.MULTILINE)
    assert authenticate(username="tonglu", password=password).username == "tonglu"
    User.objects.all().delete()
    settings.DEMO_PASSWORD = "一个约定的密码"
    assert run("load_demo", today=DEMO_DAY).endswith("Password of all: 一个约定的密码\n")


def test_an_account_of_that_name_that_was_there_keeps_its_password(plan):
    User.objects.create_user("admin", password="mine", role=User.Role.ADMINISTRATOR)
    load_demo(today=DEMO_DAY, password="demo")
    admin = authenticate(username="admin", password="mine")
    assert (admin.is_demo, admin.is_superuser) == (False, False)
    assert authenticate(username="admin", password="demo") is None


@pytest.mark.parametrize(
    ("name", "role", "code"), [("tonglu-housing", "bureau", "330122-housing"), ("municipal", "municipal", "HZDRC")]
)
def test_the_open_round_is_not_played_where_a_login_is_a_real_persons(plan, name, role, code):
    unit = Organisation.objects.get(code=code)
    person = User.objects.create_user(name, password="mine", role=role, organisation=unit)
    load_demo(today=DEMO_DAY, password="demo")
    assert Round.objects.count() == 0
    assert AuditEntry.objects.filter(actor=person).count() == 0


def test_numbers_of_the_owner_come_first(plan):
    key = ("330127", "P02", 2023)
    for model in FACTS:
        record(model, key, "12.5")
    load_demo(today=DEMO_DAY)
    assert [in_force(model, key) for model in FACTS] == [[(Decimal("12.5"), "import", 1)]] * 3


def test_a_reporting_year_of_the_owner_comes_first_and_stays(plan):
    opened = datetime(2025, 2, 1, tzinfo=UTC)
    open_reporting_year(year=2024, areas=[Area.objects.get(code="330122")], opened_at=opened, by=None)
    real = ReportingYear.objects.filter(area="330122", year=2024)
    before = list(real.values())
    load_demo(today=DEMO_DAY)
    assert list(real.values()) == before
    run("load_demo", clear=True)
    assert list(ReportingYear.objects.values()) == before


@pytest.mark.parametrize("day", ["2026-02-28", "2023-01-01"])
def test_a_date_before_the_story_is_refused_and_leaves_nothing(db, day):
    message = f"The demonstration needs a date from 2026-03-01 on, not {day}."
    with pytest.raises(CommandError, match=re.escape(message)):
        run("load_demo", "--today", day)
    assert {model: rows for model, rows in everything().items() if rows} == {}


def test_the_first_day_of_the_story_is_taken(db):
    run("load_demo", "--today", "2026-03-01")
    assert Observation.objects.count() == 190


# load_demo --clear --------------------------------------------------------------------------------


def test_clear_removes_exactly_the_demonstration(demo):
    own = User.objects.create_user("wang", role=User.Role.LEADER)
    LogEntry.objects.create(user=User.objects.get(username="admin"), action_flag=CHANGE, object_repr="x")
    key, changed = ("330122", "P08", 2023), ("330127", "P02", 2023)
    for each in (key, changed):
        record(Observation, each, "44.1")
    numbers = {model: model.objects.as_of().filter(is_demo=True).count() for model in FACTS}
    rows = {model: model.objects.count() for model in FACTS}
    last = FeedCounter.objects.get().last
    total = sum(numbers.values())
    assert run("load_demo", clear=True) == f"{total} demonstration facts withdrawn, 38 logins deleted\n"
    assert {model: model.objects.count() for model in FACTS} == rows
    assert sorted(Target.objects.as_of().values_list("recorded_via", flat=True)) == ["fixture"] * 20
    assert sorted(Standard.objects.as_of().values_list("recorded_via", flat=True)) == ["fixture"] * 3
    left = Observation.objects.as_of().values_list("area", "indicator", "year").order_by("area")
    assert list(left) == [key, changed, ("330182", "P10", 2022)]
    assert list(User.objects.all()) == [own]
    assert ReportingYear.objects.count() == 0
    told = Change.objects.filter(number__gt=last, kind=Change.Kind.WITHDRAWN, is_demo=True)
    assert told.count() == total == Change.objects.filter(number__gt=last).count()


def test_clear_leaves_the_plan_as_load_plan_alone_would_judge_it(demo):
    run("load_demo", clear=True)
    sweep_pending()
    columns = ("area", "indicator", "year", "value", "target", "standard", "status", "outlook", "is_demo")
    cleared = list(Assessment.objects.order_by("area", "indicator", "year").values_list(*columns))
    assert [row for row in cleared if row[-1]] == []
    known = [row[:6] for row in cleared if row[3:6] != (None, None, None) and row[2] != 2022]
    assert len(known) == 20
    assert run("load_plan") == LOADED.format(0, 20, 0, 20, 0, 3, 0, 1, 0)


def test_clear_twice_finds_nothing(demo):
    run("load_demo", clear=True)
    last = FeedCounter.objects.get().last
    assert run("load_demo", clear=True) == "0 demonstration facts withdrawn, 0 logins deleted\n"
    assert FeedCounter.objects.get().last == last


def test_the_demonstration_can_come_back_and_no_past_day_sees_it_twice(demo):
    before = {model: model.objects.as_of().filter(is_demo=True).count() for model in FACTS}
    cleared_at = datetime.now(UTC)
    run("load_demo", clear=True)
    run("load_demo", today=DEMO_DAY)
    assert {model: model.objects.as_of().filter(is_demo=True).count() for model in FACTS} == before
    for day in (datetime(2023, 8, 1, tzinfo=UTC), datetime(2025, 1, 1, tzinfo=UTC), cleared_at, None):
        assert len(assessed_frame(as_of=day)) == 360
    run("load_demo", clear=True)
    assert Observation.objects.as_of().filter(is_demo=True).count() == 0


def test_a_demonstration_of_days_to_come_can_be_cleared(db):
    run("load_demo", "--today", "2099-04-01")
    run("load_demo", clear=True)
    assert Observation.objects.as_of().filter(is_demo=True).count() == 0


# recompute ----------------------------------------------------------------------------------------


def test_recompute_prints_cells_read_changed_and_seconds(demo):
    assert re.fullmatch(r"360 cells read, 0 changed, \d+\.\d{3} seconds\n", run("recompute"))
    Assessment.objects.filter(indicator="P02").update(status="x")
    narrow = run("recompute", "--area", "330122", "330127", "--indicator", "P02")
    assert re.fullmatch(r"12 cells read, 12 changed, \d+\.\d{3} seconds\n", narrow)
    assert re.fullmatch(r"360 cells read, 6 changed, \d+\.\d{3} seconds\n", run("recompute"))
    assert re.fullmatch(r"360 cells read, 0 changed, \d+\.\d{3} seconds\n", run("recompute", "--full"))


UNKNOWN = {
    "--area: unknown 330100. Known: 330122, 330127, 330182": ("--area", "330122", "330100"),
    "--area: unknown 1, 2. Known: 330122, 330127, 330182": ("--area", "2", "1"),
    "--indicator: unknown X99. Known: P01, P02, P03,": ("--indicator", "X99"),
}


@pytest.mark.parametrize("message", UNKNOWN)
def test_recompute_names_the_code_that_it_does_not_know(demo, message):
    before = FeedCounter.objects.get().last
    with pytest.raises(CommandError, match=f"^{re.escape(message)}"):
        run("recompute", *UNKNOWN[message])
    assert FeedCounter.objects.get().last == before


def test_recompute_of_an_empty_database(db):
    assert re.fullmatch(r"0 cells read, 0 changed, \d+\.\d{3} seconds\n", run("recompute"))
    with pytest.raises(CommandError, match=r"^--area: unknown 330122\. Known: none \(run load_plan\)$"):
        run("recompute", "--area", "330122")

"""export_plan: the plan as it stands, in a file that load_plan takes into an empty database to the same state."""

from datetime import UTC, datetime
from io import StringIO

import pytest
import yaml
from django.conf import settings
from django.core.management import CommandError, call_command

from accounts.models import Organisation
from areas.models import Area
from commitments.models import Commitment
from funding.models import FundingSource, MatchingRule
from indicators.models import ContextFigure, IndicatorDefinition, KnownShortfall, Observation, Standard, Target
from plan.models import Chapter, Field, GovernanceBody, Milestone, Plan, PolicyDocument
from projects.models import Project, ProjectShare
from seeding.plan_files.check import check_plan
from seeding.plan_files.export import plan_rows
from seeding.plan_files.loading import load_plan
from seeding.plan_files.projects import INFERRED, INFERRED_BEFORE
from tests.plans import small_plan, write_plan

pytestmark = pytest.mark.django_db
AT = datetime(2024, 2, 1, 2, tzinfo=UTC)
TEXTS = (Area, Organisation, PolicyDocument, Chapter, Field, Milestone, GovernanceBody, Plan)
TEXTS += (IndicatorDefinition, Target, Standard, Observation, KnownShortfall, ContextFigure)
TEXTS += (Commitment, FundingSource, MatchingRule, Project, ProjectShare)
NUMBERS_OF_ROWS = {"id", "position", "owner_id", "finance_id", "project_id"}


def state() -> dict:
    """What a plan file speaks of, without the numbers that rows get by chance."""
    found = {}
    for model in TEXTS:
        rows = [{k: v for k, v in row.items() if k not in NUMBERS_OF_ROWS} for row in model.objects.values()]
        found[model.__name__] = sorted(rows, key=str)
    plan = Plan.objects.get()
    return {**found, "units": (plan.owner.code, plan.finance.code)}


def empty() -> None:
    call_command("flush", interactive=False, verbosity=0)


@pytest.mark.parametrize("which", ["fixture", "small"])
@pytest.mark.django_db(transaction=True)
def test_what_is_written_gives_back_what_stands(tmp_path, which):
    file = settings.DEMO_PLAN_FILE if which == "fixture" else write_plan(tmp_path, small_plan())
    load_plan(file, at=AT)
    before, first = state(), tmp_path / "first.yaml"
    call_command("export_plan", first, stdout=StringIO())
    assert check_plan(first) == []
    empty()
    load_plan(first, at=AT)
    assert state() == before
    second = tmp_path / "second.yaml"
    call_command("export_plan", second, stdout=StringIO())
    assert second.read_bytes() == first.read_bytes()


def test_a_section_comes_back_as_it_was_typed(tmp_path):
    load_plan(write_plan(tmp_path, small_plan()))
    rows, typed = plan_rows(), small_plan()
    assert rows["plan"] == typed["plan"]
    assert rows["owners"] == typed["owners"]
    assert rows["departments"] == typed["departments"]
    assert rows["projects"] == typed["projects"]


@pytest.mark.parametrize("words", [INFERRED, INFERRED_BEFORE])
def test_what_the_platform_added_to_a_note_is_not_the_plan_s(tmp_path, words):
    """Also as an earlier release worded it."""
    load_plan(write_plan(tmp_path, small_plan()))
    Project.objects.update(note=f"分两期；{words}")
    assert {row["note"] for row in plan_rows()["projects"]} == {"分两期"}


def test_the_demonstration_is_not_written(demo, tmp_path):
    file = tmp_path / "plan.yaml"
    call_command("export_plan", file, stdout=StringIO())
    data = yaml.safe_load(file.read_text(encoding="utf-8"))
    assert {row["cite"] for row in data["targets"]} == {"plan", "county"}
    assert [row["value"] for row in data["observations"]] == [1.73]


def test_without_a_plan_there_is_nothing_to_write(tmp_path):
    with pytest.raises(CommandError, match="No plan is loaded"):
        call_command("export_plan", tmp_path / "plan.yaml")

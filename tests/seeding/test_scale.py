"""The data set to measure with: the same at every call, marked on every row, never beside other data."""

import pytest
from django.core.management import CommandError, call_command
from django.db.models import Sum

from funding.models import Flow, FlowTotal
from funding.stored_sums import rebuild_totals
from indicators.models import Assessment, IndicatorDefinition, Observation, ReportingYear, Standard, Target
from indicators.recomputes.recompute import recompute
from journal.models import AuditEntry, PendingRecompute
from projects.models import Project
from seeding.scale import seed_scale

FACTS = (Observation, Target, Standard)
SIZES = {"areas": 4, "indicators": 5, "years": 6}


def contents():
    names = ("area_id", "indicator_id", "year", "value", "version")
    return {model: sorted(model.objects.values_list(*names)) for model in FACTS}


def test_the_grid_is_as_large_as_asked_for_and_every_fact_is_marked(db):
    assert seed_scale(**SIZES) == 120
    assert recompute().cells_read == 120
    assert Assessment.objects.filter(is_demo=True).count() > 0
    for model in (*FACTS, IndicatorDefinition, ReportingYear):
        assert (model.objects.exists(), model.objects.filter(is_demo=False).count()) == (True, 0)
    assert list(AuditEntry.objects.values_list("action", "key")) == [("seed_scale", "4×5×6")]
    assert list(PendingRecompute.objects.values_list("area", "indicator")) == [(None, "")]


def test_a_second_call_with_the_same_sizes_does_nothing(db):
    seed_scale(**SIZES)
    before = contents()
    assert seed_scale(**SIZES) == 120
    assert contents() == before
    assert AuditEntry.objects.count() == 1


def test_every_state_of_a_cell_occurs(db):
    seed_scale(areas=20, indicators=20, years=13)
    recompute()
    found = set(Assessment.objects.values_list("status", flat=True))
    assert found == {"met", "near", "behind", "unreported", "not_due", "no_target"}
    assert "no_standard" in set(Assessment.objects.values_list("standard_status", flat=True))


def test_a_database_with_other_data_is_refused_and_stays_as_it_is(plan):
    before = contents()
    with pytest.raises(CommandError, match="holds other data"):
        call_command("seed_scale", areas=4, indicators=5, years=6)
    assert contents() == before


def test_other_sizes_in_the_same_database_are_refused(db):
    seed_scale(**SIZES)
    with pytest.raises(ValueError, match="holds other data"):
        seed_scale(**SIZES | {"areas": 5})


@pytest.mark.parametrize(("name", "size"), [("areas", 0), ("indicators", 100), ("years", 1)])
def test_a_size_that_cannot_be_is_named(db, name, size):
    with pytest.raises(ValueError, match=f"--{name}: "):
        seed_scale(**SIZES | {name: size})


def test_projects_and_flows_stand_beside_the_grid(db):
    seed_scale(**SIZES, projects=30, flows=400)
    projects = Project.objects.annotate(whole=Sum("shares__share"))
    assert set(projects.values_list("whole", "is_demo")) == {(1, True)}
    assert (Project.objects.count(), Flow.objects.count(), Flow.objects.filter(is_demo=False).count()) == (30, 400, 0)
    corrections = Flow.objects.filter(kind="correction")
    assert {(row.area_id, row.year, row.state) for row in corrections} == {
        (row.corrects.area_id, row.corrects.year, row.corrects.state) for row in corrections
    }
    assert corrections.count() == 8
    assert FlowTotal.objects.aggregate(rows=Sum("rows"))["rows"] == 400
    assert rebuild_totals() == 0
    with pytest.raises(ValueError, match="holds other data"):
        seed_scale(**SIZES)

"""Stored assessments follow the facts: once, exactly, and whatever gets lost on the way."""

from datetime import UTC, datetime
from decimal import Decimal

import pandas as pd
import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from areas.models import Area
from indicators.actions import FactRow, Grounds, record_facts
from indicators.cells.inputs import KEY
from indicators.definitions.actions import define_indicators
from indicators.frames import FLOATS, STORED_COLUMNS, assessed_frame, stored_frame
from indicators.models import Assessment, IndicatorDefinition, Observation, Target
from indicators.recomputes import recompute as module
from indicators.recomputes.recompute import recompute, sweep_pending
from indicators.tasks import recompute_all
from indicators.years.actions import open_reporting_year
from journal.actions import add_pending
from journal.models import Change, PendingRecompute
from plan.models import Plan
from seeding.demonstration.loading import clear_demo
from tests.examples import examples
from tests.indicators.test_actions import definition

LONG_AGO = datetime(2001, 1, 1, tzinfo=UTC)
COUNTIES = ["330122", "330127", "330182"]


def record(area="330127", indicator="P02", year=2025, value="95.5", model=Observation):
    row = FactRow(area, indicator, year, None if value is None else Decimal(value))
    record_facts(model, [row], grounds=Grounds(by=None, via="import"))


# What a value of 330127, P02, 2025 moves: Tonglu has reported the year, Jiande not yet.
MOVED = {(area, "P02", year) for area in ("330122", "330127") for year in (2025, 2026, 2027)}


def in_order(frame):
    """In the order of the keys, the versions as doubles: the one freedom the two readings have."""
    return frame[[*KEY, *STORED_COLUMNS]].astype(dict.fromkeys(FLOATS, float)).sort_values(KEY).reset_index(drop=True)


def assert_up_to_date():
    stored, fresh = in_order(stored_frame(Assessment.objects.all())), in_order(assessed_frame())
    pd.testing.assert_frame_equal(stored, fresh, check_exact=True)


def is_up_to_date():
    return in_order(stored_frame(Assessment.objects.all())).equals(in_order(assessed_frame()))


def age_all():
    """From now on a row that is written shows itself by its date."""
    Assessment.objects.update(assessed_at=LONG_AGO)


def written():
    rows = Assessment.objects.exclude(assessed_at=LONG_AGO)
    return set(rows.values_list("area_id", "indicator_id", "year"))


def series(*pairs, years=range(2022, 2028)):
    return {(area, indicator, year) for area, indicator in pairs for year in years}


def reported():
    """What the last run says of itself in the feed."""
    details = Change.objects.filter(kind=Change.Kind.RECOMPUTED).latest("number").details
    return {name: value for name, value in details.items() if name != "since"}  # tests/journal/test_feed.py has it


# One run --------------------------------------------------------------------------------------


def test_what_is_stored_is_what_the_kernel_says(demo):
    assert Assessment.objects.count() == 360
    assert_up_to_date()


def test_from_nothing_every_cell_is_written_once(demo):
    Assessment.objects.all().delete()
    result = recompute()
    assert (result.cells_read, result.cells_changed) == (360, 360)
    assert_up_to_date()


def test_a_second_run_writes_nothing(demo):
    age_all()
    result = recompute()
    assert (result.cells_read, result.cells_changed) == (360, 0)
    assert written() == set()


def test_a_full_run_writes_every_row_and_changes_none(demo):
    age_all()
    before = in_order(stored_frame(Assessment.objects.all()))
    result = recompute(full=True)
    assert (result.cells_read, result.cells_changed) == (360, 0)
    assert len(written()) == 360
    pd.testing.assert_frame_equal(in_order(stored_frame(Assessment.objects.all())), before)


def test_only_the_rows_that_differ_are_written(demo):
    """A value of 2025 moves its own cell, and from that year on the forecasts of the counties that reported it, which
    have their pool in common; not the years before."""
    age_all()
    record(value="95.5")
    result = recompute()
    assert written() == MOVED
    assert (result.cells_read, result.cells_changed) == (360, len(written()))
    assert_up_to_date()


def test_the_target_of_the_final_year_moves_every_cell_that_is_measured_by_it(demo):
    age_all()
    record(model=Target, year=2027, value="99.5")
    recompute()
    assert written() == series(("330127", "P02"), years=(2022, 2023, 2024, 2027))  # 2025 and 2026 have no value
    assert_up_to_date()


@pytest.mark.parametrize("column", STORED_COLUMNS)
def test_a_row_that_was_tampered_with_in_any_column_is_set_right(demo, column):
    key = {"area": "330122", "indicator": "P02", "year": 2024}
    value = Assessment.objects.values_list(column, flat=True).get(**key)
    wrong = not value if isinstance(value, bool) else "x" if isinstance(value, str) else (value or 0) + 1
    Assessment.objects.filter(**key).update(**{column: wrong})
    assert not is_up_to_date()
    assert recompute().cells_changed == 1
    assert_up_to_date()


@pytest.mark.parametrize("column", ["gap", "projection", "value_version"])
def test_a_number_lost_or_invented_is_a_difference(demo, column):
    Assessment.objects.filter(area="330122", indicator="P02", year=2024).update(**{column: None})
    absent = Assessment.objects.get(area="330122", indicator="P02", year=2027)
    assert absent.gap is None
    Assessment.objects.filter(pk=absent.pk).update(gap=0)
    assert recompute().cells_changed == 2
    assert_up_to_date()


def test_areas_and_indicators_narrow_the_run(demo):
    Assessment.objects.update(status="x")
    age_all()
    result = recompute(areas=["330122", "330127"], indicators=["P02", "P03"])
    pairs = [(area, code) for area in COUNTIES[:2] for code in ("P02", "P03")]
    assert written() == series(*pairs)
    assert (result.cells_read, result.cells_changed) == (24, 24)
    assert set(Assessment.objects.exclude(status="x").values_list("area_id", "indicator_id", "year")) == series(*pairs)


def test_areas_in_several_transactions_give_the_same(demo, monkeypatch):
    monkeypatch.setattr(module, "AREAS_PER_TRANSACTION", 2)
    Assessment.objects.all().delete()
    seen = []
    result = recompute(progress=lambda done, total: seen.append((done, total)))
    assert seen == [(2, 3), (3, 3)]
    assert (result.cells_read, result.cells_changed) == (360, 360)
    assert_up_to_date()


def test_cells_that_are_no_longer_there_are_removed(demo):
    IndicatorDefinition.objects.filter(indicator="P02").update(superseded_at=timezone.now())
    Plan.objects.update(final_year=2026)
    result = recompute()
    assert result.cells_read == 3 * 19 * 5
    assert Assessment.objects.filter(indicator="P02").count() == 0
    assert set(Assessment.objects.values_list("year", flat=True)) == set(range(2022, 2027))
    assert_up_to_date()


def test_removed_cells_count_as_changed(demo):
    IndicatorDefinition.objects.filter(indicator="P02").update(superseded_at=timezone.now())
    assert recompute(indicators=["P02"]).cells_changed == 18
    assert recompute(indicators=["P02"]).cells_changed == 0


def test_the_city_is_no_county_and_is_never_assessed(demo, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        record(area="330100")
    assert Assessment.objects.filter(area="330100").count() == 0
    assert PendingRecompute.objects.count() == 0
    assert_up_to_date()


def test_each_run_tells_of_itself_in_the_feed(demo):
    start = Change.objects.filter(kind=Change.Kind.RECOMPUTED).count()
    result = recompute()
    assert reported() == {"cells_read": 360, "cells_changed": 0, "areas": None, "indicators": None}
    recompute(areas=["330127"], indicators=["P02"], full=True)
    assert reported() == {"cells_read": 6, "cells_changed": 0, "areas": ["330127"], "indicators": ["P02"]}
    assert Change.objects.filter(kind=Change.Kind.RECOMPUTED).count() == start + 2
    assert result.seconds >= 0


def test_the_nightly_task_looks_at_everything_whatever_the_outbox_says(demo):
    Assessment.objects.filter(area="330182").update(status="x")
    assert PendingRecompute.objects.count() == 0
    recompute_all.delay()
    assert_up_to_date()


def test_flags_of_demonstration_and_doubt_follow_the_facts(demo):
    key = {"area": "330182", "indicator": "P02"}
    assert set(Assessment.objects.filter(**key).values_list("is_demo", "is_provisional")) == {(True, False)}
    clear_demo()
    sweep_pending()
    assert set(Assessment.objects.filter(**key).values_list("is_demo", "is_provisional")) == {(False, False)}
    assert set(Assessment.objects.values_list("is_demo", flat=True)) == {False}
    public = Assessment.objects.filter(area="330182", indicator="P10")
    assert set(public.values_list("is_provisional", flat=True)) == {True}
    assert_up_to_date()


# From the change to the sweep -----------------------------------------------------------------


def test_a_change_marks_its_series_and_the_sweep_after_the_commit_brings_exactly_it_up_to_date(
    demo, django_capture_on_commit_callbacks
):
    Assessment.objects.filter(indicator="P03").update(status="x")  # what a wider run would set right
    age_all()
    with django_capture_on_commit_callbacks(execute=True):
        record(area="330127", value="95.5")
        assert list(PendingRecompute.objects.values_list("area", "indicator")) == [("330127", "P02")]
        assert written() == set()
    assert PendingRecompute.objects.count() == 0
    assert written() == MOVED
    assert reported() == {"cells_read": 18, "cells_changed": 3, "areas": None, "indicators": ["P02"]}  # the pool moved
    stored = Assessment.objects.get(area="330127", indicator="P02", year=2025)
    assert (stored.value, stored.value_version, stored.status) == (95.5, 1, "met")


def test_a_task_lost_after_the_commit_is_caught_by_the_next_sweep(demo, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks() as lost:
        record(value="95.5")
    assert len(lost) == 1
    assert not is_up_to_date()
    result = sweep_pending()
    assert (result.cells_read, result.cells_changed) == (6 + 18, len(MOVED))  # the county, then all by the pool
    assert PendingRecompute.objects.count() == 0
    assert_up_to_date()


def test_an_empty_outbox_costs_no_run(demo):
    before = Change.objects.count()
    assert sweep_pending() is None
    assert Change.objects.count() == before


def test_one_sweep_does_all_that_is_pending(demo):
    record("330122", "P02", 2025, "95.5")
    record("330127", "P03", 2025, "4.1")
    result = sweep_pending()
    # Two series and, as their pools moved, those of the other counties; not every pairing of areas and indicators.
    assert result.cells_read == 2 * (6 + 18)
    assert PendingRecompute.objects.count() == 0
    assert_up_to_date()


def test_a_redefinition_judges_its_row_anew_in_every_county(demo):
    age_all()
    define_indicators(
        [definition("P02", tolerance=Decimal("9"))], grounds=Grounds(by=None, via="import", reason="统一口径")
    )
    result = sweep_pending()
    assert result.cells_read == 18
    assert written() == series(*((area, "P02") for area in COUNTIES))  # the version of the definition, if no more
    assert_up_to_date()


def test_opening_a_year_makes_absent_values_unreported(demo):
    absent = Assessment.objects.filter(year=2026)
    assert set(absent.values_list("status", flat=True)) == {"not_due"}
    open_reporting_year(year=2026, areas=[Area.objects.get(code="330122")], opened_at=timezone.now(), by=None)
    sweep_pending()
    assert set(absent.values_list("status", flat=True)) == {"unreported"}
    assert_up_to_date()


def test_what_is_asked_for_during_a_run_survives_it(demo, monkeypatch):
    """A row that came in after the run began may stand for a fact that the run did not see."""
    record(value="95.5")
    run = module.recompute

    def interrupted(**scope):
        result = run(**scope)
        record(value="96.0")
        return result

    monkeypatch.setattr(module, "recompute", interrupted)
    sweep_pending()
    assert list(PendingRecompute.objects.values_list("area", "indicator")) == [("330127", "P02")]
    assert not is_up_to_date()
    monkeypatch.undo()
    sweep_pending()
    assert PendingRecompute.objects.count() == 0
    assert_up_to_date()


def test_a_run_that_fails_leaves_its_work_in_the_outbox(demo):
    record(value="95.5")
    Plan.objects.update(baseline_year=1700)  # more years than the kernel takes
    with pytest.raises(ValueError, match="final_year"):
        sweep_pending()
    asked = PendingRecompute.objects.values_list("area", "indicator")
    assert set(asked) == {("330127", "P02"), (None, "P02")}  # the pool has moved: the other counties are asked for too
    Plan.objects.update(baseline_year=2022)
    sweep_pending()
    assert PendingRecompute.objects.count() == 0
    assert_up_to_date()


def test_asking_twice_for_the_same_is_harmless(demo):
    add_pending([("330122", "P02"), ("330122", "P02"), (None, "")])
    assert PendingRecompute.objects.count() == 2
    add_pending([("330122", "P02")])
    assert sweep_pending().cells_changed == 0
    assert PendingRecompute.objects.count() == 0


def test_a_dispatch_that_fails_costs_the_writer_nothing(demo, django_capture_on_commit_callbacks, caplog):
    """Here the sweep in the process fails; tests/test_stack.py does it with a broker that is down."""
    Plan.objects.update(baseline_year=1700)
    with django_capture_on_commit_callbacks(execute=True):
        record(value="95.5")
    (logged,) = [entry for entry in caplog.records if "on_commit" in entry.getMessage()]
    assert "final_year 2027 is not 1 to 200 years after 1700" in logged.getMessage()
    assert Observation.objects.as_of().get(area="330127", indicator="P02", year=2025).value == Decimal("95.5")
    asked = PendingRecompute.objects.values_list("area", "indicator")
    assert set(asked) == {("330127", "P02"), (None, "P02")}


# For any facts -------------------------------------------------------------------------------------

places = st.tuples(st.sampled_from(COUNTIES), st.sampled_from(["P01", "P02", "P05"]), st.integers(2022, 2027))
numbers = st.none() | st.integers(0, 1000).map(lambda tenths: str(Decimal(tenths) / 10))
facts = st.lists(st.tuples(st.sampled_from([Observation, Target]), places, numbers), max_size=12)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=examples(15), deadline=None)
@given(facts)
def test_whatever_is_recorded_a_second_recompute_changes_nothing(plan, facts):
    with transaction.atomic():
        for model, (area, indicator, year), value in facts:
            record(area, indicator, year, value, model)
        recompute()
        assert_up_to_date()
        stored = list(Assessment.objects.order_by("pk").values())
        age_all()
        assert (recompute().cells_changed, written()) == (0, set())
        assert [{**row, "assessed_at": None} for row in Assessment.objects.order_by("pk").values()] == [
            {**row, "assessed_at": None} for row in stored
        ]
        transaction.set_rollback(True)

"""A recompute in many parts: shared, interrupted, taken up again; on PostgreSQL as in the one process."""

import subprocess
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from indicators.cells.inputs import KEY
from indicators.frames import STORED_COLUMNS
from indicators.models import Assessment, Observation, RecomputeChunk, RecomputeRun
from indicators.recomputes import recompute as module
from indicators.recomputes import runs
from indicators.recomputes.recompute import compute_chunk, recompute, share_all, share_pending
from indicators.tasks import recompute_chunk
from journal.actions import add_pending
from journal.models import Change, PendingRecompute
from seeding.scale import seed_scale
from tests.indicators.test_recompute import assert_up_to_date, is_up_to_date
from tests.offices import SECONDS, Office, own_database

ROOT = Path(__file__).resolve().parent.parent.parent
NAMES = [f"{name}_id" if name in {"area", "indicator"} else name for name in (*KEY, *STORED_COLUMNS)]
PARTS = [["330122"], ["330127"], ["330182"]]
EVERYTHING = {"areas": None, "indicators": None, "full": False}


@pytest.fixture
def in_parts(demo, monkeypatch):
    """The demonstration, a county to a part, nothing stored."""
    monkeypatch.setattr(module, "AREAS_PER_TRANSACTION", 1)
    Assessment.objects.all().delete()


def told():
    return Change.objects.filter(kind=Change.Kind.RECOMPUTED).count()


def state_of(run):
    run.refresh_from_db()
    return run.state, run.chunks.count(), run.cells_read, run.cells_changed


def test_a_run_in_parts_leaves_a_line_of_itself_and_no_parts(in_parts):
    recompute()
    run = RecomputeRun.objects.get()
    assert (run.chunks_total, *state_of(run)) == (3, "done", 0, 360, 360)
    assert run.finished_at >= run.started_at
    assert_up_to_date()


def test_a_run_that_was_killed_goes_on_where_it_stopped(in_parts):
    start = told()
    run = runs.begin_run(**EVERYTHING, parts=PARTS)
    assert compute_chunk(run) is True
    assert (Assessment.objects.count(), told()) == (120, start)
    first = Assessment.objects.latest("assessed_at").assessed_at
    result = recompute()
    assert RecomputeRun.objects.get() == run
    assert (result.cells_read, result.cells_changed, told()) == (360, 360, start + 1)
    assert Assessment.objects.filter(assessed_at__lte=first).count() == 120
    assert_up_to_date()


@pytest.mark.parametrize(
    "change",
    [{"basis": "1: 2022–2027, 2024"}, {"started_at": timezone.now() - timedelta(hours=7)}],
    ids=["basis", "age"],
)
def test_a_run_on_other_grounds_or_of_old_is_given_up(in_parts, change):
    old = runs.begin_run(**EVERYTHING, parts=PARTS)
    compute_chunk(old)
    RecomputeRun.objects.filter(pk=old.pk).update(**change)
    recompute()
    assert [run.state for run in RecomputeRun.objects.order_by("id")] == ["abandoned", "done"]
    assert compute_chunk(old) is False
    assert_up_to_date()


def test_another_scope_is_another_run(in_parts):
    run = runs.begin_run(**EVERYTHING, parts=PARTS)
    assert runs.begin_run(**EVERYTHING, parts=PARTS) == run
    assert runs.begin_run(**EVERYTHING | {"indicators": ["P02"]}, parts=PARTS) != run
    assert runs.begin_run(**EVERYTHING | {"full": True}, parts=PARTS) != run


def test_the_outbox_is_emptied_by_the_last_part_and_only_of_what_was_there(in_parts):
    add_pending([(None, "")])
    (run,) = share_pending()
    add_pending([(None, "P02")])
    assert share_pending() != [run]  # what came later is a run of its own
    for _ in range(3):
        assert PendingRecompute.objects.filter(indicator="").count() == 1
        recompute_chunk.delay(run.pk)
    recompute_chunk.delay(run.pk)
    assert list(PendingRecompute.objects.values_list("area", "indicator")) == [(None, "P02")]
    assert state_of(run) == ("done", 0, 360, 360)
    recompute_chunk.delay(run.pk)  # a message too many does no harm
    assert_up_to_date()


def test_a_change_during_a_run_is_seen_to_after_it(in_parts):
    (run,) = share_all()
    compute_chunk(run)
    key = {"area_id": "330122", "indicator_id": "P02", "year": 2024}
    Observation.objects.filter(**key, superseded_at=None).update(value="91.5")
    add_pending([("330122", "P02")])
    while compute_chunk(run):
        pass
    assert not is_up_to_date()
    assert share_pending() == []
    assert_up_to_date()


def test_a_part_that_fails_holds_up_no_other(in_parts):
    run = runs.begin_run(**EVERYTHING, parts=[["330122"], ["330127"]])
    RecomputeChunk.objects.filter(run=run, number=1).update(areas=5)  # what no run would write
    with pytest.raises(TypeError):
        compute_chunk(run)
    assert compute_chunk(run) is True
    assert list(run.chunks.values_list("number", "failures", "cells_read")) == [(1, 1, 0), (2, 0, 120)]


def test_a_run_in_which_nothing_moves_is_sent_out_again(in_parts):
    (run,) = share_all()
    assert runs.stalled_runs() == []
    RecomputeRun.objects.filter(pk=run.pk).update(started_at=timezone.now() - timedelta(minutes=5))
    assert share_pending() == [run]
    compute_chunk(run)
    assert share_pending() == []


# PostgreSQL -----------------------------------------------------------------------------------------

RECOMPUTE = "import django; django.setup(); from indicators.recomputes import recompute, runs; "
CHANGE = """
from indicators.models import Assessment, Observation, IndicatorDefinition
Assessment.objects.filter(area='900002', indicator='B02').delete()
Assessment.objects.filter(area='900003', year=2023).update(status='x', gap=None)
Assessment.objects.filter(area='900004', year=2024).update(value_version=None, pace=0.5)
Observation.objects.filter(area='900005', year=2024).update(value=12.5)
IndicatorDefinition.objects.filter(indicator='B07').update(superseded_at='2030-01-01T00:00Z')
"""


class Place(Office):
    """An installation whose recomputes are started by hand."""

    def begin(self, code: str) -> subprocess.Popen[bytes]:
        return self.start("-c", RECOMPUTE + code)

    def compute(self, code: str) -> None:
        self.run("-c", RECOMPUTE + code)

    def assessments(self) -> list[tuple]:
        order = "area_id, indicator_id, year"
        return self.rows(f"SELECT {', '.join(NAMES)} FROM indicators_assessment ORDER BY {order}")


@pytest.fixture(scope="module")
def place(postgresql_url, migrated_database, tmp_path_factory):
    with own_database(postgresql_url, template=migrated_database) as url:
        place = Place.on(url, tmp_path_factory.mktemp("place"))
        place.compute("from seeding.scale import seed_scale; seed_scale(areas=240, indicators=4, years=6)")
        yield place


def here():
    return sorted(Assessment.objects.values_list(*NAMES))


@pytest.fixture
def twin(db):
    """The same data in this process."""
    seed_scale(areas=240, indicators=4, years=6)
    recompute()


@pytest.mark.stack
def test_copy_gives_row_by_row_what_the_orm_gives(place, twin):
    place.compute("recompute.recompute()")
    assert len(place.assessments()) == 5760
    assert place.assessments() == here()
    place.compute(CHANGE + "recompute.recompute()")
    exec(CHANGE)
    recompute()
    assert place.assessments() == here()
    before = place.rows("SELECT max(assessed_at) FROM indicators_assessment")
    place.compute("assert recompute.recompute().cells_changed == 0")
    assert place.rows("SELECT max(assessed_at) FROM indicators_assessment") == before
    place.compute("assert recompute.recompute(full=True).cells_changed == 0")
    assert place.assessments() == here()
    assert place.rows("SELECT min(assessed_at) FROM indicators_assessment") > before


@pytest.mark.stack
def test_two_workers_and_one_killed_half_way_give_the_same(place):
    place.compute("recompute.recompute()")
    alone = place.assessments()
    place.compute("from indicators.models import Assessment; Assessment.objects.all().delete()")
    place.compute("runs.begin_run(areas=None, indicators=None, full=False, parts=recompute._parts(None))")
    work = "from indicators.models import RecomputeRun as R\nwhile recompute.compute_chunk(R.objects.latest('id')): {}"
    killed = place.begin(work.format("import time; time.sleep(3600)"))
    place.until(lambda: place.rows("SELECT 1 FROM indicators_recomputechunk WHERE finished_at IS NOT NULL"))
    killed.kill()
    killed.wait()
    assert 0 < len(place.assessments()) < len(alone)
    workers = [place.begin(work.format("pass")) for _ in range(2)]
    assert [worker.wait(SECONDS) for worker in workers] == [0, 0]
    assert place.assessments() == alone
    assert place.rows("SELECT state, cells_read FROM indicators_recomputerun ORDER BY id DESC LIMIT 1") == [
        ("done", len(alone))
    ]

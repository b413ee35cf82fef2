"""The production shape in earnest: PostgreSQL, a broker, and the writer, the worker and beat in processes of
their own. What they bring about is compared with what SQLite gives in one process."""

import os
import subprocess
import sys
from contextlib import closing

import pytest
import redis

from indicators.actions import FactRow, Grounds, record_facts
from indicators.cells.inputs import KEY
from indicators.frames import STORED_COLUMNS
from indicators.models import Assessment, Observation
from indicators.recomputes.recompute import recompute
from tests.offices import RECORD, Office, own_database
from tests.servers import ROOT
from tools.services import free_port

pytestmark = pytest.mark.stack
BEFORE = ("330182", "P02", 2025, "95.1")
SENT, LOST = ("330127", "P02", 2025, "95.5"), ("330182", "P03", 2025, "4.31")


@pytest.fixture(scope="module")
def site(postgresql_url, demo_database, valkey_url, tmp_path_factory):
    """The demonstration in PostgreSQL, assessed, nothing pending; the broker tells when something is recorded."""
    directory = tmp_path_factory.mktemp("site")
    with own_database(postgresql_url, template=demo_database) as database_url:
        site = Office.on(database_url, directory, REDIS_URL=valkey_url)
        site.record(BEFORE)
        with closing(redis.Redis.from_url(valkey_url)) as broker:
            assert broker.llen("celery") > 0
            broker.delete("celery")
        site.run(
            "-c",
            "import django; django.setup(); from indicators.recomputes.recompute import sweep_pending; sweep_pending()",
        )
        assert site.pending() == []
        yield site


@pytest.fixture(scope="module")
def worker(site):
    options = ("--concurrency", "1", "--loglevel", "INFO", "--without-gossip", "--without-mingle")
    with site.celery("worker", *options) as worker:
        yield worker


def last_run(site, areas):
    """Of these areas (None: all of them)."""
    sql = "SELECT details FROM journal_change WHERE kind = 'recomputed' ORDER BY number DESC"
    details = next(found for (found,) in site.rows(sql) if found["areas"] == areas)
    return {name: value for name, value in details.items() if name != "since"}


def test_a_change_of_another_process_is_recomputed_by_the_worker(site, worker):
    assert site.value(SENT) is None
    site.record(SENT)
    site.until(lambda: site.value(SENT) == 95.5 and site.pending() == [], worker)
    done = {"indicators": ["P02"], "cells_read": 6, "cells_changed": 3}  # with the forecasts of two years to come
    assert last_run(site, ["330127"]) == {"areas": ["330127"]} | done


def test_a_broker_that_is_down_costs_the_writer_nothing_and_beat_finds_what_was_lost(site, worker):
    written = site.record(LOST, REDIS_URL=f"redis://127.0.0.1:{free_port()}/0")
    assert "Error calling" in written.stderr
    assert "on_commit" in written.stderr
    assert (site.value(LOST), site.pending()) == (None, [("330182", "P03")])
    with site.celery("beat", SWEEP_SECONDS="1") as beat:
        site.until(lambda: site.value(LOST) == 4.31 and site.pending() == [], worker, beat)
    done = {"indicators": ["P03"], "cells_read": 6, "cells_changed": 3}  # with the forecasts of two years to come
    assert last_run(site, ["330182"]) == {"areas": ["330182"]} | done


def test_postgresql_and_a_worker_give_what_sqlite_gives_in_one_process(site, worker, demo):
    for change in (("330127", "P08", 2024, "38.1"), ("330127", "P08", 2024, "38.4"), ("330122", "P10", 2025, "1.56")):
        site.record(change)
    site.until(lambda: site.pending() == [], worker)
    columns = "area_id, indicator_id, year, value"
    recorded = site.rows(f"SELECT {columns} FROM indicators_observation WHERE recorded_via = 'import' ORDER BY id")
    assert len(recorded) >= 3
    for change in recorded:
        record_facts(Observation, [FactRow(*change)], grounds=Grounds(by=None, via="import"))
    recompute()
    names = [f"{name}_id" if name in {"area", "indicator"} else name for name in (*KEY, *STORED_COLUMNS)]
    there = site.rows(f"SELECT {', '.join(names)} FROM indicators_assessment ORDER BY area_id, indicator_id, year")
    assert len(there) == 360
    assert there == sorted(Assessment.objects.values_list(*names))


def test_feed_numbers_have_no_gap_whoever_wrote(site, worker):
    numbers = [number for (number,) in site.rows("SELECT number FROM journal_change ORDER BY number")]
    assert numbers == list(range(1, len(numbers) + 1))


def test_writers_at_once_neither_skip_a_number_nor_lose_a_change(site, worker):
    changes = [("330122", f"P{number:02}", 2026, "9.5") for number in (2, 3, 5, 6)]
    command = [sys.executable, "-c", RECORD]
    writers = [
        subprocess.Popen([*command, *map(str, change)], cwd=ROOT, env=site.environment, stderr=subprocess.PIPE)
        for change in changes
    ]
    assert [(writer.communicate(timeout=60)[1], writer.returncode) for writer in writers] == [(b"", 0)] * len(changes)
    site.until(lambda: site.pending() == [], worker)
    assert [site.value(change) for change in changes] == [9.5] * len(changes)
    numbers = [number for (number,) in site.rows("SELECT number FROM journal_change ORDER BY number")]
    assert numbers == list(range(1, len(numbers) + 1))


def test_sqlite_with_a_separate_worker_is_refused_in_plain_words(tmp_path):
    environment = os.environ | {"VAR_DIR": str(tmp_path), "DATABASE_URL": f"sqlite:///{tmp_path}/db.sqlite3"}
    environment |= {"REDIS_URL": "redis://127.0.0.1:6379/0", "DJANGO_SETTINGS_MODULE": "county_urbanization.settings"}
    command = [sys.executable, "manage.py", "check"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.splitlines()[-1] == (
        "django.core.exceptions.ImproperlyConfigured: REDIS_URL is set, so a separate worker is expected, but the "
        "database is SQLite, which serves one process only. Set DATABASE_URL to PostgreSQL, or unset REDIS_URL."
    )

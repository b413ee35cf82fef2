"""Many people on one sheet at the same moment, and a process that dies in the middle of an approval: on PostgreSQL,
with processes and connections as real as in production."""

import json
import signal

import pytest

from tests.offices import Office, own_database
from tests.reporting.at_once import REVIEWERS, SAVES, TURNS

pytestmark = pytest.mark.stack
# What an approval writes, by the county and year of the sheet.
PUBLISHED = {
    "observations": "SELECT count(*) FROM indicators_observation WHERE area_id = '330127' AND year = 2024",
    "dated": "SELECT count(approved_at) FROM indicators_reportingyear WHERE area_id = '330127' AND year = 2024",
    "feed": "SELECT count(*) FROM journal_change WHERE area_id = '330127' AND year = 2024 AND kind = 'approved'",
    "steps": "SELECT count(*) FROM reporting_transition WHERE action = 'approve'",
    "audit": "SELECT count(*) FROM journal_auditentry WHERE action IN ('approve', 'record', 'approve_year') "
    "AND area_id = '330127' AND key LIKE '%%2024%%'",
    "notices": "SELECT count(*) FROM reporting_notice WHERE kind = 'approved'",
    "versions": "SELECT count(*) FROM reporting_entryversion WHERE is_approved",
    "approved": "SELECT count(*) FROM reporting_submission WHERE state = 'approved'",
}
NOTHING = dict.fromkeys(PUBLISHED, 0)
ONCE = {
    "observations": 20,
    "dated": 1,
    "feed": 20,
    "steps": 1,
    "audit": 22,
    "notices": 11,
    "versions": 20,
    "approved": 1,
}


class BusyOffice(Office):
    """An installation whose people act at once."""

    def act(self, what: str):
        done = self.run("-m", "tests.reporting.at_once", what)
        assert done.stderr == ""
        return json.loads(done.stdout)

    def published(self) -> dict[str, int]:
        return {name: self.rows(sql)[0][0] for name, sql in PUBLISHED.items()}


@pytest.fixture(scope="module")
def template(postgresql_url, migrated_database, tmp_path_factory):
    """The round of 2024 open on the plan's known facts, and the same with the sheet submitted: databases to copy."""
    directory = tmp_path_factory.mktemp("office")
    with own_database(postgresql_url, template=migrated_database) as opened:
        BusyOffice.on(opened, directory).act("prepare")
        with own_database(postgresql_url, template=opened) as submitted:
            BusyOffice.on(submitted, directory).act("submit")
            yield {"opened": opened, "submitted": submitted, "directory": directory}


@pytest.fixture
def office(template, postgresql_url):
    """A copy of its own, nothing typed yet."""
    with own_database(postgresql_url, template=template["opened"]) as database_url:
        yield BusyOffice.on(database_url, template["directory"])


@pytest.fixture
def submitted_office(template, postgresql_url):
    """A copy of its own in which Chun'an's sheet waits for its approval."""
    with own_database(postgresql_url, template=template["submitted"]) as database_url:
        yield BusyOffice.on(database_url, template["directory"])


def test_twenty_clerks_on_different_cells_lose_nothing(office):
    assert office.act("different") == ["saved"] * 20
    entries = office.rows(
        "SELECT version, value FROM reporting_entry e JOIN reporting_submission s ON s.id = e.submission_id "
        "WHERE s.area_id = '330127'"
    )
    assert [(version, int(value)) for version, value in entries] == [(SAVES, SAVES)] * 20
    thread = office.rows(
        "SELECT version, count(*), min(value), max(value) FROM reporting_entryversion GROUP BY version"
    )
    assert sorted((v, n, int(low), int(high)) for v, n, low, high in thread) == [
        (version, 20, version, version) for version in range(1, SAVES + 1)
    ]
    assert office.rows("SELECT count(*) FROM journal_auditentry WHERE action = 'save'") == [(20 * SAVES,)]


def test_two_clerks_on_one_cell_one_wins_and_the_other_sees_both_values(office):
    turns = office.act("same")
    assert [version for version, _ in turns] == list(range(TURNS))
    for version, met in turns:
        (won,) = [one for one in met if isinstance(one, str)]
        (lost,) = [one for one in met if isinstance(one, dict)]
        value = won.removeprefix("saved ")
        other = {f"{90 + version}.1", f"{90 + version}.2"} - {value}
        assert lost == {"yours": other.pop(), "theirs": value, "version": version + 1}
    assert office.rows("SELECT count(*) FROM reporting_entryversion") == [(TURNS,)]


def test_an_approval_pressed_by_several_at_once_publishes_once(submitted_office):
    office = submitted_office
    assert office.published() == NOTHING
    steps = office.act("approve")
    assert steps == [steps[0]] * REVIEWERS
    assert isinstance(steps[0], int)
    assert office.published() == ONCE


# A process that dies in the middle ----------------------------------------------------------------

# The tables whose writing the approval gets stuck in, with what it has then written: rows of the county's year, all
# of them, all and the feed, everything but the notices. The database waits; then the process is killed.
POINTS = {
    "half of the values": ("indicators_observation", "NEW.indicator_id = 'P10'"),
    "the feed": ("journal_change", "NEW.indicator = 'P16'"),
    "the step": ("reporting_transition", "NEW.action = 'approve'"),
    "the notices": ("reporting_notice", "NEW.kind = 'approved'"),
}
STICK = """
CREATE FUNCTION stick() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN IF {condition} THEN PERFORM pg_sleep(3600); END IF; RETURN NEW; END $$;
CREATE TRIGGER stick BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION stick();
"""
STUCK = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'"


@pytest.mark.parametrize("point", POINTS)
def test_an_approval_that_is_killed_half_way_leaves_nothing_published(submitted_office, point):
    office = submitted_office
    table, condition = POINTS[point]
    office.execute(STICK.format(table=table, condition=condition))
    process = office.start("-m", "tests.reporting.at_once", "approve_once")
    try:
        office.until(lambda: office.rows(STUCK))
    finally:
        process.send_signal(signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL
    office.execute(f"SELECT pg_terminate_backend(pid) FROM ({STUCK}) AS stuck")  # it would sleep on
    office.until(lambda: not office.rows(STUCK))
    assert office.published() == NOTHING
    office.execute(f"DROP TRIGGER stick ON {table}")
    (step,) = office.act("approve_once")
    assert isinstance(step, int)
    assert office.published() == ONCE

"""The page that shows how far a large recompute has come."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from indicators.models import RecomputeRun
from indicators.recomputes import recompute, runs
from journal.actions import add_pending

PATH = "/changes/recomputes/"
PARTS = [["330122"], ["330127"], ["330182"]]


def shown(client):
    response = client.get(PATH)
    assert response.status_code == 200
    rows = [(run.state, run.chunks_done, run.read_so_far, run.changed_so_far) for run in response.context["page"]]
    return rows, response.content.decode()


@pytest.mark.parametrize(("username", "count"), [("admin", 7), ("tonglu", 8), ("chunan-health", 8), ("stats", 7)])
def test_every_login_reads_it_in_few_queries(clients, username, count):
    clients[username].get(PATH)
    with CaptureQueriesContext(connection) as queries:
        rows, text = shown(clients[username])
    assert (rows, len(queries)) == ([], count)
    assert "没有等待重算的改动" in text
    assert ("/changes/audit/" in text) is (username != "stats")


def test_nobody_else_reads_it(clients):
    assert clients[None].get(PATH).status_code == 302


def test_a_run_under_way_shows_its_parts_and_a_closed_one_its_totals(clients):
    run = runs.begin_run(areas=None, indicators=["P02"], full=True, parts=PARTS)
    recompute.compute_chunk(run)
    add_pending([("330122", "P02")])
    rows, text = shown(clients["leader"])
    assert rows == [("running", 1, 6, 0)]
    assert "1处改动等待重算，1次大范围重算进行中" in text
    assert "1 / 3 批" in text
    while recompute.compute_chunk(run):
        pass
    assert shown(clients["leader"])[0] == [("done", 0, 18, 0)]
    assert RecomputeRun.objects.get().finished_at is not None

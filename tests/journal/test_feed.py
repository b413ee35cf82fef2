"""The change feed of the API: in order, without a gap, and enough to hold the official facts by."""

import csv
import io
import json
import re
import subprocess
import sys
from datetime import datetime
from decimal import Decimal
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core.management import call_command
from django.test import Client

from accounts.models import User
from indicators.actions import FactRow, Grounds, record_facts
from indicators.definitions.actions import DEFINITION_FIELDS, define_indicators
from indicators.models import Assessment, IndicatorDefinition, Observation, Target
from indicators.recomputes.recompute import recompute, sweep_pending
from journal.models import Change, FeedCounter, PendingRecompute
from reporting.actions import change_state
from reporting.models import Submission
from tests.journal.replay import Consumer, listed
from tests.servers import ROOT

PATH = "/api/v1/changes/"


@pytest.fixture
def get(clients):
    def answer(address, status=200, **given):
        response = clients["stats"].get(address, given or None)
        assert response.status_code == status, response.content.decode()
        return response.json()

    return answer


def record(model, *rows, **more):
    facts = [FactRow(area, indicator, year, value and Decimal(value)) for area, indicator, year, value in rows]
    record_facts(model, facts, grounds=Grounds(by=None, via="import", **more))


def head() -> int:
    return FeedCounter.objects.get().last


# Its rows -----------------------------------------------------------------------------------------


def test_a_row_says_all_that_happened(get):
    record(Target, ("330127", "P02", 2026, "96.25"), reason="年中调整")
    row = next(r for r in get(PATH, cursor=head() - 2)["results"] if r["series"] == "TARGET")
    stored = Change.objects.get(number=row["number"])
    assert row == {
        "number": stored.number,
        "at": row["at"],
        "kind": "retargeted",
        "series": "TARGET",
        "area": "330127",
        "indicator": "P02",
        "year": 2026,
        "version": stored.version,
        "value": 96.25,
        "previous": float(stored.previous),
        "actor": "系统",
        "reason": "年中调整",
        "document": "",
        "is_demo": False,
        "details": None,
    }
    assert datetime.fromisoformat(row["at"]) == stored.at


def test_from_the_start_in_order_without_a_gap(get):
    consumer = Consumer(get, page_size=100)
    consumer.drain()
    assert consumer.numbers == list(range(1, head() + 1))


def test_next_is_there_also_when_nothing_is(get):
    last = head()
    for _turn in range(2):
        body = get(PATH, cursor=last)
        assert (body["results"], body["cursor"], body["previous"]) == ([], last, None)
        assert parse_qs(urlsplit(body["next"]).query) == {"cursor": [str(last)]}


def test_filters_leave_out_and_the_cursor_goes_on(get):
    body = get(PATH, kind="withdrawn", area="330122")
    assert (body["results"], body["cursor"]) == ([], head())
    assert parse_qs(urlsplit(body["next"]).query) == {
        "kind": ["withdrawn"],
        "area": ["330122"],
        "cursor": [str(head())],
    }
    body = get(PATH, series="OBS", area="330122", indicator="P02", year="2024", page_size=1)
    (row,) = body["results"]
    assert (row["series"], row["area"], row["indicator"], row["year"]) == ("OBS", "330122", "P02", 2024)
    assert body["cursor"] == row["number"]


@pytest.mark.parametrize(
    ("given", "parameter"),
    [
        ({"cursor": "x"}, "cursor"),
        ({"cursor": "-1"}, "cursor"),
        ({"cursor": ""}, "cursor"),
        ({"cursor": "99999999"}, "cursor"),
        ({"kind": "sold"}, "kind"),
        ({"series": "GAP"}, "series"),
        ({"ordering": "-number"}, "ordering"),
        ({"page_size": "1001"}, "page_size"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_what_is_not_understood_is_named(get, given, parameter):
    assert get(PATH, 400, **given)["parameter"] == parameter


def test_a_cursor_beyond_the_end_says_where_the_end_is(get):
    assert get(PATH, 400, cursor=head() + 1)["last"] == head()


def test_nothing_new_is_a_304(clients):
    client = clients["stats"]
    etag = client.get(PATH)["ETag"]
    assert client.get(PATH, headers={"If-None-Match": etag}).status_code == 304
    record(Target, ("330127", "P02", 2026, "1"))
    assert client.get(PATH, headers={"If-None-Match": etag}).status_code == 200


def test_the_whole_feed_as_csv_and_from_a_cursor(clients):
    def numbers(**given):
        response = clients["stats"].get(PATH, {"format": "csv", **given})
        text = b"".join(response.streaming_content).decode("utf-8-sig")
        return [int(row["number"]) for row in csv.DictReader(io.StringIO(text))]

    assert numbers() == list(range(1, head() + 1))
    assert numbers(cursor=head() - 3) == [head() - 2, head() - 1, head()]


def test_one_query_for_the_rows_and_one_for_the_head(clients, django_assert_num_queries):
    client = clients["stats"]
    client.get(PATH)
    with django_assert_num_queries(5):  # session, user, version of the data, head, rows
        client.get(PATH)


# Enough to hold the facts by ----------------------------------------------------------------------


def test_the_replay_is_what_the_lists_hold(get):
    consumer = Consumer(get)
    consumer.drain()
    assert consumer.facts == listed(get)


def test_withdrawal_reapproval_import_and_clearing_are_followed(get):
    consumer = Consumer(get)
    consumer.drain()
    record(Target, ("330127", "P02", 2026, None), ("330127", "P02", 2027, "97"))
    record(Observation, ("330182", "P03", 2024, "4.5"), ("330182", "P03", 2023, "4.5"))
    city, sheet = User.objects.get(username="municipal"), Submission.objects.get(area="330182", round__year=2025)
    change_state(submission=sheet, action="approve", by=city)
    consumer.drain()
    assert consumer.facts == listed(get)
    call_command("load_demo", "--clear", verbosity=0)
    real = {key: fact for key, fact in consumer.facts.items() if not fact[2]}
    client = Client()
    client.force_login(User.objects.create(username="reader", role="leader"))
    consumer.get = lambda address: client.get(address).json()
    consumer.drain()
    assert consumer.facts == listed(consumer.get) == real


def test_a_firmer_ground_for_the_same_number_is_a_row_too(get):
    record(Target, ("330127", "P02", 2026, "96"))
    before = head()
    facts = [FactRow("330127", "P02", 2026, Decimal(96), cite="plan")]
    record_facts(Target, facts, grounds=Grounds(by=None, via="import"))
    row = next(r for r in get(PATH, cursor=before)["results"] if r["series"])
    assert (row["kind"], row["value"], row["previous"]) == ("retargeted", 96, 96)


# Recomputes ---------------------------------------------------------------------------------------


def test_a_recompute_row_leads_to_the_assessments_that_changed(get):
    before = head()
    record(Observation, ("330127", "P02", 2024, "50"))
    sweep_pending()
    own, others = [row["details"] for row in get(PATH, kind="recomputed", cursor=before)["results"]]
    assert (own["areas"], own["indicators"]) == (["330127"], ["P02"])
    assert (others["areas"], others["indicators"]) == (None, ["P02"])  # the forecast's pool moved: all counties
    found = get("/api/v1/assessments/", updated_after=own["since"], indicator="P02")["results"]
    assert len(found) == own["cells_changed"] + others["cells_changed"]
    assert own["cells_changed"] == sum(row["area"] == "330127" for row in found) > 0


def test_a_run_of_everything_says_so(get):
    recompute()
    run = get(PATH, cursor=head() - 1)["results"][0]
    assert (run["kind"], run["series"], run["area"]) == ("recomputed", None, None)
    assert (run["details"]["areas"], run["details"]["indicators"]) == (None, None)


def test_a_run_that_died_before_it_could_tell_is_told_of_by_the_next(get, monkeypatch):
    """The first run wrote, and the process ended before the feed's row; the outbox still holds what it was for."""

    def die(changes):
        raise SystemExit

    with monkeypatch.context() as patch:
        patch.setattr("indicators.actions.dispatch_recompute", lambda: None)
        record(Observation, ("330127", "P02", 2024, "50"))
    with monkeypatch.context() as patch:
        patch.setattr("indicators.recomputes.recompute.record_changes", die)
        with pytest.raises(SystemExit):
            sweep_pending()
    written = Assessment.objects.get(area="330127", indicator="P02", year=2024)
    assert written.value == 50
    asked = PendingRecompute.objects.order_by("id").values_list("area_id", "indicator")
    assert list(asked) == [("330127", "P02"), (None, "P02")]  # the second: the forecast's pool moved for all counties
    before = head()
    sweep_pending()
    run = get(PATH, kind="recomputed", cursor=before)["results"][0]["details"]
    assert (run["areas"], run["cells_changed"]) == (["330127"], 0)
    assert datetime.fromisoformat(run["since"]) < written.assessed_at


def test_a_new_definition_says_old_and_new(get):
    old = IndicatorDefinition.objects.as_of().get(indicator="P02")
    row = {name: getattr(old, name) for name in DEFINITION_FIELDS} | {"tolerance": old.tolerance + 1, "words": ""}
    before = head()
    define_indicators([{"code": "P02", "position": 2, **row}], grounds=Grounds(by=None, via="edit", reason="口径调整"))
    (told,) = get(PATH, kind="redefined", cursor=before)["results"]
    assert (told["indicator"], told["series"], told["reason"]) == ("P02", None, "口径调整")
    assert told["details"] == {
        "old": {"tolerance": float(old.tolerance)},
        "new": {"tolerance": float(old.tolerance) + 1},
    }


TYPES = {"DecimalField": float, "BooleanField": bool, "PositiveSmallIntegerField": int, "SmallIntegerField": int}


def test_a_definition_s_columns_are_told_in_their_types(get):
    """The first version of a definition tells every column: what is absent is null, what is true is true."""
    old = IndicatorDefinition.objects.as_of().get(indicator="P02")
    row = {name: getattr(old, name) for name in DEFINITION_FIELDS} | {"words": ""}
    before = head()
    define_indicators([{"code": "X02", "position": 90, **row}], grounds=Grounds(by=None, via="edit", reason="新指标"))
    (told,) = get(PATH, kind="redefined", cursor=before)["results"]
    assert told["details"]["old"] is None
    fields = {field.attname: field for field in IndicatorDefinition._meta.concrete_fields}
    kinds = {name: TYPES.get(fields[name].get_internal_type(), str) for name in DEFINITION_FIELDS}
    wrong = {
        name: value
        for name, value in told["details"]["new"].items()
        if value is not None and kinds[name] is not type(value) and not name.endswith("_id")
    }
    assert wrong == {}
    assert {name for name, value in told["details"]["new"].items() if value is None} == {
        name for name in DEFINITION_FIELDS if row[name] is None
    }


def test_no_kind_of_change_tells_a_null_or_a_number_as_a_text(get):
    """Whatever the demonstration has put into the feed, of every kind."""
    texts, cursor = [], 0
    while rows := get(PATH, cursor=cursor, page_size=1000)["results"]:
        cursor = rows[-1]["number"]
        texts += [text for row in rows for text in texts_in(row["details"])]
    assert [text for text in texts if text in {"None", "True", "False"} or NUMBER_TEXT.fullmatch(text)] == []


def texts_in(told) -> list[str]:
    """Every text within a value of JSON, codes of areas apart."""
    if isinstance(told, dict):
        return [text for name, value in told.items() if name not in {"areas", "since"} for text in texts_in(value)]
    if isinstance(told, list):
        return [text for value in told for text in texts_in(value)]
    return [told] if isinstance(told, str) else []


NUMBER_TEXT = re.compile(r"-?[0-9]+\.[0-9]+")


# On PostgreSQL, with writers at the same moment ---------------------------------------------------


@pytest.mark.stack
def test_a_reader_among_many_writers_holds_what_the_lists_hold(office):
    command = [sys.executable, "-m", "tests.journal.at_once"]
    done = subprocess.run(
        command, cwd=ROOT, env=office.environment, capture_output=True, text=True, timeout=300, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    told = json.loads(done.stdout)
    assert told["met"] == []
    assert told["differing"] == []
    assert told["is_gapless"] is True
    assert told["has_demo"] is False
    assert {"approved", "revised", "retargeted", "withdrawn", "reopened", "recomputed"} <= set(told["kinds"])
    assert office.rows("SELECT last FROM journal_feedcounter") == [(told["rows"],)]
    assert office.rows("SELECT count(*) FROM journal_change") == [(told["rows"],)]

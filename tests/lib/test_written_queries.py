"""Queries that the ORM writes once give what they would give if it wrote them each time."""

import pytest
from django.db import connection, connections
from django.db.models import Count
from django.test.utils import CaptureQueriesContext

from areas.models import Area
from indicators.models import IndicatorDefinition
from lib.database import prepared_statements
from lib.database.prepared_statements import MOST_PARAMETERS, again, written
from lib.lru_cache import Recent
from reporting.models import Submission

QUERIES = {
    "models": lambda: Area.objects.order_by("code"),
    "what is selected beside them": lambda: Submission.objects.select_related("round", "area").order_by("pk"),
    "what is fetched beside them": lambda: Area.objects.prefetch_related("children").order_by("code"),
    "annotated": lambda: Area.objects.annotate(n=Count("children")).order_by("code"),
    "values": lambda: IndicatorDefinition.objects.as_of().order_by("pk").values_list("indicator", "tolerance"),
    "the first few": lambda: Area.objects.order_by("-code")[:2],
    "none at all": lambda: Area.objects.filter(code__in=[]),
}


@pytest.fixture(autouse=True)
def nothing_written(monkeypatch):
    monkeypatch.setattr(prepared_statements, "_WRITTEN", Recent(50))


def content(rows) -> list:
    return [row if isinstance(row, tuple) else fields(row) for row in rows]


def fields(row) -> dict:
    """Its columns, and the keys of what was fetched beside it."""
    own = {name: value for name, value in vars(row).items() if not name.startswith("_")}
    fetched = vars(row).get("_prefetched_objects_cache", {})
    return own | {name: sorted(each.pk for each in rows) for name, rows in fetched.items()}


@pytest.mark.parametrize("make", QUERIES.values(), ids=QUERIES)
def test_the_rows_are_those_of_the_query_itself_each_time(demo, make):
    for _turn in range(2):
        with CaptureQueriesContext(connection) as ours:
            found = again("the same name", make)
        with CaptureQueriesContext(connection) as django_s:
            expected = list(make())
        assert content(found) == content(expected)
        assert len(ours) == len(django_s)


def test_what_was_selected_beside_costs_no_query_more(demo):
    sheets = again("sheets", QUERIES["what is selected beside them"])
    with CaptureQueriesContext(connection) as asked:
        assert {sheet.area.code for sheet in sheets} == {"330122", "330127", "330182"}
        assert {sheet.round.year for sheet in sheets} == {2025}
    assert len(asked) == 0


def test_what_has_been_written_since_is_seen(demo):
    def named() -> list[str]:
        return [area.name for area in again("areas", lambda: Area.objects.filter(code="330122"))]

    assert named() == ["桐庐县"]
    Area.objects.filter(code="330122").update(name="桐庐")
    assert named() == ["桐庐"]


def test_one_reader_s_rows_are_no_other_one_s():
    """Names tell apart: the second `make` is asked too."""
    made = []

    def make(code: str):
        made.append(code)
        return Area.objects.filter(code=code)

    for code in ("330122", "330127", "330122"):
        written(("area", code), lambda code=code: make(code))
    assert made == ["330122", "330127"]


def test_a_query_that_names_very_many_is_not_kept():
    few, many = list(range(MOST_PARAMETERS)), list(range(MOST_PARAMETERS + 1))
    for numbers in (few, many):
        written(len(numbers), lambda numbers=numbers: Area.objects.filter(code__in=numbers))
    kept = prepared_statements._WRITTEN
    assert [kept.get((connection.vendor, len(numbers))) is not None for numbers in (few, many)] == [True, False]


def test_the_compiler_speaks_to_the_connection_of_its_thread(monkeypatch):
    found = written("areas of a thread", Area.objects.all)
    assert found.get_compiler().connection is connections["default"]
    other = object()
    monkeypatch.setattr(prepared_statements, "connections", {"default": other})
    assert found.get_compiler().connection is other

"""Money dated ahead: recorded at once, told, asked for, and counted from its own day on."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from funding.actions import FlowRow, correct_flow, record_flows
from funding.day_doubts import day_doubts
from funding.frames import CELL, cells_by, cells_frame, cells_of, present_cells
from funding.matching import cut, shown_change
from funding.models import Flow
from funding.stored_sums import rebuild_totals


def flow(on: date, amount: int = 100, state: str = "arrived", year: int = 2026) -> FlowRow:
    return FlowRow("330122", year, "F3", state, Decimal(amount), on)


def arrived(frame) -> float:
    rows = frame[(frame["area"] == "330122") & (frame["year"] == 2026) & (frame["state"] == "arrived")]
    return float(rows["amount"].sum())


@pytest.fixture
def today() -> date:
    return timezone.localdate()


def test_money_of_a_day_to_come_is_in_no_sum_until_that_day(plan, today):
    tomorrow = today + timedelta(days=1)
    record_flows([flow(today, 40), flow(tomorrow, 100)], by=None)
    assert arrived(present_cells()) == 40
    assert arrived(present_cells(on=tomorrow)) == 140
    assert arrived(cells_of(None)) == 40
    assert arrived(cells_by(tomorrow, None, today)) == 140


def test_a_cell_that_holds_nothing_but_money_to_come_is_absent(plan, today):
    record_flows([flow(today + timedelta(days=200))], by=None)
    assert len(present_cells()) == 0
    rebuild_totals()
    assert len(present_cells()) == 0


def test_the_stored_sums_less_what_is_ahead_are_the_sums_of_the_rows(demo, today):
    day = today - timedelta(days=500)
    for on in (day, today, today + timedelta(days=90)):
        record_flows([flow(on + timedelta(days=3), 7), flow(on, 11)], by=None)
        found, wanted = present_cells(on=on), cells_frame(Flow.objects.counted(on))
        told = [frame.sort_values(list(CELL)).to_dict("records") for frame in (found, wanted)]
        assert told[0] == told[1]


def test_an_earlier_moment_counts_what_had_come_by_its_day(plan, today):
    then = timezone.now() - timedelta(days=10)
    record_flows([flow(today - timedelta(days=5)), flow(today - timedelta(days=20), 30)], by=None, at=then)
    assert arrived(cells_of(then)) == 30
    assert arrived(cells_of(None)) == 130


def test_a_correction_counts_from_no_earlier_day_than_what_it_corrects(plan, today):
    (made,) = record_flows([flow(today + timedelta(days=9), 100)], by=None)
    correct_flow(made, to_amount_wan=Decimal(60), reason="多登一笔", by=None)
    assert arrived(present_cells()) == 0
    assert arrived(present_cells(on=today + timedelta(days=9))) == 60


def test_the_page_tells_of_it(clients, today):
    record_flows([flow(today + timedelta(days=7), 100), flow(today, 50)], by=None)
    page = clients["municipal"].get("/funding/", {"year": 2026}).content.decode()
    assert "另有 1 笔、共 100.00万元" in page
    assert "合计 50.00万元" in page
    (made,) = Flow.objects.filter(happened_on__gt=today)
    assert "还没有到：已登记" in clients["municipal"].get(f"/funding/flows/{made.pk}/").content.decode()
    assert "未到日" in clients["municipal"].get("/funding/flows/").content.decode()


def test_the_form_asks(clients, today):
    given = {"area": "330122", "year": 2026, "source": "F1", "state": "arrived", "amount_wan": "100"}
    given |= {"happened_on": f"{today + timedelta(days=200)}", "project": "", "field": "", "document": ""}
    asked = clients["municipal"].post("/funding/flows/new/", given)
    assert asked.status_code == 400
    assert "还没有到" in asked.content.decode()
    assert 'name="day_is_right"' in asked.content.decode()
    before = Flow.objects.count()
    assert clients["municipal"].post("/funding/flows/new/", given | {"day_is_right": "on"}).status_code == 302
    assert Flow.objects.count() == before + 1


def test_a_day_outside_its_year_is_asked():
    assert day_doubts(flow(date(2026, 3, 1)), date(2026, 11, 29)) == []
    assert day_doubts(flow(date(2024, 3, 1)), date(2026, 11, 29)) == ["办理日期 2024-03-01 不在资金年度 2026 年内"]
    assert len(day_doubts(flow(date(2027, 6, 1)), date(2026, 11, 29))) == 2


@pytest.mark.parametrize(
    ("now", "before", "change"),
    [(1.01, 1.0489, -0.03), (0.9999, 1.0, -0.01), (1.0, None, None), (None, 1.0, None), (0.86, 0.86, 0.0)],
)
def test_a_change_is_the_difference_of_what_is_shown(now, before, change):
    assert shown_change(now, before) == change
    if change is not None:
        assert round(cut(before) + change, 2) == cut(now)


def test_every_flow_of_the_demonstration_has_a_day_that_fits(demo, today):
    rows = Flow.objects.filter(kind=Flow.Kind.ORIGINAL)
    assert rows.exists()
    assert [row for row in rows if row.happened_on.year != row.year or row.happened_on > today] == []

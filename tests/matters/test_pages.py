"""Pages of matters: what is typed stays, many at once, filters, the dispatch list with matters and causes together."""

from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from dispatch.lines import KINDS, Dispatch
from matters.actions import Order, Said, issue_matter, take_step
from matters.models import Matter
from matters.register import days_left
from matters.things import find_thing
from tests.matters.conftest import PDF, TODAY, at, unit, user
from workdays.calendar import work_calendar


def page(client, code: str) -> str:
    return client.get(f"/matters/{code}/").content.decode()


def test_a_refused_step_keeps_what_was_typed_and_changes_nothing(clients, asked):
    take_step(matter=asked, step="sign", by=user("chunan-housing"), at=at(22))
    address = f"/matters/{asked.code}/"
    answer = clients["chunan-housing"].post(address, {"step": "report", "words": "打了很久的一段话"})
    assert answer.status_code == 400
    assert "打了很久的一段话" in answer.content.decode()
    assert "报结要附佐证材料" in answer.content.decode()
    assert Matter.objects.get(pk=asked.pk).state == "signed"
    given = {"step": "report", "words": "好了。", "files": SimpleUploadedFile("证明.pdf", PDF)}
    assert clients["chunan-housing"].post(address, given).status_code == 302
    assert clients["municipal"].post(address, {"step": "nothing"}).status_code == 404


def test_a_step_that_somebody_else_took_meanwhile_says_so(clients, asked):
    take_step(matter=asked, step="sign", by=user("chunan-housing"), at=at(22))
    answer = clients["chunan-housing"].post(f"/matters/{asked.code}/", {"step": "sign"})
    assert answer.status_code == 400
    assert "现在是“已签收”，不能签收" in answer.content.decode()


def test_who_may_not_see_it_reads_no_word_of_it_anywhere(clients, asked):
    secret = "请核对填报数"
    for login in ("tonglu", "stats", "finance"):
        for path in (
            "/matters/",
            "/matters.csv",
            "/dispatch/",
            "/lights/?light=green",
            "/bulletin/",
            "/api/v1/matters/",
        ):
            assert secret not in clients[login].get(path).content.decode()
            assert asked.code not in clients[login].get(path).content.decode()
        assert clients[login].get(f"/matters/{asked.code}/").status_code == 404
    assert secret in clients["chunan-housing"].get("/api/v1/matters/").content.decode()
    assert secret in clients["chunan"].get("/matters.csv").content.decode("utf-8-sig")
    assert asked.code not in clients["chunan"].get("/changes/audit/").content.decode()


def test_many_are_moved_at_once_and_each_refusal_is_told(clients, asked):
    codes = sorted(Matter.objects.filter(state__in=["reported", "issued"]).values_list("code", flat=True))
    answer = clients["municipal"].post("/matters/step/", {"step": "verify", "matter": codes}, follow=True)
    words = [str(message) for message in answer.context["messages"]]
    assert words[-1] == "1件已核实。"
    assert len(words) == len(codes)
    assert all("不能核实" in each for each in words[:-1])
    answer = clients["municipal"].post("/matters/step/", {"step": "report", "matter": codes}, follow=True)
    assert "一件一件" in answer.content.decode()


@pytest.mark.parametrize(
    ("query", "states"),
    [
        ("state=open", {"issued", "signed", "under_way", "reported", "verified"}),
        ("state=asking", {"signed"}),
        ("state=closed", {"closed"}),
        ("origin=decision", {"verified"}),
        ("unit=HZ-FINANCE", {"verified"}),
        ("area=330122", {"closed"}),
    ],
)
def test_the_list_is_filtered(clients, query, states):
    rows = clients["municipal"].get(f"/matters/?{query}").context["rows"]
    assert {row.matter.state for row, _steps in rows} == states


def test_a_filter_that_is_not_known_is_named(clients):
    assert clients["municipal"].get("/matters/?x=1").status_code == 404
    assert clients["municipal"].get("/matters/?state=x").status_code == 404


def test_days_are_working_days(asked):
    """Due on Tuesday the 31st; the 22nd is a Sunday."""
    calendar = work_calendar()
    assert [days_left(asked, calendar, date(2026, 3, day)) for day in (22, 30, 31)] == [7, 1, 0]
    assert days_left(asked, calendar, date(2026, 4, 1)) == -1
    assert days_left(asked, calendar, date(2026, 4, 6)) == -3  # 清明 from the 4th to the 6th


# The dispatch list ----------------------------------------------------------------------------------------


def lines(login: str):
    return Dispatch(user(login), TODAY).lines()


def test_matters_and_causes_stand_together_each_once(demo):
    before = lines("municipal")
    cause = next(line for line in before if line.kind == "late_project" and line.unit and not line.matters)
    thing = find_thing(*cause.thing, user("municipal"))
    assert thing.href == cause.href
    for owner in (cause.unit, unit("HZ-FINANCE")):
        order = Order("请赶上。", owner, date(2026, 4, 30), Matter.Origin.LINE)
        issue_matter(thing=thing, order=order, by=user("municipal"), at=at(22))
    after = lines("municipal")
    assert len(after) == len(before) + 1  # the other unit's stands by itself
    mine = next(line for line in after if line.key == cause.key)
    assert [matter.owner for matter in mine.matters] == [cause.unit]
    shown = [matter.code for line in after for matter in line.matters]
    alone = [line.name for line in after if line.kind == "matter"]
    waiting = Matter.objects.filter(state__in=["issued", "signed", "under_way"]).values_list("code", flat=True)
    assert set(waiting) <= {*shown, *alone}
    assert len([*shown, *alone]) == len({*shown, *alone})


def test_what_is_reported_waits_for_nobody_on_the_list(asked):
    def alone() -> set[str]:
        return {line.name for line in lines("chunan-housing") if line.kind == "matter"}

    assert asked.code in alone()
    take_step(matter=asked, step="sign", by=user("chunan-housing"), at=at(22))
    said = Said("好了。", files=[("证明.pdf", PDF)])
    take_step(matter=asked, step="report", by=user("chunan-housing"), said=said, at=at(22))
    assert asked.code not in alone()


def test_by_unit_the_one_with_the_worst_comes_first(clients):
    groups = clients["municipal"].get("/dispatch/").context["groups"]
    by_kind = clients["municipal"].get("/dispatch/?by=kind").context["groups"]
    order = list(KINDS)
    worst = [order.index(group.rows[0].line.kind) for group in groups]
    assert worst == sorted(worst)
    assert len(set(worst)) > 2
    for group in groups:
        kinds = [order.index(row.line.kind) for row in group.rows]
        assert kinds == sorted(kinds)
        assert sum(number for _name, number in group.kinds) == group.number == len(group.rows)
    keys = [row.key for group in groups for row in group.rows]
    assert len(keys) == len(set(keys)) == sum(group.number for group in by_kind)  # each once


def test_all_that_wait_for_one_unit_are_pressed_by_one_button(clients):
    group = next(group for group in clients["municipal"].get("/dispatch/").context["groups"] if group.press)
    clients["municipal"].post("/dispatch/press/", {"unit": group.press})
    after = clients["municipal"].get("/dispatch/").context["groups"]
    states = {row.state for each in after if each.name == group.name for row in each.rows}
    assert states == {"today"}
    assert any(row.state == "may" for each in after for row in each.rows)

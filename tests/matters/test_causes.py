"""Matters about what is no judged cell follow it too: a project, a task, a promise, the match; closed when it is as it
was asked to be, with what said so, and asking to be reopened when that is no more."""

from datetime import date
from decimal import Decimal

import pytest

from funding.actions import FlowRow, record_flows
from funding.models import FundingSource
from matters import causes
from matters.actions import Order, Said, issue_matter, remove_demo_matters, take_step
from matters.causes import stand_of_thing
from matters.figure_ties import follow_figures
from matters.models import Matter
from matters.things import find_thing
from plan.models import WorkItem
from projects.actions import change_state
from projects.models import Project
from tests.matters.conftest import TODAY, at, unit, user

DRC = "330127-DRC"


def ask(kind: str, key: str, owner: str = DRC) -> Matter:
    thing = find_thing(kind, key, user("municipal"))
    order = Order("请办好。", unit(owner), date(2026, 5, 8))
    return issue_matter(thing=thing, order=order, by=user("leader"), at=at(22))


def now(matter: Matter) -> Matter:
    return Matter.objects.get(pk=matter.pk)


@pytest.fixture
def alone(demo):
    remove_demo_matters()


def project(**more) -> Project:
    return Project.objects.filter(main_area="330127", **more).order_by("code").first()


def test_a_project_that_lands_closes_what_was_asked_about_it(alone):
    row = project(landed_on=None, state="planned")
    matter = ask("project", row.code)
    assert follow_figures(at=at(23)) == 0
    Project.objects.filter(pk=row.pk).update(landed_on=TODAY, landing_basis="signed", version=row.version + 1)
    assert follow_figures(at=at(24)) == 1
    step = now(matter).steps.last()
    assert (now(matter).state, step.step, step.by) == ("closed", "fig_closes", None)
    assert step.words == f"项目{row.code}第{row.version + 1}版：前期，2026-03-22落地。"
    Project.objects.filter(pk=row.pk).update(state="started")
    assert follow_figures(at=at(25)) == 0  # its landing is all that was waited for
    Project.objects.filter(pk=row.pk).update(landed_on=None, landing_basis="")
    assert follow_figures(at=at(26)) == 1
    assert (now(matter).state, now(matter).asks_reopening) == ("closed", True)


def test_a_stalled_project_is_waited_for_until_it_goes_on_and_a_landed_one_until_it_is_completed(alone):
    stalled, landed = project(state="stalled"), project(state="started", landed_on__isnull=False)
    if landed is None:
        landed = project(state="started")
        Project.objects.filter(pk=landed.pk).update(landed_on=TODAY, landing_basis="signed")
    first, second = ask("project", stalled.code), ask("project", landed.code)
    change_state(project=Project.objects.get(pk=stalled.pk), state="started", on="2026-03-22", by=None)
    assert follow_figures(at=at(23)) == 1
    assert (now(first).state, now(second).state) == ("closed", "issued")
    Project.objects.filter(pk=landed.pk).update(state="completed")
    assert follow_figures(at=at(24)) == 1
    assert now(second).state == "closed"


def test_a_task_done_closes_and_one_taken_up_again_asks(alone):
    item = WorkItem.objects.filter(area="330127", state="open").first()
    matter = ask("task", item.code)
    take_step(matter=matter, step="sign", by=user("chunan"), at=at(23))
    WorkItem.objects.filter(pk=item.pk).update(state="done", closed_on=TODAY)
    assert follow_figures(at=at(23)) == 1
    assert "已完成，2026-03-22办结" in now(matter).steps.last().words
    WorkItem.objects.filter(pk=item.pk).update(state="open", closed_on=None)
    assert follow_figures(at=at(24)) == 1
    assert now(matter).asks_reopening
    WorkItem.objects.filter(pk=item.pk).update(state="done", closed_on=TODAY)
    assert follow_figures(at=at(25)) == 1
    assert (now(matter).state, now(matter).asks_reopening) == ("closed", False)
    assert [follow_figures(at=at(day)) for day in (26, 27)] == [0, 0]


def test_a_task_that_is_cancelled_closes_nothing(alone):
    item = WorkItem.objects.filter(area="330127", state="open").first()
    matter = ask("task", item.code)
    WorkItem.objects.filter(pk=item.pk).update(state="cancelled", closed_on=TODAY)
    assert follow_figures(at=at(23)) == 0
    assert now(matter).state == "issued"


def test_a_promise_kept_closes(alone, monkeypatch):
    matter = ask("commitment", "C13/330127")
    assert now(matter).figure_mark.startswith("promise/")
    assert follow_figures(at=at(23)) == 0
    stand = stand_of_thing("commitment", "C13/330127", TODAY)
    assert not stand.is_met
    assert stand.words.startswith("承诺C13截至2026-03-22：")
    everything = causes.standings

    def kept(on, *, user):
        found = everything(on, user=user)
        for each in found:
            for line in each.lines:
                object.__setattr__(line.progress, "status", "fulfilled")
        return found

    monkeypatch.setattr(causes, "standings", kept)
    assert follow_figures(at=at(24)) == 1
    assert (now(matter).state, "已兑现" in now(matter).steps.last().words) == ("closed", True)


def test_a_match_that_is_paid_closes(alone):
    owed = next(
        (f"330127/{year}", stand)
        for year in (2023, 2024, 2025)
        if (stand := stand_of_thing("match", f"330127/{year}", TODAY)) is not None and not stand.is_met
    )
    key, stand = owed
    matter = ask("match", key)
    assert follow_figures(at=at(23)) == 0
    amount = Decimal(stand.mark.split("/")[1]) + 1
    source = FundingSource.objects.filter(keeper="county").first()
    year = int(key.split("/")[1])
    row = FlowRow("330127", year, source.code, "arrived", amount, date(year, 12, 1))
    record_flows([row], by=None)
    assert follow_figures(at=at(24)) == 1
    assert "欠0万元" in now(matter).steps.last().words


def test_what_is_done_already_or_cannot_say_is_not_followed(alone):
    done = WorkItem.objects.exclude(state="open").first() or WorkItem.objects.first()
    WorkItem.objects.filter(pk=done.pk).update(state="done", closed_on=TODAY)
    assert ask("task", done.code, owner=DRC if done.area_id == "330127" else "HZ-FINANCE").figure_mark == ""
    assert ask("county", "330127").figure_mark == ""


def test_the_page_says_what_is_waited_for(alone, clients):
    row = project(landed_on=None, state="planned")
    matter = ask("project", row.code)
    assert "项目落地" in clients["leader"].get(f"/matters/{matter.code}/").content.decode()
    take_step(matter=matter, step="withdraw", by=user("municipal"), said=Said("不办了。"), at=at(23))
    assert follow_figures(at=at(24)) == 0

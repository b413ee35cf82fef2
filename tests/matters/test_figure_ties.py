"""A matter that is tied to a figure follows it: closed when it is met, asking to be reopened when it turns, each act
with its version; and it acts once on what it has seen."""

import inspect
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from county_urbanization.gunicorn import sweep_for_ever
from indicators.actions import FactRow, Grounds, record_facts
from indicators.models import Assessment, Observation, Versioned
from indicators.recomputes.recompute import sweep_pending
from matters.actions import Order, Said, issue_matter, remove_demo_matters, take_step
from matters.figure_ties import follow_figures
from matters.models import Matter
from matters.tasks import follow_figures as follow_task
from matters.things import find_thing
from reporting.models import Notice
from tests.matters.conftest import at, unit, user

KEY = ("330127", "P02", 2024)


def official(value: str) -> int:
    """A new official value, judged; its version."""
    grounds = Grounds(by=user("admin"), via=Versioned.Via.IMPORT, reason="更正")
    record_facts(Observation, [FactRow(*KEY, Decimal(value))], grounds=grounds)
    sweep_pending()
    return Observation.objects.as_of().get(area=KEY[0], indicator=KEY[1], year=KEY[2]).version


@pytest.fixture
def tied(demo):
    """About Chun'an's P02 of 2024, which is behind; alone there."""
    remove_demo_matters()
    thing = find_thing("cell", "/".join(map(str, KEY)), user("municipal"))
    order = Order("请赶上。", unit("330127-DRC"), date(2026, 5, 8))
    return issue_matter(thing=thing, order=order, by=user("leader"), at=at(22))


def now(matter: Matter) -> Matter:
    return Matter.objects.get(pk=matter.pk)


def test_nothing_moves_while_the_figure_says_the_same(tied):
    assert follow_figures(at=at(23)) == 0
    assert now(tied).version == 1


def test_it_closes_turns_and_settles_naming_the_versions(tied):
    target = Assessment.objects.get(area=KEY[0], indicator=KEY[1], year=KEY[2]).target
    met = official(str(target))
    assert follow_figures(at=at(23)) == 1
    closed = now(tied)
    assert (closed.state, closed.closed_at) == ("closed", at(23))
    step = closed.steps.last()
    assert (step.step, step.figure_version, step.by) == ("fig_closes", met, None)
    assert step.words.startswith(f"官方数值第{met}版为")
    assert follow_figures(at=at(24)) == 0

    bad = official("80")
    assert follow_figures(at=at(24)) == 1
    assert (now(tied).state_words, now(tied).steps.last().figure_version) == ("已销号 · 申请恢复", bad)
    assert follow_figures(at=at(25)) == 0
    told = Notice.objects.filter(item=f"said/{tied.code}", words__contains="申请恢复")
    assert set(told.values_list("organisation__code", flat=True)) == {"330127-DRC", "HZDRC"}

    good = official(str(target + 1))
    assert follow_figures(at=at(25)) == 1
    assert (now(tied).state_words, now(tied).steps.last().figure_version) == ("已销号", good)


def test_what_is_kept_closed_does_not_ask_again_until_the_figure_moves(tied):
    target = Assessment.objects.get(area=KEY[0], indicator=KEY[1], year=KEY[2]).target
    official(str(target))
    follow_figures(at=at(23))
    official("80")
    follow_figures(at=at(24))
    said = {"matter": tied, "step": "keep_closed", "by": user("municipal")}
    take_step(**said, said=Said("口径问题，另行处理。"), at=at(24))
    assert follow_figures(at=at(25)) == 0
    assert now(tied).state_words == "已销号"


def test_the_clock_asks(demo, settings):
    """Beat where there is a worker, the sweep of gunicorn where there is none."""
    assert "matters.follow_figures" in {each["task"] for each in settings.CELERY_BEAT_SCHEDULE.values()}
    follow_task.delay()
    assert "follow_figures" in inspect.getsource(sweep_for_ever)


def test_a_figure_that_is_met_already_is_not_followed(demo):
    thing = find_thing("cell", "330122/P02/2024", user("municipal"))
    assert thing.figure.status == "met"
    order = Order("请巩固。", unit("330122-DRC"), date(2026, 5, 8))
    matter = issue_matter(thing=thing, order=order, by=user("leader"), at=at(22))
    assert matter.indicator_id is None
    other = replace(thing, figure=None)
    assert issue_matter(thing=other, order=order, by=user("leader"), at=at(22)).indicator_id is None

"""Every named rule of matters and notes that the database holds, each tried by a write that goes round the actions."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.utils import timezone

from matters.models import LightRule, Matter, MatterFile, MatterStep, Remark
from tests.constraints import assert_refused, named_constraints

pytestmark = pytest.mark.usefixtures("demo")
NOW = timezone.now()


def matter(state: str = "issued"):
    return Matter.objects.filter(state=state)


def step(**values) -> MatterStep:
    given = {"matter": matter().get(), "number": 99, "step": "sign", "new_state": "signed", "at": NOW, "by_name": "甲"}
    return MatterStep.objects.create(**{**given, **values})


def file(**values) -> MatterFile:
    given = {"name": "证明.pdf", "content_type": "application/pdf", "size": 1, "sha256": "0" * 64}
    values = {"step": MatterStep.objects.first(), "stored_as": f"{len(values)}" * 48, **values}
    return MatterFile.objects.create(**{**given, **values})


def remark(**values) -> Remark:
    given = {"about_kind": "county", "about_key": "330127", "about_title": "淳安", "kind": "note", "words": "记"}
    return Remark.objects.create(**{**given, "at": NOW, "by_name": "甲", **values})


def rule(**values) -> LightRule:
    given = {"version": 50, "yellow_points": 10, "red_points": 30, "reason": "试", "recorded_at": NOW}
    return LightRule.objects.create(**{**given, **values})


ATTEMPTS: dict[str, Callable[[], object]] = {
    "matter_closed_says_when": lambda: matter().update(closed_at=NOW),
    "matter_asks_reopening_once_closed": lambda: matter().update(asks_reopening=True),
    "matter_asks_for_a_later_day_while_open": lambda: matter().update(asked_due_on=date(2099, 1, 1)),
    "matter_of_a_figure_names_its_cell": lambda: matter().update(year=None),
    "matter_of_a_county_names_it": lambda: matter("verified").update(reach="county", area=None),
    "matter_percent_is_at_most_100": lambda: matter().update(percent_done=101),
    "matter_says_what_is_asked": lambda: matter().update(words=""),
    "matter_step_number_is_unique": lambda: step(number=1),
    "matter_step_that_needs_words_has_some": lambda: step(step="report"),
    "matter_step_has_a_file_once": lambda: [file(), file(stored_as="a" * 48)],
    "matter_file_is_not_empty": lambda: file(size=0),
    "matter_file_has_a_stored_name": lambda: file(stored_as="../x"),
    "note_says_something": lambda: remark(words=""),
    "note_settled_says_by_whom": lambda: remark(resolved_at=NOW),
    "note_of_a_county_names_it": lambda: remark(reach="county"),
    "light_rule_turns_yellow_before_red": lambda: rule(red_points=10),
    "light_rule_says_why": lambda: rule(reason=""),
    "light_rule_ends_after_it_begins": lambda: rule(superseded_at=NOW - timedelta(days=1)),
}


def test_every_named_constraint_is_tried():
    assert set(ATTEMPTS) == set(named_constraints("matters"))


@pytest.mark.parametrize("name", sorted(ATTEMPTS))
def test_the_database_refuses(name):
    assert_refused(named_constraints("matters")[name], ATTEMPTS[name])

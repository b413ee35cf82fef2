"""Whose turn it is: each role is told of what waits for its unit, and of nothing else."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import User
from reporting.models import Part, Round, Submission
from reporting.reminders.turns import turn_of

pytestmark = pytest.mark.usefixtures("demo")


def told(username):
    return turn_of(User.objects.get(username=username), timezone.now())


def test_the_city_is_told_of_the_sheet_that_waits_longest():
    turn = told("municipal")
    assert turn.words.startswith("建德市2025年报送表等待审核，已等")
    assert (turn.href, turn.button) == ("/reporting/330182/2025/", "去审核")
    Submission.objects.filter(round__year=2025, area="330127").update(
        state="submitted", state_at=timezone.now() - timedelta(days=400)
    )
    turn = told("municipal")
    assert turn.words == "淳安县2025年报送表等待审核，已等400天。"


def test_a_county_and_a_bureau_are_told_of_their_own():
    county, bureau = told("chunan"), told("chunan-health")
    assert county.words.startswith("淳安县2025年报送表等待填报、提交，")
    assert bureau.words.startswith("淳安县2025年报送表等本单位填数，")
    assert {county.href, bureau.href} == {"/reporting/330127/2025/"}
    unit = User.objects.get(username="chunan-health").organisation
    Part.objects.filter(organisation=unit).update(state=Part.State.HANDED_OVER)
    assert told("chunan-health") is None
    assert told("chunan") is not None


def test_a_closed_year_waits_for_nobody_and_a_late_one_says_so():
    Round.objects.filter(year=2025).update(due_on=timezone.localdate() - timedelta(days=3))
    assert told("chunan").words.endswith("已逾期3天。")
    Round.objects.filter(year=2025).update(closed_at=timezone.now())
    assert (told("chunan"), told("chunan-health")) == (None, None)


@pytest.mark.parametrize("username", ["leader", "stats", "finance", "admin"])
def test_who_fills_in_nothing_is_told_nothing(username, django_assert_num_queries):
    user = User.objects.get(username=username)
    with django_assert_num_queries(0):
        assert turn_of(user, timezone.now()) is None

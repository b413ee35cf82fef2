"""撤办: a matter that is no longer asked for ends with a reason, is counted as neither on time nor late, and nothing
that waited to be told of it leaves any more."""

from datetime import date

import pytest

from accounts.models import User
from lib.refusals import NotAllowed, Refused, WrongState
from matters.actions import Said, take_step
from matters.figure_ties import follow_figures
from matters.models import Matter
from matters.month_results import WITHDRAWN, MonthSpan, results
from matters.register import listed
from messaging.models import Delivery, Message, Preference
from messaging.outbox import take_notices
from reporting.models import Notice
from tests.matters.conftest import at, user
from tests.matters.test_figure_ties import official, tied  # noqa: F401  (a fixture)

MARCH = MonthSpan(date(2026, 3, 1), date(2026, 3, 31))
WHY = Said("议题已由省里统一部署，不再单独办理。")


def withdraw(matter: Matter, by: str = "municipal", said: Said = WHY, day: int = 25):
    return take_step(matter=matter, step="withdraw", by=user(by), said=said, at=at(day))


def now(matter: Matter) -> Matter:
    return Matter.objects.get(pk=matter.pk)


def test_it_ends_with_a_reason_by_who_asked_or_the_city(asked):
    for by, said, refusal in (
        ("municipal", Said(""), Refused),
        ("chunan-housing", WHY, NotAllowed),
        ("tonglu", WHY, NotAllowed),
    ):
        with pytest.raises(refusal):
            withdraw(asked, by, said)
    assert now(asked).version == 1
    made = withdraw(asked)
    found = now(asked)
    assert (found.state, found.closed_at, found.is_open, made.words) == ("withdrawn", at(25), False, WHY.words)
    told = Notice.objects.filter(item=f"said/{asked.code}", words__contains="撤办").get()
    assert told.organisation.code == "330127-housing"
    with pytest.raises(WrongState):
        take_step(matter=asked, step="sign", by=user("chunan-housing"), at=at(26))
    [row] = listed([found], date(2026, 5, 1))
    assert (row.days, row.light) == (None, "")


def test_it_can_be_taken_up_again(asked):
    withdraw(asked)
    take_step(matter=asked, step="reopen", by=user("municipal"), said=Said("还是要办。", date(2026, 4, 20)), at=at(26))
    assert (now(asked).state, now(asked).closed_at) == ("under_way", None)


def test_its_figure_moves_it_no_more(tied):  # noqa: F811
    withdraw(tied)
    official("100")
    assert follow_figures(at=at(26)) == 0
    official("1")
    assert follow_figures(at=at(27)) == 0
    assert (now(tied).state, now(tied).version) == ("withdrawn", 2)


def test_the_bulletin_counts_it_apart_and_the_next_month_not_at_all(asked):
    withdraw(asked)
    [row] = [row for row in results(user("municipal"), MARCH) if row.unit == asked.owner and asked in _matters(row)]
    assert [line.outcome for line in row.lines if line.matter == asked] == [WITHDRAWN]
    assert row.withdrawn == 1
    april = MonthSpan(date(2026, 4, 1), date(2026, 4, 30))
    assert not any(asked in _matters(row) for row in results(user("municipal"), april))


def _matters(row) -> list[Matter]:
    return [line.matter for line in row.lines]


def test_what_waited_to_be_told_leaves_no_more(asked, settings):
    settings.EMAIL_HOST = "mail.example.org"
    clerk = user("chunan-housing")
    User.objects.filter(pk=clerk.pk).update(email="a@example.org")
    Preference.objects.create(user=clerk, rhythm="daily")
    take_notices(at=at(22, 12))
    [waiting] = Delivery.objects.filter(person=clerk)
    assert waiting.state == "waiting"
    withdraw(asked, day=22)
    assert Delivery.objects.get(pk=waiting.pk).state == "withdrawn"
    message = Message.objects.get(pk=waiting.message_id)
    assert "撤办" in message.withdrawn_why
    take_notices(at=at(22, 13))
    [after] = Delivery.objects.filter(person=clerk, state="waiting")
    assert "撤办" in after.message.words

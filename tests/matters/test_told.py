"""Who asked is told what came of it, also where no unit's notices are read: leaders and administrators; and who is
named is told in person. What is told leads to the step or word that it tells of, and is read once it was opened."""

from datetime import date

import pytest
from django.core import mail
from django.utils import translation

from accounts.models import User
from matters.actions import Said, take_step
from matters.figure_ties import follow_figures
from matters.models import Matter, Remark
from matters.notes import Word, add_note, reply_to
from matters.things import find_thing
from messaging.models import Delivery, Message
from messaging.sending import deliver
from reporting.models import Notice
from tests.matters.conftest import PDF, at, user
from tests.matters.test_figure_ties import now, official, tied  # noqa: F401  (a fixture)

OWNER = "chunan"


def told(name: str) -> list[str]:
    """What was written to a person about matters and notes since the demonstration was made."""
    rows = Message.objects.filter(person__username=name, at__gte=at(22)).order_by("id")
    return list(rows.values_list("words", flat=True))


@pytest.fixture
def question(demo):
    thing = find_thing("cell", "330127/P02/2024", user("leader"))
    unit = user(OWNER).organisation
    word = Word("差在哪里？", Remark.Kind.QUESTION, [unit])
    return thing, add_note(thing=thing, word=word, by=user("leader"), at=at(22))


def test_a_leader_is_told_of_every_answer_but_a_signature(tied):  # noqa: F811
    take_step(matter=tied, step="sign", by=user(OWNER), at=at(23))
    assert told("leader") == []
    take_step(matter=tied, step="ask_delay", by=user(OWNER), said=Said("等批复。", date(2026, 6, 1)), at=at(23))
    take_step(matter=tied, step="refuse_delay", by=user("municipal"), said=Said("时间够用。"), at=at(23))
    take_step(matter=tied, step="report", by=user(OWNER), said=Said("好了。", files=[("证明.pdf", PDF)]), at=at(24))
    asked, refused, reported = told("leader")
    assert "申请延期" in asked
    assert asked.endswith("：等批复。")
    assert "不同意延期" in refused
    assert "报结" in reported
    message = Message.objects.filter(person__username="leader", is_demo=False).latest("id")
    assert message.href == f"/matters/{tied.code}/#step-{now(tied).version}"
    assert told("municipal") == []  # its unit's notices tell it


def test_a_leader_is_told_that_the_figure_closed_it(tied):  # noqa: F811
    version = official("100")
    follow_figures(at=at(23))
    [words] = told("leader")
    assert f"官方数值第{version}版为100" in words


def test_what_is_told_and_kept_is_chinese_whoever_takes_the_step(tied):  # noqa: F811
    with translation.override("en"):
        take_step(matter=tied, step="sign", by=user(OWNER), at=at(23))
        take_step(matter=tied, step="progress", by=user(OWNER), said=Said("在办。"), at=at(23))
        thing = find_thing("cell", "330127/P02/2024", user("leader"))
        word = Word("为什么？", Remark.Kind.QUESTION, [user(OWNER).organisation])
        note = add_note(thing=thing, word=word, by=user("leader"), at=at(24))
    assert "填报进展" in told("leader")[0]
    assert note.seen_version.endswith("版，滞后")
    words = Notice.objects.filter(organisation__code="330127-DRC", item__startswith="said/note/").latest("id").words
    assert "提问（淳安县2024年污水集中处理率，" in words


def test_who_has_lost_sight_of_it_is_told_nothing(tied):  # noqa: F811
    User.objects.filter(username="leader").update(role="department", organisation=user("stats").organisation)
    take_step(matter=tied, step="sign", by=user(OWNER), at=at(23))
    take_step(matter=tied, step="progress", by=user(OWNER), said=Said("在办。"), at=at(23))
    assert not Matter.objects.visible_to(user("leader")).filter(pk=tied.pk).exists()
    assert told("leader") == []


def test_an_answer_reaches_who_asked_and_everybody_named(question):
    thing, asked = question
    word = Word("请局长看。", persons=[user("chunan-housing")])
    reply_to(note=asked, thing=thing, word=word, by=user(OWNER), at=at(23))
    assert [len(told(name)) for name in ("leader", "chunan-housing", "chunan", "municipal")] == [1, 1, 0, 0]
    assert "官方数值第" in told("leader")[0]  # the version that is spoken of
    reply_to(note=asked, thing=thing, word=Word("看了。"), by=user("chunan-housing"), at=at(24))
    assert [len(told(name)) for name in ("leader", "chunan-housing")] == [2, 1]


def test_an_administrator_s_word_is_answered_in_person(demo):
    thing = find_thing("project", "X-0001", user("admin")) or find_thing("county", "330127", user("admin"))
    note = add_note(thing=thing, word=Word("编码对吗？", units=[user(OWNER).organisation]), by=user("admin"), at=at(22))
    reply_to(note=note, thing=thing, word=Word("对。"), by=user(OWNER), at=at(23))
    assert len(told("admin")) == 1


def test_it_goes_by_mail_to_who_has_an_address(tied, settings):  # noqa: F811
    settings.EMAIL_HOST = "mail.example.org"
    User.objects.filter(username="leader").update(email="leader@example.org")
    take_step(matter=tied, step="sign", by=user(OWNER), at=at(23))
    take_step(matter=tied, step="progress", by=user(OWNER), said=Said("在办。"), at=at(23))
    assert Delivery.objects.filter(person__username="leader").count() == 1
    deliver("mail", at=at(24))
    [letter] = mail.outbox
    assert letter.to == ["leader@example.org"]
    assert f"/matters/{tied.code}/#step-3" in letter.body


def test_a_message_is_read_once_it_was_opened_and_by_its_person_alone(question, clients):
    thing, asked = question
    reply = reply_to(note=asked, thing=thing, word=Word("新建的没有备案。"), by=user(OWNER), at=at(23))
    message = Message.objects.get(cause__startswith=f"note/{reply.pk}/")
    assert "新建的没有备案。" in clients["leader"].get("/messages/").content.decode()
    assert clients["municipal"].post(f"/messages/{message.pk}/open/").status_code == 404
    assert Message.objects.get(pk=message.pk).read_at is None
    answer = clients["leader"].post(f"/messages/{message.pk}/open/")
    assert answer.url == f"/on/cell/330127/P02/2024/#note-{reply.pk}"
    assert f'id="note-{reply.pk}"' in clients["leader"].get("/on/cell/330127/P02/2024/").content.decode()
    assert Message.objects.get(pk=message.pk).read_at is not None


def test_the_overview_says_so_until_all_is_read(question, clients):
    thing, asked = question
    Message.objects.filter(is_demo=True).update(read_at=at(1))
    reply_to(note=asked, thing=thing, word=Word("新建的没有备案。"), by=user(OWNER), at=at(23))
    assert "1条写给您的消息还没有读" in clients["leader"].get("/").content.decode()
    clients["leader"].post("/messages/read/")
    assert "写给您的消息" not in clients["leader"].get("/").content.decode()

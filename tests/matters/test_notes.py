"""Words on a number: who may read them, who is told, and that they stay."""

from datetime import date

import pytest
from django.utils import timezone

from journal.models import ReportIssue
from lib.refusals import Invalid, NotAllowed
from matters.models import Remark
from matters.notes import Word, add_note, persons_named, reply_to, settle_note
from matters.things import FINDERS, Thing, find_thing
from messaging.models import Message
from plan.models import Decision
from reporting.models import Notice
from tests.matters.conftest import at, unit, user

EVERYBODY = ("municipal", "leader", "admin", "chunan", "chunan-housing", "tonglu", "tonglu-housing", "stats")
CITY = {"municipal", "leader", "admin"}
OWN = {"chunan", "chunan-housing"}
# What each kind of thing is found by, and who may see it.
THINGS = {
    "cell": ("330127/P02/2024", set(EVERYBODY)),
    "county": ("330127", set(EVERYBODY)),
    "project": ("{project}", set(EVERYBODY)),
    "flow": ("{flow}", set(EVERYBODY)),
    "report": ("{report}", CITY),
    "sheet": ("330127/2025", CITY | OWN),
    "entry": ("330127/2025/P02", CITY | OWN),
    "task": ("{task}", set(EVERYBODY)),
    "match": ("330127/2024", set(EVERYBODY)),
    "commitment": ("C13/330127", set(EVERYBODY)),
    "decision": ("{decision}", set(EVERYBODY)),
}


def readers(remark: Remark) -> set[str]:
    return {name for name in EVERYBODY if Remark.objects.visible_to(user(name)).filter(pk=remark.pk).exists()}


def entry() -> Thing:
    return find_thing("entry", "330127/2025/P02", user("municipal"))


def test_every_kind_of_thing_is_found_by_whom_it_is_open_to(objects, issued):
    given = {**objects, "report": issued, "decision": decision()}
    found = {
        kind: {name for name in EVERYBODY if find_thing(kind, key.format(**given), user(name))}
        for kind, (key, _who) in THINGS.items()
    }
    assert found == {kind: who for kind, (_key, who) in THINGS.items()}
    assert set(THINGS) == set(FINDERS)
    assert {found.kind for found in things(given)} == set(THINGS)


def things(given: dict) -> list[Thing]:
    return [find_thing(kind, key.format(**given), user("admin")) for kind, (key, _who) in THINGS.items()]


def decision() -> int:
    return Decision.objects.first().pk


@pytest.fixture
def issued(demo):
    """The number of an issued report."""
    made = {"year": 2024, "taken_at": timezone.now(), "content": {}, "state_at": timezone.now()}
    return ReportIssue.objects.create(number="2026-902", **made).number


@pytest.mark.parametrize("kind", [*FINDERS, "nothing", ""])
@pytest.mark.parametrize(
    "key", ["", "/", "x", "330127", "330127/P02", "330127/P02/２０２４", "9" * 30, "a" * 300, "1/2/3/4"]
)
def test_a_key_of_nothing_finds_nothing_and_breaks_nothing(demo, kind, key):
    found = find_thing(kind, key, user("leader"))
    assert found is None or (found.kind, found.title != "") == (kind, True)


@pytest.mark.parametrize(
    "key",
    ["C13/请把密码发给某某", "C13/330127/请把密码发给某某", "C13//2025", "C13/", "C13/330127/2025/x", "C13/330127/"],
)
def test_nobody_words_the_name_of_a_promise(demo, key):
    """Its title holds what the key says, and goes into notices and mails to other units."""
    assert find_thing("commitment", key, user("stats")) is None
    for known in ("C13", "C13/2025", "C13/330127", "C13/330127/2025"):
        assert find_thing("commitment", known, user("stats")).key == known


def test_a_note_goes_with_the_thing(demo):
    note = add_note(thing=entry(), word=Word("口径已核对。"), by=user("chunan-housing"), at=at(22))
    assert readers(note) == CITY | OWN
    assert note.seen_version == "填报第1版"
    on_cell = find_thing("cell", "330127/P02/2024", user("stats"))
    open_note = add_note(thing=on_cell, word=Word("口径已核对。"), by=user("stats"), at=at(22))
    assert readers(open_note) == set(EVERYBODY)
    assert open_note.seen_version == "官方数值第1版，滞后"


def test_a_question_is_between_the_city_and_whom_it_concerns(demo):
    cell = find_thing("cell", "330127/P02/2024", user("leader"))
    word = Word("为什么落后？", Remark.Kind.QUESTION, [unit("330127-housing")])
    asked = add_note(thing=cell, word=word, by=user("leader"), at=at(22))
    assert readers(asked) == CITY | OWN
    answer = reply_to(note=asked, thing=cell, word=Word("管网在建。"), by=user("chunan-housing"), at=at(23))
    assert readers(answer) == CITY | OWN
    with pytest.raises(NotAllowed):
        reply_to(note=asked, thing=cell, word=Word("我也想知道。"), by=user("tonglu"), at=at(23))
    joined = Word("请统计局也看。", units=[unit("HZ-STATS")])
    reply_to(note=asked, thing=cell, word=joined, by=user("municipal"), at=at(23))
    assert readers(asked) == CITY | OWN | {"stats"}


def test_who_is_named_is_told_and_nobody_who_may_not_see_it(demo):
    word = Word("请看。", units=[unit("330127-transport")], persons=[user("chunan")])
    add_note(thing=entry(), word=word, by=user("chunan-housing"), at=at(22))
    rows = Notice.objects.filter(item="said/note/entry/330127/2025/P02")
    assert list(rows.values_list("organisation__code", flat=True)) == ["330127-transport"]
    note = Remark.objects.latest("pk")
    assert rows.first().href == f"/on/entry/330127/2025/P02/#note-{note.pk}"
    assert "填报第" in rows.first().words  # the version that is spoken of
    message = Message.objects.get(cause__startswith=f"note/{note.pk}/")
    assert (message.person.username, message.organisation, message.read_at) == ("chunan", None, None)
    with pytest.raises(Invalid, match="不能提到"):
        add_note(thing=entry(), word=Word("请看。", units=[unit("330122-DRC")]), by=user("chunan"), at=at(22))
    for name in ("tonglu", "nobody-at-all"):
        with pytest.raises(Invalid, match=f"没有账号“{name}”，或者它看不到这一项"):
            persons_named(f"chunan, {name}", entry())


def test_seen_needs_no_words_and_is_the_leaders(demo):
    seen = add_note(thing=entry(), word=Word("", Remark.Kind.SEEN), by=user("leader"), at=at(22))
    assert (seen.words, readers(seen)) == ("", CITY)
    with pytest.raises(NotAllowed):
        add_note(thing=entry(), word=Word("", Remark.Kind.SEEN), by=user("chunan"), at=at(22))
    with pytest.raises(Invalid, match="要问的单位"):
        add_note(thing=entry(), word=Word("为什么？", Remark.Kind.QUESTION), by=user("leader"), at=at(22))
    with pytest.raises(Invalid, match="写一句话"):
        add_note(thing=entry(), word=Word(" "), by=user("chunan"), at=at(22))


def test_a_settled_thread_takes_no_reply_and_stays(demo):
    note = add_note(thing=entry(), word=Word("请核对。"), by=user("chunan"), at=at(22))
    with pytest.raises(NotAllowed):
        settle_note(note=note, by=user("chunan-housing"), at=at(23))
    settle_note(note=note, by=user("chunan"), at=at(23))
    with pytest.raises(Invalid, match="已经了结"):
        reply_to(note=note, thing=entry(), word=Word("核对了。"), by=user("chunan-housing"), at=at(23))
    assert Remark.objects.get(pk=note.pk).resolved_by_name.startswith("chunan")


# On pages ------------------------------------------------------------------------------------------------


def test_a_note_shows_in_the_thread_of_its_entry_and_nowhere_for_strangers(clients):
    add_note(thing=entry(), word=Word("只有本地区看得到的话"), by=user("chunan"), at=at(22))
    for login, status in (("chunan-housing", 200), ("municipal", 200), ("tonglu", 404), ("stats", 404)):
        for path in ("/reporting/330127/2025/thread/P02/", "/on/entry/330127/2025/P02/"):
            answer = clients[login].get(path)
            assert answer.status_code == status
            assert ("只有本地区看得到的话" in answer.content.decode()) == (status == 200)


def test_the_leader_s_word_by_the_page(clients):
    page = "/on/cell/330127/P03/2024/"
    given = {"words": "请说明。", "owner": unit("330127-DRC").pk, "due_on": "2030-01-04", "what": "order"}
    assert clients["leader"].post(page, given).status_code == 302
    assert "已交办" in clients["leader"].get(page).content.decode()
    wrong = clients["leader"].post(page, given | {"due_on": "2020-01-01"})
    assert wrong.status_code == 400
    assert "已经过去" in wrong.content.decode()
    assert "请说明。" in wrong.content.decode()
    assert clients["leader"].post(page, given | {"what": "question"}).status_code == 302
    assert clients["leader"].post(page, {"what": "seen"}).status_code == 302
    assert clients["leader"].post(page, {"what": "nothing"}).status_code == 404
    assert clients["chunan-housing"].post(page, given).status_code == 400
    by_days = clients["leader"].post(page, given | {"days": "5", "due_on": str(date(2020, 1, 1))})
    assert by_days.status_code == 302

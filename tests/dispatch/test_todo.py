"""All that waits for a person: each role's own, the late first, gone when it is done, and the same number on the
overview."""

import re
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from access.actions import confirm_token, create_token
from accounts.models import Organisation, User
from dispatch.todo import KINDS, to_confirm, todo_of
from identity.models import FactorReset
from lib.files.shelf import Shelf
from matters.actions import take_step
from matters.models import Matter, Remark
from matters.notes import Word, add_note, reply_to
from matters.things import find_thing
from messaging.models import Message
from plan.models import Chapter, WorkItem
from plan.work import Task, assign_work, state_progress
from planning.confirming import open_facts, open_points
from pulling.actions import pull
from pulling.models import Source
from reporting.models import Notice, Part, Round, Submission
from reporting.reminders.notices import unread_for
from reporting.reminders.turns import turn_of

pytestmark = pytest.mark.usefixtures("demo")
TODAY = timezone.localdate


def user(name):
    return User.objects.get(username=name)


def rows(name, kind=None):
    return [row for row in todo_of(user(name), TODAY()) if kind in (None, row.kind)]


def what(name, kind):
    return [row.what for row in rows(name, kind)]


def page(client):
    answer = client.get("/todo/")
    assert answer.status_code == 200
    return answer.content.decode()


def task(due_on, unit="330127-health", title="补齐管网"):
    office = Organisation.objects.get(code=unit)
    asked = Task(title, Chapter.objects.first(), office, due_on, area=office.area)
    return assign_work(task=asked, by=user("municipal"))


@pytest.mark.parametrize("name", ["municipal", "chunan", "chunan-health"])
def test_the_sheet_is_told_in_the_words_of_whose_turn_it_is(name):
    (row,) = rows(name, "sheet")
    turn = turn_of(user(name), timezone.now())
    assert (row.what, row.href, row.button) == (turn.words, turn.href, turn.button)


def test_every_waiting_sheet_is_a_row_and_no_other_county_s():
    assert [row.place for row in rows("chunan", "sheet")] == ["淳安县 · 2025"]
    assert rows("tonglu-housing", "sheet") == []
    Submission.objects.filter(round__year=2025, area="330127").update(state="submitted", state_at=timezone.now())
    assert {row.place for row in rows("municipal", "sheet")} == {"建德市 · 2025", "淳安县 · 2025"}
    assert rows("chunan", "sheet") == []


def test_a_reopened_sheet_is_due_when_the_reopening_ends():
    day = TODAY() + timedelta(days=4)
    moment = timezone.now() + timedelta(days=4)
    Submission.objects.filter(round__year=2025, area="330127").update(state="reopened", reopened_until=moment)
    Round.objects.filter(year=2025).update(due_on=TODAY() - timedelta(days=30))
    (row,) = rows("chunan", "sheet")
    assert (row.due, row.late(TODAY())) == (day, 0)
    assert "还有4天" in turn_of(user("chunan"), timezone.now()).words


def test_what_is_late_comes_first_with_its_days(clients):
    Round.objects.filter(year=2025).update(due_on=TODAY() - timedelta(days=3))
    task(TODAY() - timedelta(days=9))
    task(TODAY() + timedelta(days=9), title="还早")
    found = rows("chunan-health")
    assert [(row.kind, row.late(TODAY())) for row in found if row.due] == [("task", 9), ("sheet", 3), ("task", 0)]
    assert [row.left for row in found if row.due] == ["已逾期9天", "已逾期3天", "还有9天"]
    assert "2件逾期" in page(clients["chunan-health"])


def test_a_task_is_listed_to_its_unit_alone_and_until_it_is_done():
    far = task(TODAY() + timedelta(days=31), title="一个多月以后")
    near = task(TODAY() + timedelta(days=30))
    assert what("chunan-health", "task") == [f"{near.code} 补齐管网"]
    assert far.title not in str(rows("chunan-health"))
    assert "补齐管网" not in str(rows("tonglu"))
    state_progress(item=near, words="已经补齐，验收通过", by=user("chunan-health"), new_state=WorkItem.State.DONE)
    assert rows("chunan-health", "task") == []


def test_a_matter_waits_for_whoever_takes_its_next_step():
    asked = Matter.objects.get(state=Matter.State.REPORTED)
    owner = asked.owner
    assert f"{asked.code} {asked.title}" in what("municipal", "matter")
    assert [row.button for row in rows("municipal", "matter") if row.href.endswith(f"/{asked.code}/")] == ["核实"]
    person = User.objects.filter(organisation=owner, role__in=["county", "bureau"]).first()
    assert asked.code not in str(rows(person.username, "matter"))
    take_step(matter=asked, step="verify", by=user("municipal"))
    assert [row.button for row in rows("municipal", "matter") if row.href.endswith(f"/{asked.code}/")] == ["销号"]


@pytest.mark.parametrize(("state", "button"), [("issued", "签收"), ("signed", "报结"), ("under_way", "报结")])
def test_its_unit_is_bound_by_the_day(state, button):
    unit = Organisation.objects.get(code="330127-health")
    matter = Matter.objects.filter(state__in=["issued", "signed", "under_way"]).first()
    Matter.objects.filter(pk=matter.pk).update(owner=unit, state=state, reach="open")
    (row,) = [row for row in rows("chunan-health", "matter") if row.href.endswith(f"/{matter.code}/")]
    assert (row.due, row.button) == (matter.due_on, button)


def test_a_question_waits_until_the_unit_has_answered():
    thing = find_thing("cell", "330127/P02/2024", user("municipal"))
    unit = Organisation.objects.get(code="330127-health")
    word = Word("为什么没有达标？", Remark.Kind.QUESTION, units=[unit])
    note = add_note(thing=thing, word=word, by=user("municipal"))
    (row,) = rows("chunan-health", "question")
    assert row.what.endswith("问：为什么没有达标？")
    assert row.href == "/on/cell/330127/P02/2024/"
    assert (rows("tonglu", "question"), rows("chunan", "question")) == ([], [])
    reply_to(note=note, thing=thing, word=Word("正在补管网，年底完成"), by=user("chunan-health"))
    assert rows("chunan-health", "question") == []


def test_a_promise_without_a_word_waits_for_its_county_s_office():
    assert what("chunan", "promise") == ["C15 巩固基本医疗保险高位参保率"]
    assert (rows("chunan-health", "promise"), rows("municipal", "promise")) == ([], [])


def test_what_of_the_plan_is_to_be_confirmed_is_told_to_the_city_and_not_counted(clients):
    points, facts = sum(len(kind.points) for kind in open_points()), sum(open_facts().values())
    told = [row.what for row in to_confirm(user("municipal"))]
    assert [int(re.search(r"有(\d+)项", text).group(1)) for text in told] == [points, facts]
    assert told == [row.what for row in to_confirm(user("admin"))]
    assert list(to_confirm(user("leader"))) == list(to_confirm(user("chunan"))) == []
    shown = page(clients["municipal"])
    assert all(text in shown.partition("方案里还没有确认的")[2] for text in told)
    assert f"<h1>{len(rows('municipal'))}件事等您办" in shown
    assert "还没有确认的" not in page(clients["leader"])


def a_source(failures=0):
    person = user("chunan-health")
    return Source.objects.create(
        uid="a1b2c3",
        organisation=person.organisation,
        name="卫健统计平台",
        kind="json",
        address="http://127.0.0.1:1/",
        next_at=timezone.now() + timedelta(days=1),
        failures=failures,
        created_at=timezone.now(),
        acts_as=person,
        acts_as_name=person.title,
    )


def test_a_source_that_gives_nothing_waits_for_its_unit_until_it_gives_again():
    source = a_source(failures=3)
    (row,) = rows("chunan-health", "pull")
    assert (row.what, row.href) == ("来源“卫健统计平台”连续3次没有取到数", "/pulls/a1b2c3/")
    assert [what(name, "pull") for name in ("tonglu-housing", "municipal", "admin")] == [[], [], []]
    source.failures = 0
    source.save()
    assert what("chunan-health", "pull") == []


def test_the_overview_counts_a_source_that_has_failed(clients):
    source = a_source()
    before = counted(clients["chunan-health"])
    pull(source=source)  # nobody answers there
    assert Source.objects.get().failures == 1
    assert counted(clients["chunan-health"]) == before + 1


def counted(client) -> int:
    """How many things wait, as the overview says."""
    return int(re.search(r"待办共(\d+)件", client.get("/").content.decode())[1])


def test_a_token_waits_for_an_administrator_until_it_is_agreed_to():
    unit = user("chunan-health").organisation
    token, _text = create_token(
        name="接口机", organisation=unit, scopes=("read", "write:entries"), by=user("chunan-health")
    )
    (row,) = rows("admin", "token")
    assert row.what == f"{unit.name}的令牌“接口机”等同意后才能写入"
    assert [what(name, "token") for name in ("chunan-health", "municipal")] == [[], []]
    confirm_token(token=token, by=user("admin"))
    assert what("admin", "token") == []


def test_a_reset_waits_for_the_second_person_and_not_for_who_asked():
    asked = {"user": user("chunan"), "reason": "手机遗失", "asked_at": timezone.now(), "asked_by_name": "甲"}
    reset = FactorReset.objects.create(**asked)
    (row,) = rows("admin", "reset")
    assert "甲提出：手机遗失" in row.what
    assert what("municipal", "reset") == []
    FactorReset.objects.filter(pk=reset.pk).update(asked_by=user("admin"))
    assert what("admin", "reset") == []


def test_what_is_to_be_read_is_counted():
    unread = unread_for(user("chunan")).count()
    assert what("chunan", "read") == [f"{unread}条通知还没有读"]
    Notice.objects.update(read_at=timezone.now())
    assert rows("chunan", "read") == []
    letters = Message.objects.unread_by(user("leader")).count()
    assert what("leader", "read") == [f"{letters}条写给您的消息还没有读"]


def test_nothing_is_said_in_words(clients):
    assert "没有等您办的事。" in page(clients["finance"])
    assert 'href="/todo/"' in clients["finance"].get("/reporting/", follow=True).content.decode()


@pytest.mark.parametrize("name", ["municipal", "leader", "chunan", "chunan-health", "jiande"])
def test_the_overview_counts_what_the_page_lists(clients, name):
    listed = page(clients[name])
    number = listed.count("<tr") - 1
    assert number == len(rows(name)) > 0
    assert f"待办共{number}件" in clients[name].get("/").content.decode()
    assert f"待办共{number}件" in clients[name].get("/").content.decode()  # the second time from what is kept


def test_the_overview_counts_anew_after_a_matter_has_moved(clients):
    """Also for a browser that holds the page already."""
    before, tag = len(rows("municipal")), clients["municipal"].get("/")["ETag"]
    asked = Matter.objects.get(state=Matter.State.VERIFIED)
    take_step(matter=asked, step="close", by=user("municipal"))
    answer = clients["municipal"].get("/", headers={"if-none-match": tag})
    assert answer.status_code == 200
    assert asked.code not in str(rows("municipal"))
    assert f"待办共{before - 1}件" in answer.content.decode()


def test_a_table_that_was_sent_and_not_confirmed_is_listed_to_its_sender_alone(clients, settings, tmp_path):
    settings.VAR_DIR = tmp_path
    sender = user("chunan-health")
    token = Shelf("sheets").keep(b"x", user=sender.pk, place="330127/2025", name="卫健.xlsx", said={})
    Shelf("flows").keep(b"x", user=user("municipal").pk, place="", name="别人的.xlsx", said={})
    listed = page(clients["chunan-health"])
    assert f'href="/reporting/330127/2025/upload/{token}/"' in listed
    assert "卫健.xlsx" in listed
    assert "别人的.xlsx" not in listed
    assert "别人的.xlsx" in page(clients["municipal"])


def test_a_real_upload_is_found_again_by_its_address(clients, settings, tmp_path):
    settings.VAR_DIR = tmp_path
    blank = clients["chunan-health"].get("/reporting/330127/2025/sheet.xlsx")
    file = SimpleUploadedFile("表.xlsx", b"".join(blank) if blank.streaming else blank.content)
    sent = clients["chunan-health"].post("/reporting/330127/2025/upload/", {"file": file})
    assert sent.status_code == 302
    assert f'href="{sent["Location"]}"' in page(clients["chunan-health"])
    assert clients["chunan-health"].get(sent["Location"]).status_code == 200


def test_it_costs_the_same_however_much_waits(clients, django_assert_max_num_queries):
    with django_assert_max_num_queries(40):
        rows("municipal")
    for place in range(12):
        task(TODAY() + timedelta(days=place))
    with django_assert_max_num_queries(40):
        rows("chunan-health")


def test_every_kind_has_a_name():
    assert {row.kind for name in ("municipal", "chunan", "leader") for row in rows(name)} <= set(KINDS)


def test_a_part_that_was_handed_over_waits_no_more():
    unit = user("chunan-health").organisation
    Part.objects.filter(organisation=unit).update(state=Part.State.HANDED_OVER)
    assert rows("chunan-health", "sheet") == []

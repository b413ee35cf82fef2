"""A matter's way from 交办 to 销号: each step by whom, from where, with what it needs, and what is left behind."""

from datetime import date

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import User
from journal.models import AuditEntry
from lib.refusals import Invalid, NotAllowed, Refused, WrongState
from matters.actions import Order, Said, issue_matter, take_step, take_steps
from matters.models import Matter, MatterFile, MatterStep
from matters.steps import RULES
from matters.things import find_thing
from reporting.models import Notice
from tests.examples import examples
from tests.matters.conftest import PDF, at, unit, user

PROOF = [("证明.pdf", PDF)]
OWNER, CITY, LEADER = "chunan-housing", "municipal", "leader"
LATER = date(2026, 4, 20)


def step(matter: Matter, name: str, by: str, said: Said | None = None, day: int = 23) -> MatterStep:
    return take_step(matter=matter, step=name, by=user(by), said=said, at=at(day))


def reported(matter: Matter) -> Matter:
    step(matter, "sign", OWNER)
    step(matter, "report", OWNER, Said("已核对。", files=PROOF))
    return Matter.objects.get(pk=matter.pk)


def test_the_whole_way(asked):
    reported(asked)
    step(asked, "send_back", CITY, Said("附件看不清。"))
    step(asked, "progress", OWNER, Said("重新扫描。", percent_done=90))
    step(asked, "report", OWNER, Said("已重新扫描。", files=[("重扫.pdf", PDF + b"\n")]))
    step(asked, "verify", CITY)
    step(asked, "close", LEADER)
    matter = Matter.objects.get(pk=asked.pk)
    assert (matter.state, matter.closed_at, matter.percent_done) == ("closed", at(23), 90)
    taken = list(matter.steps.values_list("number", "step", "old_state", "new_state"))
    assert taken == [
        (1, "issue", "", "issued"),
        (2, "sign", "issued", "signed"),
        (3, "report", "signed", "reported"),
        (4, "send_back", "reported", "under_way"),
        (5, "progress", "under_way", "under_way"),
        (6, "report", "under_way", "reported"),
        (7, "verify", "reported", "verified"),
        (8, "close", "verified", "closed"),
    ]
    rows = AuditEntry.objects.filter(subject="matters.matter", key=matter.code)
    assert sorted(row.action for row in rows) == sorted(f"matter_{name}" for _n, name, _o, _s in taken)
    assert {row.area_id for row in rows} == {None}  # a county's other units read no word of it in the log
    assert [path.read_bytes() for path in sorted(each.path for each in MatterFile.objects.filter(step__matter=matter))]


def test_a_delay_is_asked_for_refused_asked_again_and_granted(asked):
    step(asked, "sign", OWNER)
    step(asked, "ask_delay", OWNER, Said("等批复。", LATER))
    assert Matter.objects.get(pk=asked.pk).state_words == "已签收 · 申请延期"
    with pytest.raises(WrongState):
        step(asked, "ask_delay", OWNER, Said("等批复。", LATER))
    step(asked, "refuse_delay", CITY, Said("时间够用。"))
    assert Matter.objects.get(pk=asked.pk).due_on == date(2026, 3, 31)
    step(asked, "ask_delay", OWNER, Said("批复推迟了。", LATER))
    step(asked, "grant_delay", CITY)
    found = Matter.objects.get(pk=asked.pk)
    assert (found.due_on, found.asked_due_on, found.state) == (LATER, None, "signed")


def test_no_day_is_further_away_than_anybody_plans(asked):
    """At issuing, asking for a delay and reopening: each lists the matter by its working days from then on."""
    far = date(9999, 12, 31)
    thing = find_thing("cell", "330127/P02/2024", user(CITY))
    with pytest.raises(Invalid, match="最晚写到 2036 年"):
        issue_matter(thing=thing, order=Order("请办。", unit("330127-housing"), far), by=user(CITY), at=at(22))
    step(asked, "sign", OWNER)
    with pytest.raises(Invalid, match="最晚写到 2036 年"):
        step(asked, "ask_delay", OWNER, Said("等批复。", far))
    step(asked, "withdraw", CITY, Said("不用办了。"))
    with pytest.raises(Invalid, match="最晚写到 2036 年"):
        step(asked, "reopen", CITY, Said("还是要办。", far))
    assert Matter.objects.get(pk=asked.pk).due_on == date(2026, 3, 31)


def test_what_is_reported_asks_for_no_delay_any_more(asked):
    step(asked, "sign", OWNER)
    step(asked, "ask_delay", OWNER, Said("等批复。", LATER))
    step(asked, "report", OWNER, Said("批复到了。", files=PROOF))
    assert Matter.objects.get(pk=asked.pk).asked_due_on is None


@pytest.mark.parametrize(
    ("name", "said", "told"),
    [
        ("report", Said("已核对。"), "佐证材料"),
        ("report", Said("  ", files=PROOF), "请写明"),
        ("report", Said("已核对。", files=[("x.exe", b"MZ program")]), "程序文件"),
        ("ask_delay", Said("等批复。", date(2026, 3, 31)), "应晚于现在的期限 2026-03-31"),
        ("ask_delay", Said("等批复。"), "应晚于"),
        ("ask_delay", Said("", LATER), "请写明"),
        ("progress", Said(""), "请写明"),
        ("progress", Said("长" * 4001), "最多写4000个字，现在有4001个"),
        ("nothing", Said("x"), "没有“nothing”这一步"),
        ("fig_closes", Said("x"), "没有“fig_closes”这一步"),
    ],
)
def test_what_a_step_needs(asked, media, name, said, told):
    step(asked, "sign", OWNER)
    with pytest.raises(Refused, match=told):
        step(asked, name, OWNER, said)
    assert Matter.objects.get(pk=asked.pk).version == 2
    assert list(media.rglob("*.*")) == [path for path in media.rglob("*") if path.is_file()] == []


def test_an_escalation_waits_for_the_due_date(asked):
    with pytest.raises(Invalid, match="2026-03-31，还没有过"):
        step(asked, "escalate", CITY, Said("催办。"))
    Matter.objects.filter(pk=asked.pk).update(due_on=date(2026, 3, 20))
    step(asked, "escalate", CITY, Said("请县领导过问。"))
    assert Matter.objects.get(pk=asked.pk).level == 1
    told = Notice.objects.filter(item=f"said/{asked.code}", words__contains="升级")
    assert sorted(told.values_list("organisation__code", flat=True)) == ["330127-DRC", "330127-housing"]


def test_reopening_needs_a_day(asked):
    reported(asked)
    step(asked, "verify", CITY)
    step(asked, "close", CITY)
    with pytest.raises(Invalid, match="恢复办理后的期限"):
        step(asked, "reopen", CITY, Said("又不对了。"))
    step(asked, "reopen", CITY, Said("又不对了。", LATER))
    found = Matter.objects.get(pk=asked.pk)
    assert (found.state, found.due_on, found.closed_at) == ("under_way", LATER, None)


def test_who_reported_it_does_not_check_it_after_a_move_to_the_city(asked):
    reported(asked)
    User.objects.filter(username=OWNER).update(role="municipal", organisation=unit("HZDRC"))
    with pytest.raises(NotAllowed, match="报结过"):
        step(asked, "verify", OWNER)
    assert step(asked, "verify", CITY).new_state == "verified"
    with pytest.raises(NotAllowed, match="报结过"):
        step(asked, "close", OWNER)


def test_many_at_once_each_told_of(asked):
    other = Matter.objects.get(state="closed")
    found = take_steps(matters=[asked, other], step="sign", by=user(OWNER), at=at(23))
    assert found[0] == (asked, "")
    assert "权限范围" in found[1][1]
    with pytest.raises(Invalid, match="一件一件"):
        take_steps(matters=[asked], step="report", by=user(OWNER))


# Who is told ---------------------------------------------------------------------------------------------


def test_each_step_is_told_to_whom_it_concerns(asked):
    def told() -> list[str]:
        rows = Notice.objects.filter(item=f"said/{asked.code}").order_by("id")
        return list(rows.values_list("organisation__code", flat=True))

    assert told() == ["330127-housing"]
    step(asked, "sign", OWNER)
    assert told() == ["330127-housing", "HZDRC"]
    notice = Notice.objects.filter(item=f"said/{asked.code}").first()
    assert (notice.href, notice.kind_words) == (f"/matters/{asked.code}/#step-2", "督办")


# Whom one may ask ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("by", "owner", "kind", "key", "refusal"),
    [
        ("municipal", "HZDRC", "county", "330127", NotAllowed),  # the own unit
        ("leader", "HZDRC", "county", "330127", None),
        ("chunan", "330127-housing", "county", "330127", None),
        ("chunan", "330127-DRC", "county", "330127", NotAllowed),
        ("chunan", "330122-housing", "county", "330127", NotAllowed),
        ("chunan-housing", "330127-transport", "county", "330127", NotAllowed),
        ("stats", "330127-DRC", "county", "330127", NotAllowed),
        ("admin", "330127-DRC", "county", "330127", NotAllowed),
        ("municipal", "330122-DRC", "entry", "330127/2025/P02", Invalid),  # may not see it
        ("municipal", "HZ-FINANCE", "entry", "330127/2025/P02", Invalid),
        ("municipal", "330127-transport", "entry", "330127/2025/P02", None),
    ],
)
def test_who_asks_whom(demo, by, owner, kind, key, refusal):
    thing, order = find_thing(kind, key, user("municipal")), Order("请办。", unit(owner), date(2026, 3, 31))
    before = Matter.objects.count()
    if refusal is None:
        assert issue_matter(thing=thing, order=order, by=user(by), at=at(22)).state == "issued"
    else:
        with pytest.raises(refusal):
            issue_matter(thing=thing, order=order, by=user(by), at=at(22))
        assert Matter.objects.count() == before


def test_what_an_order_needs(demo):
    thing, by = find_thing("county", "330127", user("municipal")), user("municipal")
    for order, told in [
        (Order("  ", unit("330127-DRC"), date(2026, 3, 31)), "要办什么"),
        (Order("请办。", unit("330127-DRC"), date(2026, 3, 21)), "已经过去"),
        (Order("请办。", unit("330127-DRC"), date(2026, 3, 31), helpers=[unit("330127-DRC")]), "不用再列为协办"),
        (Order("请核对。", unit("330127-DRC"), date(2026, 3, 31), Matter.Origin.CONTRADICTION), "另一个单位"),
    ]:
        with pytest.raises(Invalid, match=told):
            issue_matter(thing=thing, order=order, by=by, at=at(22))


# Any sequence of steps by anybody ------------------------------------------------------------------------

PEOPLE = ("municipal", "leader", "admin", "chunan", "chunan-housing", "tonglu", "tonglu-housing", "stats", "finance")
SEES = {"municipal", "leader", "admin", "chunan", "chunan-housing"}
DAYS = st.sampled_from([None, date(2026, 3, 1), date(2026, 4, 1), date(2026, 5, 1), date(2026, 6, 1)])
tries = st.lists(
    st.tuples(
        st.sampled_from([*RULES, "issue", ""]),
        st.sampled_from(PEOPLE) | st.sampled_from(["chunan-housing", "municipal"]),
        st.sampled_from(["", "有话", "请办"]),
        DAYS,
        st.booleans(),
        st.integers(23, 31),
    ),
    max_size=25,
)


@settings(
    max_examples=examples(30),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(tries)
def test_whatever_anybody_tries(asked, everybody, tries):
    """No matter in two states, none lost, every step in both logs, nothing told to who may not see the thing."""
    with transaction.atomic():
        for name, by, words, day, has_file, on in tries:
            before = Matter.objects.get(pk=asked.pk)
            said = Said(words, day, 50, PROOF if has_file else ())
            try:
                made = take_step(matter=asked, step=name, by=everybody[by], said=said, at=at(on))
            except Refused:
                assert Matter.objects.filter(pk=asked.pk).values().get() == _values(before)
            else:
                assert by in SEES
                assert made.old_state == before.state
                assert before.state in RULES[name].starts
        check(asked, everybody)
        transaction.set_rollback(True)


def _values(matter: Matter) -> dict:
    return {field.attname: getattr(matter, field.attname) for field in matter._meta.concrete_fields}


@pytest.fixture
def everybody(demo):
    return {name: user(name) for name in PEOPLE}


def check(asked: Matter, everybody: dict[str, User]) -> None:
    matter = Matter.objects.get(pk=asked.pk)
    steps = list(matter.steps.order_by("number"))
    assert [each.number for each in steps] == list(range(1, matter.version + 1))
    assert [each.old_state for each in steps[1:]] == [each.new_state for each in steps[:-1]]
    assert steps[-1].new_state == matter.state
    assert (matter.closed_at is not None) == (matter.state in ("closed", "withdrawn"))
    logged = AuditEntry.objects.filter(subject="matters.matter", key=matter.code).order_by("id")
    assert [row.action for row in logged] == [f"matter_{each.step}" for each in steps]
    seen = {name for name, each in everybody.items() if Matter.objects.visible_to(each).filter(pk=matter.pk).exists()}
    assert seen == SEES
    told = set(Notice.objects.filter(item=f"said/{matter.code}").values_list("organisation__code", flat=True))
    assert told <= {"330127-housing", "330127-DRC", "HZDRC"}
    for name in set(PEOPLE) - SEES:
        assert not AuditEntry.objects.visible_to(everybody[name]).filter(key=matter.code).exists()
        assert not MatterFile.objects.visible_to(everybody[name]).filter(step__matter=matter).exists()

"""Any sequence of orders, steps and turns of the figure, by anybody, on several matters at once, held against a second
and obvious account of what a step does. No matter is in two states, none is lost, every step stands in both logs, and
nobody is told or shown anything of a matter that he may not see."""

from dataclasses import dataclass, field
from datetime import date

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from accounts.models import User
from dispatch.lines import Dispatch
from journal.models import AuditEntry
from lib.refusals import Refused
from matters.actions import Order, Said, issue_matter, remove_demo_matters, take_step
from matters.causes import Stand
from matters.figure_ties import follow
from matters.models import Matter, MatterFile, MatterStep
from matters.steps import RULES
from matters.things import find_thing
from messaging.models import Message
from reporting.models import Notice
from tests.examples import examples
from tests.matters.conftest import PDF, TODAY, at, unit, user

PEOPLE = ("municipal", "leader", "admin", "chunan", "chunan-housing", "tonglu", "tonglu-housing", "stats", "finance")
THINGS = (
    ("cell", "330127/P02/2024", "330127-housing"),
    ("entry", "330127/2025/P02", "330127-housing"),
    ("project", "", "330127-DRC"),
)
CITY = {"municipal", "leader", "admin"}
SEES = CITY | {"chunan", "chunan-housing"}
OPEN = ("issued", "signed", "under_way", "reported", "verified")
# What each step makes of a state, written out once more, by hand.
AFTER = {
    "sign": {"issued": "signed"},
    "progress": {"signed": "under_way", "under_way": "under_way"},
    "ask_delay": {"signed": "signed", "under_way": "under_way"},
    "grant_delay": {"signed": "signed", "under_way": "under_way"},
    "refuse_delay": {"signed": "signed", "under_way": "under_way"},
    "report": {"signed": "reported", "under_way": "reported"},
    "verify": {"reported": "verified"},
    "send_back": {"reported": "under_way", "verified": "under_way"},
    "close": {"verified": "closed"},
    "withdraw": dict.fromkeys(OPEN, "withdrawn"),
    "escalate": {"issued": "issued", "signed": "signed", "under_way": "under_way"},
    "reopen": {"closed": "under_way", "withdrawn": "under_way"},
    "keep_closed": {"closed": "closed"},
}
DAYS = st.sampled_from([None, date(2026, 3, 1), date(2026, 4, 1), date(2026, 5, 1), date(2026, 6, 1)])
people = st.sampled_from(PEOPLE) | st.sampled_from(["chunan-housing", "municipal", "chunan"])
steps = st.tuples(
    st.just("step"),
    st.integers(0, 3),
    st.sampled_from([*AFTER, "fig_closes", "fig_turns", "issue", ""]),
    people,
    st.sampled_from(["", "有话", "请办"]),
    DAYS,
    st.booleans(),
)
forward = st.tuples(st.just("forward"), st.integers(0, 3), st.integers(0, 9))
orders = st.tuples(st.just("order"), st.integers(0, 2), people)
figures = st.tuples(st.just("figure"), st.sampled_from(["met", "behind", "near"]))
tries = st.lists(forward | forward | steps | steps | orders | figures, min_size=4, max_size=30)


@dataclass
class Account:
    """What the obvious account says of the matters, by their codes: their states one after the other."""

    states: dict[str, list[str]] = field(default_factory=dict)
    codes: list[str] = field(default_factory=list)
    versions: int = 0
    logged: int = 0  # the newest row of the audit log before

    def begin(self, code: str) -> None:
        self.states[code] = ["issued"]
        self.codes.append(code)


@pytest.fixture
def everybody(demo, media):
    remove_demo_matters()
    return {name: user(name) for name in PEOPLE}


@pytest.fixture
def things(everybody):
    project = next(line.name for line in Dispatch(user("municipal"), TODAY).lines() if line.kind == "late_project")
    named = [(kind, key or project, code) for kind, key, code in THINGS]
    return [(find_thing(kind, key, user("municipal")), unit(code)) for kind, key, code in named]


@settings(
    max_examples=examples(15),
    deadline=None,
    phases=(Phase.reuse, Phase.generate),  # to make a failing sequence shorter takes minutes, for each walks the site
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(tries)
def test_whatever_anybody_does_to_several(everybody, things, tries):
    account = Account(logged=AuditEntry.objects.latest("id").pk)
    with transaction.atomic():
        for what, *rest in (("order", 0, "leader"), ("order", 1, "municipal"), *tries):
            {"order": order, "step": step, "figure": figure, "forward": go_forward}[what](
                account, everybody, things, *rest
            )
        check(account, everybody)
        transaction.set_rollback(True)


def order(account: Account, everybody, things, which: int, by: str) -> None:
    thing, owner = things[which]
    wanted = Order("请办。", owner, date(2026, 3, 31))
    try:
        made = issue_matter(thing=thing, order=wanted, by=everybody[by], at=at(22))
    except Refused:
        return
    assert by in {"municipal", "leader", "chunan"}
    account.begin(made.code)


def step(account, everybody, things, which, name, by, words, day, has_file) -> None:
    code = account.codes[which % len(account.codes)]
    before = Matter.objects.filter(code=code).values().get()
    said = Said(words, day, 50, [("证明.pdf", PDF)] if has_file else ())
    try:
        take_step(matter=Matter.objects.get(code=code), step=name, by=everybody[by], said=said, at=at(24))
    except Refused:
        assert Matter.objects.filter(code=code).values().get() == before
        return
    assert by in SEES
    account.states[code].append(AFTER[name][account.states[code][-1]])


def go_forward(account, everybody, things, which: int, place: int) -> None:
    """One of the steps that may be next, by whom it belongs to: so that a sequence comes far."""
    code = account.codes[which % len(account.codes)]
    matter = Matter.objects.select_related("owner").get(code=code)
    nexts = [name for name, after in AFTER.items() if matter.state in after]
    name = nexts[place % len(nexts)]
    owner = next(login for login, person in everybody.items() if person.own_unit_id == matter.owner_id)
    by = owner if RULES[name].who == "owner" else "municipal"
    step(account, everybody, things, which, name, by, "有话", date(2026, 6, 1), True)


def figure(account, everybody, things, status) -> None:
    """The figure says another thing, with a version of its own; only the first thing's matters follow it."""
    account.versions += 1
    stand = Stand(f"{account.versions}/1/{status}", f"官方数值第{account.versions}版。", account.versions)
    for code in account.codes:
        matter = Matter.objects.get(code=code)
        if matter.indicator_id is None:
            continue
        now = account.states[code][-1]
        was_met, asked = matter.figure_mark.endswith("/met"), matter.asks_reopening
        moved = follow(matter.pk, stand, at=at(25))
        if now in OPEN and status == "met" or now == "closed" and (asked if status == "met" else was_met and not asked):
            account.states[code].append("closed")
        else:
            assert not moved


def check(account: Account, everybody: dict[str, User]) -> None:
    assert sorted(Matter.objects.values_list("code", flat=True)) == sorted(account.codes)  # none lost, none twice
    shown = {name: on_the_list(person) for name, person in everybody.items() if name not in SEES}
    for matter in Matter.objects.select_related("owner"):
        taken = list(matter.steps.order_by("number"))
        assert [each.new_state for each in taken] == account.states[matter.code]
        assert [each.number for each in taken] == list(range(1, matter.version + 1))
        assert [each.old_state for each in taken] == ["", *account.states[matter.code][:-1]]
        assert matter.state == account.states[matter.code][-1]
        assert (matter.closed_at is not None) == (matter.state in ("closed", "withdrawn"))
        rows = AuditEntry.objects.filter(subject="matters.matter", key=matter.code, id__gt=account.logged).order_by(
            "id"
        )
        assert [row.action for row in rows] == [f"matter_{each.step}" for each in taken]
        check_next(matter, everybody)
        for name, person in everybody.items():
            check_sight(matter, name, person, account.logged)
        assert not any(matter.code in codes for codes in shown.values())


def check_next(matter: Matter, everybody: dict[str, User]) -> None:
    """Every step, tried by whom it may belong to and with all that it could ask for: none leads elsewhere than by the
    obvious account."""
    now = matter.state
    owner = next(name for name, person in everybody.items() if person.own_unit_id == matter.owner_id)
    for name, after in AFTER.items():
        for by in (owner, "municipal"):
            state = tried(matter, name, everybody[by])
            assert state is None or (now in after and state == after[now])


def tried(matter: Matter, name: str, by: User) -> str | None:
    """The state that a step leads to, taken back at once; None where it is refused."""
    said = Said("有话", date(2026, 6, 1), 50, [("证明.pdf", PDF)])
    try:
        with transaction.atomic():
            state = take_step(matter=matter, step=name, by=by, said=said, at=at(26)).new_state
            transaction.set_rollback(True)
    except Refused:
        return None
    return state


def on_the_list(person: User) -> set[str]:
    """The matters of the dispatch list, alone or on the line of their cause."""
    if not (person.sees_all_counties or person.own_area_code):
        return set()
    lines = Dispatch(person, TODAY).lines()
    return {line.name for line in lines if line.kind == "matter"} | {
        each.code for line in lines for each in line.matters
    }


def check_sight(matter: Matter, name: str, person: User, logged: int) -> None:
    """Who sees it sees it everywhere; who does not is told and shown nothing, wherever he looks."""
    may_see = Matter.objects.visible_to(person).filter(pk=matter.pk).exists()
    assert may_see == (name in CITY or name == "chunan" or person.own_unit_id == matter.owner_id)
    if may_see:
        return
    assert not MatterStep.objects.filter(matter__in=Matter.objects.visible_to(person), matter=matter).exists()
    assert not MatterFile.objects.visible_to(person).filter(step__matter=matter).exists()
    assert not AuditEntry.objects.visible_to(person).filter(key=matter.code, id__gt=logged).exists()
    assert not Notice.objects.visible_to(person).filter(words__contains=matter.code).exists()
    assert not Message.objects.visible_to(person).filter(words__contains=matter.code).exists()

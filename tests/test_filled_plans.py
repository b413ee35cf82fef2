"""Sites of two other cities' plans in the middle of their work: every page as every role, and nobody's."""

import re
from datetime import date
from decimal import Decimal

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from areas.models import Area
from commitments.frames import standings
from dispatch.lines import Dispatch
from projects.actions import create_project
from projects.changes.parts import Amount, Parts
from projects.landing.landed_projects import goal_counters
from tests.filled_plans import ROLES, addresses, fill, make_people
from tests.plans_of_kinds import fourteen_of_kinds, one_county_of_kinds
from tests.test_other_city import OF_THE_EXAMPLE, body, load, uneven, words_of
from tests.worlds import world

# Of what the roles of one plan may not open the same answers come for the other.
REFUSED = (403, 404)


@world("filled_one", base="empty")
def _fill_one():
    load(one_county_of_kinds())
    return fill(make_people())


@world("filled_fourteen", base="empty")
def _fill_fourteen():
    load(fourteen_of_kinds())
    return fill(make_people())


@pytest.fixture
def filled_one(db, _images):
    """One county, five rows of five kinds; what stands for each thing in an address."""
    return _images.notes["filled_one"]


@pytest.fixture
def filled_fourteen(db, _images):
    """Fourteen areas, forty rows of seven kinds, over ten years."""
    return _images.notes["filled_fourteen"]


def walked(name: str | None, language: str, made: dict) -> tuple[dict[str, object], set[str]]:
    """What is wrong, by address; and the addresses that open."""
    client = Client()
    if name:
        client.force_login(User.objects.get(username=name))
    client.cookies["django_language"] = language
    wrong: dict[str, object] = {}
    opened = set()
    for path in addresses(made):
        answer = client.get(path)
        content = body(answer)
        said = sorted(set(OF_THE_EXAMPLE.findall(words_of(content)))) + uneven(content)
        if answer.status_code not in (200, 302, *REFUSED) or said:
            wrong[path] = said or answer.status_code
        if answer.status_code == 200:
            opened.add(path)
    return wrong, opened


# How many of the addresses open, at least: a role that sees nothing would find no fault.
LEAST = {"admin": 70, "city": 70, "leader": 55, "county": 45, "bureau": 45, "stats": 40, None: 2}


@pytest.mark.parametrize("name", ROLES)
def test_every_role_of_one_county_sees_its_own_plan_alone(filled_one, name):
    wrong, opened = walked(name, "en", filled_one)
    assert wrong == {}
    assert len(opened) >= LEAST[name]


@pytest.mark.parametrize("name", ROLES)
def test_every_role_of_fourteen_sees_its_own_plan_alone(filled_fourteen, name):
    wrong, opened = walked(name, "zh-hans", filled_fourteen)
    assert wrong == {}
    assert len(opened) >= LEAST[name]


def test_what_is_filled_shows(filled_one):
    client = Client()
    client.force_login(User.objects.get(username="city"))
    county = Area.objects.counties().get()
    told = {
        "/projects/": "云岭县客运站改造",
        "/plan/tasks/": "完成村道养护方案",
        "/plan/meetings/": "专班第一次会议",
        "/matters/": "请说明差距原因",
        f"/counties/{county.code}/": county.name,
        "/peers/": "邻省县域统计",
    }
    assert {path: words in client.get(path).content.decode() for path, words in told.items()} == dict.fromkeys(
        told, True
    )


def test_the_overview_s_money_is_that_of_its_own_rule(filled_one):
    """Half a yuan for each yuan, where no source is promised yearly."""
    client = Client()
    client.force_login(User.objects.get(username="city"))
    page = client.get("/?year=2022").content.decode()
    card = re.search(r'<section class="card promises">.*?</section>', page, re.DOTALL)[0]
    assert re.search(r"县级配套</a>\s*<span><b[^>]*>1\u00a0:\u00a00\.91</b> / 1\u00a0:\u00a00\.5 ", card)
    assert "没有登记资金" not in card
    assert "亿元</small>" not in card


def test_in_the_dispatch_list_what_the_plan_binds_to_comes_before_the_rest_of_its_kind(filled_fourteen):
    user, today = User.objects.get(username="city"), timezone.localdate()
    lines = [line for line in Dispatch(user, today).lines() if line.kind == "underfunded"]
    order = [line.is_binding for line in lines]
    assert order == sorted(order, reverse=True)
    assert set(order) == {True, False}
    for is_binding in (True, False):
        weights = [line.weight for line in lines if line.is_binding is is_binding]
        assert weights == sorted(weights, reverse=True)
    client = Client()
    client.force_login(user)
    shown = client.get("/dispatch/?by=kind&force=binding").content.decode()
    told = {line.what: line.what in shown for line in lines}
    assert told == {line.what: line.is_binding for line in lines}


def test_a_promise_counts_projects_from_the_size_that_the_plan_names(db):
    """Also below the hundred million yuan from which the register counts where nothing is named."""
    data = one_county_of_kinds()
    (promise,) = [row for row in data["commitments"] if row["code"] == "K07"]
    promise["least_total_yi"] = 0.5
    load(data)
    county = Area.objects.counties().get()
    for name, total in (("小厂", "0.6"), ("更小的厂", "0.4")):
        values = {"name": name, "field_id": "roads", "is_industrial": True, "landed_on": date(2022, 5, 4)}
        values["landing_basis"] = "started"
        amounts = [Amount("signed", Decimal(total), "2022-05", "协议")]
        create_project(values=values, parts=Parts({county.code: Decimal(1)}), by=None, amounts=amounts)
    user = User.objects.get(username="city")
    (line,) = next(row.lines for row in standings(date(2022, 12, 31), user=user) if row.commitment.code == "K07")
    counters, _is_demo = goal_counters(user, date(2022, 12, 31))
    assert (line.progress.done, [(row.name, row.done) for row in counters]) == (1, [("0.5亿元以上产业项目", 1)])


def test_the_name_of_a_county_stands_apart_from_what_is_said_of_it_in_english(filled_one):
    client = Client()
    client.force_login(User.objects.get(username="city"))
    client.cookies["django_language"] = "en"
    words = re.sub(r"<[^>]+>", "", client.get("/indicators/T1/").content.decode())
    assert re.search(r"Yunling\s+value or final target missing", words)

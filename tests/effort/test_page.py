"""The page of the smallest effort: what it shows is what the rows and projects say, and what-if agrees."""

import re

import pytest

from effort.choices import NOTHING_CHOSEN, EffortChoice, EffortQuestion, EffortRow, is_allowed, reached
from indicators.models import Assessment
from projects.models import Project


def page(client, query=""):
    answer = client.get(f"/effort/{query}")
    assert answer.status_code == 200
    return answer


@pytest.mark.parametrize("name", ["pushed", "least", "budget"])
@pytest.mark.parametrize(
    "text", ["9" * 5_000, "1e999999999", "-1", "NaN", "sNaN", "Infinity", "²", "1_0", "0x1", "１２３４"]
)
def test_a_hostile_figure_is_refused_in_words(demo, clients, name, text):
    answer = clients["leader"].get("/effort/", {name: text})
    assert answer.status_code == (
        200 if (name, text) == ("budget", "1_0") or (name, text) == ("budget", "１２３４") else 400
    )


def test_every_option_reckoned_again_from_the_register(demo, clients):
    answer = page(clients["leader"])
    options, facts = answer.context["options"], answer.context["facts"]
    assert len(options) > 1
    final = {(row.area_id, row.indicator_id): row for row in Assessment.objects.filter(year=2027)}
    for option in options:
        for line in option.lines:
            key = (line.facts.area.code, line.facts.definition.indicator_id)
            assert line.facts.target == final[key].target
            amounts = sum(
                float(c.value)
                for project in line.finished
                for c in project.contributions.filter(area=key[0], indicator=key[1], year__gt=line.facts.first_year)
            )
            counted = len(line.finished) if key[1] == "H01" else amounts
            best = line.facts.gains.feasible if line.is_pushed else 0
            usual = line.facts.gains.ordinary if line.facts.gains else 0
            gained = (best if line.is_pushed else usual) * line.facts.years + counted
            assert gained >= line.facts.needed * line.facts.years - 1e-6
    costs = {code: facts.asked.costs[code] for code in facts.asked.usable}
    for project in Project.objects.filter(code__in=costs).with_last_report():
        left = float(project.total_yi or 0) - float(project.completed_yi or 0)
        assert costs[project.code] == pytest.approx(max(left, 0), abs=1e-4)


def test_limits_are_kept_and_said(demo, clients):
    client = clients["leader"]
    answer = page(client, "?pushed=1&budget=2&least=1")
    for option in answer.context["options"]:
        assert option.cost <= 2
        assert all(n >= 1 for _area, n in option.by_area)
        pushed = [line.facts.area.code for line in option.lines if line.is_pushed]
        assert len(pushed) == len(set(pushed))
    none = page(client, "?pushed=0&budget=0&least=9").content.decode()
    assert re.search(r"每个地区至少达标9项做不到，最多每个地区\d+项", none)


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("?pushed=many", "“many”不行"),
        ("?budget=-1", "“-1”不行"),
        ("?least=1.5", "“1.5”不行"),
        ("?quantile=2", "只能选"),
    ],
)
def test_what_is_not_understood_is_named_and_stays_typed(demo, clients, query, words):
    answer = clients["leader"].get(f"/effort/{query}")
    assert answer.status_code == 400
    assert words in answer.content.decode()
    name, typed = query[1:].split("=")
    assert name == "quantile" or f'value="{typed}"' in answer.content.decode()


def test_what_if_agrees_that_the_row_is_reached(demo, clients):
    client = clients["leader"]
    for line in page(client).context["options"][0].lines:
        asked = client.get(line.whatif)
        last = asked.context["rows"][-1]
        assert last["cells"][1]["row"]["status"] == "met"
        assert last["cells"][0]["row"]["status"] != "met"


def test_one_county_bears_its_share_of_a_project(demo, clients):
    one, every = page(clients["leader"], "?area=330127").context, page(clients["leader"]).context
    spanning = [p for p in Project.objects.all() if p.shares.count() > 1 and p.code in one["facts"].projects]
    assert spanning
    for project in spanning:
        share = float(project.shares.get(area="330127").share)
        whole = every["facts"].asked.costs[project.code]
        assert one["facts"].asked.costs[project.code] == pytest.approx(whole * share, abs=1e-3)


def test_limits_by_hand():
    """Two rows of A and one of B: worked out with a pencil."""
    rows = (
        EffortRow(("A", "I1"), 3.0, 1.0, 3.0),
        EffortRow(("A", "I2"), 2.0, 1.0, 1.5, {"X": 0.5}),
        EffortRow(("B", "I1"), 5.0, 5.0, None),
    )
    asked = EffortQuestion(rows, {"X": 2.0}, most_pushed=1, budget=2.0)
    assert reached(asked, NOTHING_CHOSEN) == {("B", "I1")}
    both = EffortChoice(frozenset({("A", "I1"), ("A", "I2")}), frozenset({"X"}))
    assert len(reached(asked, both)) == 3
    assert not is_allowed(asked, both)  # A pushes two
    assert is_allowed(asked, EffortChoice(frozenset({("A", "I2")}), frozenset({"X"})))
    assert not is_allowed(EffortQuestion(rows, {"X": 2.0}, 1, 1.9), EffortChoice(finished=frozenset({"X"})))
    assert not is_allowed(EffortQuestion(rows, {"X": None}, 1, 9.0), EffortChoice(finished=frozenset({"X"})))

"""The smallest effort against every choice there is: a slow, obvious oracle on small questions."""

from itertools import combinations

from hypothesis import given, settings
from hypothesis import strategies as st

from effort.choices import EffortChoice, EffortQuestion, EffortRow, cost_of, is_allowed, reached, reached_by_area
from effort.solver import CHEAPEST, EVEN, FEWEST, ONE_MORE, OTHER, answers_to
from tests.examples import examples

AREAS = ("A", "B")
PROJECTS = ("X", "Y", "Z")
tenths = st.integers(0, 60).map(lambda n: n / 10)


@st.composite
def rows(draw):
    found = []
    for area in AREAS:
        for number in range(draw(st.integers(0, 3))):
            helped = draw(st.dictionaries(st.sampled_from(PROJECTS), tenths.filter(bool), max_size=3))
            ordinary = draw(tenths) - 1
            pushed_by = draw(st.none() | tenths.map(lambda more, low=ordinary: low + more))
            missing = draw(tenths.filter(bool))
            found.append(EffortRow((area, f"I{number}"), missing, ordinary, pushed_by, helped))
    return tuple(found)


questions = st.builds(
    EffortQuestion,
    rows=rows(),
    costs=st.fixed_dictionaries({code: st.none() | tenths for code in PROJECTS}),
    most_pushed=st.integers(0, 3),
    budget=st.none() | tenths,
    least=st.integers(0, 2),
)


def subsets(things):
    things = list(things)
    return [frozenset(some) for n in range(len(things) + 1) for some in combinations(things, n)]


def every_choice(asked):
    """All that keep to the limits."""
    keys = [row.key for row in asked.rows if row.pushed_by is not None and row.pushed_by > row.ordinary]
    found = (EffortChoice(pushed, finished) for pushed in subsets(keys) for finished in subsets(asked.usable))
    return [choice for choice in found if is_allowed(asked, choice)]


def told(asked, choice):
    return len(reached(asked, choice)), len(choice.pushed), round(cost_of(asked, choice), 6)


def of_kind(answers, kind):
    return next((answer.choice for answer in answers.found if kind in answer.kinds), None)


@settings(max_examples=examples(150), deadline=None)
@given(asked=questions)
def test_every_answer_is_the_best_there_is(asked):
    answers, possible = answers_to(asked), every_choice(asked)
    if not asked.rows:
        assert answers.found == []
        return
    if not possible:
        assert answers.found == []
        smaller = [n for n in range(asked.least) if every_choice(EffortQuestion(*vars_of(asked, n)))]
        assert answers.most_for_all == max(smaller)
        return
    assert all(answer.is_proven and is_allowed(asked, answer.choice) for answer in answers.found)
    by_itself = answers.by_itself
    most = max(len(reached(asked, choice)) for choice in possible)
    if most == by_itself:
        assert answers.found == []
        return
    best = [choice for choice in possible if len(reached(asked, choice)) == most]
    fewest = min((len(c.pushed), round(cost_of(asked, c), 6)) for c in best)
    cheapest = min((round(cost_of(asked, c), 6), len(c.pushed)) for c in best)
    assert told(asked, of_kind(answers, FEWEST)) == (most, *fewest)
    assert told(asked, of_kind(answers, CHEAPEST)) == (most, cheapest[1], cheapest[0])
    more = [choice for choice in possible if len(reached(asked, choice)) > by_itself]
    least = min((len(c.pushed), round(cost_of(asked, c), 6)) for c in more)
    assert told(asked, of_kind(answers, ONE_MORE))[1:] == least
    if len(asked.areas) == 2:
        widest = max(min(reached_by_area(asked, c).values()) for c in best)
        assert min(reached_by_area(asked, of_kind(answers, EVEN)).values()) == widest
    other = of_kind(answers, OTHER)
    first = of_kind(answers, FEWEST)
    others = [c for c in possible if not (first.pushed <= c.pushed and first.finished <= c.finished)]
    most_others = max((len(reached(asked, c)) for c in others), default=0)
    if most_others > by_itself:
        assert not (first.pushed <= other.pushed and first.finished <= other.finished)
        assert len(reached(asked, other)) == most_others
    else:
        assert other is None


def vars_of(asked, least):
    return asked.rows, asked.costs, asked.most_pushed, asked.budget, least


def test_even_is_another_aim_than_cheap():
    """Money for two of four projects: the two cheapest are both A's; even takes one of each county."""
    helped = {("A", "I1"): "P1", ("A", "I2"): "P2", ("B", "I1"): "P3", ("B", "I2"): "P4"}
    rows = tuple(EffortRow(key, 1.0, 0.0, None, {code: 1.0}) for key, code in helped.items())
    asked = EffortQuestion(rows, {"P1": 1.0, "P2": 1.0, "P3": 1.5, "P4": 2.0}, most_pushed=0, budget=3.0)
    answers = answers_to(asked)
    assert of_kind(answers, CHEAPEST).finished == {"P1", "P2"}
    assert reached_by_area(asked, of_kind(answers, EVEN)) == {"A": 1, "B": 1}


def test_the_same_question_gets_the_same_answer():
    asked = EffortQuestion(
        tuple(
            EffortRow((area, f"I{n}"), 2.0 + n, 1.0, 2.0 + n, {"X": 1.5, "Y": 0.5}) for area in AREAS for n in range(4)
        ),
        {"X": 3.0, "Y": 0.5},
        most_pushed=2,
        budget=3.0,
        least=1,
    )
    assert answers_to(asked) == answers_to(asked)
    assert len(answers_to(asked).found) > 1


def test_what_is_not_proven_says_so():
    """A limit of no time at all: either nothing is found, or the answer admits that it may not be the best."""
    many = tuple(
        EffortRow(
            (f"{n % 7}", f"I{n}"),
            10.0 + n % 13,
            n % 3,
            8.0 + n % 5,
            {f"P{(n * k) % 60}": 1.0 + k % 4 for k in range(9)},
        )
        for n in range(200)
    )
    asked = EffortQuestion(many, {f"P{n}": 1.0 + n % 9 for n in range(60)}, most_pushed=5, budget=120.0)
    hurried = answers_to(asked, seconds=0.3)
    assert not any(answer.is_proven for answer in hurried.found if FEWEST in answer.kinds)
    assert answers_to(asked, seconds=0).found == []


def test_a_share_too_small_for_the_solver_brings_nothing_and_breaks_nothing():
    """HiGHS takes what is below 1e-9 for nothing, and highspy raises at its warning."""
    row = EffortRow(("A", "I0"), 1.0, 0.0, 1.5, {"X": 1e-12})
    answers = answers_to(EffortQuestion(rows=(row,), costs={"X": 1.0}, most_pushed=1, budget=None, least=0))
    assert of_kind(answers, FEWEST) == EffortChoice(frozenset({row.key}), frozenset())

"""The language of rules held to an oracle: Python's own reading of the same expression, in exact fractions."""

import re
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reporting.rules.contradictions import NumberTable
from reporting.rules.language import LONGEST, Quantity, RuleError, Verdict, judge, parse
from tests.examples import examples

VALUES = {
    "P01": Decimal("60"),
    "P02": Decimal("46.6"),
    "P03": Decimal("0"),
    "P04": Decimal("-1.25"),
    "projects.completed": Decimal("51.0544"),
    "P01[-1]": Decimal("59.1"),
    "P02[-10]": Decimal("-3"),
    "projects.completed[-2]": Decimal("0.5"),
    "sum(P01)": Decimal("181.2"),
    "sum(P02[-3])": Decimal("0"),
}
ABSENT = "P05"
numbers = st.integers(0, 999).flatmap(lambda n: st.sampled_from([str(n), f"{n}.5", f"{n}.25"]))
names = st.sampled_from([*VALUES, ABSENT])
expressions = st.recursive(
    numbers | names,
    lambda inner: (
        st.tuples(inner, st.sampled_from("+-*/"), inner).map(" ".join)
        | inner.map(lambda text: f"({text})")
        | inner.map(lambda text: f"-({text})")
    ),
    max_leaves=6,
)


def lookup(quantity: Quantity) -> Decimal | None:
    return VALUES.get(str(quantity))


def oracle(text: str) -> Fraction | None:
    """The value of one side by Python's own grammar; None where a number is absent or something divided by zero."""
    if ABSENT in text:
        return None
    known, plain = {}, text
    for place, name in enumerate(sorted(VALUES, key=len, reverse=True)):  # the longer name first: it holds the shorter
        variable = f"v{'x' * (place + 1)}"
        known[variable] = Fraction(VALUES[name])
        plain = plain.replace(name, variable)
    exact = re.sub(r"(?<![A-Za-z_0-9.])(\d+(?:\.\d+)?)", r"F('\1')", plain)
    try:
        return Fraction(eval(exact, {"__builtins__": {}, "F": Fraction}, known))
    except ZeroDivisionError:
        return None


HOLDS = {
    "<=": lambda a, b, _t: a <= b,
    ">=": lambda a, b, _t: a >= b,
    "<": lambda a, b, _t: a < b,
    ">": lambda a, b, _t: a > b,
    "=": lambda a, b, _t: a == b,
}


@given(expressions, st.sampled_from(list(HOLDS)), expressions)
@settings(max_examples=examples(400), deadline=None)
def test_it_reads_and_judges_as_the_oracle(left, sign, right):
    text = f"{left} {sign} {right}"
    if len(text) > LONGEST or not re.search(r"[A-Zp]", text):
        return
    found, sides = judge(parse(text), lookup), (oracle(left), oracle(right))
    if None in sides:
        assert found is None
    else:
        assert found == Verdict(HOLDS[sign](*sides, None), *sides)


@given(expressions, expressions, numbers, st.booleans())
@settings(max_examples=examples(200), deadline=None)
def test_alike_within_what_is_allowed(left, right, allowed, is_percent):
    text = f"{left} ~ {right} ± {allowed}{' %' if is_percent else ''}"
    if len(text) > LONGEST or not re.search(r"[A-Zp]", text):
        return
    found, (a, b) = judge(parse(text), lookup), (oracle(left), oracle(right))
    if a is None or b is None:
        assert found is None
    else:
        most = abs(b) * Fraction(allowed) / 100 if is_percent else Fraction(allowed)
        assert found is not None
        assert found.holds == (abs(a - b) <= most)


@dataclass(frozen=True)
class Known:
    """What a table of numbers is made of: official values and registers' figures by (name, county, year), and what is
    typed of one county and year. P09 is a running total, which begins at 0 in 2022."""

    official: dict[tuple[str, str, int], Decimal]
    registers: dict[tuple[str, str, int], Decimal]
    typed: dict[str, Decimal | None]

    def value(self, name: str, area: str, year: int) -> Decimal | None:
        if "." in name:
            return self.registers.get((name, area, year))
        if (area, year) == ("A", 2025) and name in self.typed:
            return self.typed[name]
        return Decimal(0) if (name, year) == ("P09", 2022) else self.official.get((name, area, year))


AREAS, SPAN = ("A", "B", "C"), range(2021, 2026)
amounts = st.integers(-999, 999).map(lambda digits: Decimal(digits).scaleb(-1))
places = st.sampled_from(AREAS)
facts = st.dictionaries(st.tuples(st.sampled_from(["P01", "P09"]), places, st.sampled_from(SPAN)), amounts)
held = st.dictionaries(st.tuples(st.just("projects.completed"), places, st.sampled_from(SPAN)), amounts)
entries = st.dictionaries(st.sampled_from(["P01", "P09"]), st.none() | amounts)
spoken = st.builds(Quantity, st.sampled_from(["P01", "P09", "projects.completed"]), st.integers(0, 3), st.booleans())


@given(st.builds(Known, facts, held, entries), spoken, places, st.sampled_from([2024, 2025]))
@settings(max_examples=examples(400), deadline=None)
def test_a_table_gives_a_rule_the_numbers_of_its_county_and_year(known, quantity, area, year):
    """Held to the definition: typed goes before official, a sum wants every county, a total begins at 0."""
    rule = parse(f"{quantity} >= P01")
    table = NumberTable([rule], areas=[area], years=[year])
    if (area, year) != ("A", 2025):  # what is typed there is laid over that sheet's own numbers alone
        known = replace(known, typed={})
    for name, value in {
        "official": known.official,
        "registers": known.registers,
        "counties": list(AREAS),
        "baseline": 2022,
        "cumulative": {"P09"},
    }.items():
        table.__dict__[name] = value  # in place of what it would ask the database for
    at = year - quantity.years_back
    of = [known.value(quantity.name, each, at) for each in (AREAS if quantity.is_sum else [area])]
    expected = None if None in of else sum(of)
    assert table.lookup(area, year, known.typed)(quantity) == expected
    other, verdict = known.value("P01", area, year), judge(rule, table.lookup(area, year, known.typed))
    assert (verdict is None) == (expected is None or other is None)
    assert verdict is None or verdict.holds == (expected >= other)


@given(st.text(alphabet="P0123456789 .[]()+-*/<>=~±%sumprojectscmld\"'\\;__import", max_size=60))
@settings(max_examples=examples(400), deadline=None)
def test_what_is_no_rule_is_refused_in_words_and_nothing_is_run(text):
    refusal, rule = "", None
    try:
        rule = parse(text)
    except RuleError as error:
        refusal = str(error)
    assert refusal or (rule is not None and rule.quantities)


def test_what_a_rule_speaks_of():
    rule = parse("sum(P09) - P09[-1] ≤ projects.completed × 2")
    assert rule.quantities == (Quantity("P09", 0, True), Quantity("P09", 1), Quantity("projects.completed"))
    assert [str(each) for each in rule.quantities] == ["sum(P09)", "P09[-1]", "projects.completed"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "P08",
        "P08 <=",
        "<= P07",
        "P08 <= P07 <= P06",
        "P08 ~ P07",
        "P08 <= P07 ± 5 %",
        "P08 ~ P07 ± P06",
        "1 <= 2",
        "P08[1] <= P07",
        "P08[-0] <= P07",
        "P08[-11] <= P07",
        "P08[-1.5] <= P07",
        "sum(P08 + P07) <= 1",
        "sum P08 <= 1",
        "(P08 <= P07",
        "P08) <= P07",
        "P08 == P07",
        "P08 <= P07; import os",
        "__import__('os') <= P07",
        "P08 ** 2 <= P07",
        "p08 <= P07",
        "P08 <= 1e3",
        "P08 <= " + "(" * 30 + "1" + ")" * 30,
        "P08 <= " + "-" * 60 + "1",
        "P08 <= " + "1 + " * 80 + "1",
    ],
)
def test_refused(text):
    with pytest.raises(RuleError):
        parse(text)


def test_nothing_known_is_not_wrong():
    assert judge(parse("P05 <= P01"), lookup) is None
    assert judge(parse("P01 / P03 <= P01"), lookup) is None
    assert judge(parse("P01 <= P02"), lookup) == Verdict(False, Fraction(60), Fraction("46.6"))

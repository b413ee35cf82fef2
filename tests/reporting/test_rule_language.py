"""The language of rules held to an oracle: Python's own reading of the same expression, in exact fractions."""

import re
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reporting.rule_language import LONGEST, Quantity, RuleError, Verdict, judge, parse
from tests.examples import examples

VALUES = {
    "P01": Decimal("60"),
    "P02": Decimal("46.6"),
    "P03": Decimal("0"),
    "P04": Decimal("-1.25"),
    "projects.completed": Decimal("51.0544"),
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
    return VALUES.get(quantity.name)


def oracle(text: str) -> Fraction | None:
    """The value of one side by Python's own grammar; None where a number is absent or something divided by zero."""
    if ABSENT in text:
        return None
    known = {name.replace(".", "_"): Fraction(value) for name, value in VALUES.items()}
    plain = text.replace("projects.completed", "projects_completed")
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

"""The matching rule in one sentence."""

from decimal import Decimal

import pytest
from django.utils import translation

from funding.models import MatchingRule
from funding.rule_words import in_force

pytestmark = pytest.mark.django_db


@pytest.fixture
def rule(plan):
    return MatchingRule.objects.get()


def test_the_rule_of_the_plan_is_said(rule):
    assert str(in_force([rule])) == "2023–2027年，每下达 1 元（F1＋F2），各地区的 F3 至少到位 1 元。"


def test_years_have_both_ends_one_or_none(rule):
    said = []
    for last in (2027, None, 2023):
        rule.effective_to = last
        said.append(str(in_force([rule])).partition("，")[0])
    assert said == ["2023–2027年", "2023–年", "2023年"]


def test_two_rules_are_two_parts(rule):
    later = MatchingRule.objects.get()
    later.effective_from, later.floor_ratio = 2027, Decimal("0.75")
    first, second = str(in_force([rule, later])).split("；")
    assert first.startswith("2023–2027年，")
    assert first.endswith(" 1 元")
    assert second.startswith("2027年，")
    assert second.endswith(" 0.75 元。")


def test_where_no_rule_is_in_force_that_is_said():
    assert str(in_force([])) == "当时没有生效的配套规则。"


def test_in_english_it_is_a_sentence(rule):
    with translation.override("en"):
        told = str(in_force([rule]))
    assert told == "2023–2027: for each Allocated 1 yuan (F1 + F2), an area's F3 at least Arrived 1 yuan."

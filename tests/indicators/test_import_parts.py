"""The parts of a ratio at the owner's doors: official tables, the table of indicators, the plan file."""

from decimal import Decimal

import pytest

from indicators.importing.tables import apply, preview_observations, preview_plan
from indicators.models import IndicatorDefinition, Observation
from indicators.terms.parts import RatioParts
from seeding.plan_files.check import find_faults
from seeding.plan_files.yaml_text import PlanText
from tests.indicators.files import INDICATOR_HEADER, P02, indicators

HEAD = "区划代码,指标代码,年份,数值,分子,分母,说明\n"
INSURED = RatioParts(Decimal(318501), Decimal(320000))


def previewed(row: str, head: str = HEAD):
    return preview_observations(f"{head}{row}\n".encode(), "a.csv")


def fact():
    return Observation.objects.as_of().get(area="330122", indicator="P11", year=2024)


@pytest.mark.parametrize("value", ["", "99.5", "99.532", "99.5%"])
def test_a_quotient_is_recorded_with_its_parts(demo, value):
    preview = previewed(f"330122,P11,2024,{value},318501,320000,年报")
    assert preview.problems == []
    apply(preview, by=None)
    assert (fact().value, fact().parts) == (Decimal("99.532"), INSURED)


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("330122,P11,2024,95,318501,320000,", "不一致"),
        ("330122,P11,2024,99.5,318501,,", "要么都填，要么都不填"),
        ("330122,P11,2024,,318501,0,", "分母应大于 0"),
        ("330122,P11,2024,,330000,320000,", "高于上限"),
        ("330122,P12,2024,1,1,1,", "没有分子、分母"),
        ("330122,P12,2024,0.5,,,", "不是整数"),
    ],
)
def test_what_cannot_be_is_refused_by_its_cell(demo, row, words):
    (problem,) = previewed(row).problems
    assert words in problem.words


def test_a_table_without_parts_keeps_those_of_the_same_number_and_drops_those_of_another(demo):
    apply(previewed("330122,P11,2024,,318501,320000,年报"), by=None)
    bare = "区划代码,指标代码,年份,数值,说明\n"
    (line,) = previewed("330122,P11,2024,99.532,年报", bare).lines
    assert line.verdict == "same"
    apply(previewed("330122,P11,2024,98.7,年报", bare), by=None)
    assert (fact().value, fact().parts) == (Decimal("98.7"), RatioParts())


def test_our_own_csv_comes_back_as_the_same(demo, clients):
    apply(previewed("330122,P11,2024,,318501,320000,"), by=None)
    answer = clients["stats"].get("/api/v1/observations/?indicator=P11&area=330122&year=2024&format=csv")
    preview = preview_observations(b"".join(answer.streaming_content), "observations.csv")
    assert ([line.verdict for line in preview.lines], preview.problems) == (["same"], [])


def test_the_table_of_indicators_names_both_parts_or_none(plan):
    header = [*INDICATOR_HEADER, "分子", "分母", "汇总方法"]
    faults = preview_plan(indicators([*P02, "集中处理的污水量", "", ""], header=header), "a.xlsx").problems
    assert ["要么都写，要么都不写" in each.words for each in faults] == [True]
    apply(
        preview_plan(indicators([*P02, "处理量", "排放量", "分子之和除以分母之和"], header=header), "a.xlsx"), by=None
    )
    now = IndicatorDefinition.objects.as_of().get(indicator="P02")
    assert (now.numerator_name, now.parts_factor, now.aggregation) == ("处理量", Decimal(100), "ratio")
    apply(preview_plan(indicators([*P02[:5], 0.6, *P02[6:]]), "a.xlsx"), by=None)
    later = IndicatorDefinition.objects.as_of().get(indicator="P02")
    assert (later.version, later.numerator_name, later.aggregation) == (now.version + 1, "处理量", "ratio")


@pytest.mark.parametrize(
    ("changed", "place"),
    [
        ({"denominator": None}, ("indicators", 0, "denominator")),
        ({"numerator": None, "denominator": None, "aggregation": "ratio"}, ("indicators", 0, "aggregation")),
        ({"numerator": None, "denominator": None, "parts_factor": 100}, ("indicators", 0, "parts_factor")),
    ],
)
def test_a_plan_file_says_what_is_wrong_with_its_parts(changed, place):
    row = {"code": "P11", "unit": "%", "numerator": {"name": "参保人数"}, "denominator": {"name": "应参保人数"}}
    row = {key: value for key, value in (row | changed).items() if value is not None}
    found = [each.place for each in find_faults(PlanText({"indicators": [row]}, {}, []))]
    assert place in found


@pytest.mark.parametrize(
    ("row", "key"),
    [
        ({"indicator": "P12", "value": 0.5}, "value"),
        ({"indicator": "P11", "value": 95, "numerator": 318501, "denominator": 320000}, "value"),
        ({"indicator": "P11", "value": 99.5, "numerator": 318501}, "denominator"),
        ({"indicator": "P12", "value": 1, "numerator": 1, "denominator": 1}, "numerator"),
    ],
)
def test_a_plan_files_values_are_held_to_the_same(row, key):
    rows = [
        {"code": "P11", "unit": "%", "decimals": 1, "numerator": {"name": "参保"}, "denominator": {"name": "应参保"}},
        {"code": "P12", "unit": "家", "decimals": 0},
    ]
    data = {"indicators": rows, "observations": [{"area": "330122", "year": 2022, "cite": "public", **row}]}
    found = [each.place for each in find_faults(PlanText(data, {}, []))]
    assert ("observations", 0, key) in found

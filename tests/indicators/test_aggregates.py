"""The counties taken together: sums, and ratios of sums, held against a recomputation from what every reader shows."""

import io
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from indicators.actions import FactRow, Grounds, record_facts
from indicators.aggregates import CountedFact, aggregate, city_aggregates
from indicators.models import IndicatorDefinition, Observation
from indicators.recomputes.recompute import sweep_pending
from indicators.terms.parts import NO_PARTS, RatioParts
from tests.examples import examples

PARTS = {"330122": (Decimal("318500"), Decimal("320000")), "330127": (Decimal("208000"), Decimal("210001"))}
COUNTIES = ("330122", "330127", "330182")


def definition(aggregation="ratio", factor=100, decimals=1):
    return IndicatorDefinition(
        indicator_id="P11",
        aggregation=aggregation,
        numerator_name="参保人数",
        denominator_name="应参保人数",
        parts_factor=Decimal(factor),
        decimals=decimals,
        cite="official",
    )


QUIET = settings(max_examples=examples(150), deadline=None, suppress_health_check=[HealthCheck.too_slow])
numbers = st.integers(0, 10**14).map(lambda digits: Decimal(digits).scaleb(-6))
halves = st.builds(RatioParts, numbers, numbers.filter(bool)) | st.just(NO_PARTS)


@given(st.lists(st.builds(CountedFact, st.sampled_from(COUNTIES), numbers, halves), max_size=8))
@QUIET
def test_a_ratio_of_sums_is_the_quotient_of_exact_sums(facts):
    found = aggregate("330100", definition(), 2024, facts, counties=8)
    own = [fact.parts for fact in facts if fact.parts != NO_PARTS]
    assert found.counted == len(own)
    if not own:
        assert (found.value, found.parts) == (None, NO_PARTS)
        return
    above, below = (sum(Fraction(getattr(part, name)) for part in own) for name in ("numerator", "denominator"))
    assert (Fraction(found.parts.numerator), Fraction(found.parts.denominator)) == (above, below)
    exact = 100 * above / below
    if exact < 10**9 - 1:
        assert abs(Fraction(found.value) - exact) <= Fraction(1, 2000)  # half of the third place


@given(st.lists(st.builds(CountedFact, st.sampled_from(COUNTIES), numbers), max_size=8))
@QUIET
def test_a_sum_is_exact(facts):
    found = aggregate("330100", definition("sum"), 2024, facts, counties=8)
    assert found.value == (sum(fact.value for fact in facts) if facts else None)


@pytest.fixture
def insured(demo):
    """P11 of 2023 in two counties with its parts, in the third as a result alone."""
    rows = [
        FactRow(area, "P11", 2023, Decimal(100) * above / below, numerator=above, denominator=below)
        for area, (above, below) in PARTS.items()
    ]
    rows = [FactRow(r.area, "P11", 2023, round(r.value, 3), **vars(r.parts)) for r in rows]
    rows.append(FactRow("330182", "P11", 2023, Decimal("99.7")))
    record_facts(Observation, rows, grounds=Grounds(by=None, via="import", reason="正式表"))
    sweep_pending()


def recomputed(rows):
    """What a reader gets who adds up the parts of the counties' own rows."""
    own = [row for row in rows if row["numerator"] is not None]
    above, below = (sum(Decimal(str(row[name])) for row in own) for name in ("numerator", "denominator"))
    return float(round(100 * above / below, 3)), float(above), float(below), len(own)


def test_api_page_and_file_show_what_their_own_parts_recompute(insured, clients):
    client = clients["stats"]
    asked = "indicator=P11&year=2023"
    own = client.get(f"/api/v1/observations/?{asked}").json()["results"]
    value, above, below, counted = recomputed(own)
    assert (value, counted) == (99.339, 2)
    (told,) = client.get(f"/api/v1/aggregates/?{asked}").json()["results"]
    assert {name: told[name] for name in ("area", "value", "numerator", "denominator", "counted", "counties")} == {
        "area": "330100",
        "value": value,
        "numerator": above,
        "denominator": below,
        "counted": 2,
        "counties": 3,
    }
    cube = client.get(f"/api/v1/aggregates/?{asked}&format=jsonstat").json()
    assert (cube["value"], cube["extension"]["numerator"], cube["extension"]["counted"]) == ([value], [above], [2])
    rows = (
        load_workbook(io.BytesIO(client.get("/indicators/P11.xlsx").content)).worksheets[0].iter_rows(values_only=True)
    )
    rows = list(rows)
    head = next(row for row in rows if "分子" in row)
    lines = [dict(zip(head, row, strict=True)) for row in rows]
    counties = [line for line in lines if line["区划代码"] in COUNTIES and line["年份"] == 2023]
    in_file = recomputed([{"numerator": line["分子"], "denominator": line["分母"]} for line in counties])
    (city,) = [line for line in lines if line["区划代码"] == "330100" and line["年份"] == 2023]
    assert (city["实际值"], city["分子"], city["分母"]) == in_file[:3] == (value, above, below)
    assert "3个中的2个" in city["地区"]
    page = client.get("/indicators/P11/?year=2023").content.decode()
    assert [text in page for text in ("99.339", "526,500", "530,001", "3个中的2个")] == [True] * 4


def test_a_group_is_its_own_sum_and_a_past_date_has_its_own(insured, clients):
    client = clients["stats"]
    (told,) = client.get("/api/v1/aggregates/?indicator=H02&year=2024&area=330122,330182").json()["results"]
    own = client.get("/api/v1/observations/?indicator=H02&year=2024&area=330122,330182").json()["results"]
    assert (told["area"], told["method"]) == ("330122+330182", "sum")
    assert told["value"] == sum(row["value"] for row in own)
    before = city_aggregates(indicators=["P11"], years=[2023], as_of=datetime(2024, 12, 31, tzinfo=UTC))
    now = city_aggregates(indicators=["P11"], years=[2023])
    assert ([each.counted for each in before], [each.counted for each in now]) == ([3], [2])


def test_a_ratio_of_means_is_never_added_up(insured, clients):
    assert clients["stats"].get("/api/v1/aggregates/?indicator=P10").json()["results"] == []

"""The kernel against the oracle on random frames, and the cases that carry a name."""

import re
from decimal import Decimal
from string import Formatter

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from indicators import gaps
from indicators.explanations import assessed_row, words
from indicators.gaps import (
    INPUT_COLUMNS,
    OPTIONAL_COLUMNS,
    OUTLOOKS,
    OUTPUT_COLUMNS,
    STANDARD_STATUSES,
    STATUSES,
    assess,
    explain,
)
from tests.examples import examples
from tests.indicators.oracle import assess_rows

WORDS = ("status", "standard_status", "outlook")
RATIOS = ("attainment", "mean_change", "required_change", "pace", "projection")
NUMBERS = tuple(name for name in OUTPUT_COLUMNS if name not in (*WORDS, "is_slipping"))
STEP = Decimal("0.000001")


def cell(year, value=None, target=None, standard=None, direction=1, tolerance=0.0, **more):
    row = {"area": "330127", "indicator": "P02", "year": year, "value": value, "target": target}
    row |= {"standard": standard, "direction": direction, "tolerance": tolerance}
    return row | {"lower_bound": None, "upper_bound": None} | more


def frame(*rows):
    banded = any(name in row for row in rows for name in OPTIONAL_COLUMNS)
    cells = pd.DataFrame(rows, columns=[*INPUT_COLUMNS, *(OPTIONAL_COLUMNS if banded else ())])
    floats = ["value", "target", "standard", "tolerance", "lower_bound", "upper_bound"]
    floats += OPTIONAL_COLUMNS if banded else ()
    return cells.astype(dict.fromkeys(floats, float))


def judged(*rows, **years):
    return assess(frame(*rows), **({"as_of_year": 2025} | years))


def missing(values):
    return [None if value != value else value for value in values]


def expected_number(number):
    return None if number is None else float(number)


# Random frames


SMALL = st.integers(-30, 30).map(lambda n: Decimal(n) / 10)
TYPED = st.integers(-(10**9), 10**9).map(lambda n: Decimal(n) * STEP)
HUGE = st.integers(-(10**15) + 1, 10**15 - 1).map(lambda n: Decimal(n) * STEP) | st.sampled_from(
    [Decimal("999999999.999999"), Decimal("-999999999.999999"), Decimal("999999999.999998"), STEP, Decimal(0)]
)
SHARES = st.sampled_from([Decimal(share) for share in ("0", "0.3", "0.6", "0.95", "1", "-0.5")])
NUDGES = st.sampled_from([-STEP, Decimal(0), Decimal(0), STEP])


@st.composite
def random_series(draw, numbers, baseline, final):
    """The years of one series, most of its numbers exactly on, or one millionth beside, an edge of a rule."""
    d = draw(st.sampled_from([1, -1, 0]))
    tolerance = abs(draw(st.just(Decimal(0)) | numbers))
    v0, goal = draw(numbers), draw(numbers)
    rows = []
    for year in sorted(draw(st.sets(st.integers(baseline - 2, final + 2), max_size=7)) | {baseline, final}):
        on_the_line = v0 + (goal - v0) * (year - baseline) / (final - baseline)
        target = draw(st.sampled_from([None, v0, goal, on_the_line, on_the_line]) | numbers)
        target = goal if year == final and draw(st.booleans()) else target
        due = on_the_line if target is None else target
        edge = draw(st.sampled_from([due, due - d * tolerance, goal, v0 + draw(SHARES) * (due - v0)]))
        value = draw(st.sampled_from([None, edge, edge, edge + draw(NUDGES), draw(numbers)]))
        value = v0 if year == baseline and draw(st.booleans()) else value
        standard = draw(st.none() | st.just(value) | numbers)
        lower, upper = sorted([draw(numbers), draw(numbers)])
        own = draw(st.sampled_from([d, d, d, -d, 0]))
        ends = {name: draw(st.sampled_from([None, lower, upper, value, goal]) | numbers) for name in OPTIONAL_COLUMNS}
        target_high, standard_high = (
            None if own or end is None or (low is not None and end < low) else end
            for end, low in ((ends["target_high"], target), (ends["standard_high"], standard))
        )
        rows.append(
            cell(
                year,
                value,
                target,
                standard,
                own,
                tolerance,
                target_high=target_high,
                standard_high=standard_high,
                lower_bound=draw(st.sampled_from([None, lower])),
                upper_bound=draw(st.sampled_from([None, upper])),
            )
        )
    return draw(st.lists(st.sampled_from(rows), unique_by=id)) if draw(st.booleans()) else rows


def as_typed(number):
    """Six decimals, below 10⁹: what a person could have typed."""
    if number is None:
        return None
    largest = Decimal("999999999.999999")
    return float(max(-largest, min(largest, round(number, 6))))


@st.composite
def random_cells(draw, numbers=SMALL | TYPED):
    baseline = draw(st.integers(2000, 2030))
    final = baseline + draw(st.integers(1, 12))
    rows = []
    for area, indicator in draw(st.sets(st.tuples(st.sampled_from("XYZ"), st.sampled_from("PQ")), max_size=3)):
        series = draw(random_series(numbers, baseline, final))
        rows += [row | {"area": area, "indicator": indicator} for row in series]
    amounts = ("value", "target", "standard", "tolerance", "lower_bound", "upper_bound", *OPTIONAL_COLUMNS)
    rows = [row | {name: as_typed(row[name]) for name in amounts} for row in rows]
    as_of = draw(st.integers(baseline - 3, final + 3))
    years = {"baseline_year": baseline, "final_year": final, "as_of_year": as_of}
    return draw(st.permutations(rows)), years


QUIET = settings(max_examples=examples(300), deadline=None, suppress_health_check=[HealthCheck.too_slow])


@QUIET
@given(random_cells())
def test_every_column_equals_the_oracle(drawn):
    rows, years = drawn
    result = assess(frame(*rows), **years)
    expected = assess_rows(rows, **years)
    for name in NUMBERS:
        # repr tells 0.0 from -0.0, which `==` does not.
        found = [repr(number) for number in missing(result[name].tolist())]
        assert found == [repr(expected_number(row[name])) for row in expected], name
    for name in (*WORDS, "is_slipping"):
        assert result[name].tolist() == [row[name] for row in expected], name


@QUIET
@given(random_cells(HUGE | SMALL))
def test_comparisons_stay_exact_up_to_the_largest_numbers(drawn):
    rows, years = drawn
    result = assess(frame(*rows), **years)
    expected = assess_rows(rows, **years)
    for name in (*WORDS, "is_slipping"):
        assert result[name].tolist() == [row[name] for row in expected], name
    for name in NUMBERS:
        wanted = [expected_number(row[name]) for row in expected]
        found = missing(result[name].tolist())
        if name in RATIOS:
            assert [number is None for number in found] == [number is None for number in wanted], name
            pairs = [pair for pair in zip(found, wanted, strict=True) if pair[0] is not None]
            assert [number for number, _ in pairs] == pytest.approx([want for _, want in pairs], rel=1e-15, abs=0)
        else:
            assert found == wanted, name


@QUIET
@given(random_cells(), st.lists(st.integers(0, 2), min_size=60, max_size=60))
def test_rows_index_and_order_are_kept_and_the_input_is_untouched(drawn, labels):
    rows, years = drawn
    cells = frame(*rows)
    cells.index = pd.Index(labels[: len(rows)], name="label")
    cells["note"] = [f"row {n}" for n in range(len(rows))]
    before = cells.copy(deep=True)
    result = assess(cells, **years)
    pd.testing.assert_frame_equal(cells, before)
    pd.testing.assert_frame_equal(result[before.columns], before)
    assert tuple(result.columns) == (*before.columns, *OUTPUT_COLUMNS)


@QUIET
@given(random_cells())
def test_order_of_rows_does_not_matter(drawn):
    rows, years = drawn
    cells = frame(*rows)
    turned = assess(cells.iloc[::-1], **years).iloc[::-1]
    pd.testing.assert_frame_equal(turned, assess(cells, **years))


# Cases with a name


def test_the_thirty_minute_circle_is_met_and_below_the_standard():
    own = {"330127": 30, "330122": 70, "330182": 70}
    rows = [cell(2027, target, target, 100, area=area) for area, target in own.items()]
    result = judged(*rows, as_of_year=2027)
    assert result["status"].tolist() == ["met", "met", "met"]
    assert result["standard_status"].tolist() == ["behind", "behind", "behind"]
    assert result["ambition_gap"].tolist() == [-70.0, -30.0, -30.0]
    assert result["standard_gap"].tolist() == [-70.0, -30.0, -30.0]
    assert result["outlook"].tolist() == ["achieved", "achieved", "achieved"]


def test_a_falling_indicator():
    rows = [cell(2022, 50, None, 30, -1), cell(2023, 44, 45, 30, -1), cell(2024, 46, 40, 30, -1)]
    result = judged(*rows, cell(2027, None, 25, 30, -1))
    assert missing(result["gap"]) == [None, 1.0, -6.0, None]
    assert missing(result["attainment"]) == [None, 45 / 44, 40 / 46, None]
    assert result["status"].tolist() == ["no_target", "met", "behind", "not_due"]
    assert missing(result["standard_gap"]) == [-20.0, -14.0, -16.0, None]
    assert missing(result["ambition_gap"]) == [None, -15.0, -10.0, 5.0]
    assert missing(result["change"]) == [None, -6.0, 2.0, None]
    assert result["is_slipping"].tolist() == [False, False, True, False]
    assert missing(result["mean_change"]) == [None, -6.0, -2.0, None]
    assert missing(result["required_change"]) == [-5.0, -4.75, -7.0, None]
    assert missing(result["pace"]) == [None, 1.2, 0.4, None]
    assert missing(result["projection"]) == [None, 20.0, 40.0, None]
    assert result["outlook"].tolist() == ["unknown", "on_track", "limited", "unknown"]


@pytest.mark.parametrize(("value", "outlook"), [(100, "achieved"), (99, "moving_away"), (101, "achieved")])
def test_a_level_to_keep_has_no_pace(value, outlook):
    result = judged(cell(2022, 100, 100), cell(2024, value, 100), cell(2027, None, 100))
    assert missing(result["pace"]) == [None, None, None]
    assert result["outlook"].tolist()[1] == outlook


def test_a_target_below_the_baseline_has_no_pace():
    rows = [cell(2022, 90), cell(2023, 85, 82), cell(2024, 79, 82), cell(2025, 79), cell(2027, None, 80)]
    result = judged(*rows)
    assert missing(result["pace"]) == [None] * 5
    assert result["outlook"].tolist() == ["unknown", "achieved", "moving_away", "moving_away", "unknown"]


def test_nothing_due_yet_has_no_pace():
    rows = [cell(2022, 10), cell(2023, 10, 10), cell(2024, 9, 9), cell(2025, 9, 10), cell(2026, 10, 11)]
    result = judged(*rows, cell(2027, None, 20))
    assert missing(result["pace"]) == [None, None, None, None, 0.0, None]
    expected = ["unknown", "on_track", "on_track", "moving_away", "limited", "unknown"]
    assert result["outlook"].tolist() == expected


def test_zero_targets_and_zero_values():
    rows = [cell(2023, 3, 0), cell(2024, 0, 0, direction=-1), cell(2025, 0, 5), cell(2026, 4, 0, direction=-1)]
    result = judged(*rows)
    assert missing(result["attainment"]) == [None, None, 0.0, 0.0]
    assert missing(result["gap"]) == [3.0, 0.0, -5.0, -4.0]
    assert result["status"].tolist() == ["met", "met", "behind", "behind"]


def test_missing_years():
    result = judged(cell(2022, 10), cell(2024, 16, 14), cell(2025, None, 16), cell(2026, None, 18))
    assert missing(result["change"]) == [None, None, None, None]
    assert missing(result["mean_change"]) == [None, 3.0, None, None]
    assert missing(result["required_change"]) == [None, None, None, None]
    assert result["status"].tolist() == ["no_target", "met", "unreported", "not_due"]
    assert result["standard_status"].tolist() == ["no_standard"] * 4
    assert result["outlook"].tolist() == ["unknown"] * 4


def test_series_do_not_borrow_from_each_other():
    rows = [cell(2027, 50, 50), cell(2022, 1, indicator="P03"), cell(2023, 3, 3, indicator="P03")]
    result = judged(*rows, cell(2024, 9, 9, area="330122", indicator="P03"))
    assert missing(result["change"]) == [None, None, 2.0, None]
    assert missing(result["mean_change"]) == [None, None, 2.0, None]
    assert result["outlook"].tolist() == ["achieved", "unknown", "unknown", "unknown"]


@pytest.mark.parametrize(
    ("value", "target", "tolerance", "direction", "status"),
    [
        (95.0, 95.0, 0.0, 1, "met"),
        (94.8, 95.0, 0.2, 1, "near"),
        (94.799999, 95.0, 0.2, 1, "behind"),
        (94.999999, 95.0, 0.0, 1, "behind"),
        (0.3, 0.1, 0.2, -1, "near"),
        (0.300001, 0.1, 0.2, -1, "behind"),
        (999999999.999999, 999999999.999999, 0.0, 1, "met"),
        (999999999.999998, 999999999.999999, 0.0, 1, "behind"),
    ],
)
def test_on_the_target_and_on_the_edge_of_the_tolerance(value, target, tolerance, direction, status):
    result = judged(cell(2024, value, target, target, direction, tolerance))
    assert result["status"].tolist() == [status]
    assert result["standard_status"].tolist() == [status]


def test_a_gap_is_the_float_nearest_to_the_decimal():
    result = judged(cell(2023, 94.6), cell(2024, 94.8, 95.0, 95.1))
    gaps_found = result.loc[1, ["gap", "standard_gap", "ambition_gap", "change"]].tolist()
    assert gaps_found == [-0.2, -0.3, -0.1, 0.2]


@pytest.mark.parametrize(
    ("value", "pace", "outlook"),
    [
        (0.3, 1.0, "on_track"),
        (0.285, 0.95, "undecided"),
        (0.284999, 0.284999 / 0.3, "accelerate"),
        (0.18, 0.6, "accelerate"),
        (0.179999, 0.179999 / 0.3, "limited"),
        (0.0, 0.0, "limited"),
        (-0.000001, -0.000001 / 0.3, "moving_away"),
    ],
)
@pytest.mark.parametrize("target", [0.3, None])
def test_pace_bands(value, pace, outlook, target):
    result = judged(cell(2022, 0), cell(2025, value, target), cell(2027, None, 0.5))
    assert result["pace"].tolist()[1] == pytest.approx(pace, rel=1e-15)
    assert result["outlook"].tolist()[1] == outlook


def test_pace_bands_hold_where_floats_cannot_tell():
    # 1899999999.99998 of 1999999999.999979: less than 19/20, by less than a float64 near 0.95 can hold.
    rows = [cell(2022, -999999999.999999), cell(2024, 899999999.999981, 999999999.99998)]
    result = judged(*rows, cell(2027, None, 999999999.99998))
    assert result["pace"].tolist()[1] == 0.95
    assert result["outlook"].tolist()[1] == "undecided"  # on_track, were the pace 0.95


def test_at_and_after_the_final_year():
    rows = [cell(2022, 10), cell(2026, 18, 18), cell(2027, 19, 20), cell(2028, 20, 21), cell(2029, 19, 22)]
    result = judged(*rows, as_of_year=2029)
    assert missing(result["projection"]) == [None, 20.0, 19.0, None, None]
    assert missing(result["required_change"]) == [2.0, 2.0, None, None, None]
    assert missing(result["mean_change"]) == [None, 2.0, 1.8, 10 / 6, 9 / 7]
    assert missing(result["pace"]) == [None, 1.0, 0.9, 10 / 11, 0.75]
    assert result["outlook"].tolist() == ["unknown", "on_track", "missed", "achieved", "missed"]


def test_projection_is_clipped_to_the_bounds():
    bounds = {"lower_bound": 2, "upper_bound": 100}
    rows = [cell(2022, 50), cell(2023, 70, **bounds), cell(2024, 40, **bounds), cell(2025, 11, **bounds)]
    assert missing(judged(*rows)["projection"]) == [None, 100.0, 25.0, 2.0]


def test_a_value_after_the_reporting_year_is_judged():
    assert judged(cell(2026, 5, 4), as_of_year=2025)["status"].tolist() == ["met"]


def test_the_largest_numbers_over_the_longest_time_do_not_overflow():
    largest = 999999999.999999
    rows = [
        cell(1822, 1),
        cell(2022, -largest),
        cell(2023, largest - 1),
        cell(2221, largest - 1),
        cell(2222, 1, largest),
    ]
    result = judged(*rows, final_year=2222)
    assert missing(result["pace"]) == [None, None, 200 - 1e-7, pytest.approx(200 / 199, rel=1e-9), 0.5000000005]
    assert result["outlook"].tolist() == ["unknown", "unknown", "on_track", "on_track", "missed"]
    assert missing(result["projection"])[2:4] == [
        pytest.approx(398999999799.9996, rel=1e-15),
        pytest.approx(1010050250.2512553, rel=1e-15),
    ]


def test_years_are_parameters():
    rows = [cell(2025, 10), cell(2027, 14, 14), cell(2030, None, 20)]
    result = assess(frame(*rows), baseline_year=2025, final_year=2030, as_of_year=2027)
    assert missing(result["mean_change"]) == [None, 2.0, None]
    assert missing(result["required_change"]) == [2.0, 2.0, None]
    assert result["outlook"].tolist() == ["unknown", "on_track", "unknown"]


def test_more_than_six_decimals_are_judged_as_six():
    result = judged(cell(2024, 94.9999996, 95.0))
    assert result["status"].tolist() == ["met"]
    assert result["gap"].tolist() == [0.0]
    assert result["value"].tolist() == [94.9999996]


def test_no_output_is_a_negative_zero():
    result = judged(cell(2022, 0.0), cell(2023, -0.0, -5.0, 0.0, -1), cell(2024, -1e-9, -0.0), cell(2027, None, -0.0))
    zeros = [repr(number) for name in NUMBERS for number in result[name].tolist() if number == 0]
    assert zeros == ["0.0"] * 11


# Types of columns


def test_an_empty_frame_has_every_column_and_type():
    result = assess(pd.DataFrame(columns=INPUT_COLUMNS), as_of_year=2025)
    assert tuple(result.columns) == (*INPUT_COLUMNS, *OUTPUT_COLUMNS)
    assert len(result) == 0
    full = judged(cell(2024, 1, 1))
    assert result.dtypes[list(OUTPUT_COLUMNS)].tolist() == full.dtypes[list(OUTPUT_COLUMNS)].tolist()


def test_types_of_the_outputs():
    result = judged(cell(2024, 1, 1))
    text = pd.Series(["met"]).dtype
    types = [text if name in WORDS else np.dtype(bool) if name == "is_slipping" else float for name in OUTPUT_COLUMNS]
    assert result.dtypes[list(OUTPUT_COLUMNS)].tolist() == types


def test_words_behave_as_plain_strings():
    result = judged(cell(2023, 1, 1), cell(2024, 0, 1), cell(2025, 1, 1))
    assert (result["status"] == "met").tolist() == [True, False, True]
    assert result.groupby("status").size().to_dict() == {"behind": 1, "met": 2}
    names = pd.DataFrame({"status": ["met", "behind"], "label": ["达标", "滞后"]})
    assert result.merge(names, on="status")["label"].tolist() == ["达标", "滞后", "达标"]
    both = pd.concat([result["status"], pd.Series(["near"])], ignore_index=True)
    assert both.tolist() == ["met", "behind", "met", "near"]


@pytest.mark.parametrize("kind", ["object", "Float64", "Decimal"])
def test_other_types_of_numbers(kind):
    cells = frame(cell(2023, 4, 5, 6), cell(2024, None, 6, None, tolerance=0.5), cell(2025, 7.5, None, 8))
    wanted = assess(cells, as_of_year=2025)
    amounts = ["value", "target", "standard", "tolerance", "lower_bound", "upper_bound"]
    for name in amounts:
        if kind == "Float64":
            cells[name] = cells[name].astype("Float64")
        else:
            change = (lambda x: Decimal(repr(x))) if kind == "Decimal" else float
            changed = [None if x != x else change(x) for x in cells[name]]
            cells[name] = pd.Series(changed, dtype=object)
    cells["year"] = cells["year"].astype("Int64")
    cells["area"] = cells["area"].astype("category")
    result = assess(cells, as_of_year=2025)
    pd.testing.assert_frame_equal(result[list(OUTPUT_COLUMNS)], wanted[list(OUTPUT_COLUMNS)])


def test_a_column_of_an_earlier_assessment_is_replaced():
    cells = frame(cell(2024, 1, 1))
    again = assess(cells.assign(status="behind", gap="?"), as_of_year=2025)
    pd.testing.assert_frame_equal(again[[*INPUT_COLUMNS, *OUTPUT_COLUMNS]], assess(cells, as_of_year=2025))


# What is refused


@pytest.mark.parametrize("name", INPUT_COLUMNS)
def test_a_missing_column_is_named(name):
    with pytest.raises(ValueError, match=f"^{name}: the column is missing$"):
        assess(frame(cell(2024)).drop(columns=name), as_of_year=2025)


@pytest.mark.parametrize("name", INPUT_COLUMNS)
def test_a_column_there_twice_is_named(name):
    cells = frame(cell(2024))
    with pytest.raises(ValueError, match=f"^{name}: the column is there twice$"):
        assess(pd.concat([cells, cells[[name]]], axis=1), as_of_year=2025)


def test_two_rows_for_one_key_are_named():
    message = "^two rows for one key: area=330127, indicator=P02, year=2024$"
    with pytest.raises(ValueError, match=message):
        judged(cell(2024, 1), cell(2023, 1), cell(2024, 2))
    with pytest.raises(ValueError, match=message):
        judged(cell(2023, 1), cell(2024, 1), cell(2024, 1))


@pytest.mark.parametrize(
    ("name", "wrong", "message"),
    [
        ("direction", 2, "direction: must be 1, -1 or 0; row 2 has 2"),
        ("direction", None, "direction: must be 1, -1 or 0; row 2 has nan"),
        ("tolerance", -0.1, "tolerance: must be given, and not negative; row 2 has -0.1"),
        ("tolerance", -1e-9, "tolerance: must be given, and not negative; row 2 has -1e-09"),
        ("tolerance", None, "tolerance: must be given, and not negative; row 2 has nan"),
        ("area", None, "area: must be given; row 2 has nan"),
        ("indicator", None, "indicator: must be given; row 2 has nan"),
        ("year", None, "year: must be given, and whole; row 2 has nan"),
        ("year", 2024.5, "year: must be given, and whole; row 2 has 2024.5"),
        ("year", 20244, "year: must be near 2022; row 2 has 20244"),
        ("year", 1821, "year: must be near 2022; row 2 has 1821"),
        ("value", 1e9, "value: must be finite and below 1e9 in magnitude; row 2 has 1000000000.0"),
        ("value", -1e9, "value: must be finite and below 1e9 in magnitude; row 2 has -1000000000.0"),
        ("target", np.inf, "target: must be finite and below 1e9 in magnitude; row 2 has inf"),
        ("standard", -np.inf, "standard: must be finite and below 1e9 in magnitude; row 2 has -inf"),
        ("tolerance", np.inf, "tolerance: must be finite and below 1e9 in magnitude; row 2 has inf"),
        ("lower_bound", -np.inf, "lower_bound: must be finite and below 1e9 in magnitude; row 2 has -inf"),
        ("upper_bound", np.inf, "upper_bound: must be finite and below 1e9 in magnitude; row 2 has inf"),
    ],
)
def test_a_wrong_cell_is_named(name, wrong, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        judged(cell(2023), cell(2024) | {name: wrong})


def test_what_is_not_a_number_is_named():
    cells = frame(cell(2024)).astype({"target": object})
    cells.loc[0, "target"] = "about 3"
    with pytest.raises(ValueError, match="^target: not a number"):
        assess(cells, as_of_year=2025)


@pytest.mark.parametrize("final_year", [2022, 2021, 2223])
def test_years_in_the_wrong_order_are_refused(final_year):
    with pytest.raises(ValueError, match=f"^final_year {final_year} is not 1 to 200 years after 2022$"):
        judged(cell(2024), final_year=final_year)


# The closed lists


def test_the_closed_lists():
    assert STATUSES == ("met", "near", "behind", "unreported", "not_due", "no_target")
    assert STANDARD_STATUSES == ("met", "near", "behind", "unreported", "not_due", "no_standard")
    outlooks = ("achieved", "missed", "moving_away", "on_track", "undecided", "accelerate", "limited", "unknown")
    assert outlooks == OUTLOOKS
    assert gaps.RULE_VERSION == "2"


EVERY = {
    "met": cell(2023, 5, 5, 5),
    "near": cell(2023, 4, 5, 5, tolerance=1),
    "behind": cell(2023, 4, 5, 5),
    "unreported": cell(2023, None, 5, 5),
    "not_due": cell(2026, None, 5, 5),
    "no_target": cell(2023, 5, None, 5),
    "no_standard": cell(2023, 5, 5, None),
}


@pytest.mark.parametrize("status", EVERY)
def test_every_status_is_reached_and_explained(status):
    row = judged(EVERY[status]).iloc[0]
    column = "standard_status" if status == "no_standard" else "status"
    assert row[column] == status
    chinese, english = explain(row, language="zh"), explain(row, language="en")
    first, second = (assessed_row.VOICES[language].label(status) for language in ("zh", "en"))
    said = [line.endswith(f"：{first}。") for line in chinese]
    assert said == [line.endswith(f": {second}.") for line in english]
    assert sum(said) == (1 if status.startswith("no_") else 2)


PATHS = {
    "achieved": (cell(2025, 20, 16), "实际值已经达到2027年的目标20，前景：已实现。"),
    "missed": (cell(2028, 19, 16), "已到2027年或以后，实际值没有达到2027年的目标20，前景：未实现。"),
    "moving_away": (cell(2025, 9, 16), "进度比为负，比2022年更差，前景：背离。"),
    "on_track": (
        cell(2025, 16, 16),
        "进度比不低于95%，预测也达到目标，前景：进度相符。这是进度，不是可能性。",
    ),
    "undecided": (
        cell(2025, 15, 15),
        "进度比100%与预测不一致（一个够，一个不够），两种算法不一致，前景：存疑。",
    ),
    "accelerate": (cell(2025, 14, 16), "进度比不低于60%，但低于95%，前景：需提速。"),
    "limited": (cell(2025, 11, 16), "进度比不为负，但低于60%，前景：难以实现。"),
    "unknown": (cell(2025, None, 16), "没有实际值，前景：无法判断。"),
}


@pytest.mark.parametrize("outlook", PATHS)
def test_every_outlook_is_reached_and_explained(outlook):
    row, sentence = PATHS[outlook]
    result = judged(cell(2022, 10), row, cell(2027, None, 20)).iloc[1].to_dict()
    assert result["outlook"] == outlook
    found = [line for line in explain(result | {"final_target": 20}, language="zh") if "前景" in line]
    assert found == [sentence]


def test_the_words_cover_the_closed_lists_in_both_languages():
    codes = {*STATUSES, *STANDARD_STATUSES, *OUTLOOKS}
    assert codes - set(words.LABELS_ZH) == set()
    assert list(words.LABELS_ZH) == list(words.LABELS_EN)

    def blanks(texts):
        return {key: {name for _, name, _, _ in Formatter().parse(text) if name} for key, text in texts.items()}

    chinese, english = blanks(words.TEXTS_ZH), blanks(words.TEXTS_EN)
    english["achieved"] = english["achieved"] - {"of_final"} | {"final"}
    for key in ("missed", "band_achieved", "band_missed", "band_on_track", "band_limited"):
        english[key] = english[key] - {"of_final"} | {"final"}
    assert chinese == english


# Explanations


CIRCLE = (
    cell(2022, 20, None, 100, tolerance=0.2),
    cell(2023, 22, 22, 100, tolerance=0.2),
    cell(2024, 23.8, 24, 100, tolerance=0.2),
    cell(2027, None, 30, 100, tolerance=0.2),
)
NAMED = {"name": "30分钟圈", "area_name": "淳安县", "unit": "%"}


def circle(position, **more):
    return judged(*CIRCLE).iloc[position].to_dict() | NAMED | more


def test_an_explanation_in_chinese():
    assert explain(circle(2), language="zh") == [
        "淳安县 30分钟圈，2024年：实际值23.8%，年度目标24%，省定标准100%，容差0.2%；数值越高越好。",
        "与年度目标比较：差距 = 23.8 − 24 = −0.2（正数为优于，负数为不及）。",
        "差距小于0，但没有超出容差0.2：接近（在容差内）。",
        "完成率 = 23.8 ÷ 24 = 99.1%。",
        "与省定标准比较：差距 = 23.8 − 100 = −76.2（正数为优于，负数为不及）。",
        "差距小于0，并且超出容差0.2：滞后。",
        "本地区的年度目标24定得比省定标准100宽，相差76。这是一个事实，不是差错。",
        "比上年的变化 = 23.8 − 22 = 1.8，方向变好。",
        "自2022年以来平均每年变化 = (23.8 − 20) ÷ 2 = 1.9。",
        "到2027年达到目标30，今后平均每年需变化 = (30 − 23.8) ÷ 3 = 2.07。",
        "进度比 = 已走的路 ÷ 到本年应走的路 = (23.8 − 20) ÷ (24 − 20) = 95%（从2022年的20起，按本年年度目标算）。",
        "进度比95%与预测不一致（一个够，一个不够），两种算法不一致，前景：存疑。",
        "预测：今后每年的变化与以往平均相同，到2027年为 23.8 + 1.9 × 3 = 29.5。",
        "预测达不到2027年的目标30。",
    ]


def test_an_explanation_in_english():
    assert explain(circle(2), language="en") == [
        "淳安县 30分钟圈, 2024: actual value 23.8%, own target 24%, provincial standard 100%, tolerance 0.2%; "
        "higher is better.",
        "Against the year's own target: gap = 23.8 − 24 = −0.2 (positive is better, negative is short of it).",
        "The gap is below 0, but not beyond the tolerance of 0.2: near (within the tolerance).",
        "Attainment = 23.8 ÷ 24 = 99.1%.",
        "Against the provincial standard: gap = 23.8 − 100 = −76.2 (positive is better, negative is short of it).",
        "The gap is below 0 and beyond the tolerance of 0.2: behind.",
        "The county's own target of 24 asks for less than the provincial standard of 100, by 76: it is set below "
        "the standard. This is a fact, not an error.",
        "Change from last year = 23.8 − 22 = 1.8: the right way.",
        "Mean yearly change since 2022 = (23.8 − 20) ÷ 2 = 1.9.",
        "To reach the target of 30 by 2027, the yearly change needed = (30 − 23.8) ÷ 3 = 2.07.",
        "Pace = way done ÷ way due by this year = (23.8 − 20) ÷ (24 − 20) = 95% (from 20 in 2022, due by this "
        "year's own target).",
        "The pace of 95% and the projection point different ways (one is enough, the other is not). "
        "Outlook: undecided.",
        "Projection: if each year changes as the mean so far, 2027 will be at 23.8 + 1.9 × 3 = 29.5.",
        "The projection does not reach the target of 30 for 2027.",
    ]


def test_without_a_language_chinese_comes_before_english():
    row = circle(1)
    assert explain(row) == explain(row, language="zh") + explain(row, language="en")


def test_another_language_is_refused():
    with pytest.raises(ValueError, match="^language: 'fr' is neither zh nor en$"):
        explain(circle(1), language="fr")


def test_a_series_and_a_mapping_read_the_same():
    row = judged(*CIRCLE).iloc[1]
    assert explain(row) == explain(row.to_dict())
    assert explain(row, language="zh")[0] == (
        "330127 P02，2023年：实际值22，年度目标22，省定标准100，容差0.2；数值越高越好。"
    )


def test_decimals_of_the_row_are_kept():
    row = judged(cell(2023, 94.8, 95, tolerance=0.2, direction=-1)).iloc[0].to_dict()
    lines = explain(row | {"unit": "分钟", "decimals": 2}, language="zh")
    assert lines[:4] == [
        "330127 P02，2023年：实际值94.80 分钟，年度目标95.00 分钟，省定标准无，容差0.20 分钟；数值越低越好。",
        "与年度目标比较：差距 = 95.00 − 94.80 = 0.20（正数为优于，负数为不及）。",
        "差距不小于0：达标。",
        "完成率 = 95.00 ÷ 94.80 = 100.2%。",
    ]


def test_a_row_not_due():
    assert explain(circle(3), language="zh") == [
        "淳安县 30分钟圈，2027年：实际值无，年度目标30%，省定标准100%，容差0.2%；数值越高越好。",
        "与年度目标比较：2027年还没有到报送的时候，没有实际值：未到报送期。",
        "与省定标准比较：2027年还没有到报送的时候，没有实际值：未到报送期。",
        "本地区的年度目标30定得比省定标准100宽，相差70。这是一个事实，不是差错。",
        "本年或上年没有数值，不能与上年比较，不算退步。",
        "没有实际值，前景：无法判断。",
        "没有实际值，不作预测。",
    ]


def lines_after(row, marker, **more):
    lines = explain(row.to_dict() | more, language="zh")
    return lines[next(n for n, line in enumerate(lines) if line.startswith(marker)) :]


def test_slipping_and_a_level_to_keep():
    row = judged(cell(2022, 100), cell(2023, 101), cell(2024, 99.5, 100), cell(2027, None, 100)).iloc[2]
    assert lines_after(row, "比上年") == [
        "比上年的变化 = 99.5 − 101 = −1.5，方向变差：退步。",
        "自2022年以来平均每年变化 = (99.5 − 100) ÷ 2 = −0.25。",
        "到2027年达到目标100，今后平均每年需变化 = (100 − 99.5) ÷ 3 = 0.17。",
        "2027年的目标100不比2022年的100更进一步，是要保持的水平，不计算进度比。",
        "没有达到本年年度目标，并且比2022年更差，前景：背离。",
        "预测：今后每年的变化与以往平均相同，到2027年为 99.5 + (−0.25) × 3 = 98.75。",
        "预测达不到2027年的目标100。",
    ]


def test_a_pace_that_asks_for_speed_while_the_projection_arrives():
    row = judged(cell(2022, 10), cell(2023, 12, 13), cell(2027, None, 20)).iloc[1]
    assert lines_after(row, "进度比66") == [
        "进度比66.6%与预测不一致（一个够，一个不够），两种算法不一致，前景：存疑。",
        "预测：今后每年的变化与以往平均相同，到2027年为 12 + 2 × 4 = 20。",
        "预测达到2027年的目标20。",
    ]


def test_a_linear_pace_and_a_clipped_projection():
    row = judged(cell(2022, 50), cell(2024, 70, upper_bound=100), cell(2027, None, 100)).iloc[1]
    assert lines_after(row, "进度比 =") == [
        "进度比 = 已走的份额 ÷ 应走的份额 = (70 − 50) ÷ (100 − 50) ÷ (2 ÷ 5) = 100%"
        "（从2022年的50起；本年没有年度目标，按时间均匀算）。",
        "进度比不低于95%，预测也达到目标，前景：进度相符。这是进度，不是可能性。",
        "预测：今后每年的变化与以往平均相同，到2027年为 70 + 10 × 3 = 100。",
        "预测达到2027年的目标100。",
    ]
    row = judged(cell(2022, 50), cell(2024, 80, upper_bound=100), cell(2027, None, 100)).iloc[1]
    assert lines_after(row, "预测：") == [
        "预测：今后每年的变化与以往平均相同，到2027年为 80 + 15 × 3 = 125。",
        "预测值超出允许范围，取其界限100。",
        "预测达到2027年的目标100。",
    ]


def test_a_near_miss_of_the_projection_does_not_read_as_a_hit():
    row = judged(cell(2022, 10), cell(2026, 17.9992, 18), cell(2027, None, 20)).iloc[1]
    assert lines_after(row, "预测")[1:] == [
        "预测达不到2027年的目标20。",
    ]
    assert row["outlook"] == "undecided"
    assert any("= 19.999。" in line for line in explain(row, language="zh"))


def test_in_the_final_year_nothing_lies_ahead_to_differ():
    row = judged(cell(2022, 90), cell(2027, 99, 100, lower_bound=100), as_of_year=2027).iloc[1]
    assert lines_after(row, "已到2027年") == [
        "已到2027年或以后，实际值没有达到2027年的目标100，前景：未实现。",
        "预测：今后每年的变化与以往平均相同，到2027年为 99 + 1.8 × 0 = 99。",
        "预测值超出允许范围，取其界限100。",
        "预测达到2027年的目标100。",
    ]


def test_numbers_given_beside_the_row_do_not_override_those_that_were_judged():
    row = judged(cell(2022, 10), cell(2024, 12, 14), cell(2027, None, 20)).iloc[1].to_dict()
    assert explain(row | {"baseline_value": 11, "final_target": 21}) == explain(row)


def test_the_reasons_for_having_no_pace_no_outlook_and_no_projection():
    assert lines_after(judged(cell(2022, 10, 12), cell(2027, None, 20)).iloc[0], "2022年不") == [
        "2022年不晚于基期年2022年，前景：无法判断。",
        "2022年不晚于基期年2022年，不作预测。",
    ]
    assert lines_after(judged(cell(2023, 10, 12)).iloc[0], "没有2027") == [
        "没有2027年的目标，前景：无法判断。",
        "没有2022年的数值，不作预测。",
    ]
    assert lines_after(judged(cell(2023, 10, 12), cell(2027, None, 20)).iloc[0], "没有2022") == [
        "没有2022年的数值，不计算进度比。",
        "没有进度比，也没有达到本年年度目标，又看不出变差，前景：无法判断。",
        "没有2022年的数值，不作预测。",
    ]
    assert lines_after(judged(cell(2022, 10), cell(2023, 10, 9), cell(2027, None, 20)).iloc[1], "本年的") == [
        "本年的年度目标9不比2022年的10更进一步，到本年没有应走的路，不计算进度比。",
        "已经达到本年年度目标，前景：进度相符。",
        "预测：今后每年的变化与以往平均相同，到2027年为 10 + 0 × 4 = 10。",
        "预测达不到2027年的目标20。",
        "注意，两种看法不一致：判断为进度相符，而预测到2027年为10，达不到目标20。"
        "前者看到本年为止的进度，后者假定今后每年的变化与以往平均相同。",
    ]
    late = judged(cell(2022, 10), cell(2028, 18, 21), cell(2027, None, 20), as_of_year=2028).iloc[1]
    assert lines_after(late, "已到2027年") == [
        "已到2027年或以后，实际值没有达到2027年的目标，前景：未实现。",
        "2028年在2027年之后，不作预测。",
    ]


@pytest.mark.parametrize(
    ("target", "sentence"),
    [
        (100, "本地区的年度目标与省定标准相同，都是100。"),
        (101.5, "本地区的年度目标101.5定得比省定标准100严，相差1.5。"),
    ],
)
def test_a_target_not_below_the_standard(target, sentence):
    lines = explain(judged(cell(2023, 90, target, 100)).iloc[0], language="zh")
    assert [line for line in lines if line.startswith("本地区")] == [sentence]


def test_a_value_that_did_not_move():
    lines = explain(judged(cell(2023, 90), cell(2024, 90)).iloc[1], language="en")
    assert [line for line in lines if line.startswith("Change")] == ["Change from last year = 90 − 90 = 0: no change."]


@settings(QUIET, max_examples=examples(100))
@given(random_cells())
def test_every_row_has_an_explanation_without_float_noise(drawn):
    rows, years = drawn
    result = assess(frame(*rows), **years)
    span = {name: years[name] for name in ("baseline_year", "final_year")}
    for row in result.to_dict("records"):
        chinese = explain(row, language="zh", **span)
        english = explain(row, language="en", **span)
        assert len(chinese) == len(english) >= 6
        assert re.findall(r"\d\.\d{7,}|\d[eE][+-]?\d|nan|None|\{|\}", " ".join(chinese + english)) == []


# Bands


def band(year, value=None, low=None, high=None, **more):
    return cell(year, value, low, more.pop("standard", None), 0, target_high=high, **more)


def test_a_value_is_to_stay_within_a_band():
    rows = [band(2022, 40), band(2023, 44, 45, 55, tolerance=1), band(2024, 47, 45, 55), band(2025, 58, 45, 55)]
    result = judged(*rows, band(2026, None, 45, 55), band(2027, None, 45, 55))
    assert missing(result["gap"]) == [None, -1.0, 2.0, -3.0, None, None]
    assert result["status"].tolist() == ["no_target", "near", "met", "behind", "not_due", "not_due"]
    for name in ("attainment", "ambition_gap", "pace", "required_change"):
        assert missing(result[name]) == [None] * 6
    assert result["is_slipping"].tolist() == [False] * 6
    assert missing(result["projection"]) == [None, 60.0, 57.5, 70.0, None, None]
    assert result["outlook"].tolist() == ["unknown", "limited", "achieved", "limited", "unknown", "unknown"]


def test_a_band_that_the_projection_enters_is_on_track_and_the_final_year_decides():
    rows = [band(2022, 40), band(2026, 44, 45, 55), band(2027, 46, 45, 55), band(2028, 56, 45, 55)]
    result = judged(*rows, as_of_year=2028)
    assert result["outlook"].tolist() == ["unknown", "on_track", "achieved", "missed"]


def test_a_band_without_an_end_is_no_target():
    result = judged(band(2023, 5, 4), band(2024, 5, None, 6), band(2025, 5, 4, 6, standard=3, standard_high=4))
    assert result["status"].tolist() == ["no_target", "no_target", "met"]
    assert result["standard_status"].tolist() == ["no_standard", "no_standard", "behind"]
    assert missing(result["standard_gap"]) == [None, None, -1.0]


def test_a_band_turned_round_or_beside_another_direction_is_refused():
    with pytest.raises(ValueError, match="^target_high: must not be below the target; row 1 has 4.0$"):
        judged(band(2023, 5, 6, 4))
    with pytest.raises(ValueError, match="^target_high: belongs to direction 0 alone; row 1 has 6.0$"):
        judged(cell(2023, 5, 4, target_high=6))
    with pytest.raises(ValueError, match="^standard_high: must not be below the standard; row 1 has 2.0$"):
        judged(band(2023, 5, 4, 6, standard=3, standard_high=2))


def test_a_band_is_explained():
    rows = [band(2022, 40), band(2025, 43, 45, 55), band(2027, None, 45, 55)]
    row = judged(*rows).iloc[1].to_dict() | {"final_target": 45.0, "final_target_high": 55.0}
    lines = explain(row, language="zh")
    assert lines[0].endswith("年度目标45–55，省定标准无，容差0；数值应在区间之内。")
    assert "与年度目标比较：差距 = 43 − 45 = −2（正数为优于，负数为不及）。" in lines
    assert "目标是一个区间，不计算完成率和进度比。" in lines
    assert "实际值不在2027年的目标区间45–55之内，预测在区间之内，前景：进度相符。" in lines
    assert len(explain(row, language="en")) == len(lines)


def test_undecided_says_which_of_the_two_is_enough_and_nothing_else():
    late_path = judged(cell(2022, 0), cell(2024, 2, 2), cell(2027, None, 10)).iloc[1]
    early_path = judged(cell(2022, 0), cell(2024, 5, 8), cell(2027, None, 10)).iloc[1]
    assert [late_path["outlook"], early_path["outlook"]] == ["undecided", "undecided"]
    assert late_path["pace"] >= 0.95
    assert early_path["pace"] < 0.95
    assert early_path["projection"] >= 10

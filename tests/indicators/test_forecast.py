"""The forecast: what it knows, what it must not know, and that its numbers agree with one another."""

import numpy as np
import pandas as pd
import pytest

from indicators.forecasting.cells import FORECAST_COLUMNS, forecast_cells, pools_of
from indicators.forecasting.forecast import (
    CERTAINTY,
    LOCATION,
    SPREAD,
    chance_of_at_most,
    chance_of_reaching,
    describe,
    pool_of,
    predict,
    quantile,
    ranges,
)
from indicators.forecasting.learning import NO_CORRECTION, described, learn
from indicators.forecasting.panel import panel_of, read_panel
from indicators.forecasting.parameters import GRADES, grade_of, shipped, shipped_parameters, written
from tests.indicators.panels import invented

PANEL = panel_of(invented())
PARAMETERS = shipped_parameters()
NONE = np.full(len(PANEL.values), np.nan)


def predicted(values=None, years=3, origin=9):
    values = PANEL.values if values is None else values
    return predict(describe(values[:, : origin + 1], PANEL.group), PARAMETERS.laws[years])


def cells(values, *, first=2022, target=50.0, direction=1, lower=np.nan, upper=np.nan, target_high=np.nan, final=2027):
    """One county's rows of one indicator for each list of values, from `first` to `final`."""
    years = range(first, final + 1)
    rows = []
    for number, each in enumerate(values):
        padded = [*each, *[np.nan] * (len(years) - len(each))]
        for year, value in zip(years, padded, strict=True):
            rows.append({"area": f"A{number}", "indicator": "P01", "year": year, "value": value, "target": target})
    frame = pd.DataFrame(rows)
    return frame.assign(direction=direction, lower_bound=lower, upper_bound=upper, target_high=target_high)


def seen(values, **named):
    frame = cells(values, **named)
    found = forecast_cells(frame, final_year=named.get("final", 2027), parameters=PARAMETERS)
    return frame.join(found).set_index(["area", "year"])


# What it must not know -----------------------------------------------------------------------------


def test_later_values_change_nothing_that_was_said_before():
    random = np.random.default_rng(1)
    for origin in (4, 8, 11):
        changed = PANEL.values.copy()
        changed[:, origin + 1 :] = random.normal(0, 1e6, changed[:, origin + 1 :].shape)
        before = described(PANEL.values, PANEL.group)[origin]
        after = described(changed, PANEL.group)[origin]
        for first, second in zip(before, after, strict=True):
            np.testing.assert_array_equal(first, second)


def test_a_cell_says_of_its_year_what_it_said_when_that_year_was_the_last():
    values = PANEL.values[PANEL.group == 0][:, :6]
    whole = seen(values.tolist())
    for known in (3, 4, 5):
        then = seen(values[:, :known].tolist())
        year = 2022 + known - 1
        now = whole.xs(year, level="year")[list(FORECAST_COLUMNS)]
        pd.testing.assert_frame_equal(now, then.xs(year, level="year")[list(FORECAST_COLUMNS)])


def test_what_is_learnt_for_a_fold_does_not_depend_on_its_own_series():
    chosen = PANEL.group % 5 != 0
    changed = PANEL.values.copy()
    changed[~chosen] = changed[~chosen][:, ::-1] * 3
    first = learn(PANEL.values, described(PANEL.values, PANEL.group), range(1, 4), chosen=chosen)
    second = learn(changed, described(changed, PANEL.group), range(1, 4), chosen=chosen)
    assert written(first, {}) == written(second, {})


def test_the_input_stays_as_it_was():
    frame = cells([[1, 2, 3, 4]])
    copy = frame.copy(deep=True)
    forecast_cells(frame, final_year=2027, parameters=PARAMETERS)
    pd.testing.assert_frame_equal(frame, copy)


# What follows from what it is -----------------------------------------------------------------------


def test_another_unit_changes_no_chance():
    target = PANEL.values[:, 9] + 2
    plain = chance_of_reaching(predicted(), np.ones(len(target)), target, NONE, PARAMETERS.correction)
    scaled = predicted(PANEL.values * 1000)
    np.testing.assert_allclose(
        chance_of_reaching(scaled, np.ones(len(target)), target * 1000, NONE, PARAMETERS.correction), plain, rtol=1e-9
    )


def test_a_falling_row_is_a_rising_one_upside_down():
    target = PANEL.values[:, 9] + 2
    rising = chance_of_reaching(predicted(), np.ones(len(target)), target, NONE, NO_CORRECTION)
    mirrored = predict(describe(-PANEL.values[:, :10], PANEL.group), PARAMETERS.laws[3])
    falling = chance_of_reaching(mirrored, -np.ones(len(target)), -target, NONE, NO_CORRECTION)
    np.testing.assert_allclose(falling, rising, atol=1e-9)


def test_the_range_holds_four_fifths_of_the_distribution():
    prediction = predicted()
    low, high = ranges(prediction, NONE, NONE)
    inside = chance_of_at_most(prediction, high) - chance_of_at_most(prediction, low, itself=False)
    known = ~np.isnan(prediction.width)
    assert known.all()
    at_rest = prediction.stay
    assert ((inside >= 0.8 - 1e-6) & (inside <= 0.8 + at_rest + 1e-6)).all()


@pytest.mark.parametrize("level", [0.1, 0.25, 0.5, 0.75, 0.9])
def test_a_quantile_is_where_the_chance_passes_its_level(level):
    prediction = predicted()
    amount = quantile(prediction, level)
    width = prediction.width * 1e-6
    assert (chance_of_at_most(prediction, amount - width) <= level + 1e-6).all()
    assert (chance_of_at_most(prediction, amount + width) >= level - 1e-6).all()


def test_a_chance_falls_as_the_target_rises():
    steps = np.linspace(-5, 5, 11)
    chances = [
        chance_of_reaching(predicted(), np.ones(len(NONE)), PANEL.values[:, 9] + step, NONE, PARAMETERS.correction)
        for step in steps
    ]
    assert (np.diff(np.array(chances), axis=0) <= 1e-12).all()
    assert np.min(chances) >= CERTAINTY
    assert np.max(chances) <= 1 - CERTAINTY


def test_a_band_has_the_chance_between_its_ends():
    prediction = predicted()
    low, high = PANEL.values[:, 9] - 3, PANEL.values[:, 9] + 3
    inside = chance_of_reaching(prediction, np.zeros(len(low)), low, high, PARAMETERS.correction)
    wanted = chance_of_at_most(prediction, high) - chance_of_at_most(prediction, low, itself=False)
    np.testing.assert_allclose(inside, np.clip(wanted, CERTAINTY, 1 - CERTAINTY))


# Cells --------------------------------------------------------------------------------------------


def test_too_little_known_is_said_by_silence():
    rows = seen([[10, 20], [10], [10, 20, np.nan, 30], []])
    assert rows.probability.loc["A0"].isna().all()
    assert rows.probability.loc["A1"].isna().all()
    assert rows.probability.loc["A2"].dropna().index.tolist() == [2025]
    assert rows.range_low.loc["A3"].isna().all()


def test_without_a_target_there_is_a_range_and_no_chance():
    rows = seen([[10, 12, 14]], target=np.nan)
    assert rows.probability.isna().all()
    assert rows.range_low.loc["A0"].dropna().index.tolist() == [2024, 2025, 2026, 2027]


def test_more_years_to_come_than_were_learnt_are_not_said():
    rows = seen([[10, 12, 14]], final=2036)
    assert rows.probability.isna().all()
    assert rows.range_low.loc["A0"].dropna().index.tolist() == [2025, 2026, 2027, 2028, 2029, 2030]


def test_ranges_keep_the_bounds_and_widen_with_the_years():
    rows = seen([[90, 94, 98], [60, 61, 63]], lower=0.0, upper=100.0).loc["A0"]
    assert rows.range_high.max() <= 100
    rows = seen([[40, 41, 43], [60, 61, 63]]).loc["A0"]
    assert (np.diff((rows.range_high - rows.range_low).loc[2025:2027]) > 0).all()


def test_a_row_with_a_value_carries_the_range_of_the_final_year():
    rows = seen([[40, 41, 43, 44], [60, 61, 63, 65]]).loc["A0"]
    assert rows.range_low[2025] == rows.range_low[2027]
    assert rows.range_high[2025] == rows.range_high[2027]
    assert rows.range_low[2024] != rows.range_low[2025]


def test_who_stands_at_the_bound_and_always_stood_there_is_likely_to_stay():
    rows = seen([[100, 100, 100, 100], [98, 99, 100, 100]], target=100.0, lower=0.0, upper=100.0)
    assert rows.probability.loc[("A0", 2025)] > 0.85


def test_far_from_the_target_is_unlikely_and_far_beyond_it_likely():
    rows = seen([[10, 10.5, 10.8, 11.2], [70, 71, 71.5, 72]], target=50.0).probability
    assert rows.loc[("A0", 2025)] < 0.15
    assert rows.loc[("A1", 2025)] > 0.85
    falling = seen([[10, 10.5, 10.8, 11.2], [70, 71, 71.5, 72]], target=50.0, direction=-1).probability
    assert falling.loc[("A0", 2025)] > 0.85
    assert falling.loc[("A1", 2025)] < 0.15


def test_order_and_index_of_the_rows_do_not_matter():
    frame = cells(PANEL.values[PANEL.group == 1][:, :4].tolist())
    found = forecast_cells(frame, final_year=2027, parameters=PARAMETERS)
    mixed = frame.sample(frac=1, random_state=3)
    mixed.index = [f"row {number}" for number in mixed.index]
    again = forecast_cells(mixed, final_year=2027, parameters=PARAMETERS)
    again.index = [int(name.removeprefix("row ")) for name in again.index]
    pd.testing.assert_frame_equal(again.sort_index(), found)


def test_given_pools_a_part_says_what_the_whole_says():
    frame = cells(PANEL.values[PANEL.group == 2][:, :4].tolist())
    whole = forecast_cells(frame, final_year=2027, parameters=PARAMETERS)
    pools = pools_of(frame, final_year=2027)
    part = frame[frame.area == "A3"]
    found = forecast_cells(part, final_year=2027, parameters=PARAMETERS, pools=pools)
    pd.testing.assert_frame_equal(found, whole.loc[part.index])


def test_an_empty_frame_gets_empty_columns():
    found = forecast_cells(cells([]).reindex(columns=cells([[1]]).columns), final_year=2027, parameters=PARAMETERS)
    assert list(found.columns) == list(FORECAST_COLUMNS)
    assert len(found) == 0


def test_a_large_area_does_not_set_the_scale_of_a_small_one():
    small, large = [10, 11, 10, 12], [10_000, 11_000, 10_000, 12_000]
    alone = describe(np.array([small, small], dtype=float), np.zeros(2, dtype=int)).scale[0]
    beside = describe(np.array([small, large], dtype=float), np.zeros(2, dtype=int)).scale[0]
    np.testing.assert_allclose(alone, beside)


# What is shipped -------------------------------------------------------------------------------------


def test_the_shipped_file_names_its_source_and_fits_the_method():
    learnt_from = shipped()["learnt_from"]
    assert learnt_from["source"]
    assert learnt_from["licence"] == "MIT"
    assert shipped()["names"]["location"] == [*LOCATION]
    assert shipped()["names"]["spread"] == [*SPREAD, "constant"]
    assert sorted(PARAMETERS.laws) == [1, 2, 3, 4, 5, 6]
    assert written(PARAMETERS, learnt_from) == written(shipped_parameters(), learnt_from)


def test_the_same_panel_gives_the_same_parameters():
    first, second = (
        written(learn(PANEL.values, described(PANEL.values, PANEL.group), range(1, 4)), {}) for _ in range(2)
    )
    assert first == second


def test_the_learning_takes_a_horizon_that_no_series_is_long_enough_for_from_the_prior():
    short = PANEL.values[:, :5]
    learnt = learn(short, described(short, PANEL.group), range(1, 5), prior=PARAMETERS)
    assert sorted(learnt.laws) == [1, 2, 3, 4]
    assert learnt.laws[4] is PARAMETERS.laws[4]


def test_grades_have_fixed_bounds_and_none_that_holds_a_half_is_likely():
    chances = np.array([0.005, 0.149, 0.15, 0.349, 0.35, 0.5, 0.649, 0.65, 0.849, 0.85, 0.995, np.nan])
    assert grade_of(chances).tolist() == [
        *["very_unlikely"] * 2,
        *["unlikely"] * 2,
        *["even"] * 3,
        *["likely"] * 2,
        *["very_likely"] * 2,
        "unknown",
    ]
    assert GRADES["likely"] > 0.5 > GRADES["even"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("area,indicator,year\nA,B,2020\n", "no column value"),
        ("area,indicator,year,value\nA,B,2020,\n", "no row has"),
        ("area,indicator,year,value\nA,B,2020,1\nA,B,2020,2\n", "two rows for A, B, 2020"),
    ],
)
def test_a_file_that_is_no_panel_is_refused_in_words(tmp_path, text, words):
    path = tmp_path / "panel.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=words):
        read_panel(path)


def test_a_year_between_two_known_ones_is_bridged_and_none_before_the_origin_is_invented():
    values = np.array([[1.0, np.nan, 3.0, 4.0], [1.0, 2.0, 3.0, 4.0], [1.0, 2.0, 3.0, np.nan]])
    traits = describe(values, np.zeros(3, dtype=int))
    np.testing.assert_array_equal(traits.location[0], traits.location[1])
    assert np.isnan(traits.scale[2])
    assert pool_of(values, np.zeros(3, dtype=int)).size[0] > 0

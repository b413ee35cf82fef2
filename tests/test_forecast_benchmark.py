"""The back-test: windows as the contract says, folds that know nothing of one another, and numbers that hold."""

import json

import numpy as np
import pandas as pd
import pytest

from benchmarks.forecast import HORIZONS, back_test, claims_of, folds_of, main, shares_elsewhere, words_of
from indicators.forecasting.panel import panel_of
from indicators.forecasting.parameters import shipped_parameters
from indicators.forecasting.plans import windows_of
from tests.indicators.panels import invented

ROWS = invented()
PANEL = panel_of(ROWS)


@pytest.fixture(scope="module")
def found():
    return back_test(PANEL)


def one(values, first=2000):
    rows = {"area": "A", "indicator": "I", "year": range(first, first + len(values)), "value": values}
    return panel_of(pd.DataFrame(rows).dropna())


def test_a_window_continues_the_three_years_before():
    windows = windows_of(one([1, 9, 9, 4, 5, 6, 7, 8, 9]).values)
    assert windows.series.tolist() == [0]
    assert windows.target.tolist() == [9.0]
    assert windows.direction.tolist() == [1.0]
    assert windows.came_true.tolist() == [True]
    falling = windows_of(one([4, 9, 9, 1, 1, 1, 1, 1, -3.9]).values)
    assert falling.target.tolist() == [-4.0]
    assert falling.direction.tolist() == [-1.0]
    assert falling.came_true.tolist() == [False]


def test_no_window_where_a_year_is_missing_or_nothing_moved():
    for values in ([1, 9, 9, 1, 5, 6, 7, 8, 9], [1, 9, 9, 4, 5, np.nan, 7, 8, 9], [1, 2, 3]):
        assert len(windows_of(one(values).values).series) == 0
    assert len(windows_of(one([1, np.nan, np.nan, 4, 5, 6, 7, 8, 9]).values).series) == 1
    with pytest.raises(ValueError, match="no series has the years"):
        back_test(one([1, 2, 3]))


def test_names_that_agree_before_the_bar_are_in_one_fold():
    rows = pd.concat([ROWS, ROWS.assign(indicator=ROWS.indicator + "|F"), ROWS.assign(indicator=ROWS.indicator + "|M")])
    panel = panel_of(rows)
    folds = folds_of(panel)
    for name in sorted(set(panel.indicator)):
        own = [str(each).partition("|")[0] == name.partition("|")[0] for each in panel.indicator]
        assert len(set(folds[own])) == 1
    assert sorted(set(folds)) == [0, 1, 2, 3, 4]


def test_the_words_are_those_of_the_kernel_and_of_values_up_to_the_claim():
    panel = one([0, 1, 2, 3, 4.0, 4.5, 9, 9, 9])
    windows = windows_of(panel.values)
    assert words_of(panel, windows, 1).tolist() == ["on_track"]
    assert words_of(panel, windows, 2).tolist() == ["accelerate"]
    assert words_of(panel, windows, 3).tolist() == ["achieved"]
    larger = panel._replace(values=panel.values * 1e12)
    assert words_of(larger, windows_of(larger.values), 2).tolist() == ["accelerate"]


def test_a_claim_knows_nothing_of_later_years():
    parameters = shipped_parameters()
    windows, folds = windows_of(PANEL.values), folds_of(PANEL)
    cut = 9
    random = np.random.default_rng(5)
    changed = PANEL.values.copy()
    changed[:, cut + 1 :] += random.normal(0, 50, changed[:, cut + 1 :].shape)
    # Nothing may be learnt from the changed panel: only what was shipped is used.
    first = claims_of(PANEL, windows, np.zeros_like(folds), parameters)
    second = claims_of(PANEL._replace(values=changed), windows, np.zeros_like(folds), parameters)
    for horizon in HORIZONS:
        early = windows.begin + 5 - horizon <= cut
        assert early.any()
        for name in ("chance", "low", "high", "words"):
            before, after = getattr(first[horizon], name)[early], getattr(second[horizon], name)[early]
            assert np.array_equal(before, after), (horizon, name)


def test_shares_are_those_of_the_other_folds():
    came_true = np.array([True, False, True, True])
    fold = np.array([0, 0, 1, 1])
    assert shares_elsewhere(came_true, fold).tolist() == [1.0, 1.0, 0.5, 0.5]
    words = np.array(["a", "b", "a", "c"], dtype=object)
    assert shares_elsewhere(came_true, fold, words).tolist() == [1.0, 1.0, 1.0, 0.5]
    with pytest.raises(ValueError, match="at least two"):
        shares_elsewhere(came_true, np.zeros(4, dtype=int))


def test_on_invented_series_the_forecast_beats_the_words_and_means_what_it_says(found):
    assert found["mean"]["brier"] < 0.92 * found["mean"]["brier_words"]
    for horizon in found["horizons"].values():
        assert horizon["brier"] < horizon["brier_words"]
        assert 0.72 < horizon["coverage_80"] < 0.88
        assert horizon["refused"] == 0
    used = [each for each in found["reliability"] if each["count"] >= 100]
    assert len(used) >= 8
    assert max(abs(each["came_true"] - each["said"]) for each in used) < 0.1


def test_the_output_is_one_object_with_the_names_of_the_contract(tmp_path, capsys):
    path = tmp_path / "panel.csv"
    ROWS.to_csv(path, index=False)
    assert main([str(path)]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert {"windows", "indicators", "base_rate", "horizons", "reliability"} <= set(printed)
    assert sorted(printed["horizons"]) == ["1", "2", "3", "4"]
    named = {"brier", "brier_base_rate", "brier_words", "coverage_80", "words", "reliability"}
    for each in printed["horizons"].values():
        assert named <= set(each)
        assert len(each["reliability"]) == 10
        assert sum(row["count"] for row in each["reliability"]) == printed["windows"]
        assert sum(row["count"] for row in each["words"].values()) == printed["windows"]


def test_a_missing_file_is_refused_in_words(capsys):
    assert main(["no/such/panel.csv"]) == 1
    assert "back-test refused" in capsys.readouterr().err

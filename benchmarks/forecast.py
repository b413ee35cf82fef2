"""Back-test of what the pages say about reaching a target, on real series that the method has not seen.

    python -m benchmarks.forecast PANEL.csv [--without-shipped | --held-back] [--record --source WHOSE --licence WHICH]

PANEL.csv has the columns area, indicator, year, value and, if wished, unit. One JSON object is printed; what a window,
a claim and a fold are stands in `docs/forecast.md`.

A window is a series and a year b for which b − 3 and b to b + 5 are all known: a plan begun in b for five years whose
targets continue the three years before. A claim is made in b + k, k = 1 to 4, by the words of the kernel and by the
forecast; both get the values up to b + k and no other. What is fitted for a fold is fitted on the series of the other
four. Where the panel is not the one from which the shipped parameters were learnt, the fit is drawn towards those.

`--held-back` is harder: areas and indicators are halved, and each of the four quarters is judged by what was learnt
from the opposite one, with which it shares neither an area nor an indicator, not even in the pools.
"""

import argparse
import json
import sys
from typing import NamedTuple

import numpy as np
import pandas as pd

from indicators.forecasting.forecast import Parameters, Prediction, chance_of_reaching, ranges
from indicators.forecasting.learning import described, learn
from indicators.forecasting.panel import Panel, read_panel
from indicators.forecasting.parameters import GRADES, VERSION, grade_of, is_learnt_from, shipped_parameters
from indicators.forecasting.plans import BEFORE, SPAN, Windows, predictions_of, windows_of
from indicators.forecasting.record import PATH as RECORD
from indicators.forecasting.record import brier, by_name, five_decimals, reliability
from indicators.gaps import RULE_VERSION, assess

FOLDS = 5
HORIZONS = range(1, SPAN)
KERNEL_LIMIT = 1e8

Array = np.ndarray


class Claims(NamedTuple):
    """What is said of every window so many years before its end."""

    chance: Array  # NaN where nothing is said
    low: Array
    high: Array
    words: Array


def folds_of(panel: Panel) -> Array:
    """The fold of each series: names before the first `|`, sorted, dealt out in turn; those with a plan first."""
    families = np.array([str(name).partition("|")[0] for name in panel.indicator], dtype=object)
    with_plan = set(families[np.unique(windows_of(panel.values).series)])
    order = sorted(set(families), key=lambda family: (family not in with_plan, family))
    number = {family: at % FOLDS for at, family in enumerate(order)}
    return np.array([number[family] for family in families], dtype=int)


def words_of(panel: Panel, windows: Windows, elapsed: int) -> Array:
    """The kernel's outlook of every window, `elapsed` years after its begin."""
    scale = _shrunk(panel, windows)
    years = [_kernel_rows(panel, windows, year, elapsed, scale) for year in range(SPAN + 1)]
    judged = assess(pd.concat(years, ignore_index=True), baseline_year=0, final_year=SPAN, as_of_year=elapsed)
    return judged.outlook[judged.year == elapsed].to_numpy(dtype=object)


def _kernel_rows(panel: Panel, windows: Windows, year: int, elapsed: int, scale: Array) -> pd.DataFrame:
    known = panel.values[windows.series, windows.begin + year]
    due = windows.start + (windows.target - windows.start) * year / SPAN
    return pd.DataFrame(
        {
            "area": "window",
            "indicator": np.arange(len(windows.series)),
            "year": year,
            "value": known * scale if year <= elapsed else np.nan,
            "target": np.round(due, 6) * scale,
            "standard": np.nan,
            "direction": windows.direction,
            "tolerance": 0.0,
            "lower_bound": np.nan,
            "upper_bound": np.nan,
        }
    )


def _shrunk(panel: Panel, windows: Windows) -> Array:
    """A power of ten for each window that brings its numbers below what the kernel takes; 1 for most."""
    at = windows.begin[:, None] + np.arange(SPAN + 1)
    largest = np.maximum(np.abs(panel.values[windows.series[:, None], at]).max(axis=1), np.abs(windows.target))
    beyond = np.ceil(np.log10(np.maximum(largest / KERNEL_LIMIT, 1)))
    return 10.0**-beyond


def claims_of(panel: Panel, windows: Windows, folds: Array, shipped: Parameters | None) -> dict[int, Claims]:
    """What is said of every window at each horizon; whatever is fitted for a fold is fitted on the others."""
    traits = described(panel.values, panel.group)
    nothing = np.full((3, len(windows.series)), np.nan)
    said = {horizon: nothing.copy() for horizon in HORIZONS}
    for fold in range(FOLDS):
        own = np.flatnonzero(folds[windows.series] == fold)
        learnt = learn(panel.values, traits, HORIZONS, chosen=folds != fold, prior=shipped)
        for horizon, law in learnt.laws.items():
            for numbers, prediction in predictions_of(windows, own, traits, law, SPAN - horizon):
                said[horizon][:, numbers] = _claims(windows, numbers, prediction, learnt.correction)
    return {horizon: Claims(*columns, words_of(panel, windows, SPAN - horizon)) for horizon, columns in said.items()}


def quarters_of(panel: Panel) -> Array:
    """The quarter of each series, 0 to 3: areas and families of indicators, sorted and dealt out in turn, are halves;
    quarters whose numbers add up to 3 have neither in common."""
    families = np.array([str(name).partition("|")[0] for name in panel.indicator], dtype=object)
    halves = [dict(zip(sorted(set(names)), _in_turn(len(set(names))), strict=True)) for names in (panel.area, families)]
    return np.array(
        [2 * halves[0][area] + halves[1][family] for area, family in zip(panel.area, families, strict=True)]
    )


def _in_turn(count: int) -> list[int]:
    return [at % 2 for at in range(count)]


def held_back_claims(panel: Panel, windows: Windows) -> dict[int, Claims]:
    """What is said of every window by laws learnt from the opposite quarter, with pools of its own quarter alone."""
    quarter = quarters_of(panel)
    said = {horizon: np.full((3, len(windows.series)), np.nan) for horizon in HORIZONS}
    for number in range(4):
        series, others = np.flatnonzero(quarter == number), np.flatnonzero(quarter == 3 - number)
        away = panel.values[others]
        learnt = learn(away, described(away, _numbered(panel.group[others])), HORIZONS)
        traits = described(panel.values[series], _numbered(panel.group[series]))
        place = np.full(len(quarter), -1)
        place[series] = np.arange(len(series))
        here = windows._replace(series=place[windows.series])
        for horizon, law in learnt.laws.items():
            own = np.flatnonzero(here.series >= 0)
            for numbers, prediction in predictions_of(here, own, traits, law, SPAN - horizon):
                said[horizon][:, numbers] = _claims(here, numbers, prediction, learnt.correction)
    return {horizon: Claims(*columns, words_of(panel, windows, SPAN - horizon)) for horizon, columns in said.items()}


def _numbered(group: Array) -> Array:
    """The numbers of groups without gaps, as pools want them."""
    return np.unique(group, return_inverse=True)[1]


def _claims(windows: Windows, numbers: Array, prediction: Prediction, correction: Array) -> Array:
    """Chance, low and high end of the range of each window, as three rows."""
    none = np.full(len(numbers), np.nan)
    target = windows.target[numbers]
    chance = chance_of_reaching(prediction, windows.direction[numbers], target, none, correction)
    return np.stack([chance, *ranges(prediction, none, none)])


def shares_elsewhere(came_true: Array, fold: Array, words: Array | None = None) -> Array:
    """For each window the share that came true in the other folds: of all, or of those with the same word."""
    shares = np.empty(len(came_true))
    for own in np.unique(fold):
        others = fold != own
        if not others.any():
            raise ValueError("all indicators are of one name before the first |; at least two are needed")
        inside = ~others
        base = came_true[others].mean()
        if words is None:
            shares[inside] = base
            continue
        by_word = {word: came_true[others & (words == word)] for word in np.unique(words[inside].astype(str))}
        share = {word: each.mean() if len(each) else base for word, each in by_word.items()}
        shares[inside] = [share[word] for word in words[inside]]
    return shares


def report(panel: Panel, windows: Windows, folds: Array, claims: dict[int, Claims]) -> dict:
    """The whole back-test as one object of plain numbers."""
    came_true = windows.came_true
    base = shares_elsewhere(came_true, folds[windows.series])
    horizons = {
        str(horizon): _at_horizon(panel, windows, folds, horizon, each, base) for horizon, each in claims.items()
    }
    chances = np.concatenate([_or_base(each.chance, base) for each in claims.values()])
    outcomes = np.tile(came_true, len(claims))
    means = ("brier", "brier_base_rate", "brier_words", "coverage_80")
    return {
        "windows": len(came_true),
        "indicators": len(np.unique(panel.indicator[windows.series])),
        "base_rate": five_decimals(came_true.mean()),
        "mean": {name: five_decimals(np.mean([each[name] for each in horizons.values()])) for name in means},
        "horizons": horizons,
        "reliability": reliability(chances, outcomes),
        "grades": by_name(grade_of(chances), outcomes),
        "grade_bounds": GRADES,
        "rule_version": RULE_VERSION,
        "forecast_version": VERSION,
    }


def _at_horizon(panel: Panel, windows: Windows, folds: Array, horizon: int, claims: Claims, base: Array) -> dict:
    came_true = windows.came_true
    end = panel.values[windows.series, windows.begin + SPAN]
    said = ~np.isnan(claims.low)
    inside = (end >= claims.low) & (end <= claims.high)
    chance = _or_base(claims.chance, base)
    by_words = shares_elsewhere(came_true, folds[windows.series], claims.words)
    return {
        "horizon": horizon,
        "brier": five_decimals(brier(chance, came_true)),
        "brier_base_rate": five_decimals(brier(base, came_true)),
        "brier_words": five_decimals(brier(by_words, came_true)),
        "coverage_80": five_decimals(inside[said].mean()),
        "refused": int((~said).sum()),
        "words": by_name(claims.words, came_true),
        "reliability": reliability(chance, came_true),
        "grades": by_name(grade_of(chance), came_true),
    }


def _or_base(chance: Array, base: Array) -> Array:
    """Where the forecast says nothing, the base rate stands for it, so that silence cannot flatter it."""
    return np.where(np.isnan(chance), base, chance)


def back_test(panel: Panel, *, with_shipped: bool = True, held_back: bool = False) -> dict:
    """The report for a panel; shipped parameters are drawn on only where they were learnt elsewhere, and not at all
    where each quarter is judged by the opposite one."""
    windows = windows_of(panel.values)
    if not len(windows.series):
        raise ValueError(f"no series has the years that a plan needs: b − {BEFORE}, and b to b + {SPAN} without a gap")
    folds = folds_of(panel)
    if held_back:
        return report(panel, windows, folds, held_back_claims(panel, windows)) | {"drawn_towards_shipped": False}
    is_own = is_learnt_from(panel.area, panel.indicator)
    shipped = shipped_parameters() if with_shipped and not is_own else None
    found = report(panel, windows, folds, claims_of(panel, windows, folds, shipped))
    return found | {"drawn_towards_shipped": shipped is not None}


def record_of(panel: Panel, found: dict, *, source: str, licence: str) -> dict:
    """The back-test as the site ships it: without what no page shows, with whose figures they are."""
    about = {
        "source": source,
        "licence": licence,
        "series": len(panel.values),
        "areas": len(set(panel.area)),
        "indicators": len(set(panel.indicator)),
        "years": [int(panel.years[0]), int(panel.years[-1])],
    }
    horizons = {
        horizon: {name: value for name, value in each.items() if name != "reliability"}
        for horizon, each in found["horizons"].items()
    }
    made_by = "python -m benchmarks.forecast PANEL.csv --record --source … --licence …"
    return {"made_by": made_by, "panel": about, **found, "horizons": horizons}


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.forecast", description=__doc__.partition("\n")[0])
    parser.add_argument("panel", help="a csv file with the columns area, indicator, year, value")
    parser.add_argument("--without-shipped", action="store_true", help="fit on the other four folds alone")
    parser.add_argument(
        "--held-back", action="store_true", help="judge each quarter by what was learnt from the opposite one"
    )
    parser.add_argument("--record", action="store_true", help=f"write what /trust/ shows into {RECORD.name} too")
    parser.add_argument("--source", help="with --record: whose figures they are, as the site will say it")
    parser.add_argument("--licence", help="with --record: under which licence they may be used")
    options = parser.parse_args(arguments)
    if options.record and options.held_back:
        parser.error("--record is of the folds that the contract asks for, not of --held-back")
    if options.record and not (options.source and options.licence):
        parser.error("--record needs --source and --licence: the page names them")
    try:
        panel = read_panel(options.panel)
        found = back_test(panel, with_shipped=not options.without_shipped, held_back=options.held_back)
    except (OSError, ValueError) as error:
        print(f"back-test refused: {error}", file=sys.stderr)  # noqa: T201 - a command line tool
        return 1
    print(json.dumps(found, indent=1))  # noqa: T201
    if options.record:
        content = record_of(panel, found, source=options.source, licence=options.licence)
        RECORD.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())

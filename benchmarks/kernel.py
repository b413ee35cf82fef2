"""Speed of the assessment kernel on one core, against the same arithmetic in plain numpy.

    python -m benchmarks.kernel [--areas N] [--indicators M] [--years K] [--runs R]

The kernel gets what it gets in use: text codes, every check, a frame with words as the result. The peer is as
lean as the arithmetic allows: integers for areas, indicators and years, no checks, no exact ties, codes
instead of words, a tuple of arrays.
"""

import argparse
import os
import statistics
import time
from collections.abc import Callable

import numpy as np
import pandas as pd

from indicators.gaps import OUTLOOKS, STANDARD_STATUSES, STATUSES, assess

BASELINE = 2022
NUMBERS = (
    "gap",
    "attainment",
    "standard_gap",
    "ambition_gap",
    "change",
    "mean_change",
    "required_change",
    "pace",
    "projection",
)


def grid(areas: int, indicators: int, years: int) -> tuple[pd.DataFrame, tuple[np.ndarray, ...]]:
    """A deterministic frame of areas × indicators × years, and its keys as integers."""
    random = np.random.default_rng(20230101)
    n = areas * indicators * years
    area = np.repeat(np.arange(areas), indicators * years)
    indicator = np.tile(np.repeat(np.arange(indicators), years), areas)
    step = np.tile(np.arange(years), areas * indicators)
    direction = np.where(indicator % 4 == 3, -1, 1)
    start = 40 + 20 * random.random(areas * indicators).repeat(years)
    target = np.round(start + direction * 2.0 * step, 1)
    value = np.round(start + direction * 2.0 * step * random.uniform(0.4, 1.3, n), 1)
    cells = pd.DataFrame(
        {
            "area": np.array([f"{330000 + a}" for a in range(areas)], dtype=object)[area],
            "indicator": np.array([f"P{i:02d}" for i in range(indicators)], dtype=object)[indicator],
            "year": BASELINE + step,
            "value": np.where((step > years * 2 // 3) | (random.random(n) < 0.03), np.nan, value),
            "target": np.where(random.random(n) < 0.05, np.nan, target),
            "standard": np.where(indicator % 5 == 4, np.nan, 80.0),
            "direction": direction,
            "tolerance": 0.2,
            "lower_bound": 0.0,
            "upper_bound": 100.0,
        }
    )
    return cells, (area, indicator, step)


def lean(keys: tuple[np.ndarray, ...], inputs: tuple[np.ndarray, ...], final: int, as_of: int) -> tuple:
    """The rules of the kernel on a full grid, in floats; `final` and `as_of` are years since the baseline."""
    area, indicator, step = keys
    v, t, s, d, tolerance, lower, upper = inputs
    series = area * (int(indicator.max()) + 1) + indicator
    table = np.full((int(series[-1]) + 1, final + 2), np.nan)
    table[series, step + 1] = v
    v0, previous = table[series, 1], table[series, step]
    goals = np.full(len(table), np.nan)
    goals[series[step == final]] = t[step == final]
    goal = goals[series]
    gap, standard_gap, change = d * (v - t), d * (v - s), v - previous
    after = np.where(step > 0, step, np.nan)
    left = np.where(step < final, final - step, np.nan)
    mean_change = (v - v0) / after
    rising = d > 0
    divisor = np.where(rising, t, v)
    attainment = np.where(rising, v, t) / np.where(divisor == 0, np.nan, divisor)
    way = goal - v0
    due = np.where(np.isnan(t), after / final, (t - v0) / way)
    pace = np.where((d * way > 0) & (due > 0) & (step > 0), (v - v0) / way / due, np.nan)
    projection = np.minimum(np.maximum(v + mean_change * (final - step), lower), upper)
    outlook = lean_outlook(d * (v - goal), gap, d * mean_change, pace, step, final)
    statuses = [lean_status(g, b, v, tolerance, step, as_of) for g, b in ((gap, t), (standard_gap, s))]
    numbers = (gap, attainment, standard_gap, d * (t - s), change, mean_change, (goal - v) / left, pace, projection)
    return numbers, (*statuses, outlook), d * change < 0


def lean_status(gap: np.ndarray, benchmark: np.ndarray, v: np.ndarray, tolerance, step, as_of) -> np.ndarray:
    status = np.full(len(gap), 2, dtype=np.int8)
    status[gap >= -tolerance] = 1
    status[gap >= 0] = 0
    absent = np.isnan(v)
    status[absent] = 3
    status[absent & (step > as_of)] = 4
    status[np.isnan(benchmark)] = 5
    return status


def lean_outlook(beyond: np.ndarray, gap: np.ndarray, drift: np.ndarray, pace, step, final) -> np.ndarray:
    outlook = np.full(len(gap), 6, dtype=np.int8)
    outlook[drift < 0] = 2
    outlook[gap >= 0] = 3
    outlook[pace >= 0] = 5
    outlook[pace >= 0.60] = 4
    outlook[pace >= 0.95] = 3
    outlook[pace < 0] = 2
    outlook[step >= final] = 1
    outlook[beyond >= 0] = 0
    outlook[np.isnan(beyond) | (step <= 0)] = 6
    return outlook


def median_seconds(work: Callable[[], object], runs: int) -> float:
    work()
    spent = []
    for _ in range(runs):
        start = time.perf_counter()
        work()
        spent.append(time.perf_counter() - start)
    return statistics.median(spent)


def agreement(result: pd.DataFrame, peer: tuple) -> float:
    """Both did the same work: numbers equal to rounding, and the share of rows with the same three words."""
    numbers, words, _ = peer
    for name, found in zip(NUMBERS, numbers, strict=True):
        np.testing.assert_allclose(result[name], found, rtol=1e-9, atol=1e-9, err_msg=name)
    named = zip(("status", "standard_status", "outlook"), (STATUSES, STANDARD_STATUSES, OUTLOOKS), words, strict=True)
    same = [result[name].to_numpy() == np.array(labels, dtype=object)[codes] for name, labels, codes in named]
    return float(np.logical_and.reduce(same).mean())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--areas", type=int, default=2844)
    parser.add_argument("--indicators", type=int, default=20)
    parser.add_argument("--years", type=int, default=18)
    parser.add_argument("--runs", type=int, default=7)
    chosen = parser.parse_args()
    cells, keys = grid(chosen.areas, chosen.indicators, chosen.years)
    final, as_of = chosen.years - 1, chosen.years // 2
    years = {"baseline_year": BASELINE, "final_year": BASELINE + final, "as_of_year": BASELINE + as_of}
    names = ("value", "target", "standard", "direction", "tolerance", "lower_bound", "upper_bound")
    inputs = tuple(cells[name].to_numpy() for name in names)
    shuffled = cells.sample(frac=1, random_state=1)

    def peer() -> tuple:
        with np.errstate(divide="ignore", invalid="ignore"):
            return lean(keys, inputs, final, as_of)

    same = agreement(assess(cells, **years), peer())
    seconds = {
        "assess, rows in order": median_seconds(lambda: assess(cells, **years), chosen.runs),
        "assess, rows shuffled": median_seconds(lambda: assess(shuffled, **years), chosen.runs),
        "plain numpy, in order": median_seconds(peer, chosen.runs),
    }
    rows = len(cells)
    report(f"{rows:,} cells, median of {chosen.runs} runs, one core of {os.cpu_count()}")
    for name, spent in seconds.items():
        ratio = spent / seconds["plain numpy, in order"]
        report(f"{name}   {spent:6.3f} s   {rows / spent / 1e6:6.2f} M rows/s   {ratio:5.2f} × the peer's time")
    report(f"same words in {same:.4%} of the rows (the peer's floats miss exact ties)")


def report(line: str) -> None:
    print(line)  # noqa: T201


if __name__ == "__main__":
    main()

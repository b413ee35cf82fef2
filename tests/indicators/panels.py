"""Invented panels, the same every time: series whose nature is known."""

import numpy as np
import pandas as pd

YEARS = range(2008, 2022)


def wandering(random, areas, years):
    """Random walks, each with its own steady drift."""
    drift = random.normal(0.3, 0.5, (areas, 1))
    return 50 + np.cumsum(drift + random.normal(0, 1, (areas, years)), axis=1)


def noisy(random, areas, years):
    """A level with noise around it: what rose falls again."""
    return random.uniform(20, 60, (areas, 1)) + random.normal(0, 3, (areas, years))


def broken(random, areas, years):
    """A trend that turns once, in another year for each area."""
    at = random.integers(4, years - 3, (areas, 1))
    after = np.maximum(np.arange(years) - at, 0)
    return 100 + 2.0 * np.arange(years) - random.uniform(0, 4, (areas, 1)) * after + random.normal(0, 1, (areas, years))


def share(random, areas, years):
    """A percentage that nears 100, rounded as offices round."""
    odds = random.normal(0, 1, (areas, 1)) + np.cumsum(random.normal(0.15, 0.2, (areas, years)), axis=1)
    return np.round(100 / (1 + np.exp(-odds)), 1)


KINDS = (wandering, noisy, broken, share)


def invented(indicators=20, areas=14, seed=23):
    """Rows area, indicator, year, value; the kinds in turn."""
    random = np.random.default_rng(seed)
    parts = []
    for number in range(indicators):
        values = KINDS[number % len(KINDS)](random, areas, len(YEARS))
        for area in range(areas):
            columns = {"area": f"A{area:02}", "indicator": f"I{number:02}", "year": list(YEARS), "value": values[area]}
            parts.append(pd.DataFrame(columns))
    return pd.concat(parts, ignore_index=True)

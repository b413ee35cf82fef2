"""What forecasts said against what came: the measures, the shipped back-test, and the site's own record.

Arrays and frames in, plain numbers out: no Django, no clock. The Brier score is the mean square of chance less outcome
(G. W. Brier, Monthly Weather Review 78, 1950): 0 is perfect, 0.25 is what 50 % for everything gets.
"""

import json
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from indicators.forecasting.forecast import Array
from indicators.forecasting.parameters import grade_of

BINS = 10
PATH = Path(__file__).with_name("record.json")
SERIES_KEY = ["area", "indicator"]


@cache
def shipped_record() -> dict:
    """The back-test of the method on real series, as `python -m benchmarks.forecast PANEL --record` wrote it."""
    return json.loads(PATH.read_text(encoding="utf-8"))


def brier(chance: Array, came_true: Array) -> float:
    """Mean square of what was said less what came."""
    return float(((chance - came_true) ** 2).mean())


def reliability(chance: Array, came_true: Array) -> list[dict]:
    """Ten bins of what was said: how many, what was said on average, what share came true."""
    number = np.clip((chance * BINS).astype(int), 0, BINS - 1)
    return [_bin(at, chance[number == at], came_true[number == at]) for at in range(BINS)]


def _bin(at: int, chance: Array, came_true: Array) -> dict:
    used = len(chance) > 0
    return {
        "from": at / BINS,
        "to": (at + 1) / BINS,
        "count": len(chance),
        "said": five_decimals(chance.mean()) if used else None,
        "came_true": five_decimals(came_true.mean()) if used else None,
    }


def by_name(names: Array, came_true: Array) -> dict[str, dict]:
    """For each name its share that came true, and its count."""
    return {
        str(name): {"share": five_decimals(came_true[names == name].mean()), "count": int((names == name).sum())}
        for name in sorted(set(names))
    }


def five_decimals(number: float) -> float:
    return round(float(number), 5)


class Claims(NamedTuple):
    """What the site said on one day, and what is known of it now."""

    chances: (
        pd.DataFrame
    )  # area, indicator, year, outlook, probability, grade; came_true: True, False, or None for open
    ranges: pd.DataFrame  # area, indicator, year, range_low, range_high; value: NaN for open
    is_demo: bool


def claims_of(then: pd.DataFrame, now: pd.DataFrame, *, year: int, final_year: int) -> Claims:
    """The claims of a judged frame of a past day (`then`) about the official values of `year`, with what the frame of
    now says of them. Ranges are claims about the years after `year` in series whose last value then was that of
    `year`."""
    own = then[(then["year"] == year) & then["value"].notna()]
    chances = own[own["probability"].notna()][[*SERIES_KEY, "year", "outlook", "probability"]].copy()
    chances["grade"] = grade_of(chances["probability"].to_numpy())
    final = now[now["year"] == final_year].set_index(SERIES_KEY)
    reached = final["gap"].where(final["value"].notna()).ge(0).astype(object)
    reached[final["gap"].isna() | final["value"].isna()] = None
    chances["came_true"] = reached.reindex(pd.MultiIndex.from_frame(chances[SERIES_KEY])).to_numpy()
    later = then[(then["year"] > year) & then["value"].isna() & then["range_low"].notna()]
    keys = pd.MultiIndex.from_frame(own[SERIES_KEY])
    later = later[pd.MultiIndex.from_frame(later[SERIES_KEY]).isin(keys)]
    ranges = later[[*SERIES_KEY, "year", "range_low", "range_high"]].merge(
        now[[*SERIES_KEY, "year", "value"]], on=[*SERIES_KEY, "year"], how="left"
    )
    return Claims(chances, ranges, bool(own["is_demo"].any()))


def summed(claims: list[Claims]) -> dict:
    """The record of many days as plain numbers.

    `ranges`: claims, those that can be held against a value by now, those that held. `chances`: claims and those whose
    final year is known; the measures only where any is. The base rate and the words are reckoned on the same claims,
    which flatters both against the forecast.
    """
    ranges = pd.concat([each.ranges for each in claims], ignore_index=True) if claims else pd.DataFrame()
    chances = pd.concat([each.chances for each in claims], ignore_index=True) if claims else pd.DataFrame()
    found: dict = {"ranges": _ranges(ranges), "chances": {"said": len(chances), "known": 0}}
    known = chances[chances["came_true"].notna()] if len(chances) else chances
    if len(known):
        found["chances"] |= _measures(known)
    return found


def _ranges(rows: pd.DataFrame) -> dict:
    known = rows[rows["value"].notna()] if len(rows) else rows
    inside = (known["value"] >= known["range_low"]) & (known["value"] <= known["range_high"]) if len(known) else ()
    return {"said": len(rows), "known": len(known), "held": int(sum(inside))}


def _measures(known: pd.DataFrame) -> dict:
    chance = known["probability"].to_numpy(dtype=float)
    came_true = known["came_true"].to_numpy(dtype=bool)
    words = known["outlook"].to_numpy(dtype=object)
    shares = {word: each["share"] for word, each in by_name(words, came_true).items()}
    return {
        "known": len(known),
        "base_rate": five_decimals(came_true.mean()),
        "brier": five_decimals(brier(chance, came_true)),
        "brier_base_rate": five_decimals(brier(np.full(len(chance), came_true.mean()), came_true)),
        "brier_words": five_decimals(brier(np.array([shares[word] for word in words]), came_true)),
        "reliability": reliability(chance, came_true),
        "grades": by_name(known["grade"].to_numpy(dtype=object), came_true),
        "words": by_name(words, came_true),
    }

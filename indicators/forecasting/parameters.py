"""The shipped parameters of the forecast: their file, their version, and the grades in words.

`parameters.json` is written by `python manage.py learn_forecast`; docs/forecast.md says from which panel.
"""

import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np

from indicators.forecasting.forecast import LEVELS, LOCATION, SPREAD, Array, Law, Parameters

VERSION = "1"  # of the method; a stored forecast of another version is made anew
PATH = Path(__file__).with_name("parameters.json")
HORIZONS = range(1, 7)

# The least chance of each grade, from the likeliest down. What is called likely is
# likelier than not with room to spare, and what is called unlikely the reverse: no grade but `even` holds one half.
GRADES = {"very_likely": 0.85, "likely": 0.65, "even": 0.35, "unlikely": 0.15, "very_unlikely": 0.0}


def grade_of(chance: Array | Sequence[float]) -> Array:
    """The grade of each chance as text; "unknown" where there is none (NaN)."""
    names = np.array([*reversed(GRADES), "unknown"], dtype=object)
    least = np.array(list(reversed(GRADES.values())))
    given = np.asarray(chance, dtype=float)
    at = np.searchsorted(least, np.nan_to_num(given), side="right") - 1
    return names[np.where(np.isnan(given), len(GRADES), at)]


@cache
def shipped() -> dict:
    """The file as it stands."""
    return json.loads(PATH.read_text(encoding="utf-8"))


@cache
def shipped_parameters() -> Parameters:
    """What the file holds, with a law for each number of years that the panel was long enough for."""
    laws = {int(years): Law(*(np.array(law[name]) for name in Law._fields)) for years, law in shipped()["laws"].items()}
    return Parameters(laws, np.array(shipped()["correction"]))


def is_learnt_from(areas: Array, indicators: Array) -> bool:
    """Whether a panel with these areas and indicators shares series with the one that the shipped laws come from."""
    learnt = shipped()["learnt_from"]
    shared_areas = set(learnt.get("areas", [])) & set(areas)
    shared_indicators = set(learnt.get("indicators", [])) & set(indicators)
    return bool(shared_areas and shared_indicators)


def written(learnt: Parameters, learnt_from: dict) -> str:
    """The file for what was learnt; `learnt_from` says areas, indicators, years, source and licence."""
    names = {"location": [*LOCATION], "spread": [*SPREAD, "constant"], "quantiles": LEVELS.tolist()}
    content = {
        "version": VERSION,
        "learnt_from": learnt_from,
        "names": names,
        "correction": _short(learnt.correction),
        "laws": {
            str(years): {name: _short(getattr(law, name)) for name in Law._fields} for years, law in learnt.laws.items()
        },
    }
    return json.dumps(content, ensure_ascii=False, indent=1) + "\n"


def _short(numbers: Array) -> list[float]:
    return [round(float(number), 5) for number in numbers]

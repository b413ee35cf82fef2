"""How far checks could get at all on a panel: `python -m benchmarks.findings_reach PANEL.csv`.

What is measured by `benchmarks.findings` rests on limits that were set before the judged year. Here every row's limit
is set in hindsight, on the very cells that are judged, by the best of the product's ways to tell how far a value lies
from the ordinary, and the whole allowance of false alarms is given to one kind of error alone: what no limits that are
set beforehand can reach by these distances. What is certain (a part above its whole, a total that falls) costs nothing.
Prints one JSON object."""

import argparse
import json
import os
import random
import sys
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import django
import numpy as np

from benchmarks.findings import KINDS, Made, found_in, panel_rows, seeded, sheets_of
from reporting.checks.history import HistoryRow, left_companions_by

ALLOWANCES = (0.01, 0.03)
TRIES = 2  # errors of each kind in each sheet
CERTAIN = {"contradiction", "cumulative_falls"}
SWAP = "rows_swapped"


@dataclass(frozen=True)
class Distance:
    """How far one cell lies from the ordinary, in each of the ways; `is_same`: last year's value again."""

    code: str
    ways: tuple[float, ...]
    is_same: bool
    is_certain: bool = False
    is_swap_told: bool = False


def distance(code: str, sheet: Mapping[str, HistoryRow], told: set[str]) -> Distance:
    row = sheet[code]
    if row.value is None or row.movement is None or row.last is None:
        return Distance(code, (0.0, 0.0, 0.0), False, bool(told & CERTAIN), SWAP in told)
    own = min(row.away(row.value), 1e9)
    beside = left_companions_by(row, row.value, sheet)
    ways = (own, own if beside is None else beside, max(own, beside or 0.0))
    is_same = row.value == row.own[row.last]
    return Distance(code, ways, is_same, bool(told & CERTAIN), SWAP in told)


def distances(rows: Sequence[Made], rng: random.Random) -> tuple[list[Distance], dict[str, list[list[Distance]]]]:
    """Of all clean cells, and by kind of each error's cells."""
    by_code = {row.code: row for row in rows}
    clean: list[Distance] = []
    wrong: defaultdict[str, list[list[Distance]]] = defaultdict(list)
    for _area, year, cells, before, movements in sheets_of(rows):

        def read(given, codes, before=before, movements=movements, year=year):
            told = found_in(given, before, by_code, movements, year, only=codes)
            sheet = {
                code: HistoryRow(code, code, by_code[code].unit, year, v, before.get(code, {}), movements.get(code))
                for code, v in given.items()
            }
            return [distance(code, sheet, told[code]) for code in codes]

        clean += read(cells, list(cells))
        for kind in KINDS:
            for _ in range(TRIES):
                made = seeded(rng, kind, cells, before, by_code)
                if made is not None:
                    wrong[kind].append(read(made[0], sorted(made[1])))
    return clean, wrong


Curve = tuple[np.ndarray, np.ndarray, np.ndarray]  # limits, false alarms at each, errors caught


def _curve(clean: Sequence[float], wrong: Sequence[float]) -> Curve:
    ordered, errors = np.sort(np.array(clean)), np.sort(np.array(wrong))
    limits = np.concatenate([[-1.0], ordered])
    alarms = len(ordered) - np.searchsorted(ordered, limits, "right")
    return limits, alarms, len(errors) - np.searchsorted(errors, limits, "right")


def _best_way(clean: Sequence[Distance], wrong: Sequence[Distance]) -> tuple[int, Curve]:
    """The way that catches most where it raises few false alarms."""
    found = []
    for way in range(3):
        curve = _curve([each.ways[way] for each in clean if not each.is_same], [each.ways[way] for each in wrong])
        few = curve[1] <= max(1, len(clean) // 20)
        found.append((float(curve[2][few].mean()), way, curve))
    _caught, way, curve = max(found, key=lambda each: each[0])
    return way, curve


def _price(curves: Sequence[Curve], allowed: float) -> float:
    """What a false alarm may cost in errors caught, so that no more are raised than allowed (Lagrange)."""
    low, high = 0.0, 1000.0
    for _ in range(60):
        price = (low + high) / 2
        alarms = sum(curve[1][int(np.argmax(curve[2] - price * curve[1]))] for curve in curves)
        low, high = (price, high) if alarms > allowed else (low, price)
    return high


def reach(kind: str, clean: Sequence[Distance], wrong: Sequence[Sequence[Distance]], share: float) -> float:
    """The share of the errors of one kind that is caught at best."""
    of_row: defaultdict[str, list[Distance]] = defaultdict(list)
    for each in clean:
        of_row[each.code].append(each)
    certain = [any(each.is_certain for each in group) for group in wrong]
    open_ones = [group for group, is_told in zip(wrong, certain, strict=True) if not is_told]
    errors: defaultdict[str, list[Distance]] = defaultdict(list)
    for group in open_ones:
        for each in group:
            errors[each.code].append(each)
    allowed = share * len(clean)
    if kind == "last_year_again":  # of a row all repeats are told, or none
        curves = {code: _repeats(of_row[code], own) for code, own in errors.items()}
        price = _price(list(curves.values()), allowed)
        caught = sum(int(curve[2][int(np.argmax(curve[2] - price * curve[1]))]) for curve in curves.values())
        return (sum(certain) + caught) / len(wrong)
    best = {code: _best_way(of_row[code], own) for code, own in errors.items()}
    price = _price([curve for _way, curve in best.values()], allowed)
    limits = {
        code: (way, float(curve[0][int(np.argmax(curve[2] - price * curve[1]))])) for code, (way, curve) in best.items()
    }
    caught = sum(
        any(each.is_swap_told or each.ways[limits[each.code][0]] > limits[each.code][1] for each in group)
        for group in open_ones
    )
    return (sum(certain) + caught) / len(wrong)


def _repeats(clean: Sequence[Distance], wrong: Sequence[Distance]) -> Curve:
    same = sum(each.is_same for each in clean)
    return np.array([1.0, 0.0]), np.array([0, same]), np.array([0, len(wrong)])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("panel", type=Path)
    parser.add_argument("--seed", type=int, default=2027)
    asked = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "county_urbanization.settings")
    django.setup()
    clean, wrong = distances(panel_rows(asked.panel), random.Random(asked.seed))
    told: dict[str, dict[str, float]] = {}
    for share in ALLOWANCES:
        by_kind = {kind: round(reach(kind, clean, wrong[kind], share), 4) for kind in KINDS if wrong[kind]}
        told[f"{share:.0%}"] = {**by_kind, "all": round(sum(by_kind.values()) / len(by_kind), 4)}
    json.dump({"clean_cells": len(clean), "at_best": told}, sys.stdout, indent=1)
    sys.stdout.write("\n")


if __name__ == "__main__":
    main()

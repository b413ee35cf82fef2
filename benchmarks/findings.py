"""How many seeded errors the checks find, and how often they cry wolf: `python -m benchmarks.findings [PANEL.csv]`.

Sheets are a county's year: every row with the history that was known before it. Without a panel, 1,000 random sheets
of 20 rows are made from the seed; with one (columns `area,indicator,year,value[,unit]`), each area's later years are
taken as if they were reported. In each sheet one error of one kind is put in, and the row is caught where any finding
names it. A clean cell that any check names is a false alarm. Prints one JSON object."""

import argparse
import csv
import json
import os
import random
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path

import django

from reporting.checks.findings import CheckedRow, check
from reporting.checks.history import HistoryRow, with_history
from reporting.checks.row_movement import Movement, movements_of
from reporting.checks.swapped_rows import swapped_rows
from reporting.rules.language import judge, parse

KINDS = (
    "tenfold",
    "tenth",
    "hundredfold",
    "digits_swapped",
    "rows_swapped",
    "last_year_again",
    "falling_total",
    "part_above_whole",
)
YEARS = range(2010, 2022)
FIRST_JUDGED = 4  # years of history before a sheet is judged
PART_AND_WHOLE = parse("PART <= WHOLE")
MATERIAL = Decimal("0.10")  # an error is seeded only where it moves the value by this share of it


@dataclass(frozen=True)
class Made:
    """A row of the panel: values by area and year, its unit, its last place, and whether it is a running total;
    `whole`: the row that it is a part of."""

    code: str
    unit: str
    step: Decimal
    series: Mapping[str, Mapping[int, Decimal]]
    is_total: bool = False
    whole: str = ""


def random_rows(rng: random.Random, areas: Sequence[str]) -> list[Made]:
    """Twenty rows as a plan has them: shares that near 100, shares in the middle, ratios, counts, running totals."""
    return [_made(rng, f"P{number:02d}", areas) for number in range(1, 19)] + _pair(rng, areas)


def _made(rng: random.Random, code: str, areas: Sequence[str]) -> Made:
    kind = rng.choice(["share", "share", "share", "ratio", "count", "total"])
    noise = rng.uniform(0.1, 0.5)  # of the ordinary yearly change
    drawn: dict[str, dict[int, Decimal]] = {}
    step = {"share": Decimal("0.1"), "ratio": Decimal("0.01"), "count": Decimal(1), "total": Decimal("0.01")}[kind]
    pull, jump = rng.uniform(0.04, 0.15), rng.uniform(0.01, 0.05)
    for area in areas:
        level = {
            "share": rng.uniform(20, 85),
            "ratio": rng.uniform(1, 8),
            "count": rng.uniform(80, 4000),
            "total": 0.0,
        }[kind]
        size = rng.uniform(4, 60)
        own = {}
        for year in YEARS:
            chance = 1 + rng.gauss(0, noise)
            if kind == "share":
                level += pull * (97 - level) * chance
            elif kind == "total":
                level += size * max(chance, 0.2)
            else:
                level *= 1 + jump * chance
            own[year] = round(Decimal(str(level)), 6).quantize(step)
        drawn[area] = own
    return Made(code, kind if kind != "share" else "%", step, drawn, kind == "total")


def _pair(rng: random.Random, areas: Sequence[str]) -> list[Made]:
    """A whole and a part of it, which a rule of the city holds together."""
    whole = replace(_share(rng, "P19", areas), code="P19")
    part = {
        area: {
            year: (value * Decimal(str(round(rng.uniform(0.66, 0.68), 4)))).quantize(whole.step)
            for year, value in own.items()
        }
        for area, own in whole.series.items()
    }
    return [whole, Made("P20", "%", whole.step, part, whole="P19")]


def _share(rng: random.Random, code: str, areas: Sequence[str]) -> Made:
    while True:
        found = _made(rng, code, areas)
        if found.unit == "%":
            return found


def panel_rows(file: Path) -> list[Made]:
    """The rows of a panel, those that never fall in any area as running totals, and each with the row that it never
    exceeded anywhere as its whole, where there is one of the same unit."""
    series: defaultdict[str, defaultdict[str, dict[int, Decimal]]] = defaultdict(lambda: defaultdict(dict))
    units = {}
    with file.open(encoding="utf-8-sig", newline="") as lines:
        for row in csv.DictReader(lines):
            value = round(Decimal(row["value"]), 2)
            series[row["indicator"]][row["area"]][int(row["year"])] = value
            units[row["indicator"]] = row.get("unit", "")
    rows = [Made(code, units[code], _step(own), own, _never_falls(own)) for code, own in series.items()]
    return [replace(row, whole=_whole_of(row, rows)) for row in rows]


def _step(series: Mapping[str, Mapping[int, Decimal]]) -> Decimal:
    places = max(-int(value.normalize().as_tuple().exponent) for own in series.values() for value in own.values())
    return Decimal(1).scaleb(-max(places, 0))


def _never_falls(series: Mapping[str, Mapping[int, Decimal]]) -> bool:
    return all(own[a] <= own[b] for own in series.values() for a in own for b in own if a < b)


def _whole_of(row: Made, rows: Sequence[Made]) -> str:
    for other in rows:
        if other.code == row.code or other.unit != row.unit:
            continue
        keys = [(area, year) for area, own in row.series.items() for year in own if year in other.series.get(area, {})]
        if len(keys) > 50 and all(row.series[a][y] <= other.series[a][y] for a, y in keys):
            return other.code
    return ""


# Seeded errors ----------------------------------------------------------------------------------

Cells = dict[str, Decimal]


def seeded(
    rng: random.Random, kind: str, cells: Cells, before: Mapping[str, Cells], rows: Mapping[str, Made]
) -> tuple[Cells, set[str]] | None:
    """The sheet with one error, and the rows that it stands in; None where this sheet has no room for one."""
    codes = [code for code in cells if code in before]
    rng.shuffle(codes)
    for code in codes:
        found = SEEDS[kind](rng, code, cells, before, rows)
        if found is not None and (kind in ANY_SIZE or any(_is_material(cells[c], found[c]) for c in found)):
            return {**cells, **found}, set(found)
    return None


def _is_material(old: Decimal, new: Decimal) -> bool:
    return abs(new - old) > MATERIAL * abs(old) if old else abs(new) > 0


def _times(factor: str) -> Callable:
    def seed(_rng, code, cells, _before, rows):
        value = (cells[code] * Decimal(factor)).quantize(rows[code].step)
        return {code: value} if value else None

    return seed


def _digits(rng, code, cells, _before, _rows):
    text = f"{cells[code]:f}"
    places = [place for place, sign in enumerate(text) if sign.isdigit()]
    pairs = [(a, b) for a, b in zip(places, places[1:], strict=False) if text[a] != text[b]]
    if not pairs:
        return None
    a, b = rng.choice(pairs)
    digits = list(text)
    digits[a], digits[b] = digits[b], digits[a]
    return {code: Decimal("".join(digits))}


def _rows(rng, code, cells, before, rows):
    others = [other for other in cells if other != code and rows[other].unit == rows[code].unit and other in before]
    if not others:
        return None
    other = rng.choice(others)
    return {code: cells[other], other: cells[code]} if cells[other] != cells[code] else None


def _again(_rng, code, cells, before, _rows):
    value = list(before[code].values())[-1]
    return {code: value} if value != cells[code] and value else None


def _falls(rng, code, cells, before, rows):
    if not rows[code].is_total:
        return None
    last = list(before[code].values())[-1]
    value = (last * Decimal(str(round(rng.uniform(0.5, 0.97), 2)))).quantize(rows[code].step)
    return {code: value} if value < last else None


def _above(rng, code, cells, _before, rows):
    whole = rows[code].whole
    if whole not in cells:
        return None
    value = (cells[whole] * Decimal(str(round(rng.uniform(1.02, 1.4), 2)))).quantize(rows[code].step)
    return {code: value} if value > cells[whole] else None


SEEDS: dict[str, Callable] = {
    "tenfold": _times("10"),
    "tenth": _times("0.1"),
    "hundredfold": _times("100"),
    "digits_swapped": _digits,
    "rows_swapped": _rows,
    "last_year_again": _again,
    "falling_total": _falls,
    "part_above_whole": _above,
}
ANY_SIZE = {"last_year_again", "falling_total", "part_above_whole"}  # wrong however small


# Judging ----------------------------------------------------------------------------------------


def found_in(
    cells: Cells,
    before: Mapping[str, Cells],
    rows: Mapping[str, Made],
    movements: Mapping,
    year: int,
    only: Collection[str] | None = None,
) -> dict[str, set[str]]:
    """{row: codes of what the product's own checks find in it}; of `only` those rows where that is all that counts."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    sheet = {
        code: HistoryRow(code, code, rows[code].unit, year, value, before.get(code, {}), movements.get(code))
        for code, value in cells.items()
    }
    for code in cells if only is None else only:
        value = cells[code]
        own, row = before.get(code, {}), rows[code]
        last = max(own, default=None)
        checked = CheckedRow(
            value=value,
            explanation="",
            previous=None if last is None else own[last],
            lower_bound=None,
            upper_bound=None,
            direction=0,
            is_cumulative=row.is_total,
            max_yearly_change=None,
            years_since=1 if last is None else year - last,
        )
        found[code] |= {finding.code for finding in with_history(check(checked), sheet[code], sheet)}
        if row.whole in cells and _is_contradicted({"PART": value, "WHOLE": cells[row.whole]}):
            found[code].add("contradiction")
    for code in swapped_rows(list(sheet.values()), only):
        found[code].add("rows_swapped")
    return found


def _is_contradicted(numbers: Mapping[str, Decimal]) -> bool:
    verdict = judge(PART_AND_WHOLE, lambda quantity: numbers[quantity.name])
    return verdict is not None and not verdict.holds


def sheets_of(rows: Sequence[Made]) -> Iterator[tuple[str, int, Cells, dict[str, Cells], dict]]:
    """(area, year, its cells, what was known before, the rows' movements): every sheet that has some history."""
    areas = sorted({area for row in rows for area in row.series})
    years = sorted({year for row in rows for own in row.series.values() for year in own})
    for year in years[FIRST_JUDGED:]:
        movements = movements_before(rows, year)
        for area in areas:
            cells = {row.code: row.series[area][year] for row in rows if year in row.series.get(area, {})}
            before = {
                row.code: known
                for row in rows
                if (known := {at: value for at, value in sorted(row.series.get(area, {}).items()) if at < year})
            }
            if len(cells) >= 2:
                yield area, year, cells, before, movements


def movements_before(rows: Sequence[Made], year: int) -> dict[str, Movement]:
    """As the site makes them, out of the values of the years before."""
    series = {
        row.code: {area: {at: value for at, value in own.items() if at < year} for area, own in row.series.items()}
        for row in rows
    }
    steps, units = {row.code: row.step for row in rows}, {row.code: row.unit for row in rows}
    return movements_of(series, steps, units)


def measure(rng: random.Random, panels: Sequence[Sequence[Made]], *, most: int) -> dict:
    """The shares by kind, and of the clean cells, over at most `most` sheets."""
    caught, tried, named = Counter(), Counter(), Counter()
    clean = alarms = sheets = 0
    for rows in panels:
        by_code = {row.code: row for row in rows}
        found = list(sheets_of(rows))
        rng.shuffle(found)
        for _area, year, cells, before, movements in found[: -(-most // len(panels))]:
            sheets += 1
            told = found_in(cells, before, by_code, movements, year)
            clean += len(cells)
            alarms += sum(bool(codes) for codes in told.values())
            named.update(code for codes in told.values() for code in codes)
            for kind in KINDS:
                made = seeded(rng, kind, cells, before, by_code)
                if made is None:
                    continue
                wrong, places = made
                tried[kind] += 1
                told = found_in(wrong, before, by_code, movements, year, only=places)
                caught[kind] += any(told[code] for code in places)
    total = sum(tried.values())
    by_kind = {
        kind: {"seeded": tried[kind], "caught": round(caught[kind] / tried[kind], 4)} for kind in KINDS if tried[kind]
    }
    return {
        "sheets": sheets,
        "seeded": total,
        "caught": round(sum(caught.values()) / total, 4) if total else None,
        "by_kind": by_kind,
        "clean_cells": clean,
        "false_alarms": round(alarms / clean, 4) if clean else None,
        "false_alarms_by_kind": {name: round(n / clean, 4) for name, n in sorted(named.items())},
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("panel", nargs="?", type=Path)
    parser.add_argument("--seed", type=int, default=2027)
    parser.add_argument("--sheets", type=int, default=1000)
    asked = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "county_urbanization.settings")
    django.setup()
    rng = random.Random(asked.seed)
    if asked.panel:
        panels = [panel_rows(asked.panel)]
    else:
        areas = [f"A{number}" for number in range(12)]
        panels = [random_rows(rng, areas) for _ in range(max(asked.sheets // 25, 1))]
    json.dump(measure(rng, panels, most=asked.sheets), sys.stdout, ensure_ascii=False, indent=1)
    sys.stdout.write("\n")


if __name__ == "__main__":
    main()

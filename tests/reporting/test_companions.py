"""Rows that always moved together, and a value that leaves them; last year's value again, by how rare it is there."""

import random
from dataclasses import replace
from decimal import Decimal

import pytest

from indicators.actions import FactRow, Grounds, record_facts
from indicators.models import Observation, Versioned
from reporting.checks.companions import FEWEST_TOGETHER, find_companions
from reporting.checks.history import RARE_REPEAT, HistoryRow, check_history
from reporting.checks.row_movement import movement, movements_of
from reporting.entries.saving import Typed, save_entries
from reporting.models import Submission
from tests.reporting.would_be import lines_with

YEARS = range(2010, 2020)
UNITS = {"ALL": "%", "WOMEN": "%", "OTHER": "%", "FEW": "家"}


def panel(seed: int = 3, areas: int = 8) -> dict[str, dict[str, dict[int, Decimal]]]:
    """A rate that jumps about, that of women which jumps with it, and one that goes its own way."""
    rng = random.Random(seed)
    found: dict[str, dict[str, dict[int, Decimal]]] = {code: {} for code in UNITS}
    for area in (f"A{number}" for number in range(areas)):
        level = rng.uniform(4, 30)
        for year in YEARS:
            level *= 1 + rng.gauss(0, 0.15)
            numbers = {"ALL": level, "WOMEN": level * 0.6 * (1 + rng.gauss(0, 0.01)), "OTHER": rng.uniform(4, 30)}
            for code, value in {**numbers, "FEW": level}.items():
                found[code].setdefault(area, {})[year] = round(Decimal(str(value)), 2)
    return found


SERIES = panel()
MOVED = movements_of(SERIES, dict.fromkeys(UNITS, Decimal("0.01")), UNITS)


def test_companions_share_unit_and_movement():
    found = find_companions(SERIES, UNITS)
    assert {code: [each.code for each in own] for code, own in found.items()} == {"ALL": ["WOMEN"], "WOMEN": ["ALL"]}
    (companion,) = found["ALL"]
    assert companion.count == 8 * 9
    assert companion.limit < 0.1
    few = {code: {area: own[area] for area in list(own)[:2]} for code, own in SERIES.items()}
    assert FEWEST_TOGETHER > 2 * 9
    assert find_companions(few, UNITS) == {}


def sheet(**values: float) -> dict[str, HistoryRow]:
    return {
        code: HistoryRow(code, code, UNITS[code], 2020, Decimal(str(value)), SERIES[code]["A1"], MOVED[code])
        for code, value in values.items()
    }


def last(code: str) -> float:
    return float(SERIES[code]["A1"][2019])


def codes(rows: dict[str, HistoryRow], code: str) -> list[str]:
    return [finding.code for finding in check_history(rows[code], rows)]


def test_a_value_that_leaves_its_companion_is_told_with_both():
    rows = sheet(ALL=round(last("ALL") * 1.35, 2), WOMEN=round(last("WOMEN") * 1.01, 2))
    assert check_history(rows["ALL"]) == []  # by its own past alone it is ordinary
    (finding,) = check_history(rows["ALL"], rows)
    assert finding.code == "companions"
    assert "WOMEN" in finding.words
    assert "1.35 倍" in finding.words
    assert [what for what, _value in finding.compared] == ["2019年", "WOMEN（2019）", "WOMEN"]


def test_rows_that_moved_alike_are_left_alone():
    rows = sheet(ALL=round(last("ALL") * 1.35, 2), WOMEN=round(last("WOMEN") * 1.35, 2))
    assert codes(rows, "ALL") == codes(rows, "WOMEN") == []


def test_two_rows_in_another_unit_are_not_excused_by_each_other():
    rows = sheet(ALL=round(last("ALL") * 100, 2), WOMEN=round(last("WOMEN") * 100, 2))
    assert codes(rows, "ALL") == ["outlier"] or codes(rows, "ALL") == ["digits"]


def test_what_stays_is_told_by_how_rare_that_is_near_that_value():
    """Rows that stay at 100 may stay there; one in the middle of its way may not."""
    full = [dict.fromkeys(YEARS, Decimal(100)) for _ in range(6)]
    moving = [
        {year: Decimal(40 + place) + Decimal(year - 2010) * Decimal("1.7") for year in YEARS} for place in range(6)
    ]
    moved = movement([*full, *moving], step=Decimal("0.1"))
    assert moved is not None
    assert moved.repeats(Decimal(100)) > 0.9
    assert moved.repeats(Decimal(48)) < RARE_REPEAT
    row = HistoryRow("P", "P", "%", 2020, Decimal("55.3"), moving[0], moved)
    (finding,) = check_history(row)
    assert (finding.code, "30 次年度变化中只有 0 次不变" in finding.words) == ("repeated", True)
    still = replace(row, value=Decimal(100), own=full[0])
    assert check_history(still) == []


@pytest.mark.parametrize("is_alone", [True, False])
def test_a_row_sent_alone_is_held_against_the_sheet_as_saved(demo, is_alone):
    """P07 and P15 move together; one that leaves the other is told also where it alone is sent."""
    grounds = Grounds(by=None, via=Versioned.Via.DEMO, reason="演示")
    rng = random.Random(7)
    for area in ("330122", "330127", "330182"):
        level = 40.0
        for year in range(2013, 2021):
            level *= 1 + rng.gauss(0, 0.08)
            pair = {"P07": level, "P15": level * 0.2}
            rows = [FactRow(area, code, year, round(Decimal(str(v)), 2), cite="demo") for code, v in pair.items()]
            record_facts(Observation, rows, grounds=grounds)
    sheet = Submission.objects.get(area="330127", round__year=2025)
    before = {
        code: Observation.objects.as_of().get(area="330127", indicator=code, year=2024).value for code in ("P07", "P15")
    }
    entry = sheet.entries.get(indicator="P15")
    save_entries(submission=sheet, typed=[Typed("P15", before["P15"] * Decimal("1.001"))], by=_unit_of(entry))
    proposed = {"P07": (before["P07"] * Decimal("1.2"), "")}
    lines = lines_with(sheet, proposed, ["P07"] if is_alone else None)
    (line,) = [line for line in lines if line.entry.indicator_id == "P07"]
    assert "companions" in {finding.code for finding in line.findings}


def _unit_of(entry):
    return entry.part.organisation.users.first()

"""Sums of money at every level, and whether they agree. Frames in, frames out; no Django, no clock.

Everything here speaks of one state and one year at a time, or keeps states apart: planned, allocated, arrived and
paid are views of the same money and are never added to one another."""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

LEVELS = ("source", "area", "field", "project")
REST, NONE = "rest", "none"  # projects beyond the largest; money of no project
LEAF_COLUMNS = (*LEVELS, "amount")


def leaves(parts: pd.DataFrame, leading: pd.DataFrame) -> pd.DataFrame:
    """One row for each source, area, field and project: LEAF_COLUMNS, amounts in 万元.

    parts: `source` `area` `field` `has_project` `amount`, all the money. leading: `source` `area` `field` `project`
    `amount`, the part of it that is shown by project. What is in projects and not in `leading` becomes REST, what is
    in none NONE; the sum of the leaves is the sum of the parts. Leaves of 0 are left out."""
    keys = list(LEVELS[:3])
    named = leading.groupby([*keys, "project"], as_index=False, dropna=False)["amount"].sum()
    loose = parts[~parts["has_project"].astype(bool)].assign(project=NONE)
    held = parts[parts["has_project"].astype(bool)].assign(project=REST)
    without = named.assign(project=REST, amount=-named["amount"])
    blocks = [block[list(LEAF_COLUMNS)] for block in (named, loose, held, without) if len(block)]
    if not blocks:
        return pd.DataFrame(columns=list(LEAF_COLUMNS)).astype({"amount": float})
    every = pd.concat(blocks, ignore_index=True)
    every["project"] = every["project"].astype(str)
    return summed(every, LEVELS)


def summed(rows: pd.DataFrame, keys: Sequence[str]) -> pd.DataFrame:
    """`keys` and `amount` (万元, brought back to six decimals); sums of 0 are left out."""
    found = rows.groupby(list(keys), as_index=False, sort=False)["amount"].sum()
    found["amount"] = found["amount"].astype(float).round(6)
    return found[found["amount"] != 0].reset_index(drop=True)


@dataclass(frozen=True)
class Check:
    """One line of the reconciliation: how many parts a level has, what they sum to, and how far that is from the sum
    of the rows as recorded (万元; 0 where they agree)."""

    level: str
    parts: int
    amount: float
    difference: float

    @property
    def agrees(self) -> bool:
        return self.difference == 0


def reconciliation(rows: pd.DataFrame, recorded: float) -> list[Check]:
    """The sum of every level held against `recorded`, which was summed on its own."""
    found = []
    for level in LEVELS:
        sums = summed(rows, [level]) if len(rows) else rows
        amount = round(float(sums["amount"].sum()), 6)
        found.append(Check(level, len(sums), amount, round(amount - recorded, 6)))
    return found


def out_of_order(cells: pd.DataFrame, year: int, states: Sequence[str]) -> list[tuple[str, str, str, str]]:
    """Where a later state of a source holds more than an earlier one, which the same money cannot: (area, source, later
    state, earlier state) of a year. An earlier state without any flow is not compared: it may just not be recorded."""
    rows = cells[cells["year"] == year]
    by_state = rows.groupby(["area", "source", "state"])["amount"].sum()
    sums = {key: round(float(v), 6) for key, v in zip(by_state.index.to_list(), by_state, strict=True)}
    pairs = {(area, source) for area, source, _ in sums}
    found = []
    for area, source in sorted(pairs):
        for earlier, later in zip(states, states[1:], strict=False):
            before, after = sums.get((area, source, earlier)), sums.get((area, source, later))
            if before is not None and after is not None and after > before:
                found.append((area, source, later, earlier))
    return found


def by_state(cells: pd.DataFrame, years: Sequence[int], states: Sequence[str]) -> dict[str, list[float | None]]:
    """{state: [万元 for each of `years`]}; None where nothing of that state and year was ever recorded."""
    sums = cells.groupby(["state", "year"])["amount"].sum()
    known = {key: round(float(value), 6) for key, value in sums.items()}
    return {state: [known.get((state, year)) for year in years] for state in states}

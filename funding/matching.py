"""Has each county matched the city's money? Flows and rule → ratio, amount owed, status. No Django, no clock.

Amounts are 万元 with at most six decimals (0.01 元), below 10⁹; sums are brought back to six decimals, so that
comparisons are those of the decimals that people typed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal

import numpy as np
import pandas as pd

from lib.numbers import named_rows

INPUT_COLUMNS = ("area", "year", "source", "state", "amount")
COLUMNS = (
    "area",
    "year",
    "rule_version",
    "floor",
    "base",
    "matched",
    "ratio",
    "owed",
    "status",
    "ratio_change",
    "upper_paid",
    "is_ahead",
)
ROW_COLUMNS = [name for name in COLUMNS if name != "ratio_change"]  # without what needs the year before
STATUSES = ("met", "near", "short", "exempt", "no_base", "no_rule")
PLACES = Decimal("0.000001")
Cell = tuple[str, int, str, str]  # area, year, source, state
Years = tuple[int, int | None]  # first and last, both included; None: for good


@dataclass(frozen=True)
class Rule:
    """A version of the rule for the years from `first` to `last` (None: for good), both included.

    `floor`: how much a county brings for each yuan of base; `tolerance`: how far below it a ratio is still near;
    `exempt`: (area, year), or (area, None) for all years."""

    version: int
    first: int
    last: int | None
    base_sources: frozenset[str]
    base_state: str
    match_source: str
    match_state: str
    floor: Decimal
    tolerance: Decimal
    exempt: frozenset[tuple[str, int | None]] = frozenset()

    def covers(self, year: int) -> bool:
        return self.first <= year and (self.last is None or year <= self.last)

    def excuses(self, area: str, year: int) -> bool:
        return bool({(area, year), (area, None)} & self.exempt)


def rule_of(rules: Sequence[Rule], year: int) -> Rule | None:
    """The rule that speaks of a year; at most one does. ValueError where two do."""
    found = [rule for rule in rules if rule.covers(year)]
    if len(found) > 1:
        raise ValueError(f"two matching rules speak of {year}: {[rule.version for rule in found]}")
    return found[0] if found else None


def rules_with(rules: Sequence[Rule], new: Rule) -> list[Rule]:
    """The rules as they would stand with `new` in force: the others keep the years that it leaves them, by year."""
    kept = []
    for rule in rules:
        for first, last in years_left((rule.first, rule.last), (new.first, new.last)):
            kept.append(replace(rule, first=first, last=last))
    return sorted([*kept, new], key=lambda rule: rule.first)


def years_left(old: Years, new: Years) -> list[Years]:
    """What of a rule's years lies before and after another's."""
    (first, last), (new_first, new_last) = old, new
    left: list[Years] = []
    if first < new_first:
        last_before = new_first - 1
        if last is not None:
            last_before = min(last, last_before)
        left.append((first, last_before))
    if new_last is not None and (last is None or last > new_last):
        left.append((max(first, new_last + 1), last))
    return left


def match(flows: pd.DataFrame, rules: Sequence[Rule], *, areas: Sequence[str], years: Sequence[int]) -> pd.DataFrame:
    """One row for each area and year given, in that order, with COLUMNS.

    flows: INPUT_COLUMNS, amounts in 万元, corrections as rows of their own; in any order and any split.
    `base` is what the rule's sources have brought to its base state, `matched` what the match source has brought to
    its own; `ratio` = matched ÷ base, NaN where base is not positive; `owed` = max(0, floor·base − matched), rounded
    half up at 0.01 元, 0 where the county is exempt or base is not positive. `status` is the first that applies:
    no_rule (then no numbers), exempt, no_base, met (owed 0), near (ratio ≥ floor − tolerance), short. `ratio_change`
    is the ratio minus that of the year before, by each year's own rule. `upper_paid` is what of the base sources has
    been paid out; `is_ahead` where floor·upper_paid exceeds what is matched: the money from above is spent sooner
    than the county brings its own.
    """
    sums = _sums(flows)
    rows = []
    for area in areas:
        rows += [_row(sums, rule_of(rules, year), area, year) for year in years]
    frame = pd.DataFrame(rows, columns=ROW_COLUMNS)
    numbers = ["floor", "base", "matched", "ratio", "owed", "upper_paid"]
    frame[numbers] = frame[numbers].astype(float)
    frame["rule_version"] = frame["rule_version"].astype("Int64")
    ratios = {(row.area, row.year): row.ratio for row in named_rows(frame)}
    before = [ratios.get((row.area, row.year - 1), np.nan) for row in named_rows(frame)]
    frame["ratio_change"] = (frame["ratio"] - pd.Series(before, index=frame.index, dtype=float)).round(6)
    return frame[list(COLUMNS)]


def match_cell(sums: Mapping[Cell, Decimal], rules: Sequence[Rule], area: str, year: int) -> dict:
    """One row of `match` without `ratio_change`, out of sums in 万元 by (area, year, source, state): for who reckons a
    few cells and no frame. Numbers as float, None where there is none."""
    row = _row(sums, rule_of(rules, year), area, year)
    numbers = [float(value) if isinstance(value, Decimal) else value for value in row]
    return dict(zip(ROW_COLUMNS, numbers, strict=True))


def exact(amount: float) -> Decimal:
    """A sum in 万元 at the six decimals that people typed."""
    return Decimal(repr(float(amount))).quantize(PLACES)


def cut(ratio: float) -> float:
    """A ratio to two places, cut and never rounded up, so that one below the floor does not look like the floor."""
    return round(ratio * 10**6) // 10**4 / 100


def shown_change(ratio: float | None, before: float | None) -> float | None:
    """The difference of two ratios as both are shown; None where one is absent."""
    if ratio is None or before is None:
        return None
    return round(cut(ratio) - cut(before), 2)


def _sums(flows: pd.DataFrame) -> dict[Cell, Decimal]:
    """(area, year, source, state) → 万元."""
    missing = set(INPUT_COLUMNS) - set(flows.columns)
    if missing:
        raise ValueError(f"missing columns: {sorted(missing)}")
    total = flows.groupby(["area", "year", "source", "state"])["amount"].sum()
    keys = total.index.to_list()
    return {key: exact(value) for key, value in zip(keys, total, strict=True)}


def _row(sums: Mapping[Cell, Decimal], rule: Rule | None, area: str, year: int) -> tuple:
    """ROW_COLUMNS."""
    if rule is None:
        return area, year, None, None, None, None, None, None, "no_rule", None, False
    nothing = Decimal(0)
    base = paid = nothing
    for source in rule.base_sources:
        base += sums.get((area, year, source, rule.base_state), nothing)
        paid += sums.get((area, year, source, "paid"), nothing)
    matched = sums.get((area, year, rule.match_source, rule.match_state), nothing)
    is_due = base > 0 and not rule.excuses(area, year)
    lacking = rule.floor * base - matched if is_due else nothing
    owed = max(lacking, nothing).quantize(PLACES, ROUND_HALF_UP)
    status = _status(rule, area, year, base, matched)
    ratio = matched / base if base > 0 else None
    is_ahead = is_due and rule.floor * paid > matched
    return area, year, rule.version, rule.floor, base, matched, ratio, owed, status, paid, is_ahead


def _status(rule: Rule, area: str, year: int, base: Decimal, matched: Decimal) -> str:
    if rule.excuses(area, year):
        return "exempt"
    if base <= 0:
        return "no_base"
    if matched >= rule.floor * base:
        return "met"
    return "near" if matched >= (rule.floor - rule.tolerance) * base else "short"

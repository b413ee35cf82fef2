"""Rows of another system as entries of a sheet: which column is what, which of their codes is which of ours. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import islice
from typing import Any

MOST_NAMED = 30  # columns of theirs, in the words of a fault


@dataclass
class Mapped:
    """The entries, in the form of the writing API; what does not fit, in words; how many rows were of others."""

    entries: list[dict] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    of_others: int = 0

    @property
    def values(self) -> dict[str, str]:
        """What the source tells, by indicator, as texts that can be compared."""
        return {entry["indicator"]: f"{entry['value']}|{entry.get('explanation', '')}" for entry in self.entries}


def mapped(
    rows: Iterable[Mapping[str, Any]],
    columns: Mapping[str, str],
    codes: Mapping[str, str],
    *,
    area: str,
    year: int,
    units: Mapping[str, str],
) -> Mapped:
    """The rows of this area and year. `units`: those of the sheet's rows; a unit in the row that is another is a
    fault, as is a column that is not there, or two rows for one indicator. A code that is in no `codes` is ours."""
    found = Mapped()
    for number, row in enumerate(rows, start=1):
        missing = [name for name in columns.values() if name and name not in row]
        if missing:
            there = "、".join(str(name)[:40] for name in islice(row, MOST_NAMED))
            more = "等" if len(row) > MOST_NAMED else ""
            found.faults.append(f"第{number}行没有“{missing[0]}”这一列；有：{there}{more}。")
            return found  # of every row the same would be told
        if not _is_of(row, columns, area, year):
            found.of_others += 1
            continue
        _add(found, number, row, columns, codes, units)
    return found


def _is_of(row: Mapping[str, Any], columns: Mapping[str, str], area: str, year: int) -> bool:
    for name, wanted in (("area", area), ("year", str(year))):
        column = columns.get(name)
        if column and _text(row[column]) != wanted:
            return False
    return True


def _add(
    found: Mapped,
    number: int,
    row: Mapping[str, Any],
    columns: Mapping[str, str],
    codes: Mapping[str, str],
    units: Mapping[str, str],
) -> None:
    theirs = _text(row[columns["indicator"]])
    code = codes.get(theirs, theirs)
    if code not in units:
        found.faults.append(f"第{number}行的指标“{theirs[:40]}”不在填报表里；请在代码对照里写明是哪一项。")
        return
    if columns.get("unit"):
        unit = _text(row[columns["unit"]])
        if unit != units[code]:
            found.faults.append(f"第{number}行 {code} 的单位是“{unit[:20]}”，应为“{units[code]}”。")
            return
    entry = {"indicator": code, "value": _value(row[columns["value"]])}
    if columns.get("explanation"):
        entry["explanation"] = _text(row[columns["explanation"]])
    found.entries.append(entry)


def _text(value: Any) -> str:
    return "" if value is None else str(value).strip()


def _value(value: Any) -> Any:
    """As the API takes it: a decimal, a whole number, a text, or nothing. A double is the digits that it shows."""
    return Decimal(repr(value)) if isinstance(value, float) else value

"""The parts of a ratio in an official table: columns 分子 and 分母 beside the number that follows from them."""

from collections.abc import Mapping
from decimal import Decimal

from indicators.models import Fact, Observation
from indicators.terms.parts import NO_PARTS, PartTerms, RatioParts, agree
from lib.numbers import can_be_kept, plain
from lib.tabular.cells import Cell, SpreadsheetError, parse_number
from lib.tabular.table_reading import Record
from lib.tabular.value_cells import parse_value
from lib.value_words import stage_names

NAMES = ("numerator", "denominator")


def has_parts(record: Record) -> bool:
    """Whether the row fills one of the columns."""
    return any(name in record.cells and not record.cells[name].cell.is_empty for name in NAMES)


def number_and_parts(cell: Cell, record: Record, definition: Mapping) -> tuple[Decimal, RatioParts]:
    """The row's number, or the place of the stage it names, with the parts that it was divided from. SpreadsheetError
    in words where they do not fit."""
    if not has_parts(record):
        return parse_value(cell, unit=definition["unit"], stages=stage_names(definition["stages"])), NO_PARTS
    parts = _parts(record, definition)
    computed = terms_of(definition).value(parts)
    if computed is None:
        raise SpreadsheetError("分母应大于 0")
    if not can_be_kept(computed):
        raise SpreadsheetError(f"分子÷分母得 {plain(computed)}，太大；请核对分子、分母和单位")
    if not cell.is_empty:
        given = parse_number(cell, unit=definition["unit"])
        if not agree(given, computed, definition["decimals"]):
            raise SpreadsheetError(
                f"数值 {plain(given)} 与分子、分母算出的 {plain(computed)} 不一致；请改正，或把数值留空"
            )
    return computed, parts


def _parts(record: Record, definition: Mapping) -> RatioParts:
    if definition["parts_factor"] is None:
        raise SpreadsheetError(f"“{definition['name']}”没有分子、分母；请只填数值")
    found = {}
    for name in NAMES:
        cell = record.cells[name].cell if name in record.cells else None
        if cell is None or cell.is_empty:
            raise SpreadsheetError("分子、分母要么都填，要么都不填")
        found[name] = parse_number(cell, unit=definition[f"{name}_unit"])
    return RatioParts(**found)


def terms_of(definition: Mapping) -> PartTerms:
    """What the columns of a definition say of its parts."""
    names = ("numerator_name", "numerator_unit", "denominator_name", "denominator_unit", "parts_factor", "decimals")
    return PartTerms(*(definition[name] for name in names))


def kept_parts(parts: RatioParts, number: Decimal, current: Fact | None) -> RatioParts:
    """A table without parts says nothing of them: the number that stands keeps what it was divided from."""
    if parts.is_empty and isinstance(current, Observation) and current.value == number:
        return current.parts
    return parts

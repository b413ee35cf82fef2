"""What an uploaded row says of itself beside its numbers: which county, which unit, whether it is real at all."""

from collections.abc import Iterator, Mapping

from indicators.importing.workbook import OBSERVATIONS, STANDARDS, TARGETS
from indicators.sdmx.names import DEMONSTRATION, unit_code
from lib.tabular.cells import SpreadsheetError, conversion_words, parse_number, same_unit
from lib.tabular.table_reading import Content, Problem, Record, normal

YES = {"true", "1", "是", "yes", "y", "演示", "演示数据"}
SERIES = {OBSERVATIONS.name: "OBS", TARGETS.name: "TARGET", STANDARDS.name: "STANDARD"}


def mark_problems(record: Record) -> Iterator[Problem]:
    """A row that our own exports mark as a demonstration, or as another series than the table's."""
    if normal(record.text("is_demo")) in YES or record.text("obs_status") == DEMONSTRATION:
        name = "is_demo" if record.text("is_demo") else "obs_status"
        yield record.problem(name, "这一行标着演示数据，不是真实数值，不能作为正式数值导入；请删去这一行")
    series = record.text("series")
    if series and series != SERIES.get(record.sheet):
        words = f"SERIES 是 {series}，不是“{record.sheet}”（{SERIES[record.sheet]}）；请删去这一行"
        yield record.problem("series", words)


def unit_problems(record: Record, definition: Mapping, content: Content) -> Iterator[Problem]:
    """A unit beside the row, or above the table, that is not the indicator's."""
    unit, code = definition["unit"], record.text("code")
    given = record.text("unit")
    if given and not same_unit(given, unit):
        hint = conversion_words(given, unit, _first_number(record))
        words = f"单位写的是“{given}”，{code} 的单位是 {unit}；{hint}"
        yield record.problem("unit", words)
    elif content.unit and not given and not same_unit(content.unit, unit):
        hint = conversion_words(content.unit, unit, _first_number(record))
        words = f"表上方写的是“单位：{content.unit}”，{code} 的单位是 {unit}；{hint}"
        yield record.problem("code", words)
    named = record.text("unit_code")
    if named and named != unit_code(unit):
        yield record.problem("unit_code", f"“{named}”不是 {code} 的单位（{unit_code(unit)}，{unit}）；请核对")


def _first_number(record: Record):
    """A number of the row, for an example of how it would be converted."""
    places = [record.cells["value"]] if "value" in record.cells else [number.place for number in record.numbers]
    for place in places:
        try:
            return parse_number(place.cell)
        except SpreadsheetError:
            continue
    return None

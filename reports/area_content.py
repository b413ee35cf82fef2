"""What a report says of one area: the table of all its rows, and the section on the targets of the city itself.
Snapshots of earlier rules, and plans whose city has none, have no such section."""

from collections.abc import Iterator, Mapping

from indicators.labels import OUTLOOK_NAMES, STATUS_NAMES
from indicators.terms.applicability import NOT_APPLICABLE
from reports.blocks import Block, Heading, Paragraph, TableBlock
from reports.read_snapshot import Snapshot
from reports.support_content import starred


def own_rows(s: Snapshot) -> Iterator[Block]:
    """The city's year in words and in a table; what it has not is left out of both."""
    if s.city is None:
        return
    name, counts = s.city["name"], s.city["counts"]
    cells = {code: cell for code, cell in s.city_cells.items() if cell["status"] != NOT_APPLICABLE}
    yield Heading(1, f"{name}自身的目标")
    words = f"方案给{name}自身定了{len(cells)}项指标的目标，另行计算，不计入各地区的项数。"
    words += f"到期的{counts['due']}项中，达标{counts['met']}项"
    for key, label in (("near", "接近"), ("behind", "滞后"), ("unreported", "未报")):
        words += f"；{label}{counts[key]}项" if counts[key] else ""
    yield Paragraph(f"{words}。")
    rows = [
        (
            s.name(code),
            s.indicators[code]["unit"],
            s.number(cell, "value"),
            s.number(cell, "target"),
            s.gap(cell, cell["gap"]),
            starred(str(STATUS_NAMES[cell["status"]]), cell["is_demo"]),
        )
        for code in s.indicators
        if (cell := cells.get(code))
    ]
    if rows:
        header = ("指标", "单位", "实际值", "目标", "差距", "状态")
        yield TableBlock(f"{name}自身{s.year}年的指标", header, rows, (11, 3, 5, 5, 4, 3), frozenset({2, 3, 4}))


def area_table(s: Snapshot, name: str, cells: Mapping[str, Mapping | None]) -> TableBlock:
    """Every row of one area, in the catalogue's order."""
    rows = [
        (
            s.name(code),
            s.indicators[code]["unit"],
            s.number(cell, "value"),
            s.number(cell, "target"),
            s.gap(cell, cell["gap"]),
            str(STATUS_NAMES[cell["status"]]),
            s.number(cell, "standard"),
            str(OUTLOOK_NAMES[cell["outlook"]]),
        )
        for code in s.indicators
        if (cell := cells.get(code))
    ]
    header = ("指标", "单位", "实际值", "目标", "差距", "状态", "省标", "前景")
    return TableBlock(f"{name} {s.year}年", header, rows, (11, 3, 5, 5, 4, 3, 5, 5), frozenset({2, 3, 4, 6}))

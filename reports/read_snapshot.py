"""A frozen snapshot as the report, its workbook and its page read it: rows by code, and numbers in words."""

from collections.abc import Mapping

from lib.numbers import plain, signed
from lib.value_words import gap_number, goal_words, stage_names, value_words
from reports.support_content import starred


class Snapshot:
    """A frozen picture with what is looked up in it again and again."""

    def __init__(self, content: Mapping):
        self.content = content
        self.year = content["year"]
        self.counties = content["counties"]
        self.indicators = {row["code"]: row for row in content["indicators"]}
        self.area_names = {row["code"]: row["name"] for row in self.counties}
        self.city = content.get("city")  # which has targets of its own; snapshots of before rules 5 know of none
        self.place_names = dict(self.area_names)
        if self.city:
            self.place_names[self.city["code"]] = self.city["name"]
        self.cells = {(row["area"], row["indicator"]): row for row in content["cells"]}
        self.years = range(content["baseline_year"], content["final_year"] + 1)

    def name(self, code: str) -> str:
        row = self.indicators[code]
        words = row["name"]
        if row.get("force") == "约束性":
            words += "（约束性）"
        if row["is_provisional"]:
            words += "（暂定）"
        return words

    def names(self, row: Mapping) -> tuple[str, str]:
        """County and indicator of a row that names them by code."""
        return self.place_names[row["area"]], self.name(row["indicator"])

    @property
    def city_cells(self) -> dict[str, Mapping]:
        """The city's own cells by indicator."""
        return {row["indicator"]: row for row in self.city["cells"]} if self.city else {}

    def words(self, cell: Mapping, value: float | None, high: float | None = None) -> str:
        """A number of the cell's indicator: of a band both ends, of a stage its name."""
        row = self.indicators[cell["indicator"]]
        return value_words(value, row["decimals"], high=high, stages=stage_names(row.get("stages", "")))

    def gap(self, cell: Mapping, gap: float | None) -> str:
        """A gap with its sign; of stages how many are missing."""
        if gap is None or not self.stages(cell):
            return signed(gap_number(gap), self.indicators[cell["indicator"]]["decimals"])
        return f"差{plain(-gap)}个阶段" if gap < 0 else ""

    def stages(self, cell: Mapping) -> tuple[str, ...]:
        return stage_names(self.indicators[cell["indicator"]].get("stages", ""))

    def final_target(self, cell: Mapping) -> str:
        """What the final year asks for."""
        ends = cell["series"].get("target_high", (None,))
        return self.words(cell, cell["series"]["target"][-1], ends[-1])

    def number(self, cell: Mapping, column: str) -> str:
        """A number of a cell as text, the demonstration's marked."""
        high = cell.get(f"{column}_high")
        text = self.words(cell, cell[column], high)
        is_goal = column != "value"
        if is_goal and high is None and not self.stages(cell):
            row = self.indicators[cell["indicator"]]
            text = goal_words(cell[column], row["decimals"], direction=row["direction"])
        is_demo = cell["marks"].get(column) == "demo" and cell[column] is not None
        return starred(text, is_demo)

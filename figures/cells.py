"""One judged number as a page shows it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from areas.models import Area
from indicators.forecasting.grades import grade_of_one
from indicators.models import IndicatorDefinition
from lib.sparklines import Sparkline


@dataclass
class JudgedCell:
    """One judged cell as a template wants it; `row` is the frame's row as a dict, NaN as None. `marks` says which
    of its own numbers (value, target, standard) are not official; `draw` makes its trend, where a page shows one."""

    area: Area
    definition: IndicatorDefinition
    row: dict
    benchmark: str
    draw: Callable[[], Sparkline] | None = None
    shortfall_year: int | None = None
    shortfall: float | None = None
    is_shortfall_demo: bool = False
    is_submitted: bool = False
    marks: dict[str, str] = field(default_factory=dict)

    @cached_property
    def trend(self) -> Sparkline | None:
        return self.draw() if self.draw else None

    @property
    def year(self) -> int:
        return self.row["year"]

    @property
    def status(self) -> str:
        return self.row["standard_status" if self.benchmark == "standard" else "status"]

    @property
    def gap(self):
        return self.row["standard_gap" if self.benchmark == "standard" else "gap"]

    @property
    def grade(self) -> str:
        """How likely the final year's target is, in words: a code of GRADE_NAMES."""
        return grade_of_one(self.row["probability"])

    @property
    def reference(self):
        """The number that the value is held against."""
        return self.row[self.benchmark]

    @property
    def reference_mark(self) -> str:
        return self.marks.get(self.benchmark, "")

    @property
    def is_provisional_by_itself(self) -> bool:
        """Provisional though its indicator is not: by the value or benchmark shown."""
        return not self.definition.is_provisional and "provisional" in (self.marks.get("value"), self.reference_mark)

    @property
    def relative_gap(self) -> float | None:
        """Gap in per cent of the benchmark, positive better: comparable between units. None without one."""
        if self.gap is None or not self.reference:
            return None
        return 100 * self.gap / abs(self.reference)


def band_of(rows: Sequence[dict]) -> list[tuple[int, float, float]]:
    """As `Picture.band`: `rows` are the judged ones of a series in the order of their years."""
    known = [row for row in rows if row["value"] is not None]
    if not known:
        return []
    last = known[-1]
    to_come = [row for row in rows if row["year"] > last["year"] and row["range_low"] is not None]
    points = [(row["year"], row["range_low"], row["range_high"]) for row in to_come]
    return [(last["year"], last["value"], last["value"]), *points] if points else []

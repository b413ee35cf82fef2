"""What the past says of a county's targets: which change each asks for, and how many comparable ones were as large."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from indicators.models import IndicatorDefinition
from peers.comparison import ChangeQuestion, Changes, Realism, Series, changes_for, realism_of
from peers.frames import Bounds, bounds_of, known_series

REACHED, NO_VALUE, NO_TARGET, TOO_FEW, SAID = "reached", "no_value", "no_target", "too_few", "said"
STATES = (SAID, TOO_FEW, REACHED, NO_VALUE, NO_TARGET)


@dataclass(frozen=True)
class TargetRealism:
    """Of one target. `state`: SAID with numbers; TOO_FEW where comparable changes are too few; REACHED where the last
    value is there already; NO_VALUE and NO_TARGET where one of the two is missing; also NO_TARGET for a band and for
    stages, which no yearly change leads to. `first_year` is that of the last official value before the target's
    year."""

    area: str
    indicator: str
    year: int
    state: str
    target: float | None = None
    first_year: int | None = None
    level: float | None = None
    realism: Realism | None = None
    bounds: Bounds | None = None
    is_demo: bool = False

    @property
    def years(self) -> int | None:
        if self.first_year is None:
            return None
        return self.year - self.first_year

    @property
    def share(self) -> float | None:
        return self.realism.share if self.realism else None

    @property
    def count(self) -> int:
        return self.realism.comparable.number if self.realism else 0

    @property
    def places(self) -> int:
        return self.realism.comparable.places if self.realism else 0

    @property
    def as_large(self) -> int | None:
        if self.realism is None or self.state != SAID:
            return None
        return self.realism.as_large

    @property
    def needed(self) -> float | None:
        """A year, in the unit, in the sense of the number itself: negative where it has to fall."""
        if self.realism is None or self.bounds is None:
            return None
        return self.bounds.direction * self.realism.needed


class Past:
    """The changes of all places, each kind of question worked out once."""

    def __init__(self, series: Series | None = None):
        self.series = known_series() if series is None else series
        self._changes: dict[ChangeQuestion, Changes] = {}

    def changes(self, asked: ChangeQuestion) -> Changes:
        if asked not in self._changes:
            self._changes[asked] = changes_for(self.series, asked)
        return self._changes[asked]

    def target(
        self,
        area: str,
        bounds: Bounds,
        values: Mapping[int, float | None],
        year: int,
        target: float | None,
        *,
        is_demo: bool,
    ) -> TargetRealism:
        """Of a target, seen from the last of the official `values` before its year. `is_demo`: whether value or target
        is invented; then invented series may answer, and the answer says so."""
        told = TargetRealism(area, bounds.code, year, NO_TARGET, bounds=bounds)
        known = [at for at, value in values.items() if value is not None and at < year]
        if target is None or not bounds.direction:
            return told
        if not known:
            return replace(told, state=NO_VALUE, target=target)
        first = max(known)
        level = float(values[first])  # type: ignore[arg-type]  # of the known ones
        told = replace(told, target=target, first_year=first, level=level, is_demo=is_demo)
        if bounds.direction * (target - level) <= 0:
            return replace(told, state=REACHED)
        asked = bounds.question(year - first, with_demo=is_demo)
        found = realism_of(self.changes(asked), asked, level, target)
        state = SAID if found.comparable.is_enough else TOO_FEW
        return replace(told, state=state, realism=found, is_demo=is_demo or found.comparable.is_demo)


def realism_of_rows(
    rows: Iterable[Mapping], definitions: Iterable[IndicatorDefinition], past: Past | None = None
) -> list[TargetRealism]:
    """Of every target of a year after its series' last value, by judged `rows` (area, indicator, year, value, target,
    is_demo), in their order."""
    past = Past() if past is None else past
    bounds = {row.indicator_id: bounds_of(row) for row in definitions}
    rows = [row for row in rows if row["indicator"] in bounds]
    values: dict[tuple[str, str], dict[int, float | None]] = {}
    for row in rows:
        values.setdefault((row["area"], row["indicator"]), {})[row["year"]] = _absent_as_none(row["value"])
    found = []
    for row in rows:
        own = values[row["area"], row["indicator"]]
        last = max((year for year, value in own.items() if value is not None), default=0)
        target = _absent_as_none(row["target"])
        if row["year"] > last and target is not None:
            asked, is_demo = bounds[row["indicator"]], bool(row["is_demo"])
            found.append(past.target(row["area"], asked, own, row["year"], target, is_demo=is_demo))
    return found


def _absent_as_none(value: float | None) -> float | None:
    if value is None or np.isnan(value):
        return None
    return float(value)

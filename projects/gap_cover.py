"""Gap cover: how much of what is still missing to a county's final target do projects on the way promise. Pure.

    remaining   = d · (T − v): T the target of the final year, v the latest official value up to the year asked for
    contributed = Σ contributions of live projects (planned or started) that fall due by the final year
    cover       = contributed ÷ remaining, where something remains

d is +1 where higher is better, −1 where lower is better; contributions are written in the good direction. Stalled and
cancelled projects cover nothing; completed ones have done so already, in the value."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

STATES = ("unknown", "reached", "none", "partly", "covered")
EXACT = 9  # places: beyond them lies the noise of binary floats
Key = tuple[str, str]  # (county, indicator)


class PlannedGain(NamedTuple):
    """What a project is expected to add to a county's indicator in a year (0: not known which). `is_live`: the project
    is on the way."""

    project: str
    area: str
    indicator: str
    year: int
    value: float
    is_live: bool
    is_demo: bool


@dataclass(frozen=True)
class GapCover:
    """How far projects cover what one county's indicator still lacks; None where it cannot be told. `projects` is the
    number of those that count. Demonstration where the value's cell or any project that counts is."""

    area: str
    indicator: str
    value_year: int | None
    remaining: float | None
    contributed: float
    projects: int
    cover: float | None
    state: str
    is_demo: bool


def gap_cover(cells: Iterable[Mapping], gains: Iterable[PlannedGain], *, year: int, final_year: int) -> list[GapCover]:
    """One for each (county, indicator) of `cells`, in their order. Cells have `area`, `indicator`, `year`, `value`,
    `target` (None where absent), `direction` and `is_demo`."""
    counted: dict[Key, list[PlannedGain]] = {}
    for gain in gains:
        if gain.is_live and gain.year <= final_year:
            counted.setdefault((gain.area, gain.indicator), []).append(gain)
    series: dict[Key, list[Mapping]] = {}
    for cell in cells:
        series.setdefault((cell["area"], cell["indicator"]), []).append(cell)
    return [_of_series(key, own, counted.get(key, []), year, final_year) for key, own in series.items()]


def _of_series(
    key: Key, cells: Sequence[Mapping], gains: Sequence[PlannedGain], year: int, final_year: int
) -> GapCover:
    known = [cell for cell in cells if cell["value"] is not None and cell["year"] <= year]
    last = max(known, key=lambda cell: cell["year"], default=None)
    target = next((cell["target"] for cell in cells if cell["year"] == final_year), None)
    remaining = _remaining(last, target)
    contributed = sum(gain.value for gain in gains)
    projects = len({gain.project for gain in gains})
    cover = round(contributed / remaining, EXACT) if remaining is not None and remaining > 0 else None
    return GapCover(
        area=key[0],
        indicator=key[1],
        value_year=last["year"] if last else None,
        remaining=remaining,
        contributed=contributed,
        projects=projects,
        cover=cover,
        state=_state(remaining, projects, cover),
        is_demo=bool(last and last["is_demo"]) or any(gain.is_demo for gain in gains),
    )


def _remaining(last: Mapping | None, target: float | None) -> float | None:
    """A value that is to stay within a band has no way to go: contributions point one way, the band lies on both
    sides."""
    if last is None or target is None or not last["direction"]:
        return None
    return round(last["direction"] * (target - last["value"]), EXACT)


def _state(remaining: float | None, projects: int, cover: float | None) -> str:
    if remaining is None:
        return "unknown"
    if cover is None:
        return "reached"
    if not projects:
        return "none"
    return "partly" if cover < 1 else "covered"

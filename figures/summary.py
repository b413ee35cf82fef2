"""Cells → counts, rankings and sentences. No database."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from figures.cells import JudgedCell
from indicators.forecasting.grades import LIKELY_GRADES, UNLIKELY_GRADES
from indicators.labels import URGENT
from lib.numbers import signed

DUE = ("met", "near", "behind", "unreported")
ATTAINABLE = ("achieved", "on_track")


@dataclass(frozen=True)
class Counts:
    """How the cells of a year stand. `due`: those that have a benchmark and whose year has come."""

    total: int
    due: int
    met: int
    near: int
    behind: int
    unreported: int
    not_due: int
    no_benchmark: int
    attainable: int  # achieved, or on track
    undecided: int  # neither: pace and projection point different ways
    judged_outlook: int
    likely: int  # by the forecast: likely or very likely to reach the final target
    even: int
    unlikely: int  # or very unlikely
    below_standard: int
    judged_standard: int
    slipping: int
    attainable_yet_unlikely: int = 0  # on pace, and by the forecast unlikely all the same; reports of before have none

    @property
    def met_share(self) -> float | None:
        """Per cent of met ÷ (met + near + behind + unreported); None where nothing is due."""
        return 100 * self.met / self.due if self.due else None

    @property
    def graded(self) -> int:
        """Cells of which the forecast says anything."""
        return self.likely + self.even + self.unlikely

    @property
    def urgent(self) -> int:
        return self.behind + self.near + self.unreported

    @property
    def reported(self) -> int:
        return self.due - self.unreported


def count(cells: Iterable[JudgedCell]) -> Counts:
    groups: Counter[tuple[str, str, str, bool, str]] = Counter()
    for cell in cells:
        row = cell.row
        groups[cell.status, row["outlook"], row["standard_status"], bool(row["is_slipping"]), cell.grade] += 1
    return count_groups(groups)


def count_groups(groups: Mapping[tuple[str, str, str, bool, str], int]) -> Counts:
    """`groups`: (status, outlook, standard_status, is_slipping, grade) → number of cells."""
    by_status: Counter[str] = Counter()
    outlooks: Counter[str] = Counter()
    by_standard: Counter[str] = Counter()
    grades: Counter[str] = Counter()
    total = sum(groups.values())
    slipping = both = 0
    for (status, outlook, standard, is_slipping, grade), n in groups.items():
        grades[grade] += n
        by_status[status] += n
        outlooks[outlook] += n
        by_standard[standard] += n
        if is_slipping:
            slipping += n
        if outlook in ATTAINABLE and grade in UNLIKELY_GRADES:
            both += n
    return Counts(
        total=total,
        due=sum(by_status[name] for name in DUE),
        met=by_status["met"],
        near=by_status["near"],
        behind=by_status["behind"],
        unreported=by_status["unreported"],
        not_due=by_status["not_due"],
        no_benchmark=by_status["no_target"] + by_status["no_standard"],
        attainable=sum(outlooks[name] for name in ATTAINABLE),
        undecided=outlooks["undecided"],
        judged_outlook=total - outlooks["unknown"],
        likely=sum(grades[name] for name in LIKELY_GRADES),
        even=grades["even"],
        unlikely=sum(grades[name] for name in UNLIKELY_GRADES),
        below_standard=by_standard["near"] + by_standard["behind"],
        judged_standard=by_standard["met"] + by_standard["near"] + by_standard["behind"],
        slipping=slipping,
        attainable_yet_unlikely=both,
    )


def attention(cells: Iterable[JudgedCell]) -> list[JudgedCell]:
    """What needs somebody: behind before near before unreported, of each what the plan binds to before the rest, the
    largest relative gap first."""
    wanted = [cell for cell in cells if cell.status in URGENT]
    return sorted(wanted, key=_urgency)


def _urgency(cell: JudgedCell) -> tuple[int, bool, float]:
    return URGENT.index(cell.status), not cell.definition.is_binding, cell.relative_gap or 0


def attention_words(cell: JudgedCell, final_year: int) -> str:
    """Why the cell is on the list, in one line of figures."""
    d, row = cell.definition, cell.row
    benchmark = _("省标") if cell.benchmark == "standard" else _("目标")
    if cell.status == "unreported":
        return _("未报；{benchmark} {target}").format(benchmark=benchmark, target=d.row_words(row, cell.benchmark))
    words = _("{value} / {benchmark} {target}，差 {gap}").format(
        value=d.row_words(row, "value"),
        benchmark=benchmark,
        target=d.row_words(row, cell.benchmark),
        gap=d.gap_words(cell.gap),
    )
    if row["required_change"] is not None and row["mean_change"] is not None:
        words += _("；到{year}年达目标需每年 {need}，近年平均 {mean}").format(
            year=final_year, need=signed(round(row["required_change"], 2)), mean=signed(round(row["mean_change"], 2))
        )
    return words


@dataclass(frozen=True)
class CountyStanding:
    """One row of a county against the mean of the other counties in the same year."""

    cell: JudgedCell
    others: float
    difference: float  # in per cent of the others' value, positive better

    @property
    def is_strength(self) -> bool:
        return self.difference > 0


def standings(cells: Sequence[JudgedCell], area: str) -> tuple[list[CountyStanding], list[CountyStanding]]:
    """(strengths, shortfalls): where the county is best or last of all that reported, widest margin first.

    Level rows only: a running total depends on the county's size."""
    by_indicator: dict[str, list[JudgedCell]] = {}
    for cell in cells:
        if cell.row["value"] is not None and cell.definition.is_ranked:
            by_indicator.setdefault(cell.definition.indicator_id, []).append(cell)
    strengths = []
    shortfalls = []
    for group in by_indicator.values():
        standing = _standing(group, area)
        if standing is None:
            continue
        if standing.is_strength:
            strengths.append(standing)
        else:
            shortfalls.append(standing)
    strengths.sort(key=lambda standing: -standing.difference)
    shortfalls.sort(key=lambda standing: standing.difference)
    return strengths, shortfalls


def _standing(group: list[JudgedCell], area: str) -> CountyStanding | None:
    own = next((cell for cell in group if cell.area.code == area), None)
    others = [cell.row["value"] for cell in group if cell.area.code != area]
    if own is None or not others:
        return None
    direction, value = own.definition.direction, own.row["value"]
    mean = sum(others) / len(others)
    if not mean:  # nothing is any per cent of 0
        return None
    margins = [direction * (value - other) for other in others]  # positive: ahead of that county
    is_ahead_of_all = min(margins) > 0
    is_behind_all = max(margins) < 0
    if not is_ahead_of_all and not is_behind_all:
        return None
    return CountyStanding(own, mean, 100 * direction * (value - mean) / abs(mean))

"""The dispatch list as a person reads it: by kind, the most pressing first; where a kind has many lines, by unit."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from areas.models import Area
from dispatch.lines import KINDS
from dispatch.rows import DispatchRow
from lib.sentences import Phrase, Sentence, joined, sentence

FOLDED_FROM = 12  # lines of a kind, from which on they are folded by unit
LISTED_UNITS = 8
LOUD = ("report", "task", "underfunded")


@dataclass(frozen=True)
class UnitFold:
    """Lines of one kind that wait for one unit."""

    unit: str
    place: str
    rows: list[DispatchRow]


@dataclass(frozen=True)
class KindGroup:
    """The lines of a kind, or of a unit: `folds` by unit where those of a kind are many, else `rows`; `kinds` of a
    unit: how many of which kind, the most pressing first; `press` names the group to the button that presses it."""

    kind: str
    name: str
    number: int
    rows: list[DispatchRow]
    folds: list[UnitFold]
    kinds: tuple[tuple[str, int], ...] = ()
    press: str = ""

    @property
    def kinds_words(self) -> str:
        return " · ".join(f"{name} {number}" for name, number in self.kinds)


def grouped(rows: Sequence[DispatchRow]) -> list[KindGroup]:
    """In the order of the list; of many the unit with the most lines first."""
    found = []
    for kind, name in KINDS.items():
        own = [row for row in rows if row.line.kind == kind]
        if len(own) >= FOLDED_FROM:
            found.append(KindGroup(kind, str(name), len(own), [], _folds(own)))
        elif own:
            found.append(KindGroup(kind, str(name), len(own), own, []))
    return found


def grouped_by_unit(rows: Sequence[DispatchRow]) -> list[KindGroup]:
    """The unit whose worst line is of the most pressing kind first, of those the one with the most lines of that kind;
    its own lines in the order of the list, the worst first."""
    found: dict[str, list[DispatchRow]] = {}
    for row in rows:
        found.setdefault(row.line.unit_code, []).append(row)
    groups = [_of_unit(own) for own in found.values()]
    return sorted(groups, key=_urgency)


def _urgency(group: KindGroup) -> tuple[int, int, int]:
    worst = group.rows[0].line.kind
    same = sum(row.line.kind == worst for row in group.rows)
    return list(KINDS).index(worst), -same, -group.number


def _of_unit(rows: list[DispatchRow]) -> KindGroup:
    unit = rows[0].line.unit
    name = unit.shown_name if unit else str(_("没有责任单位"))
    counted = Counter(row.line.kind for row in rows)
    kinds = tuple((str(words), counted[kind]) for kind, words in KINDS.items() if counted[kind])
    waiting = sum(row.may_be_pressed for row in rows)
    # One that waits has a button of its own.
    press = f"|{unit.code}" if unit and waiting > 1 else ""
    return KindGroup("", name, len(rows), rows, [], kinds, press)


def _folds(rows: Sequence[DispatchRow]) -> list[UnitFold]:
    by_unit: dict[tuple[str, str], list[DispatchRow]] = {}
    for row in rows:
        by_unit.setdefault((row.line.unit_name, row.place), []).append(row)
    folds = [UnitFold(unit, place, own) for (unit, place), own in by_unit.items()]
    return sorted(folds, key=lambda fold: -len(fold.rows))


@dataclass(frozen=True)
class CountedKind:
    """One row of the crosstab: how many lines of a kind each county has; the code of the city's own is empty."""

    kind: str
    name: str
    cells: list[tuple[str, int]]
    total: int


def crosstab(rows: Sequence[DispatchRow], areas: Mapping[str, Area]) -> list[CountedKind]:
    """Kind × county, as long as anything stands there."""
    counted = Counter((row.line.kind, row.line.area or "") for row in rows)
    codes = [*areas, ""]
    found = []
    for kind, name in KINDS.items():
        cells = [(code, counted[kind, code]) for code in codes]
        total = sum(number for _code, number in cells)
        if total:
            found.append(CountedKind(kind, str(name), cells, total))
    return found


def units(rows: Sequence[DispatchRow]) -> tuple[list[tuple[str, str, int]], int]:
    """(code, name, lines) of the units with the most, and how many units there are besides."""
    counted = Counter((row.line.unit_code, row.line.unit_name) for row in rows if row.line.unit)
    ranked = [(code, name, number) for (code, name), number in counted.most_common()]
    return ranked[:LISTED_UNITS], max(len(ranked) - LISTED_UNITS, 0)


def heading(groups: Sequence[KindGroup], *, is_bureau: bool) -> Sentence:
    """How many matters there are, and of which kinds, the most pressing first."""
    total = sum(group.number for group in groups)
    if not total:
        return sentence(_("没有要催的事"))
    words = _("有{n}件事等本单位办") if is_bureau else _("有{n}件事要催")
    kinds = []
    for group in groups:
        look = "behind" if group.kind in LOUD else ""
        kinds.append(Phrase(_("{kind}{n}件").format(kind=group.name, n=group.number), look))
    return sentence(words.format(n=total), _("："), *joined(kinds, _("、")))

"""The question of the smallest effort, and what a choice of effort brings: plain arithmetic, by which every answer of
the solver is checked. No Django, no clock, no solver.

A row is a county's indicator whose last value has not reached the final target. What is missing by then is met by

- what half of the comparable changes brought (`ordinary`), as long as the question counts it;
- what a better share of them brought, where the county puts its weight behind the row: the row is pushed (`pushed_by`);
- what projects that are finished in time are expected to add.

A row is reached where these together are what is missing. A county can push a few rows at a time; projects cost money.
"""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

EXACT = 1e-9
Key = tuple[str, str]  # (county, indicator)


@dataclass(frozen=True)
class EffortRow:
    """One county's indicator, all in its unit and positive good, until the final year: `missing` > 0. `pushed_by`
    takes the place of `ordinary`; it is None where nobody knows what a row can do. `helped`: what each project adds."""

    key: Key
    missing: float
    ordinary: float
    pushed_by: float | None
    helped: Mapping[str, float] = field(default_factory=dict)

    @property
    def area(self) -> str:
        return self.key[0]

    def is_reached(self, *, pushed: bool, finished: Collection[str]) -> bool:
        """Whether the effort is enough; exact to a part in 10⁹ of what is missing."""
        return self.left(pushed=pushed, finished=finished) <= EXACT * self.missing

    def left(self, *, pushed: bool, finished: Collection[str]) -> float:
        """What is still missing then; negative where there is more than enough."""
        gain = self.ordinary
        if pushed and self.pushed_by is not None:
            gain = self.pushed_by
        helped = sum(amount for code, amount in self.helped.items() if code in finished)
        return self.missing - gain - helped


@dataclass(frozen=True)
class EffortQuestion:
    """`costs`: 亿元 that each project still needs, None where nobody knows. `most_pushed`: rows that a county can push
    at once. `budget`: 亿元 in all, None for as much as it takes; then a project of unknown cost may be in it. `least`:
    rows that every county reaches at least, or all of its rows where it has fewer."""

    rows: tuple[EffortRow, ...]
    costs: Mapping[str, float | None]
    most_pushed: int
    budget: float | None = None
    least: int = 0

    @property
    def areas(self) -> list[str]:
        return sorted({row.area for row in self.rows})

    @property
    def usable(self) -> list[str]:
        """The projects that may be in an answer."""
        named: set[str] = set()
        for row in self.rows:
            named.update(row.helped)
        if self.budget is not None:
            # Nobody knows whether a project of unknown cost fits into the budget.
            named = {code for code in named if self.costs.get(code) is not None}
        return sorted(named)

    def least_of(self, area: str) -> int:
        """What is asked of a county: never more than it has rows."""
        return min(self.least, sum(row.area == area for row in self.rows))


@dataclass(frozen=True)
class EffortChoice:
    """Rows to push and projects to finish."""

    pushed: frozenset[Key] = frozenset()
    finished: frozenset[str] = frozenset()


NOTHING_CHOSEN = EffortChoice()


def reached(asked: EffortQuestion, choice: EffortChoice) -> frozenset[Key]:
    """The rows that the choice brings to their targets."""
    found = set()
    for row in asked.rows:
        if row.is_reached(pushed=row.key in choice.pushed, finished=choice.finished):
            found.add(row.key)
    return frozenset(found)


def reached_by_area(asked: EffortQuestion, choice: EffortChoice) -> dict[str, int]:
    counts = Counter(area for area, _indicator in reached(asked, choice))
    return {area: counts[area] for area in asked.areas}


def cost_of(asked: EffortQuestion, choice: EffortChoice) -> float:
    """亿元 of the projects whose cost is known."""
    return sum(asked.costs.get(code) or 0.0 for code in choice.finished)


def unknown_costs(asked: EffortQuestion, choice: EffortChoice) -> list[str]:
    return sorted(code for code in choice.finished if asked.costs.get(code) is None)


def is_allowed(asked: EffortQuestion, choice: EffortChoice) -> bool:
    """Whether the choice keeps to the question's limits."""
    pushed = Counter(area for area, _indicator in choice.pushed)
    if max(pushed.values(), default=0) > asked.most_pushed:
        return False
    if not choice.finished <= set(asked.usable):
        return False
    if asked.budget is not None and cost_of(asked, choice) > asked.budget + EXACT:
        return False
    counts = reached_by_area(asked, choice)
    return all(counts[area] >= asked.least_of(area) for area in asked.areas)

"""Is a promise kept in time? Promised, done, dates → expected by now and status. No Django, no clock.

序时进度: what is promised over a period is due in proportion to the days that have passed of it; the same measure for
projects, money and land."""

import operator
from dataclasses import dataclass
from datetime import date

from lib.days import share_passed

STATUSES = ("fulfilled", "on_track", "behind", "broken", "not_due", "unknown")


MEETS = {">": operator.gt, ">=": operator.ge, "<": operator.lt, "<=": operator.le, "=": operator.eq}
FLOORS, CEILINGS = frozenset({">", ">="}), frozenset({"<", "<="})


@dataclass(frozen=True)
class Promise:
    """`value` promised in its unit, and how what is done is held against it. From the first day of `from_year` to the
    last of `to_year`; None: a level, asked for now."""

    value: float
    comparison: str = ">="
    from_year: int | None = None
    to_year: int | None = None

    def is_met_by(self, done: float) -> bool:
        return MEETS[self.comparison](done, self.value)

    def has_begun(self, on: date) -> bool:
        return self.from_year is None or on >= date(self.from_year, 1, 1)

    def stays_met(self, on: date) -> bool:
        """Of one that is met: a ceiling, or what is to be met exactly, can be missed until its period is over."""
        return self.comparison in FLOORS or self.to_year is None or self.is_over(on)

    def is_over(self, on: date) -> bool:
        return self.to_year is not None and on > date(self.to_year, 12, 31)

    def is_in_time(self, done: float, expected: float | None) -> bool:
        """Of one that is not met: whether what is done is where it should be by now."""
        if self.comparison in CEILINGS:
            return expected is not None and done <= expected
        if self.comparison == "=" and done > self.value:
            return False
        return expected is None or done >= expected


@dataclass(frozen=True)
class PromiseProgress:
    """`expected` by now in the promise's unit, None where nothing says; `share` = done ÷ promised."""

    promised: float
    done: float | None
    expected: float | None
    status: str

    @property
    def share(self) -> float | None:
        if self.done is None or not self.promised:
            return None
        return self.done / self.promised

    @property
    def is_broken(self) -> bool:
        return self.status == "broken"

    @property
    def lag(self) -> float | None:
        """Done minus expected; negative: behind time."""
        if self.done is None or self.expected is None:
            return None
        return self.done - self.expected


def elapsed(from_year: int, to_year: int, on: date) -> float:
    """The share of the period's days that have passed at the end of `on`, from 0 to 1."""
    return share_passed(date(from_year, 1, 1), date(to_year, 12, 31), on)


def progress(promise: Promise, done: float | None, *, on: date, expected: float | None = None) -> PromiseProgress:
    """How a promise stands on a day. `expected` overrides the time-proportional share where a plan of its own exists
    (an annual target). `status` is the first that applies: unknown (nothing known of it), fulfilled, not_due (its
    period has not begun), broken (its period is over), on_track (done ≥ expected, or nothing is expected), behind. What
    is not to be exceeded, and what is to be met exactly, is fulfilled only when its period is over: on_track till then;
    a ceiling is never due in proportion to the days."""
    is_due_by_days = promise.comparison not in CEILINGS
    if expected is None and is_due_by_days and promise.from_year and promise.to_year:
        expected = round(promise.value * elapsed(promise.from_year, promise.to_year, on), 6)
    return PromiseProgress(promise.value, done, expected, _status(promise, done, expected, on))


def _status(promise: Promise, done: float | None, expected: float | None, on: date) -> str:
    is_met = done is not None and promise.is_met_by(done)
    if is_met and promise.stays_met(on):
        return "fulfilled"
    if not promise.has_begun(on):
        return "not_due"
    if done is None:
        return "unknown"
    if is_met:
        return "on_track"
    if promise.is_over(on):
        return "broken"
    return "on_track" if promise.is_in_time(done, expected) else "behind"


def worst(statuses: list[str]) -> str:
    """One word for several: broken before behind before unknown before on_track before not_due before fulfilled."""
    order = ("broken", "behind", "unknown", "on_track", "not_due", "fulfilled")
    return min(statuses, key=order.index) if statuses else "unknown"

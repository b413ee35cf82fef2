"""How many projects have landed against what the plan promises, by 序时进度: the time-proportional path. Pure."""

from dataclasses import dataclass
from datetime import date

from lib.days import share_passed


@dataclass(frozen=True)
class Counter:
    """`promised` by the last day of the span; `expected` of it by `on`, in proportion to the days gone by."""

    name: str
    done: int
    promised: int
    first: date
    last: date
    on: date
    comparison: str = ">"

    @property
    def time_share(self) -> float:
        """Part of the span that is over at the end of the day: 0 before it, 1 from its last day on."""
        return share_passed(self.first, self.last, self.on)

    @property
    def expected(self) -> float:
        return self.promised * self.time_share

    @property
    def lead(self) -> float:
        """Done beyond what is due by now; negative: short of it."""
        return self.done - self.expected

    @property
    def shortfall(self) -> float:
        return max(-self.lead, 0.0)

    @property
    def share(self) -> float:
        return self.done / self.promised

    @property
    def is_ahead(self) -> bool:
        return self.lead >= 0

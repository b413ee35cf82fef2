"""The landed projects in short, for the overview: the same counters as the register's page."""

from dataclasses import dataclass
from datetime import date

from projects.landed_projects import goal_counters
from projects.landing_counter import Counter


@dataclass(frozen=True)
class Landed:
    """A promise of the plan that is counted from the register, and how far it is kept."""

    counter: Counter
    is_demo: bool


def landed(user, on: date) -> list[Landed]:
    """One for each promise, as of `on`; none where the plan promises none. One query."""
    counters, is_demo = goal_counters(user, on)
    return [Landed(counter, is_demo) for counter in counters]

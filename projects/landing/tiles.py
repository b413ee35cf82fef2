"""The landed projects in short, for the overview: the same counters as the register's page."""

from dataclasses import dataclass
from datetime import date

from projects.landing.counter import Counter
from projects.landing.landed_projects import goal_counters, landed_by
from projects.models import LandingGoal


@dataclass(frozen=True)
class Landed:
    """A promise of the plan that is counted from the register, and how far it is kept."""

    counter: Counter
    is_demo: bool


def landed(user, on: date) -> list[Landed]:
    """One for each promise, as of `on`; none where the plan promises none, or where the register tells of no landing
    at all: then nothing is known, which is not the same as none (`commitments.frames.PromiseLedger.landed`). One query,
    and one more where none has landed."""
    counters, is_demo = goal_counters(user, on)
    if not any(counter.done for counter in counters) and not landed_by(on).exists():
        return []
    return [Landed(counter, is_demo) for counter in counters]


def awaits_the_first(landed_projects: list[Landed]) -> bool:
    """Whether the plan promises landed projects and no landing is registered yet. One query where none is counted."""
    return not landed_projects and LandingGoal.objects.exists()

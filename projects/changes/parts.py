"""What the actions of the register take beside columns: parts of a project, an amount, a report of progress."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple


@dataclass(frozen=True)
class Parts:
    """The rows under a project that are replaced as a whole; None leaves what is there.

    `shares` county → part of one; `schedule` year → 亿元; `contributions` (indicator, county, year) → value."""

    shares: Mapping[str, Decimal] | None = None
    schedule: Mapping[int, Decimal] | None = None
    contributions: Mapping[tuple[str, str, int], Decimal] | None = None
    are_shares_inferred: bool = False


@dataclass(frozen=True)
class Amount:
    """One amount as it is said: in 亿元, at a stage, on a date as far as it is known."""

    stage: str
    amount_yi: Decimal
    dated: str = ""
    source: str = ""


@dataclass(frozen=True)
class Progress:
    """One quarter as it is reported; `completed_yi` is everything invested from the start to the quarter's end."""

    year: int
    quarter: int
    completed_yi: Decimal | None
    image: str = ""
    problem: str = ""
    next_step: str = ""


class DatedProgress(NamedTuple):
    """A quarter's report, and when it was told."""

    progress: Progress
    at: datetime

"""The whole way of a sheet, and where it stands: typed by units, gathered by the county, reviewed by the city,
published."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from reporting.models import Part, Submission
from reporting.sheets import Line

State = Submission.State


@dataclass(frozen=True)
class WayStep:
    """One step: its name, how far it is where that can be counted, and whether the sheet stands there."""

    name: str
    count: str
    is_current: bool
    is_done: bool


def way_of(submission: Submission, parts: Sequence[Part], own: Part | None, lines: Sequence[Line]) -> list[WayStep]:
    """The four steps. To a unit that has not handed over, its own step is the current one; to all others the first step
    lasts until every unit has."""
    handed = sum(part.state == Part.State.HANDED_OVER for part in parts)
    filled = sum(line.entry.version > 0 for line in lines)
    is_open = own.state == Part.State.OPEN if own else handed < len(parts)
    if submission.is_editable:
        at = 0 if is_open else 1
    else:
        at = {State.SUBMITTED: 2, State.APPROVED: 4}.get(State(submission.state), 1)
    if own:
        mine = [line for line in lines if line.entry.part_id == own.pk and not line.entry.is_derived]
        first = (_("本单位填数"), f"{sum(line.entry.version > 0 for line in mine)} / {len(mine)}")
    else:
        first = (_("各单位填数"), f"{handed} / {len(parts)}")
    steps = [first, (_("县级汇总"), f"{filled} / {len(lines)}"), (_("市里审核"), ""), (_("公布"), "")]
    return [WayStep(name, count, place == at, place < at) for place, (name, count) in enumerate(steps)]

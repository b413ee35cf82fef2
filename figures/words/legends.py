"""What the signs of a table or chart mean: of those alone that it shows."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext as _

from figures.cells import JudgedCell

SHOWN = ("met", "near", "behind", "unreported", "not_due")


@dataclass(frozen=True)
class Legend:
    """`statuses` in their order; whether a value lies below the provincial standard, whether a county's own target
    does, whether of a row less is better, whether a row is provisional."""

    statuses: tuple[str, ...]
    has_value_below: bool
    has_target_below: bool
    has_less_is_better: bool
    has_provisional: bool

    @property
    def of_chart(self) -> str:
        """Of the chart of relative gaps."""
        told = [_("占基准值的百分比，向右为好；超出±25%的截断，标注为原单位差距；◇ 为与省定标准的差距")]
        if self.has_provisional:
            told.append(_("* 暂定"))
        return _("；").join(told)


def legend_of(cells: Iterable[JudgedCell]) -> Legend:
    """Of the cells that a page shows."""
    cells = list(cells)
    found = {cell.status for cell in cells}
    return Legend(
        tuple(status for status in SHOWN if status in found),
        any(cell.benchmark != "standard" and cell.row["standard_status"] in ("near", "behind") for cell in cells),
        any(cell.shortfall_year for cell in cells),
        any(cell.definition.direction == -1 for cell in cells),
        any(cell.definition.is_provisional for cell in cells),
    )

"""Figures of quarters, typed by the unit that answers for the row. They pass no review and become nothing official."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from areas.models import Area
from indicators.models import IndicatorDefinition
from indicators.years.quarters import QUARTERS, QuarterFigure, QuarterRow, last_day, quarter_figures, record_quarters
from lib.refusals import NotAllowed
from lib.tabular.cells import SpreadsheetError
from lib.tabular.value_cells import parse_value
from reporting.models import Responsibility

Cell = tuple[str, int]  # (indicator, quarter)


@transaction.atomic
def save_quarters(
    *, area: Area, year: int, typed: Mapping[Cell, Decimal | None], by: User, at: datetime | None = None
) -> list[tuple[str, str, int, int]]:
    """Store what was typed of a county's year, all or none; the keys that changed. `NotAllowed` for a row of another
    unit's or one that a register fills, `Invalid` for a number that cannot be one of the row's."""
    may_type = own_rows(area.code, by)
    for code, _quarter in typed:
        if code not in may_type:
            raise NotAllowed(_("{code}：这一行不由您的单位填报季度数。").format(code=code), indicator=code)
    rows = [QuarterRow(area.code, code, year, quarter, value) for (code, quarter), value in typed.items()]
    return record_quarters(rows, by=by, at=at)


def own_rows(area: str, user: User) -> set[str]:
    """The rows whose quarters the user's unit types in that county: its own, quarterly, and filled by no register."""
    if user.role not in (User.Role.COUNTY, User.Role.BUREAU) or user.own_area_code != area:
        return set()
    own = Responsibility.objects.filter(area=area, organisation=user.own_unit_id).values("indicator")
    rows = IndicatorDefinition.objects.as_of().filter(indicator__in=own, is_quarterly=True, derived_from="")
    return set(rows.values_list("indicator", flat=True))


@dataclass
class QuarterBox:
    """One quarter of a row: what stands, what was typed just now, and what is wrong with that."""

    quarter: int
    name: str
    figure: QuarterFigure | None = None
    is_open: bool = False
    typed: str | None = None
    fault: str = ""


@dataclass
class QuarterLine:
    """One row of the page."""

    definition: IndicatorDefinition
    boxes: list[QuarterBox] = field(default_factory=list)
    may_edit: bool = False


def quarter_lines(area: str, year: int, user: User, today: date) -> list[QuarterLine]:
    """Every row that has quarters, with what is known of the year; boxes are open where the user may type and the
    quarter is over."""
    definitions = IndicatorDefinition.objects.as_of().filter(is_quarterly=True).order_by("indicator__position")
    known = {(each.indicator, each.quarter): each for each in quarter_figures(areas=[area], years=[year])}
    own, lines = own_rows(area, user), []
    for definition in definitions:
        code = definition.indicator_id
        line = QuarterLine(definition, may_edit=code in own)
        for quarter in QUARTERS:
            is_open = line.may_edit and last_day(year, quarter) <= today
            line.boxes.append(QuarterBox(quarter, f"{code}:{quarter}", known.get((code, quarter)), is_open))
        lines.append(line)
    return lines


def _number(typed: str, definition: IndicatorDefinition) -> Decimal:
    return parse_value(typed, unit=definition.unit, stages=definition.stage_names)


def read_quarters(lines: Sequence[QuarterLine], form: Mapping[str, str]) -> dict[Cell, Decimal | None]:
    """What was typed into the open boxes; a box whose text is no number says so and keeps the text."""
    found: dict[Cell, Decimal | None] = {}
    for line in lines:
        for box in line.boxes:
            if not box.is_open or box.name not in form:
                continue
            box.typed = form[box.name].strip()
            try:
                number = _number(box.typed, line.definition) if box.typed else None
            except SpreadsheetError as error:
                box.fault = str(error)
                continue
            found[line.definition.indicator_id, box.quarter] = number
    return found

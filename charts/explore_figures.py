"""What a free comparison draws: one figure for each row of the plan where rows have an axis of their own. The page and
the pictures that leave are made of the same figures."""

from django.utils.translation import gettext as _

from areas.models import Area
from charts import plots
from charts.explore import Choice
from charts.pictures import with_unit
from figures.cells import JudgedCell
from figures.templatetags.display import shown
from figures.words import sentences
from indicators.labels import STATUS_NAMES
from indicators.models import IndicatorDefinition
from plan.terms import term


def figures_of(choice: Choice) -> list[tuple[str, dict]]:
    """(what it shows, the figure as a plain dict); none for a table, and for a scatter of one row."""
    if choice.form == "table" or choice.lacks_second_row:
        return []
    if choice.form == "scatter":
        across, up = choice.definitions[:2]
        return [(f"{row_title(across)} × {row_title(up)}", _scatter(choice, across, up))]
    if choice.form == "heat":
        return [(_("{year}年与{goal}的差距").format(year=choice.year, goal=_goal(choice)), _heat(choice))]
    return [(row_title(row), _of_row(choice, row)) for row in choice.definitions]


def _goal(choice: Choice) -> str:
    return sentences.goal(choice.picture)


def row_title(definition: IndicatorDefinition) -> str:
    """Name and unit, with the mark of a provisional row."""
    star = " *" if definition.is_provisional else ""
    return with_unit(f"{definition.shown_name}{star}", shown(definition.unit))


def _of_row(choice: Choice, row: IndicatorDefinition) -> dict:
    if choice.form == "dot":
        return _dots(choice, row)
    counties = [{"name": area.shown_name, "value": choice.series(area, row, "value")} for area in choice.areas]
    stages = [term(name) for name in row.shown_stages]
    draw = plots.bars if choice.form == "bar" else plots.lines
    return draw(choice.years, counties, stages)


def _dots(choice: Choice, row: IndicatorDefinition) -> dict:
    counties = []
    for area in choice.areas:
        cell = choice.cell(area, row, choice.year)
        if cell is not None:
            counties.append(_dot(area, cell))
    return plots.dots(counties, value_name=_("实际值"), target_name=_goal(choice))


def _dot(area: Area, cell: JudgedCell) -> dict:
    return {
        "name": area.shown_name,
        "status": cell.status,
        "value": cell.row["value"],
        "words": _dot_words(cell),
        "reference": cell.reference,
    }


def _dot_words(cell: JudgedCell) -> str:
    """The value, and in words what its colour says."""
    status = str(STATUS_NAMES[cell.status])
    if cell.row["value"] is None:
        return status
    value = cell.definition.row_words(cell.row, "value")
    return f"{value} {status}"


def _scatter(choice: Choice, across: IndicatorDefinition, up: IndicatorDefinition) -> dict:
    counties = []
    for area in choice.areas:
        x, y = choice.series(area, across, "value"), choice.series(area, up, "value")
        counties.append({"name": area.shown_name, "years": choice.years, "x": x, "y": y})
    return plots.scatter(counties, across=row_title(across), up=row_title(up))


def _gap(cell: JudgedCell | None) -> str:
    """As a person reads it; empty where there is none."""
    if cell is None or cell.gap is None:
        return ""
    return cell.definition.gap_words(cell.gap)


def _heat(choice: Choice) -> dict:
    rows = []
    for definition in choice.definitions:
        cells = [choice.cell(area, definition, choice.year) for area in choice.areas]
        rows.append(
            {
                "name": definition.shown_name,
                "shares": [cell.relative_gap if cell else None for cell in cells],
                "gaps": [_gap(cell) for cell in cells],
            }
        )
    return plots.heat(rows, [area.shown_name for area in choice.areas], percent=_("占基准的%"))

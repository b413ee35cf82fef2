"""What the values of a sheet's rows are."""

from indicators.terms.parts import NO_PARTS
from reporting.background import background_of
from reporting.models import Submission
from reporting.writing_api.bodies import ValueShape


def shapes_of(submission: Submission) -> dict[str, ValueShape]:
    """{indicator: numbers in a unit, or stages by their names}, as the rows are defined now."""
    background = background_of(submission)
    return {
        code: ValueShape(row.unit, row.stage_names, background.given.get(code, NO_PARTS))
        for code, row in background.definitions.items()
    }

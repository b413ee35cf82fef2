"""What the values of a sheet's rows are."""

from indicators.definitions.context_parts import given_parts
from indicators.models import IndicatorDefinition
from indicators.terms.parts import NO_PARTS
from reporting.models import Submission
from reporting.writing_api.bodies import ValueShape


def shapes_of(submission: Submission) -> dict[str, ValueShape]:
    """{indicator: numbers in a unit, or stages by their names}, as the rows are defined now."""
    codes = submission.entries.values("indicator")
    rows = list(IndicatorDefinition.objects.as_of().filter(indicator__in=codes))
    given = given_parts(rows, submission.area_id, submission.round.year)
    return {
        row.indicator_id: ValueShape(row.unit, row.stage_names, given.get(row.indicator_id, NO_PARTS)) for row in rows
    }

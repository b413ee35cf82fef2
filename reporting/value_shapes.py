"""What the values of a sheet's rows are."""

from indicators.models import IndicatorDefinition
from reporting.models import Submission
from reporting.request_bodies import ValueShape


def shapes_of(submission: Submission) -> dict[str, ValueShape]:
    """{indicator: numbers in a unit, or stages by their names}, as the rows are defined now."""
    codes = submission.entries.values("indicator")
    rows = IndicatorDefinition.objects.as_of().filter(indicator__in=codes)
    return {row.indicator_id: ValueShape(row.unit, row.stage_names) for row in rows}

"""What the rows of a sheet are measured in."""

from indicators.models import IndicatorDefinition
from reporting.models import Submission


def units_of(submission: Submission) -> dict[str, str]:
    """{indicator: unit} of a sheet's rows, as they are defined now."""
    codes = submission.entries.values("indicator")
    rows = IndicatorDefinition.objects.as_of().filter(indicator__in=codes)
    return dict(rows.values_list("indicator", "unit"))

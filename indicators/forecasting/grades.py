"""The grade in words of a stored chance, for the database and for one number."""

from django.db.models import Case, CharField, Value, When

from indicators.forecasting.parameters import GRADES

UNKNOWN_GRADE = "unknown"
GRADE_CODES = (*GRADES, UNKNOWN_GRADE)
LIKELY_GRADES = ("very_likely", "likely")
UNLIKELY_GRADES = ("unlikely", "very_unlikely")


def grade_of_one(probability: float | None) -> str:
    """The grade of a chance from 0 to 1; "unknown" for None. `grade_of` says the same of an array."""
    if probability is None:
        return UNKNOWN_GRADE
    return next(name for name, least in GRADES.items() if probability >= least)


def grade_case() -> Case:
    """The grade of `probability` as the database works it out."""
    whens = [When(probability__gte=least, then=Value(name)) for name, least in GRADES.items()]
    return Case(*whens, default=Value(UNKNOWN_GRADE), output_field=CharField())

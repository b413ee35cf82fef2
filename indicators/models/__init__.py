"""The catalogue, the facts beside it (target, standard, official value), and what the kernel made of them.

Facts and definitions are never overwritten: a new version closes the one before it (`superseded_at`), so the
rows in force at any moment t are those with recorded_at ≤ t and (superseded_at is NULL or > t).
"""

from indicators.models.catalogue import Indicator, IndicatorDefinition
from indicators.models.facts import (
    Benchmark,
    ContextFigure,
    Fact,
    KnownShortfall,
    Observation,
    QuarterlyFigure,
    ReportingYear,
    Standard,
    Target,
    TargetRule,
    are_parts_whole,
)
from indicators.models.results import (
    Assessment,
    AssessmentQuerySet,
    ForecastPool,
    RecomputeChunk,
    RecomputeRun,
    RecomputeRunQuerySet,
)
from indicators.models.versions import Versioned, VersionedQuerySet

__all__ = [
    "Assessment",
    "AssessmentQuerySet",
    "Benchmark",
    "ContextFigure",
    "Fact",
    "ForecastPool",
    "Indicator",
    "IndicatorDefinition",
    "KnownShortfall",
    "Observation",
    "QuarterlyFigure",
    "RecomputeChunk",
    "RecomputeRun",
    "RecomputeRunQuerySet",
    "ReportingYear",
    "Standard",
    "Target",
    "TargetRule",
    "Versioned",
    "VersionedQuerySet",
    "are_parts_whole",
]

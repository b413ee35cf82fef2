"""A year's reporting: rounds, each county's submission, each bureau's part, entries, and their history for ever; and
what typed numbers are held against."""

from reporting.models.rules import RULE_CODE, CheckLimit, NumberRule, NumberRuleQuerySet
from reporting.models.sheets import (
    Entry,
    EntryVersion,
    Evidence,
    EvidenceQuerySet,
    Notice,
    NoticeQuerySet,
    Part,
    Responsibility,
    Round,
    Submission,
    SubmissionQuerySet,
    Transition,
)

__all__ = [
    "RULE_CODE",
    "CheckLimit",
    "Entry",
    "EntryVersion",
    "Evidence",
    "EvidenceQuerySet",
    "Notice",
    "NoticeQuerySet",
    "NumberRule",
    "NumberRuleQuerySet",
    "Part",
    "Responsibility",
    "Round",
    "Submission",
    "SubmissionQuerySet",
    "Transition",
]

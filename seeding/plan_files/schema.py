"""The published schema of a plan's file."""

import json
from functools import cache

from django.conf import settings


@cache
def plan_schema() -> dict:
    """`fixtures/plan.schema.json`, read once."""
    return json.loads(settings.PLAN_SCHEMA_FILE.read_text(encoding="utf-8"))

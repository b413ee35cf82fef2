from decimal import Decimal

import pytest

from projects.actions import create_project
from projects.changes.parts import Parts


@pytest.fixture
def make(plan):
    """make(name="…", shares={…}, by=None, …) → a project entered by the action."""

    def made(
        *, shares=None, by=None, schedule=None, contributions=None, amounts=(), state="planned", at=None, **values
    ):
        given = {"name": "某项目", "field_id": "industry", "is_industrial": True, **values}
        parts = Parts(shares or {"330122": Decimal(1)}, schedule, contributions)
        return create_project(values=given, parts=parts, by=by, amounts=amounts, state=state, at=at)

    return made

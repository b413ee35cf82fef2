"""The landed projects in one line, for the overview."""

from datetime import date

from projects.landed_projects import goal_counters


def landed_tile(user, on: date) -> dict | None:
    """`counter`: the first of the plan's promises of landed projects and how far it is kept; `is_demo`. None where the
    plan promises none. One query."""
    counters, is_demo = goal_counters(user, on)
    return {"counter": counters[0], "is_demo": is_demo} if counters else None

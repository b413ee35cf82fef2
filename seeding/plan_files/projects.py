"""The projects that public pages name (`projects` of `fixtures/plan.yaml`), brought in through the register's actions.

A project that is in the register stays as it is. None counts as landed: no public page says so in the plan's sense,
and whether a project stands on the plan's own list is not known."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from projects.actions import create_project
from projects.changes.parts import Amount, Parts
from projects.models import Project, ProjectAmount

STAGES = {label: value for value, label in ProjectAmount.Stage.choices}
INFERRED = "各地区分摊比例未公开，按均摊推定。"
INFERRED_BEFORE = "各县（市）分摊比例未公开，按均摊推定。"  # in registers that an earlier release loaded


def load_projects(rows: Sequence[dict], *, at: datetime) -> int:
    """Enter those that the register does not know by their code; their number."""
    known = set(Project.objects.values_list("code", flat=True))
    fresh = [row for row in rows if row["code"] not in known]
    for row in fresh:
        _load(row, at)
    return len(fresh)


def _load(row: dict, at: datetime) -> None:
    amounts = [
        Amount(STAGES[amount["stage"]], Decimal(str(amount["value"])), str(amount.get("date", "")), row["source"])
        for amount in row.get("amounts", [])
    ]
    create_project(
        code=row["code"],
        origin=Project.Origin.PUBLIC,
        state=_state(row),
        values=_values(row),
        parts=_parts(row["areas"]),
        amounts=amounts,
        by=None,
        at=at,
    )


def _values(row: dict) -> dict:
    note = row.get("note", "")
    return {
        "name": row["name"],
        "field_id": row["field"],
        "is_industrial": row.get("industrial", False),
        "starts": str(row.get("started", "")),
        "ends": str(row.get("expected", "")),
        "completed": str(row.get("completed", "")),
        "source": row["source"],
        "note": "；".join(filter(None, [note, INFERRED if len(row["areas"]) > 1 else ""])),
    }


def _state(row: dict) -> str:
    if row.get("completed"):
        return Project.State.COMPLETED
    return Project.State.STARTED if row.get("started") else Project.State.PLANNED


def _parts(areas: list[str]) -> Parts:
    """Equal shares, the last one taking what rounding leaves."""
    each = (Decimal(1) / len(areas)).quantize(Decimal("0.000001"))
    shares = dict.fromkeys(areas, each)
    shares[areas[-1]] = 1 - each * (len(areas) - 1)
    return Parts(shares=shares, are_shares_inferred=len(areas) > 1)

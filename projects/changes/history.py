"""What the history of a project keeps: both sides of a change, in words."""

from collections.abc import Mapping
from decimal import Decimal

from lib.numbers import digits
from projects.models import Project, ProjectAmount

COLUMNS = (
    "name",
    "field_id",
    "chapter_id",
    "organisation_id",
    "is_industrial",
    "starts",
    "ends",
    "completed",
    "landed_on",
    "landing_basis",
    "landing_words",
    "source",
    "note",
)


def snapshot(project: Project) -> dict[str, str]:
    """All that `edit_project` and `change_state` may change, as texts."""
    columns = {name.removesuffix("_id"): text_of(getattr(project, name)) for name in (*COLUMNS, "state")}
    shares = project.shares.order_by("area").values_list("area", "share")
    schedule = project.schedule.values_list("year", "planned_yi")
    contributions = project.contributions.values_list("indicator__code", "area", "year", "value")
    return columns | {
        "main_area": project.main_area_id,
        "shares": "；".join(f"{area} {text_of(share)}" for area, share in shares),
        "schedule": "；".join(f"{year}年 {text_of(planned)}" for year, planned in schedule),
        "contributions": "；".join(f"{i}/{a}/{y} {text_of(value)}" for i, a, y, value in contributions),
    }


def area_codes(project: Project) -> list[str]:
    return list(project.shares.values_list("area", flat=True))


def differing(before: dict, after: dict) -> tuple[dict, dict]:
    names = [name for name in after if before[name] != after[name]]
    return {name: before[name] for name in names}, {name: after[name] for name in names}


def amount_words(row: ProjectAmount) -> dict[str, str]:
    return {"stage": row.stage, "amount_yi": text_of(row.amount_yi), "dated": row.dated, "source": row.source}


def texts(side: Mapping | None, more: Mapping[str, str]) -> dict[str, str] | None:
    """One side of a change for the log, its values as texts; None where there was none."""
    if side is None:
        return None
    return {**more, **{name: text_of(value) for name, value in side.items()}}


def text_of(value: object) -> str:
    """A number without trailing zeros, so that 1.50 and 1.5 do not look like a change."""
    if isinstance(value, Decimal):
        return digits(value)
    return "" if value is None else str(value)

"""The demonstration's tasks and meetings, through the actions that people use."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import yaml

from accounts.models import Organisation, User
from areas.models import Area
from plan import work
from plan.models import Chapter, Decision, WorkItem

SHANGHAI = ZoneInfo("Asia/Shanghai")


def load_work(file: Path, *, today: date) -> None:
    """Everything up to the pretended today; nothing where any task stands already."""
    if WorkItem.objects.exists():
        return
    data = yaml.safe_load(file.read_text(encoding="utf-8"))
    for row in data["meetings"]:
        if row["held_on"] <= today:
            work.record_meeting(**row, by=None, is_demo=True)
    units = {unit.code: unit for unit in Organisation.objects.all()}
    speakers = {user.organisation_id: user for user in User.objects.filter(is_demo=True, role__in=work_roles())}
    for row in data["tasks"]:
        _assign(row, units, speakers, today)


def work_roles() -> list[str]:
    return [User.Role.COUNTY, User.Role.BUREAU, User.Role.MUNICIPAL]


def _assign(row: Mapping, units: Mapping, speakers: Mapping, today: date) -> None:
    unit = units[row["unit"]]
    task = work.Task(
        title=row["title"],
        chapter=Chapter.objects.get(number=row["chapter"]),
        area=Area.objects.get(code=row["area"]) if row["area"] else None,
        responsible=unit,
        due_on=row.get("due_on") or today + timedelta(days=row["due_in"]),
        decision=_decision(row.get("decision")),
    )
    item = work.assign_work(task=task, by=None, is_demo=True)
    for day, words, percent, state in row.get("said", []):
        if day <= today and unit.pk in speakers:
            at = datetime.combine(day, time(15), SHANGHAI).astimezone(UTC)
            by = speakers[unit.pk]
            work.state_progress(item=item, words=f"演示：{words}", percent_done=percent, new_state=state, by=by, at=at)


def _decision(key) -> Decision | None:
    return Decision.objects.filter(meeting__held_on=key[0], number=key[1]).first() if key else None

"""The demonstration's tasks, meetings and statements, through the actions that people use."""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import yaml

from accounts.models import Organisation, User
from areas.models import Area
from commitments.actions import state_commitment
from commitments.models import Commitment, CommitmentStatement
from lib.days import SHANGHAI
from plan import work
from plan.models import Chapter, Decision, WorkItem


def load_work(file: Path, *, today: date, by_days: timedelta = timedelta(0), by_years: int = 0) -> None:
    """Everything up to the pretended today; nothing where any task stands already. The days of the file are moved by
    `by_days`, the years that its words name by `by_years`."""
    if WorkItem.objects.exists():
        return
    data = _moved(yaml.safe_load(file.read_text(encoding="utf-8")), by_days, by_years)
    for row in data["meetings"]:
        if row["held_on"] <= today:
            work.record_meeting(**row, by=None, is_demo=True)
    units = {unit.code: unit for unit in Organisation.objects.all()}
    speakers = {user.organisation_id: user for user in User.objects.filter(is_demo=True, role__in=work_roles())}
    for row in data["tasks"]:
        _assign(row, units, speakers, today)


STATEMENTS = (
    ("C13", "330122", "on_track", "行政村5G基本覆盖，IPv6改造完成七成。"),
    ("C13", "330127", "behind", "库区部分村尚未连片覆盖，列入2026年计划。"),
    ("C13", "330182", "on_track", "乡镇以上区域已连片覆盖。"),
    ("C14", "330122", "on_track", "县人民医院提标改造完成主体工程。"),
    ("C14", "330127", "on_track", "创建方案已报省卫健委。"),
    ("C15", "330182", "fulfilled", "参保率保持在99%以上。"),
)


def load_statements(*, today: date) -> None:
    """What the counties' offices said of the promises in words, a month before; nothing where anything was said."""
    offices = {user.own_area_code: user for user in User.objects.filter(is_demo=True, role=User.Role.COUNTY)}
    if CommitmentStatement.objects.exists():
        return
    at = datetime.combine(today - timedelta(days=30), time(15), SHANGHAI).astimezone(UTC)
    for code, area, standing, words in STATEMENTS:
        if area in offices:
            state_commitment(
                commitment=Commitment.objects.get(code=code),
                area=Area.objects.get(code=area),
                standing=standing,
                words=f"演示：{words}",
                by=offices[area],
                is_demo=True,
                at=at,
            )


def work_roles() -> list[str]:
    return [User.Role.COUNTY, User.Role.BUREAU, User.Role.MUNICIPAL]


def _moved(found, by_days: timedelta, by_years: int):
    """The same with other days and years."""
    if isinstance(found, dict):
        return {key: _moved(value, by_days, by_years) for key, value in found.items()}
    if isinstance(found, list):
        return [_moved(value, by_days, by_years) for value in found]
    if isinstance(found, date):
        return found + by_days
    if isinstance(found, str):
        return re.sub(r"20\d\d(?=年)", lambda year: str(int(year.group()) + by_years), found)
    return found


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

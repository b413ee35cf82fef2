"""What does not fit together in a project's states and days. Pure: nothing is refused for it, it is told and asked."""

from datetime import date

from django.utils.translation import gettext as _

from lib.partial_dates import first_day, last_day
from projects.models import Project

State = Project.State
BEGUN = (State.STARTED, State.COMPLETED)


def doubts(project: Project, today: date) -> list[str]:
    """In words, each with the two things that do not fit; days as far as they are known."""
    return [*_state(project, today), *_days(project, today)]


def _state(project: Project, today: date) -> list[str]:
    state, label = project.state, State(project.state).label
    starts, completed = first_day(project.starts), first_day(project.completed)
    found = []
    if state == State.PLANNED and project.landed_on:
        words = _("{day} 已认定落地，项目状态仍是“{state}”")
        found.append(words.format(day=project.landed_on, state=label))
    latest = last_day(project.starts)
    if state == State.PLANNED and latest and latest < today:
        found.append(_("开工日期 {day} 已过，项目状态仍是“{state}”").format(day=project.starts, state=label))
    if state in BEGUN and starts and starts > today:
        found.append(_("开工日期 {day} 还没有到，项目状态已是“{state}”").format(day=project.starts, state=label))
    if completed and state in (State.PLANNED, State.STARTED):
        found.append(_("已填实际完工 {day}，项目状态仍是“{state}”").format(day=project.completed, state=label))
    return found


def _days(project: Project, today: date) -> list[str]:
    completed, starts = last_day(project.completed), first_day(project.starts)
    earliest, found = first_day(project.completed), []
    if earliest and earliest > today:
        found.append(_("实际完工 {day} 还没有到").format(day=project.completed))
    if completed and starts and completed < starts:
        found.append(_("实际完工 {day} 早于开工 {starts}").format(day=project.completed, starts=project.starts))
    return found

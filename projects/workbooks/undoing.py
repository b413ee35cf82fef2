"""Undoing an upload of the register: what it changed is said again as it was before, by the actions that say anything.

A project that somebody has changed since stays whole. One that the upload entered becomes cancelled, since nothing is
deleted; an amount that it entered cannot be taken back, since an amount is what somebody said, and is corrected."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from lib.refusals import Invalid, Refused
from lib.tabular.cells import Cell, Row
from lib.tabular.table_reading import Placed, Record
from projects.actions import change_state, record_amount
from projects.changes.parts import Amount, Progress
from projects.changes.progress import report_progress
from projects.models import Project, ProjectAmount
from projects.workbooks.export import register_rows
from projects.workbooks.upload import RegisterRows
from projects.workbooks.workbook import PROJECTS, RegisterReading
from uploads.doors import UndoneLine


def undo_register(recorded: Mapping[str, Any], *, by: User, reason: str) -> list[UndoneLine]:
    """Every step of an upload, the last first; each line says what stands, what stood before, and why it stays."""
    steps: Sequence[dict] = recorded.get("steps", [])
    versions: Mapping[str, int] = recorded.get("versions", {})
    found = Project.objects.filter(pk__in={step["project"] for step in steps}).select_for_update(of=("self",))
    projects = {project.pk: project for project in found}
    changed = {pk: project for pk, project in projects.items() if project.version != versions.get(project.code)}
    created = {step["project"] for step in steps if step["step"] == "create"}
    lines = []
    for step in reversed(steps):
        project = projects.get(step["project"])
        if step["project"] in created and step["step"] != "create":
            continue  # goes with its project
        if project is None:
            lines.append(_line(step, "", str(_("项目已不在登记簿里"))))
        elif project.pk in changed:
            lines.append(_line(step, "", _changed_words(project)))
        else:
            lines.append(_undone(step, project, by, reason))
    return lines


def _undone(step: dict, project: Project, by: User, reason: str) -> UndoneLine:
    try:
        with transaction.atomic():
            return _line(step, UNDO[step["step"]](step, project, by, reason))
    except Refused as refusal:
        return _line(step, "", refusal.words)


def _line(step: dict, back: str, hindrance: str = "") -> UndoneLine:
    labels = {"create": _("登记"), "edit": _("修改"), "amount": _("投资额"), "progress": _("季度进展")}
    now = f"{step['year']}年第{step['quarter']}季度" if step["step"] == "progress" else ""
    return UndoneLine(f"{step['code']} {step['name']} {labels[step['step']]}", now, back, hindrance)


def _changed_words(project: Project) -> str:
    last = project.events.last()
    who = last.by_name if last else _("别人")
    return str(_("{who}之后改过这个项目，保留现在的").format(who=who))


def _cancel(_step: dict, project: Project, by: User, reason: str) -> str:
    if not change_state(project=project, state=Project.State.CANCELLED, reason=reason, by=by):
        raise Invalid(_("项目已是取消"))
    return str(_("状态改为“取消”，项目留在登记簿里"))


def _edit_back(step: dict, project: Project, by: User, reason: str) -> str:
    rows = RegisterRows(RegisterReading(), by)
    rows.projects = {project.code: project}
    rows.now = register_rows([project])
    said = {"code": project.code, "reason": reason, **step["was"]}
    cells = {name: Placed(Cell(text), "", "") for name, text in said.items()}
    rows.take_project(Record(PROJECTS.name, Row(1, []), cells))
    titles = {column.name: column.title for column in PROJECTS.columns}
    return "；".join(f"{titles[name]} {text or _('（空）')}" for name, text in step["was"].items())


def _amount_back(step: dict, project: Project, by: User, reason: str) -> str:
    was = step["was"]
    if was is None:
        raise Invalid(_("登记的投资额不能撤下，只能更正；请在项目页更正"))
    amount = Amount(was["stage"], Decimal(was["amount_yi"]), was["dated"], was["source"])
    row = ProjectAmount.objects.get(pk=step["row"])
    record_amount(project=project, amount=amount, corrects=row, reason=reason, by=by)
    return f"{was['amount_yi']} 亿元"


def _progress_back(step: dict, project: Project, by: User, _reason: str) -> str:
    was = step["was"]
    completed = Decimal(was["completed_yi"]) if was["completed_yi"] else None
    texts = {name: was[name] for name in ("image", "problem", "next_step")}
    report_progress(project=project, progress=Progress(step["year"], step["quarter"], completed, **texts), by=by)
    return f"{was['completed_yi']} 亿元" if was["completed_yi"] else str(_("（没有填报）"))


UNDO = {"create": _cancel, "edit": _edit_back, "amount": _amount_back, "progress": _progress_back}

"""The register as rows of its workbook, and the words of that workbook for codes and keys of the database."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from itertools import chain
from operator import attrgetter

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from accounts.models import User
from lib.numbers import digits
from lib.refusals import Invalid
from plan.models import Chapter, Field
from projects.actions import organisations_for
from projects.models import ProgressReport, Project, ProjectAmount
from projects.workbooks.workbook import AMOUNTS, PROGRESS, PROJECTS, write_register

MOST_PROJECTS = 1_000
YES = "是"
NO = "否"
SHOWN_AS_THEY_ARE = ("code", "version", "name", "starts", "ends", "completed", "landing_words", "source", "note")


@dataclass(frozen=True)
class RegisterWords:
    """The words of a workbook for codes and keys of the database, as this user may choose them."""

    user: User

    @cached_property
    def lists(self) -> dict[str, dict]:
        """{column: {word: value of the form}}."""
        units = {unit.name: str(unit.pk) for unit in organisations_for(self.user)}
        return {
            "field_id": {name: code for code, name in Field.objects.values_list("code", "name")},
            "chapter_id": {str(chapter): str(chapter.pk) for chapter in Chapter.objects.all()},
            "organisation_id": units,
            "is_industrial": {YES: "on", NO: ""},
            "state": {str(label): value for value, label in Project.State.choices},
            "landing_basis": {str(label): value for value, label in Project.LandingBasis.choices},
            "stage": {str(label): value for value, label in ProjectAmount.Stage.choices},
            "quarter": {str(n): str(n) for n in range(1, 5)},
        }

    def value(self, name: str, text: str) -> str:
        """What the form wants for a word; `Invalid` lists the words there are."""
        known = self.lists.get(name)
        if known is None or not text:
            return text
        if text not in known:
            some = "、".join(list(known)[:12])
            raise Invalid(_("没有“{text}”；可选：{some}。").format(text=text[:40], some=some))
        return known[text]


def write_projects(rows: QuerySet[Project], user: User) -> bytes:
    """Those of the projects that the user may edit, open to be changed; `Invalid` beyond MOST_PROJECTS."""
    found = list(loaded(rows.filter(pk__in=Project.objects.editable_by(user).values("pk")))[: MOST_PROJECTS + 1])
    if len(found) > MOST_PROJECTS:
        raise Invalid(_("超过 {n} 个项目，请先筛选，再下载。").format(n=MOST_PROJECTS))
    choices = {name: list(words) for name, words in RegisterWords(user).lists.items()}
    return write_register(register_rows(found), choices)


def register_rows(projects: Iterable[Project]) -> dict[str, list[dict]]:
    """The rows of each table as they stand in the database."""
    projects = list(projects)
    return {
        PROJECTS.name: [_project_row(project) for project in projects],
        AMOUNTS.name: list(chain.from_iterable(map(_amount_rows, projects))),
        PROGRESS.name: list(chain.from_iterable(map(_progress_rows, projects))),
    }


def loaded(rows: QuerySet[Project]) -> QuerySet[Project]:
    rows = rows.select_related("field", "chapter", "organisation")
    return rows.prefetch_related("shares__area", "schedule", "contributions__area", "amounts", "progress")


def _project_row(project: Project) -> dict:
    shares = [f"{row.area.name} {number_text(100 * row.share)}" for row in project.shares.all()]
    schedule = [f"{row.year} {number_text(row.planned_yi)}" for row in project.schedule.all()]
    served = []
    for row in sorted(project.contributions.all(), key=attrgetter("indicator_id", "area_id", "year")):
        served.append(f"{row.indicator_id} {row.area.name} {row.year} {number_text(row.value)}")
    return {
        **{name: getattr(project, name) for name in SHOWN_AS_THEY_ARE},
        "shares": "；".join(shares),
        "field_id": project.field.name,
        "chapter_id": str(project.chapter or ""),
        "organisation_id": project.organisation.name if project.organisation else "",
        "is_industrial": YES if project.is_industrial else NO,
        "state": str(project.get_state_display()),
        "landed_on": f"{project.landed_on:%Y-%m-%d}" if project.landed_on else "",
        "landing_basis": str(project.get_landing_basis_display()),
        "schedule": "；".join(schedule),
        "contributions": "；".join(served),
    }


def _amount_rows(project: Project) -> list[dict]:
    rows = list(project.amounts.all())
    corrected = {row.corrects_id for row in rows}
    standing = [row for row in rows if row.pk not in corrected]
    return [{"code": project.code, "project": project.name, **_amount_row(row)} for row in standing]


def _amount_row(row: ProjectAmount) -> dict:
    return {
        "id": row.pk,
        "stage": str(row.get_stage_display()),
        "amount_yi": Decimal(number_text(row.amount_yi)),
        "dated": row.dated,
        "source": row.source,
    }


def _progress_rows(project: Project) -> list[dict]:
    current = [row for row in project.progress.all() if row.is_current]
    return [{"code": project.code, "project": project.name, **_progress_row(row)} for row in current]


def _progress_row(row: ProgressReport) -> dict:
    completed = None
    if row.completed_yi is not None:
        completed = Decimal(number_text(row.completed_yi))
    names = ("version", "year", "quarter", "image", "problem", "next_step")
    return {**{name: getattr(row, name) for name in names}, "completed_yi": completed}


def number_text(value) -> str:
    """A number as the reader of files gives it: no separators, no idle zeros."""
    return digits(value) if isinstance(value, Decimal) else str(value)

"""Writes of the plan's text."""

from collections.abc import Sequence
from dataclasses import dataclass, fields

from django.db import transaction

from accounts.models import Organisation
from areas.models import Area
from plan.models import Chapter, Cite, Field, GovernanceBody, Milestone, Plan, PolicyDocument


@transaction.atomic
def record_documents(rows: Sequence[dict]) -> None:
    """Documents, each a mapping of the columns of `PolicyDocument`; known codes are left as they are."""
    for position, row in enumerate(rows):
        PolicyDocument.objects.get_or_create(code=row["code"], defaults={**row, "position": position})


@transaction.atomic
def record_plan_text(
    *, chapters: Sequence[dict], fields: Sequence[dict], milestones: Sequence[dict], bodies: Sequence[dict]
) -> None:
    """Chapters, fields, milestones and bodies; what is there already is left as it is."""
    for row in chapters:
        Chapter.objects.get_or_create(number=row["number"], defaults=row)
    for position, row in enumerate(fields):
        Field.objects.get_or_create(code=row["code"], defaults={**row, "position": position})
    for row in milestones:
        Milestone.objects.get_or_create(year=row["year"], defaults=row)
    for position, row in enumerate(bodies):
        GovernanceBody.objects.get_or_create(name=row["name"], defaults={**row, "position": position})


@dataclass(frozen=True)
class PlanTerms:
    """What a plan file says of the plan itself, by the columns of `Plan`."""

    document: PolicyDocument
    area: Area
    owner: Organisation
    finance: Organisation | None
    baseline_year: int
    final_year: int
    whole: str
    whole_en: str = ""
    reporting_day: str = Plan.REPORTING_DAY


@transaction.atomic
def set_plan(terms: PlanTerms) -> bool:
    """The plan this installation monitors; True where it was there already and its years or its reporting day moved."""
    values = {field.name: getattr(terms, field.name) for field in fields(terms)}
    plan = Plan.objects.first()
    if plan is None:
        Plan.objects.create(**values)
        return False
    before = plan.calendar
    for name, value in values.items():
        setattr(plan, name, value)
    plan.save()
    return plan.calendar != before


@transaction.atomic
def find_or_record_document(*, title: str, issuer: str = "", issued: str = "") -> PolicyDocument:
    """The document of that title; a new one, official and municipal, where there is none."""
    known = PolicyDocument.objects.filter(title=title).first()
    if known is not None:
        return known
    number = PolicyDocument.objects.count() + 1
    while PolicyDocument.objects.filter(code=f"DOC-{number}").exists():
        number += 1
    return PolicyDocument.objects.create(
        code=f"DOC-{number}",
        title=title,
        issuer=issuer,
        issued=issued,
        cite=Cite.OFFICIAL,
        date_cite=Cite.OFFICIAL,
        level=PolicyDocument.Level.MUNICIPAL,
        position=number,
    )

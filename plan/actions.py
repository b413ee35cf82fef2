"""Writes of the plan's text."""

from collections.abc import Sequence

from django.db import transaction

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


@transaction.atomic
def set_plan(*, document: PolicyDocument, area: Area, baseline_year: int, final_year: int) -> Plan:
    """The plan this installation monitors. Set once; a later call leaves it as it is."""
    plan = Plan.objects.first()
    return plan or Plan.objects.create(document=document, area=area, baseline_year=baseline_year, final_year=final_year)


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

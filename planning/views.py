"""The plan as a text, beside what became of it."""

from collections import defaultdict
from dataclasses import dataclass

from django.shortcuts import render

from figures.asked import Asked
from figures.cells import JudgedCell
from figures.picture import Picture
from indicators.models import IndicatorDefinition, KnownShortfall
from plan.models import Chapter, Field, GovernanceBody, Milestone, PolicyDocument


@dataclass
class PlanRow:
    """An indicator with its cells of the page's year, one for each county, None where there is none."""

    definition: IndicatorDefinition
    cells: list[JudgedCell | None]


def plan(request):
    """Nine chapters with their indicators, the four fields, documents, milestones, bodies, known shortfalls."""
    picture = Picture(Asked.from_request(request), request.user, is_bounded=True)
    rows: dict[str, PlanRow] = {}
    by_chapter, by_field = defaultdict(list), defaultdict(list)
    for definition in picture.definitions:
        row = _row(picture, definition)
        rows[definition.indicator_id] = row
        by_chapter[definition.chapter_id].append(row)
        by_field[definition.field_id].append(row)
    context = {
        "picture": picture,
        "documents": PolicyDocument.objects.all(),
        "chapters": [(chapter, by_chapter[chapter.number]) for chapter in Chapter.objects.all()],
        "fields": [(field, by_field[field.code]) for field in Field.objects.all()],
        "milestones": Milestone.objects.all(),
        "bodies": GovernanceBody.objects.all(),
        "shortfalls": _shortfalls(picture, rows),
        "provisional": sum(row.definition.is_provisional for row in rows.values()),
        "total": len(rows),
    }
    return render(request, "planning/plan.html", context)


def _shortfalls(picture: Picture, rows: dict[str, PlanRow]) -> list[tuple[KnownShortfall, PlanRow]]:
    """Each with the cells of the year that the plan names, else of the page's year."""
    found = []
    for known in KnownShortfall.objects.filter(indicator__in=rows):
        definition = rows[known.indicator_id].definition
        found.append((known, _row(picture, definition, known.year)))
    return found


def _row(picture: Picture, definition: IndicatorDefinition, year: int | None = None) -> PlanRow:
    return PlanRow(definition, [picture.cell(area, definition, year) for area in picture.judged])

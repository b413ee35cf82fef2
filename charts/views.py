"""Pages of the map and of free comparison; the pictures that leave are in `charts/picture_views.py`."""

from django.shortcuts import render
from django.views.decorators.http import require_safe

from charts.maps import MEASURES, AreaMap
from figures.asked import Asked
from figures.picture import Picture
from figures.words.page_marks import page_marks
from projects.models import Project


@require_safe
def area_map(request):
    """A row of the plan on the map: the asked year large, the others small, the numbers below."""
    picture = Picture(Asked.from_request(request), request.user)
    shown = AreaMap.asked(picture, request.GET)
    cells = []
    for each in shown.years:
        cells += [mark.cell for mark in each.told if mark.cell]
    context = {
        "picture": picture,
        "map": shown,
        "measures": MEASURES,
        "states": Project.State.choices,
        "indicators": {row.indicator_id: row.shown_name for row in picture.definitions},
        "marks": page_marks(picture, cells),
        "rows": _rows(shown),
    }
    return render(request, "charts/map.html", context)


def _rows(shown: AreaMap) -> list[tuple]:
    """(area, its mark of each year, its projects by state)."""
    projects = {}
    if shown.with_projects:
        projects = {each.area.code: each for each in shown.projects}
    rows = []
    for at, area in enumerate(shown.picture.judged):
        marks = [each.told[at] for each in shown.years]  # told in the order of the judged areas
        rows.append((area, marks, projects.get(area.code)))
    return rows

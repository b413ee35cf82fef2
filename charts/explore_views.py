"""The page of free comparison and its table as a file."""

from django.shortcuts import render
from django.views.decorators.http import require_safe

from charts.explore import FORMS, HEADER, Choice, sheet_rows
from charts.explore_figures import figures_of
from figures import tables
from figures.asked import Asked
from figures.picture import Picture
from figures.words.page_marks import page_marks
from lib.tabular.exports import table_response


@require_safe
def explore(request):
    """Rows, counties and years of one's own choice, drawn in one of several forms; the numbers below."""
    picture = Picture(Asked.from_request(request), request.user)
    choice = Choice.asked(picture, request.GET)
    context = {
        "picture": picture,
        "choice": choice,
        "forms": FORMS,
        "figures": figures_of(choice),
        "rows": sheet_rows(choice),
        "marks": page_marks(picture, list(choice.cells())),
        "years": {str(year): str(year) for year in picture.years},
        "file_tail": f"?{request.GET.urlencode()}" if request.GET else "",
    }
    return render(request, "charts/explore.html", context)


@require_safe
def explore_file(request, kind):
    picture = Picture(Asked.from_request(request), request.user)
    choice = Choice.asked(picture, request.GET)
    return table_response(kind, "explore", HEADER, choice.lines(), notes=tables.notes(picture))

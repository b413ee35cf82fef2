"""Charts and maps as files under stable addresses: SVG, PNG, and their numbers as csv and xlsx."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from charts import drawings
from charts.building import BUILDERS
from figures import tables
from lib.tabular.exports import table_response

CONTENT_TYPES = {"svg": "image/svg+xml", "png": "image/png"}


@require_safe
def chart_file(request: HttpRequest, name: str, kind: str, **place: str) -> HttpResponse:
    """`name` of BUILDERS; `place`: the codes in the address."""
    chart = BUILDERS[name](request.GET, request.user, **place)
    if kind in CONTENT_TYPES:
        content = drawings.drawn(chart.draw, chart.frame(request.build_absolute_uri(chart.page)), kind)
        response = HttpResponse(content, content_type=CONTENT_TYPES[kind])
        response["Content-Disposition"] = f'attachment; filename="{chart.name}.{kind}"'
        return response
    return table_response(kind, chart.name, chart.header, chart.rows, notes=tables.notes(chart.picture))

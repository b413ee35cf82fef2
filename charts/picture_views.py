"""Charts and maps as files under stable addresses: SVG, PNG, and their numbers as csv and xlsx."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from charts import drawings, pictures
from charts.maps import AreaMap
from charts.pictures import Chart
from figures import tables
from figures.picture import Asked, Picture
from lib.tabular.exports import table_response

CONTENT_TYPES = {"svg": "image/svg+xml", "png": "image/png"}


@require_safe
def map_file(request: HttpRequest, indicator: str, kind: str) -> HttpResponse:
    picture = Picture(Asked.from_request(request), request.user)
    given = request.GET.copy()
    given["indicator"] = indicator
    chart = pictures.map_chart(picture, AreaMap.asked(picture, given), f"?{given.urlencode()}")
    return _file(request, chart, kind)


@require_safe
def path_file(request: HttpRequest, area: str, indicator: str, kind: str) -> HttpResponse:
    picture = _picture(request, area_codes=[area], indicator_codes=[indicator], home=area)
    definition = pictures.definition_of(picture, indicator)
    return _file(
        request, pictures.path_chart(picture, pictures.area_of(picture, area), definition, _tail(request)), kind
    )


@require_safe
def gaps_file(request: HttpRequest, area: str, kind: str) -> HttpResponse:
    picture = _picture(request, home=area, is_bounded=True)
    return _file(request, pictures.gaps_chart(picture, pictures.area_of(picture, area), _tail(request)), kind)


@require_safe
def status_file(request: HttpRequest, kind: str) -> HttpResponse:
    return _file(request, pictures.status_chart(_picture(request, is_bounded=True), _tail(request)), kind)


def _picture(request: HttpRequest, **scope: Any) -> Picture:
    return Picture(Asked.from_request(request), request.user, **scope)


def _tail(request: HttpRequest) -> str:
    return f"?{request.GET.urlencode()}" if request.GET else ""


def _file(request: HttpRequest, chart: Chart, kind: str) -> HttpResponse:
    if kind in CONTENT_TYPES:
        content = drawings.drawn(chart.draw, chart.frame(request), kind)
        response = HttpResponse(content, content_type=CONTENT_TYPES[kind])
        response["Content-Disposition"] = f'attachment; filename="{chart.name}.{kind}"'
        return response
    return table_response(kind, chart.name, chart.header, chart.rows, notes=tables.notes(chart.picture))

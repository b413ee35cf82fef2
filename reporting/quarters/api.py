"""Writing the figures of quarters for county systems, in the terms in which the sheet's entries are written."""

from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework.response import Response
from rest_framework.views import APIView

from areas.filters import unknown_area
from areas.models import Area
from indicators.models import IndicatorDefinition
from indicators.years.quarters import period_of
from lib.listapi.lists import BadParameter
from lib.web.etags import tags
from plan.models import Plan
from reporting.quarters.bodies import read_quarter_body
from reporting.quarters.entry import QuarterBox, QuarterLine, quarter_lines
from reporting.quarters.saving import put_quarters, quarter_tag
from reporting.quarters.schema import QUARTERS_SCHEMA
from reporting.writing_api.bodies import ValueShape


class QuartersView(APIView):
    """GET: a county's year by quarter, with an ETag that every save changes.

    PUT `{"dry_run": false, "quarters": [{"indicator", "period", "value", "version"}]}`: all or none, `If-Match` as with
    entries. `value` null withdraws what stands. Who may write which rows is what the page says."""

    scope = "write:entries"
    schema = QUARTERS_SCHEMA

    def get(self, request, area, year):
        place = _place(request.user, area, year)
        if request.query_params:
            raise BadParameter(next(iter(request.query_params))[:60], _("这个地址不带参数。"))
        tag = quarter_tag(area, year)
        is_system = getattr(request._request, "access_token", None) is not None
        headers = {"ETag": tag, "Cache-Control": "private, no-cache" if is_system else "private, no-store"}
        told = {"area": place.code, "year": year, "quarters": _rows(request.user, area, year)}
        return Response(told, headers=headers)

    def put(self, request, area, year):
        place = _place(request.user, area, year)
        rows = IndicatorDefinition.objects.as_of()
        shapes = {row.indicator_id: ValueShape(row.unit, tuple(row.stage_names)) for row in rows}
        body = read_quarter_body(request.data, request.query_params, shapes, year)
        seen = tags(request.headers.get("If-Match"))
        changed = put_quarters(place, year, body, by=request.user, seen=seen)
        told = [{"indicator": key[1], "period": period_of(*key[2:])} for key in changed]
        answer = {"changed": told, "etag": quarter_tag(area, year), "quarters": _rows(request.user, area, year)}
        return Response(answer)


def _place(user, area: str, year: int) -> Area:
    """The county, where the user may see its quarters and the year is one of the plan's that has begun."""
    if words := unknown_area(area):
        raise Http404(words)
    if not user.sees_all_counties and user.own_area_code != area:
        raise Http404(_("没有 {area} {year} 年的季度数，或者它不在您的权限范围内。").format(area=area, year=year))
    plan = Plan.objects.first()
    if plan is None or not plan.baseline_year < year <= min(plan.final_year, timezone.localdate().year):
        raise Http404(_("没有{year}年的季度数。").format(year=str(year)[:8]))
    place = Area.objects.counties().filter(code=area).first()
    if place is None:
        raise Http404(_("{area} 不按季填报：季度数是各地区的。").format(area=area))
    return place


def _rows(user, area: str, year: int) -> list[dict]:
    lines = quarter_lines(area, year, user, timezone.localdate())
    return [_row(line, box, year) for line in lines for box in line.boxes]


def _row(line: QuarterLine, box: QuarterBox, year: int) -> dict:
    figure = box.figure
    return {
        "indicator": line.definition.indicator_id,
        "period": period_of(year, box.quarter),
        "value": float(figure.value) if figure else None,
        "source": figure.source if figure else None,
        "version": figure.version if figure else 0,
        "is_open": box.is_open,
        "is_demo": bool(figure and figure.is_demo),
    }

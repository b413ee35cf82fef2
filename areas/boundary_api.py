"""The outline of an area as GeoJSON (RFC 7946), as it stands in the city's boundary file."""

import json
from functools import lru_cache
from pathlib import Path

import orjson
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from areas.filters import AREA_PATH
from areas.models import Area
from lib.listapi.lists import require_known
from lib.listapi.openapi import Described, operation, problems
from lib.listapi.views import PlainView, accepted

GEO_JSON = "application/geo+json"
FEATURE = {
    "type": "object",
    "required": ["type", "id", "properties", "geometry"],
    "properties": {
        "type": {"type": "string", "const": "Feature"},
        "id": {"type": "string", "description": "区划代码"},
        "properties": {"type": "object"},
        "geometry": {"type": "object", "description": "Polygon 或 MultiPolygon，经度在前"},
    },
}


@lru_cache(maxsize=4)
def outlines(file: Path) -> dict[str, dict]:
    """The geometry of each area of a GeoJSON file, by code."""
    features = json.loads(Path(file).read_text(encoding="utf-8"))["features"]
    return {feature["properties"]["code"]: feature["geometry"] for feature in features}


class BoundaryView(PlainView):
    schema = Described(
        {
            "GET": operation(
                "areas_boundary_retrieve",
                "一个区划的边界",
                "GeoJSON。坐标照本市的边界文件；文件里没有的区划答 404。",
                "基础数据",
                parameters=[AREA_PATH],
                responses={
                    "200": {"description": "边界", "content": {GEO_JSON: {"schema": FEATURE}}},
                    **problems(400, 404, 406),
                },
            )
        }
    )

    def get(self, request: HttpRequest, area: str) -> HttpResponse:
        require_known(request.GET, ())
        accepted(request, {"geojson": GEO_JSON, "json": "application/json"})
        found = Area.objects.visible_to(request.user).filter(code=area).first()
        geometry = outlines(settings.BOUNDARIES_FILE).get(area) if found else None
        if found is None or geometry is None:
            raise Http404(_("没有代码为 {code} 的区划，或者边界文件里没有它。").format(code=area[:12]))
        names = {"code": found.code, "name": found.name, "name_en": found.name_en}
        told = {"type": "Feature", "id": found.code, "properties": names, "geometry": geometry}
        response = HttpResponse(orjson.dumps(told), content_type=GEO_JSON)
        response["Cache-Control"] = "private, no-cache"
        return response

"""Boundaries: GeoJSON of the city → drawing paths for a server-side map. No Django, no models."""

import json
import math
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path


@dataclass(frozen=True)
class Shape:
    """One area on the map: an SVG path and the point for its label, both in view-box units."""

    code: str
    name: str
    path: str
    x: float
    y: float


@lru_cache(maxsize=4)
def shapes(file: Path, *, width: int = 420) -> tuple[tuple[Shape, ...], int]:
    """All shapes of a GeoJSON file (WGS 84 or GCJ-02 degrees), and the height of the view box.

    Plate carrée about the middle latitude, which is true to shape at a city's size.
    A feature carries `properties.code` (GB/T 2260) and `properties.name`.
    """
    features = json.loads(Path(file).read_text(encoding="utf-8"))["features"]
    rings = {f["properties"]["code"]: _rings(f["geometry"]) for f in features}
    points = [p for parts in rings.values() for ring in parts for p in ring]
    west, east = min(p[0] for p in points), max(p[0] for p in points)
    south, north = min(p[1] for p in points), max(p[1] for p in points)
    scale = width / ((east - west) * math.cos(math.radians((south + north) / 2)))

    def place(point):
        x = (point[0] - west) * scale * math.cos(math.radians((south + north) / 2))
        return round(x, 1), round((north - point[1]) * scale, 1)

    drawn = []
    for feature in features:
        properties = feature["properties"]
        placed = [[place(p) for p in ring] for ring in rings[properties["code"]]]
        x, y = _centroid(max(placed, key=lambda ring: abs(_doubled_area(ring))))
        drawn.append(Shape(properties["code"], properties["name"], "".join(map(_path, placed)), x, y))
    return tuple(drawn), math.ceil((north - south) * scale)


def _rings(geometry):
    polygons = [geometry["coordinates"]] if geometry["type"] == "Polygon" else geometry["coordinates"]
    return [ring for polygon in polygons for ring in polygon]


def _path(ring):
    """Absolute start, then relative lines; steps under 1.5 units are dropped (unseen at this size)."""
    kept = [ring[0]]
    for point in ring[1:]:
        if math.dist(point, kept[-1]) >= 1.5:
            kept.append(point)
    steps = (f"{b[0] - a[0]:.1f} {b[1] - a[1]:.1f}" for a, b in zip(kept, kept[1:], strict=False))
    return f"M{kept[0][0]} {kept[0][1]}l{' '.join(steps)}z"


def _doubled_area(ring):
    return sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(ring, ring[1:] + ring[:1], strict=True))


def _centroid(ring):
    """Centre of gravity of a closed ring."""
    doubled, x, y = 0.0, 0.0, 0.0
    for a, b in zip(ring, ring[1:] + ring[:1], strict=True):
        cross = a[0] * b[1] - b[0] * a[1]
        doubled += cross
        x += (a[0] + b[0]) * cross
        y += (a[1] + b[1]) * cross
    return round(x / (3 * doubled), 1), round(y / (3 * doubled), 1)

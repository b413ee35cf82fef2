"""Boundaries: GeoJSON of the city → drawing paths for a server-side map. No Django, no models."""

import json
import math
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import chain, pairwise, starmap
from pathlib import Path

Place = tuple[float, float]
Ring = tuple[Place, ...]
LABEL_WIDTH, LABEL_ABOVE, LABEL_BELOW = 30, 18, 26  # to either side, above and below the label's point


@dataclass(frozen=True)
class Shape:
    """One area on the map, in view-box units: an SVG path, the point for its label, its rings, the largest first."""

    code: str
    name: str
    path: str
    x: float
    y: float
    rings: tuple[Ring, ...] = field(default=(), repr=False)

    @property
    def ring(self) -> Ring:
        """The largest one."""
        return self.rings[0] if self.rings else ()


@lru_cache(maxsize=4)
def shapes(file: Path, *, width: int = 420) -> tuple[tuple[Shape, ...], int]:
    """All shapes of a GeoJSON file (WGS 84 or GCJ-02 degrees), and the height of the view box.

    Plate carrée about the middle latitude, which is true to shape at a city's size.
    A feature carries `properties.code` (GB/T 2260) and `properties.name`.
    """
    features = json.loads(Path(file).read_text(encoding="utf-8"))["features"]
    rings = {feature["properties"]["code"]: _rings(feature["geometry"]) for feature in features}
    longitudes: list[float] = []
    latitudes: list[float] = []
    for ring in chain.from_iterable(rings.values()):
        for longitude, latitude, *_height in ring:
            longitudes.append(longitude)
            latitudes.append(latitude)
    west, east = min(longitudes), max(longitudes)
    south, north = min(latitudes), max(latitudes)
    scale = width / ((east - west) * math.cos(math.radians((south + north) / 2)))

    def place(longitude, latitude, *_height):
        x = (longitude - west) * scale * math.cos(math.radians((south + north) / 2))
        return round(x, 1), round((north - latitude) * scale, 1)

    drawn = []
    for feature in features:
        properties = feature["properties"]
        placed = [list(starmap(place, ring)) for ring in rings[properties["code"]]]
        path = "".join(map(_path, placed))
        placed.sort(key=lambda ring: abs(_doubled_area(ring)), reverse=True)
        x, y = _centroid(placed[0])
        drawn.append(Shape(properties["code"], properties["name"], path, x, y, tuple(map(tuple, placed))))
    return tuple(drawn), math.ceil((north - south) * scale)


@lru_cache(maxsize=200)
def inner_places(shape: Shape, count: int, *, apart: float = 8.0, least: float = 3.0) -> tuple[Place, ...]:
    """`count` points inside the shape on a grid, the nearest to its label first, none under the label itself; the grid
    gets finer until all have room, down to `least` units, and what has none then is left out."""
    while True:
        inside = [place for place in _grid(shape, apart) if _is_inside(place, shape.ring)]
        found = [place for place in inside if not _is_under(place, shape)]
        if len(found) >= count or apart * 0.85 < least:
            break
        apart *= 0.85
    found.sort(key=lambda place: (math.dist(place, (shape.x, shape.y)), place))
    return tuple(found[:count])


def _grid(shape: Shape, apart: float) -> list[Place]:
    """Points of a triangular grid over the shape's box, half a step away from its edges."""
    if not shape.ring:
        return []
    west, east = min(x for x, _y in shape.ring), max(x for x, _y in shape.ring)
    north, south = min(y for _x, y in shape.ring), max(y for _x, y in shape.ring)
    found = []
    row, y = 0, north + apart / 2
    while y < south:
        x = west + apart / 2 * (1 + row % 2)
        while x < east:
            found.append((round(x, 1), round(y, 1)))
            x += apart
        row, y = row + 1, y + apart * math.sqrt(0.75)
    return found


def _is_inside(place: Place, ring: Ring) -> bool:
    """By the number of edges that a ray to the east crosses: odd inside (even-odd rule)."""
    x, y = place
    inside = False
    for (x1, y1), (x2, y2) in _edges(ring):
        if (y1 > y) != (y2 > y) and x < x1 + (y - y1) * (x2 - x1) / (y2 - y1):
            inside = not inside
    return inside


def _is_under(place: Place, shape: Shape) -> bool:
    """Whether the label, a name and a number below it, would cover the point."""
    x, y = place
    return abs(x - shape.x) < LABEL_WIDTH and -LABEL_ABOVE < y - shape.y < LABEL_BELOW


def _rings(geometry):
    """Of a polygon, or of all of several."""
    if geometry["type"] == "Polygon":
        return list(geometry["coordinates"])
    return list(chain.from_iterable(geometry["coordinates"]))


def _path(ring):
    """Absolute start, then relative lines; steps under 1.5 units are dropped (unseen at this size)."""
    kept = [ring[0]]
    for point in ring[1:]:
        if math.dist(point, kept[-1]) >= 1.5:
            kept.append(point)
    first_x, first_y = kept[0]
    steps = [f"{x2 - x1:.1f} {y2 - y1:.1f}" for (x1, y1), (x2, y2) in pairwise(kept)]
    return f"M{first_x} {first_y}l{' '.join(steps)}z"


def _edges(ring):
    """Each point with the next one; after the last comes the first."""
    return zip(ring, ring[1:] + ring[:1], strict=True)


def _doubled_area(ring):
    return sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in _edges(ring))


def _centroid(ring):
    """Centre of gravity of a closed ring."""
    doubled, x, y = 0.0, 0.0, 0.0
    for (x1, y1), (x2, y2) in _edges(ring):
        cross = x1 * y2 - x2 * y1
        doubled += cross
        x += (x1 + x2) * cross
        y += (y1 + y2) * cross
    return round(x / (3 * doubled), 1), round(y / (3 * doubled), 1)

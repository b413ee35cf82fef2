"""A chart as it leaves the site: the drawing of the printed reports in a frame that says what it is, of when, from
where, how official, and at what address. Only numbers and texts come in; no database.

matplotlib keeps its fonts and settings in one place for the whole process and promises nothing to threads: one drawing
is made at a time."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any
from unicodedata import east_asian_width

from areas.boundaries import Shape
from charts.measures import PAINTS
from lib.charts import INK, MUTED, PRIMARY, UNKNOWN_COLOUR, shortened
from reports.fonts import drawable
from reports.pictures import png, sheet, svg

DRAWING = threading.Lock()
TITLE_SIZE, LINE_SIZE = 11, 6.5  # points
TITLE_WIDTH, LINE_WIDTH = 76, 128  # Latin letters; a Chinese character takes two
LINE_HEIGHT = 0.135  # inches
KINDS = ("svg", "png")


@dataclass(frozen=True)
class Frame:
    """`lines` stand below the drawing, each of which may take several."""

    title: str
    lines: Sequence[str]


@dataclass(frozen=True)
class Painted:
    """An area of a map: its outlines, the class that colours it, its name and its figure; both "" where it is no area
    of the plan."""

    shape: Shape
    paint: str
    name: str
    words: str


def drawn(make: Callable[[], Any], frame: Frame, kind: str) -> bytes:
    """The file: `make` draws a matplotlib figure, which gets its frame. `kind` is one of KINDS."""
    with DRAWING:
        figure = make()
        _put_in_frame(figure, frame)
        return png(figure) if kind == "png" else svg(figure, frame.title)


def _put_in_frame(figure, frame: Frame) -> None:
    """The figure grows by what the frame needs, the drawing keeps its size."""
    title = _wrapped(drawable(frame.title), TITLE_WIDTH)
    lines: list[str] = []
    for text in frame.lines:
        lines += _wrapped(drawable(text), LINE_WIDTH)
    figure.set_figheight(figure.get_figheight() + 0.22 * len(title) + LINE_HEIGHT * len(lines) + 0.1)
    figure.suptitle("\n".join(title), x=0.012, ha="left", fontsize=TITLE_SIZE, color=INK)
    figure.supxlabel("\n".join(lines), x=0.012, ha="left", fontsize=LINE_SIZE, color=MUTED, linespacing=1.35)


def _wrapped(text: str, width: int) -> list[str]:
    """Lines of at most `width` Latin letters, broken at a space where one is near, else anywhere, as Chinese is."""
    found = []
    rest = " ".join(text.split())
    while rest:
        ends = list(accumulate(2 if east_asian_width(each) in "WF" else 1 for each in rest))
        most = sum(end <= width for end in ends)
        if most < len(rest):
            space = rest.rfind(" ", most - 24 if most > 24 else 0, most)
            most = space if space > 0 else max(most, 1)
        found.append(rest[:most])
        rest = rest[most:].lstrip()
    return found


def map_figure(areas: Sequence[Painted], legend: Sequence[tuple[str, str]], *, width: float, height: float):
    """The areas in view-box units of `width` × `height`; those of the plan have a name and a figure, or are hatched."""
    from matplotlib.patches import Patch, PathPatch  # noqa: PLC0415  (half a second, for pictures alone)
    from matplotlib.path import Path  # noqa: PLC0415

    figure = sheet(6.2, 6.2 * height / width + 0.5)
    axes = figure.subplots()
    axes.set_axis_off()
    axes.set_xlim(-4, width + 4)
    axes.set_ylim(height + 4, -4)
    axes.set_aspect("equal")
    for area in areas:
        outline = Path.make_compound_path(*(Path(ring, closed=True) for ring in area.shape.rings))
        axes.add_patch(PathPatch(outline, linewidth=0.8, **_fill(area.paint)))
    for area in (each for each in areas if each.name):
        words = f"{shortened(area.name, 8)}\n{shortened(area.words, 8)}"
        box = {"boxstyle": "round,pad=0.2", "facecolor": "white", "alpha": 0.82, "linewidth": 0}
        axes.text(
            area.shape.x, area.shape.y, drawable(words), ha="center", va="center", fontsize=8, color=INK, bbox=box
        )
    handles = [Patch(label=drawable(words), linewidth=0.8, **_fill(paint)) for paint, words in legend]
    axes.legend(handles=handles, loc="upper left", bbox_to_anchor=(0, 0), ncols=3, frameon=False, fontsize=7)
    return figure


def _fill(paint: str) -> dict[str, Any]:
    if paint in PAINTS:
        return {"facecolor": PAINTS[paint], "edgecolor": "white"}
    if paint == "missing":
        return {"facecolor": "#eef1f4", "edgecolor": "#8a97a4", "hatch": "////"}
    return {"facecolor": "#e9edf1", "edgecolor": "white"}


def path_figure(years: Sequence[int], rows: Sequence[dict], names: dict[str, str], draw: Callable[..., Any]):
    """`draw(years, rows)`, with what its lines mean. names: value, target, standard, band."""
    from matplotlib.lines import Line2D  # noqa: PLC0415  (as above)
    from matplotlib.patches import Patch  # noqa: PLC0415

    figure = draw(years, rows)
    handles = [
        Line2D([], [], color=PRIMARY, linewidth=1.8, marker="o", markersize=3, label=names["value"]),
        Line2D([], [], color="#c9902a", linewidth=1.2, label=names["target"]),
        Line2D([], [], color=UNKNOWN_COLOUR, linewidth=1, linestyle=":", label=names["standard"]),
        Patch(color=PRIMARY, alpha=0.12, linewidth=0, label=names["band"]),
    ]
    looks = {"loc": "lower left", "bbox_to_anchor": (0, 1), "ncols": 4, "frameon": False, "fontsize": 7}
    figure.axes[0].legend(handles=handles, **looks)
    return figure

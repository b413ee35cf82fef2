"""Charts of a report: snapshot → PNG by matplotlib, with the Chinese fonts of a wheel (`reports/fonts.py`).

Equal snapshots give equal bytes. Names are texts and no markup (to matplotlib `$` begins a formula), cut to the room
that there is. A character that the fonts lack is drawn as its code, never as a square."""

import io
import math
import warnings
from collections.abc import Sequence
from functools import cache

from lib.charts import INK, MUTED, PRIMARY, STATUS_COLOURS, UNKNOWN_COLOUR
from lib.numbers import signed
from reports.fonts import drawable_rows, font_files

DPI = 160
STATUS_ORDER = (("met", "达标"), ("near", "接近"), ("behind", "滞后"), ("unreported", "未报"))
CLIP = 25.0
SERIES = ("value", "target", "standard")
AREA_NAME, INDICATOR_NAME, UNIT, TITLE = 12, 24, 10, 26  # characters that there is room for


@cache
def _set_up() -> None:
    """Once in a process: matplotlib knows the fonts by their files, whatever the machine has."""
    import matplotlib  # noqa: PLC0415  (half a second, for reports alone)
    from matplotlib import font_manager  # noqa: PLC0415

    paths = [str(path) for path in font_files()]
    for path in paths:
        font_manager.fontManager.addfont(path)
    names = [font_manager.FontProperties(fname=path).get_name() for path in paths]
    matplotlib.rcParams["font.family"] = names  # the first that has the character draws it
    matplotlib.rcParams["axes.unicode_minus"] = False
    matplotlib.rcParams["text.parse_math"] = False


def _sheet(width: float, height: float):
    from matplotlib.figure import Figure  # noqa: PLC0415

    _set_up()
    return Figure(figsize=(width, height), dpi=DPI, layout="constrained")


def _figure(width: float, height: float):
    figure = _sheet(width, height)
    axes = figure.subplots()
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.tick_params(colors=INK, length=0)
    return figure, axes


def _png(figure) -> bytes:
    out = io.BytesIO()
    with warnings.catch_warnings():
        warnings.filterwarnings("error", message="Glyph")  # what is drawn as a square after all is a fault of ours
        figure.savefig(out, format="png", metadata={"Software": None})
    return out.getvalue()


def _label(text: str, most: int) -> str:
    """A name as it stands in a picture: on one line, cut where there is no room for it; the tables have it whole."""
    line = " ".join(text.split())
    return line if len(line) <= most else f"{line[: most - 1]}…"


def status_bars(counties: Sequence[dict]) -> bytes:
    """Met, near, behind, unreported of each county, a stacked bar each."""
    counties = drawable_rows(counties)
    figure, axes = _figure(6.2, 0.55 * len(counties) + 0.9)
    names = [_label(row["name"], AREA_NAME) for row in counties]
    places = range(len(counties))
    left = [0] * len(counties)
    for status, label in STATUS_ORDER:
        widths = [row["counts"][status] for row in counties]
        colour = STATUS_COLOURS.get(status, UNKNOWN_COLOUR)
        bars = axes.barh(places, widths, left=left, color=colour, label=label, height=0.6)
        axes.bar_label(bars, labels=[str(n) if n else "" for n in widths], label_type="center", color="white")
        left = [a + b for a, b in zip(left, widths, strict=True)]
    axes.set_yticks(places, names)
    axes.invert_yaxis()
    axes.set_xticks([])
    axes.spines["bottom"].set_visible(False)
    axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=4, frameon=False)
    return _png(figure)


def county_gaps(rows: Sequence[dict]) -> bytes:
    """A county's gaps in per cent of the benchmark, cut at ±25 %, the gap in its own unit beside the bar.

    rows: {name, status, relative_gap, gap, gap_unit, decimals}, top first; to the right is better."""
    rows = drawable_rows(rows)
    figure, axes = _figure(6.2, 0.235 * len(rows) + 0.7)
    widths = [max(-CLIP, min(CLIP, row["relative_gap"] or 0)) for row in rows]
    colours = [STATUS_COLOURS.get(row["status"], UNKNOWN_COLOUR) for row in rows]
    axes.barh(range(len(rows)), widths, color=colours, height=0.62)
    axes.set_yticks(range(len(rows)), [_label(row["name"], INDICATOR_NAME) for row in rows], fontsize=8.5)
    axes.axvline(0, color=PRIMARY, linewidth=1)
    axes.set_xlim(-CLIP - 1, CLIP + 13)
    axes.set_xticks([-20, -10, 0, 10, 20], [f"{n}%" for n in (-20, -10, 0, 10, 20)], color=MUTED, fontsize=8)
    for place, row in enumerate(rows):
        unit = _label(row["gap_unit"], UNIT)
        words = "未报" if row["gap"] is None else f"{signed(row['gap'], row['decimals'])} {unit}"
        axes.text(CLIP + 1, place, words, va="center", fontsize=8, color=INK)
    axes.invert_yaxis()
    return _png(figure)


def _with_breaks(values: Sequence) -> list[float]:
    """matplotlib breaks a line where a number is NaN."""
    return [math.nan if value is None else value for value in values]


def paths(years: Sequence[int], rows: Sequence[dict]) -> bytes:
    """Small multiples: value (line), annual target (steps), standard (dotted), of up to six cells.

    rows: {title, value, target, standard, band}: lists over `years`, None where absent, which breaks the line; `band`:
    (year, low, high) of the years to come, drawn as an area, empty for none."""
    rows = drawable_rows(rows)
    lines = (len(rows) + 1) // 2
    figure = _sheet(6.2, 1.75 * lines)
    places = figure.subplots(lines, 2, squeeze=False).ravel()
    for axes, row in zip(places, rows, strict=False):
        numbers = {name: _with_breaks(row[name]) for name in ("value", "target", "standard")}
        if row["band"]:
            axes.fill_between(*zip(*row["band"], strict=True), color=PRIMARY, alpha=0.12, linewidth=0)
        axes.step(years, numbers["standard"], where="mid", color=UNKNOWN_COLOUR, linewidth=1, linestyle=":")
        axes.step(years, numbers["target"], where="mid", color="#c9902a", linewidth=1.2)
        if any(end is not None for end in row.get("target_high") or ()):
            upper_ends = _with_breaks(row["target_high"])
            axes.step(years, upper_ends, where="mid", color="#c9902a", linewidth=1.2)
            axes.fill_between(years, numbers["target"], upper_ends, step="mid", color="#c9902a", alpha=0.14)
        axes.plot(years, numbers["value"], color=PRIMARY, linewidth=1.8, marker="o", markersize=3)
        if row.get("stages"):
            axes.set_yticks(range(len(row["stages"])), [_label(name, TITLE) for name in row["stages"]])
        axes.set_title(_label(row["title"], TITLE), fontsize=8.5, loc="left", color=INK)
        axes.set_xticks(list(years), [str(year) for year in years], fontsize=7, color=MUTED)
        axes.tick_params(axis="y", labelsize=7, colors=MUTED, length=0)
        for side in ("top", "right"):
            axes.spines[side].set_visible(False)
    for axes in places[len(rows) :]:
        axes.set_axis_off()
    return _png(figure)

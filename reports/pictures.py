"""Charts that leave the site: numbers → a drawing by matplotlib, with Chinese fonts of a wheel (`reports/fonts.py`).
One drawing serves the printed report (PNG) and whoever takes a chart along (`charts/`: SVG or PNG in a frame).

Equal numbers give equal bytes. Names are texts and no markup (to matplotlib `$` begins a formula), cut to the room
that there is. A character that the fonts lack is drawn as its code, never as a square."""

import io
import math
import operator
import warnings
from collections.abc import Mapping, Sequence
from functools import cache

from lib.charts import INK, MUTED, PRIMARY, STATUS_COLOURS, UNKNOWN_COLOUR, shortened
from lib.numbers import signed
from reports.fonts import drawable_rows, font_files

DPI = 160
# In their order; a printed report is Chinese, a chart that is taken along speaks the reader's language.
STATUS_NAMES = {"met": "达标", "near": "接近", "behind": "滞后", "unreported": "未报"}
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
    matplotlib.rcParams["svg.hashsalt"] = "county_urbanization"  # names of clips: by content, not by chance


def sheet(width: float, height: float):
    """An empty matplotlib figure of so many inches, with the fonts of the reports."""
    from matplotlib.figure import Figure  # noqa: PLC0415

    _set_up()
    return Figure(figsize=(width, height), dpi=DPI, layout="constrained")


def _figure(width: float, height: float):
    figure = sheet(width, height)
    axes = figure.subplots()
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.tick_params(colors=INK, length=0)
    return figure, axes


def png(figure) -> bytes:
    return _saved(figure, "png", {"Software": None})


def svg(figure, title: str) -> bytes:
    """Letters as shapes: it looks the same where the fonts are missing. `title` is what it is called inside."""
    return _saved(figure, "svg", {"Date": None, "Creator": None, "Title": title})


def _saved(figure, kind: str, metadata: dict[str, str | None]) -> bytes:
    out = io.BytesIO()
    with warnings.catch_warnings():
        warnings.filterwarnings("error", message="Glyph")  # what is drawn as a square after all is a fault of ours
        figure.savefig(out, format=kind, metadata=metadata)
    return out.getvalue()


def _label(text: str, most: int) -> str:
    """A name as it stands in a picture: on one line, cut where there is no room for it; the tables have it whole."""
    line = shortened(" ".join(text.split()), most)
    letters = most + most // 2  # of a Latin word, whose capitals are nearly as wide as Chinese characters
    return line if len(line) <= letters else f"{line[: letters - 1]}…"


def status_bars(counties: Sequence[dict]) -> bytes:
    """`status_bars_figure` as a printed report has it."""
    return png(status_bars_figure(counties))


def status_bars_figure(counties: Sequence[dict], *, names: Mapping[str, str] = STATUS_NAMES):
    """Met, near, behind, unreported of each county, a stacked bar each. counties: {name, counts: status → number}."""
    counties = drawable_rows(counties)
    figure, axes = _figure(6.2, 0.55 * len(counties) + 0.9)
    places = range(len(counties))
    left = [0] * len(counties)
    for status, label in names.items():
        widths = [row["counts"][status] for row in counties]
        colour = STATUS_COLOURS.get(status, UNKNOWN_COLOUR)
        bars = axes.barh(places, widths, left=left, color=colour, label=label, height=0.6)
        axes.bar_label(bars, labels=[str(n or "") for n in widths], label_type="center", color="white")
        left = list(map(operator.add, left, widths))
    axes.set_yticks(places, [_label(row["name"], AREA_NAME) for row in counties])
    axes.invert_yaxis()
    axes.set_xticks([])
    axes.spines["bottom"].set_visible(False)
    axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=4, frameon=False)
    return figure


def county_gaps(rows: Sequence[dict]) -> bytes:
    """`county_gaps_figure` as a printed report has it."""
    return png(county_gaps_figure(rows))


def county_gaps_figure(rows: Sequence[dict], *, unreported: str = STATUS_NAMES["unreported"]):
    """A county's gaps in per cent of the benchmark, cut at ±25 %, the gap in its own unit beside the bar.

    rows: {name, status, relative_gap, gap, gap_unit, decimals}, top first; to the right is better. `gap_words`: the gap
    as a person reads it, where it is no number."""
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
        gap = row.get("gap_words") or signed(row["gap"], row["decimals"])
        words = unreported if row["gap"] is None else f"{gap} {unit}"
        axes.text(CLIP + 1, place, words, va="center", fontsize=8, color=INK)
    axes.invert_yaxis()
    return figure


def _with_breaks(values: Sequence) -> list[float]:
    """matplotlib breaks a line where a number is NaN."""
    return [math.nan if value is None else value for value in values]


def paths(years: Sequence[int], rows: Sequence[dict]) -> bytes:
    """`paths_figure` as a printed report has it."""
    return png(paths_figure(years, rows))


def paths_figure(years: Sequence[int], rows: Sequence[dict], *, columns: int = 2):
    """Small multiples, `columns` beside each other: value (line), annual target (steps), standard (dotted).

    rows: {title, value, target, standard, band}: lists over `years`, None where absent, which breaks the line; `band`:
    (year, low, high) of the years to come, drawn as an area, empty for none."""
    rows = drawable_rows(rows)
    lines = math.ceil(len(rows) / columns)
    figure = sheet(6.2, (1.75 if columns > 1 else 2.6) * lines)
    places = figure.subplots(lines, columns, squeeze=False).ravel()
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
    return figure

"""Charts of a report: snapshot → PNG by matplotlib, with the Chinese font of the wheel `mplfonts` (Noto, OFL).

Equal snapshots give equal bytes. A character that the font lacks is an error, never a square."""

import importlib.util
import io
import warnings
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from lib.charts import INK, MUTED, PRIMARY, STATUS_COLOURS, UNKNOWN_COLOUR
from lib.numbers import signed

SANS, SERIF = "NotoSansCJKsc-Regular.otf", "NotoSerifCJKsc-Regular.otf"
DPI = 160
STATUS_ORDER = (("met", "达标"), ("near", "接近"), ("behind", "滞后"), ("unreported", "未报"))
CLIP = 25.0
SERIES = ("value", "target", "standard")


class ReportError(RuntimeError):
    """Why a report cannot be made, in plain words with what to do."""


def fonts_folder() -> Path:
    """Where the two fonts lie. ReportError where one is missing."""
    found = importlib.util.find_spec("mplfonts")
    folder = Path(found.origin).parent / "fonts" if found else Path()
    missing = [name for name in (SANS, SERIF) if not (folder / name).is_file()]
    if missing:
        raise ReportError(f"缺少字体 {'、'.join(missing)}：请重新安装 requirements.txt 里的 mplfonts。")
    return folder


@cache
def _set_up() -> None:
    """Once in a process: matplotlib knows the font by its file, whatever the machine has."""
    import matplotlib  # noqa: PLC0415  (half a second, for reports alone)
    from matplotlib import font_manager  # noqa: PLC0415

    path = str(fonts_folder() / SANS)
    font_manager.fontManager.addfont(path)
    matplotlib.rcParams["font.family"] = font_manager.FontProperties(fname=path).get_name()
    matplotlib.rcParams["axes.unicode_minus"] = False


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
        warnings.filterwarnings("error", message="Glyph")
        try:
            figure.savefig(out, format="png", metadata={"Software": None})
        except UserWarning as error:
            raise ReportError(f"字体里没有报告用到的一个字：{error}") from error
    return out.getvalue()


def status_bars(counties: Sequence[dict]) -> bytes:
    """Met, near, behind, unreported of each county, a stacked bar each."""
    figure, axes = _figure(6.2, 0.55 * len(counties) + 0.9)
    names = [row["name"] for row in counties]
    left = [0] * len(counties)
    for status, label in STATUS_ORDER:
        widths = [row["counts"][status] for row in counties]
        colour = STATUS_COLOURS.get(status, UNKNOWN_COLOUR)
        bars = axes.barh(names, widths, left=left, color=colour, label=label, height=0.6)
        axes.bar_label(bars, labels=[str(n) if n else "" for n in widths], label_type="center", color="white")
        left = [a + b for a, b in zip(left, widths, strict=True)]
    axes.invert_yaxis()
    axes.set_xticks([])
    axes.spines["bottom"].set_visible(False)
    axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=4, frameon=False)
    return _png(figure)


def county_gaps(rows: Sequence[dict]) -> bytes:
    """A county's gaps in per cent of the benchmark, cut at ±25 %, the gap in its own unit beside the bar.

    rows: {name, status, relative_gap, gap, gap_unit, decimals}, top first; to the right is better."""
    figure, axes = _figure(6.2, 0.235 * len(rows) + 0.7)
    widths = [max(-CLIP, min(CLIP, row["relative_gap"] or 0)) for row in rows]
    colours = [STATUS_COLOURS.get(row["status"], UNKNOWN_COLOUR) for row in rows]
    axes.barh(range(len(rows)), widths, color=colours, height=0.62)
    axes.set_yticks(range(len(rows)), [row["name"] for row in rows], fontsize=8.5)
    axes.axvline(0, color=PRIMARY, linewidth=1)
    axes.set_xlim(-CLIP - 1, CLIP + 13)
    axes.set_xticks([-20, -10, 0, 10, 20], [f"{n}%" for n in (-20, -10, 0, 10, 20)], color=MUTED, fontsize=8)
    for place, row in enumerate(rows):
        words = "未报" if row["gap"] is None else f"{signed(row['gap'], row['decimals'])} {row['gap_unit']}"
        axes.text(CLIP + 1, place, words, va="center", fontsize=8, color=INK)
    axes.invert_yaxis()
    return _png(figure)


def paths(years: Sequence[int], rows: Sequence[dict]) -> bytes:
    """Small multiples: value (line), annual target (steps), standard (dotted), of up to six cells.

    rows: {title, value, target, standard}: lists over `years`, None where absent, which breaks the line."""
    lines = (len(rows) + 1) // 2
    figure = _sheet(6.2, 1.75 * lines)
    places = figure.subplots(lines, 2, squeeze=False).ravel()
    for axes, row in zip(places, rows, strict=False):
        numbers = {
            name: [float("nan") if v is None else v for v in row[name]] for name in ("value", "target", "standard")
        }
        axes.step(years, numbers["standard"], where="mid", color=UNKNOWN_COLOUR, linewidth=1, linestyle=":")
        axes.step(years, numbers["target"], where="mid", color="#c9902a", linewidth=1.2)
        axes.plot(years, numbers["value"], color=PRIMARY, linewidth=1.8, marker="o", markersize=3)
        axes.set_title(row["title"], fontsize=8.5, loc="left", color=INK)
        axes.set_xticks(list(years), [str(year) for year in years], fontsize=7, color=MUTED)
        axes.tick_params(axis="y", labelsize=7, colors=MUTED, length=0)
        for side in ("top", "right"):
            axes.spines[side].set_visible(False)
    for axes in places[len(rows) :]:
        axes.set_axis_off()
    return _png(figure)

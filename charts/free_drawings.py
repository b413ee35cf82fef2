"""The figures of `charts/plots.py` as drawings that leave: each is made of the very dict that the page draws, so that
both show the same numbers. No Django, no database.

Missing numbers are breaks in a line, a dash in place of a bar or a field, and no point anywhere."""

import math
from collections.abc import Callable, Sequence
from typing import Any

from lib.charts import INK, MUTED, shortened
from lib.numbers import ABSENT
from reports.fonts import drawable
from reports.pictures import sheet

WIDTH = 6.2  # inches
MARKERS = {
    "circle": "o",
    "square": "s",
    "diamond": "D",
    "triangle-up": "^",
    "cross": "P",
    "x": "X",
    "star": "*",
    "pentagon": "p",
}
HATCHES = ("", "////")  # for the ninth area and those after it, whose colours are those of the first
NOTE: dict[str, Any] = {"ha": "right", "va": "top", "fontsize": 6.5, "color": MUTED}
MOODS = {"met": "#cfe5dd", "behind": "#f3d5cf", "": "#eef1f4"}
NAME, SHORT_NAME, TITLE = 22, 8, 40  # Chinese characters that there is room for
IN_A_LINE = 5  # names of a legend
WIDE_TABLE = 4  # areas; of more only the change of each fits, not both values


def _label(text: str, most: int) -> str:
    return shortened(drawable(" ".join(str(text).split())), most)


def figures_sheet(figures: Sequence[tuple[str, dict]]):
    """(title, figure as a plain dict) one below the other, as one matplotlib figure."""
    heights = [_height(figure) for _title, figure in figures]
    drawing = sheet(WIDTH, sum(heights))
    places = drawing.subplots(len(figures), 1, squeeze=False, height_ratios=heights).ravel()
    for axes, (title, figure) in zip(places, figures, strict=True):
        _look_of(axes)
        _painter(figure)(axes, figure)
        axes.set_title(_label(title, TITLE), fontsize=8.5, loc="left", color=INK, pad=_room_for_legend(axes))
    return drawing


def _height(figure: dict) -> float:
    """Inches: as many as its rows or its legend need."""
    traces = figure["data"]
    if traces[0]["type"] == "heatmap":
        return 1.0 + 0.34 * len(traces[0]["y"])
    if _is_of_dots(figure):
        return 0.75 + 0.36 * len(traces[0]["y"])
    lines = math.ceil(len(traces) / IN_A_LINE)
    plot = 3.4 if _is_scatter(figure) else 2.1
    return plot + 0.17 * lines


def _is_of_dots(figure: dict) -> bool:
    return figure["data"][0].get("mode") == "markers"


def _is_scatter(figure: dict) -> bool:
    return figure["data"][0].get("mode") == "lines+markers+text"


def _painter(figure: dict) -> Callable[[Any, dict], None]:
    kind = figure["data"][0]["type"]
    if kind == "heatmap":
        return _paint_heat
    if kind == "bar":
        return _paint_bars
    if _is_of_dots(figure):
        return _paint_dots
    return _paint_scatter if _is_scatter(figure) else _paint_lines


def _look_of(axes) -> None:
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    axes.tick_params(labelsize=7, colors=MUTED, length=0)


def _room_for_legend(axes) -> float:
    """Points between the axes and the title: the legend stands there."""
    legend = axes.get_legend()
    lines = math.ceil(len(legend.get_texts()) / IN_A_LINE) if legend else 0
    return 4 + 13 * lines


def _legend(axes, handles: Sequence[Any] | None = None) -> None:
    given = {"handles": handles} if handles else {}
    axes.legend(
        **given,
        loc="lower left",
        bbox_to_anchor=(0, 1),
        ncols=IN_A_LINE,
        frameon=False,
        fontsize=7,
        borderaxespad=0.2,
        columnspacing=1.2,
        handletextpad=0.5,
    )


def _with_breaks(values: Sequence[float | None]) -> list[float]:
    """matplotlib draws nothing where a number is NaN."""
    return [math.nan if value is None else value for value in values]


def _paint_lines(axes, figure: dict) -> None:
    for trace in figure["data"]:
        axes.plot(
            trace["x"],
            _with_breaks(trace["y"]),
            color=trace["line"]["color"],
            marker=MARKERS[trace["marker"]["symbol"]],
            linewidth=1.5,
            markersize=4,
            label=_label(trace["name"], SHORT_NAME),
        )
    _year_axes(axes, figure)
    _legend(axes)


def _paint_bars(axes, figure: dict) -> None:
    traces = figure["data"]
    width = 0.8 / len(traces)
    for place, trace in enumerate(traces):
        across = [year - 0.4 + width * (place + 0.5) for year in trace["x"]]
        looks = {"color": trace["marker"]["color"], "hatch": HATCHES[place // 8 % 2], "edgecolor": "white"}
        label = _label(trace["name"], SHORT_NAME)
        axes.bar(across, _with_breaks(trace["y"]), width=width, linewidth=0.4, label=label, **looks)
        for at, value in zip(across, trace["y"], strict=True):
            if value is None:
                axes.text(at, 0, ABSENT, ha="center", va="bottom", fontsize=6, color=MUTED)
    _year_axes(axes, figure)
    _legend(axes)


def _year_axes(axes, figure: dict) -> None:
    """The years across; up, the names of stages where the row has them."""
    years = figure["layout"]["xaxis"]["tickvals"]
    axes.set_xticks(years, [str(year) for year in years])
    axes.set_xlim(*figure["layout"]["xaxis"]["range"])
    stages = figure["layout"]["yaxis"].get("ticktext")
    if stages:
        axes.set_yticks(range(len(stages)), [_label(name, SHORT_NAME) for name in stages])


def _paint_dots(axes, figure: dict) -> None:
    from matplotlib.lines import Line2D  # noqa: PLC0415  (half a second, for pictures alone)

    goals, values = figure["data"]
    places = range(len(values["y"]))
    stroke = goals["marker"]["color"]
    axes.scatter(_with_breaks(goals["x"]), places, marker="|", s=120, linewidths=2, color=stroke)
    axes.scatter(_with_breaks(values["x"]), places, s=42, color=values["marker"]["color"])
    for place, (value, words) in enumerate(zip(values["x"], values["text"], strict=True)):
        if value is None:
            axes.text(0.01, place, drawable(words), transform=axes.get_yaxis_transform(), fontsize=7, color=MUTED)
        else:
            axes.annotate(drawable(words), (value, place), (0, 5), textcoords="offset points", ha="center", fontsize=7)
    axes.set_yticks(places, [_label(name, SHORT_NAME) for name in values["y"]], color=INK, fontsize=8)
    axes.set_ylim(len(values["y"]) - 0.5, -0.8)
    axes.margins(x=0.12)
    handles = [
        Line2D([], [], color=MUTED, linestyle="", marker="o", markersize=5, label=values["name"]),
        Line2D([], [], color=stroke, linestyle="", marker="|", markersize=9, label=_label(goals["name"], NAME)),
    ]
    _legend(axes, handles)


def _paint_scatter(axes, figure: dict) -> None:
    for trace in figure["data"]:
        colour, symbol = trace["marker"]["color"], MARKERS[trace["marker"]["symbol"]]
        label = _label(trace["name"], SHORT_NAME)
        axes.plot(trace["x"], trace["y"], ":", color=colour, marker=symbol, linewidth=1, markersize=5, label=label)
        for x, y, year in zip(trace["x"], trace["y"], trace["text"], strict=True):
            axes.annotate(year, (x, y), (0, 4), textcoords="offset points", ha="center", fontsize=6, color=INK)
    layout = figure["layout"]
    axes.set_xlabel(_label(layout["xaxis"]["title"]["text"], TITLE), fontsize=7.5, color=INK)
    axes.set_ylabel(_label(layout["yaxis"]["title"]["text"], NAME), fontsize=7.5, color=INK)
    axes.margins(0.08)
    _legend(axes)


def _paint_heat(axes, figure: dict) -> None:
    from matplotlib.colors import LinearSegmentedColormap, Normalize  # noqa: PLC0415  (as above)

    (trace,) = figure["data"]
    colours = LinearSegmentedColormap.from_list("gaps", [tuple(each) for each in trace["colorscale"]])
    scale = Normalize(trace["zmin"], trace["zmax"], clip=True)
    fields = []
    for shares, told in zip(trace["z"], trace["text"], strict=True):
        for share, words in zip(shares, told, strict=True):
            fields.append((_field_look(share, colours, scale), words))
    _paint_fields(axes, trace["y"], trace["x"], fields)
    _note_below(axes, _scale_words(trace))


def _note_below(axes, words: str) -> None:
    axes.annotate(drawable(words), (1, 0), (0, -3), xycoords="axes fraction", textcoords="offset points", **NOTE)


def _scale_words(trace: dict) -> str:
    """What the colours say, in numbers."""
    return f"{trace['colorbar']['title']['text']}: {trace['zmin']} … +{trace['zmax']}".replace("-", "−")


def _field_look(share: float | None, colours: Callable, scale: Callable) -> dict[str, Any]:
    if share is None:
        return {"facecolor": "white", "hatch": "////", "ink": MUTED}
    ink = "white" if abs(share) > 0.6 * scale.vmax else INK  # type: ignore[attr-defined]  # a Normalize has it
    return {"facecolor": colours(scale(share)), "ink": ink}


def _paint_fields(axes, rows: Sequence[str], columns: Sequence[str], fields: Sequence[tuple[dict, str]]) -> None:
    """A table of coloured fields with words, row by row; columns are named above."""
    from matplotlib.patches import Rectangle  # noqa: PLC0415  (as above)

    for place, (look, words) in enumerate(fields):
        down, across = divmod(place, len(columns))
        paint = dict(look)
        ink = paint.pop("ink")
        edge, box = "white", None
        if "hatch" in paint:  # nobody reads words on stripes: they get a ground of their own
            edge, box = "#c5ced6", {"facecolor": "white", "linewidth": 0, "pad": 1}
        axes.add_patch(Rectangle((across, down), 1, 1, edgecolor=edge, linewidth=1.2, **paint))
        text = {"ha": "center", "va": "center", "fontsize": 7, "color": ink, "bbox": box}
        axes.text(across + 0.5, down + 0.5, drawable(words), **text)
    axes.set_xlim(0, len(columns))
    axes.set_ylim(len(rows), 0)
    most = SHORT_NAME if len(columns) <= WIDE_TABLE else 4
    axes.set_xticks([at + 0.5 for at in range(len(columns))], [_label(name, most) for name in columns], color=INK)
    axes.set_yticks([at + 0.5 for at in range(len(rows))], [_label(name, NAME) for name in rows], color=INK)
    axes.tick_params(top=True, labeltop=True, bottom=False, labelbottom=False)
    for spine in axes.spines.values():
        spine.set_visible(False)


def moves_sheet(rows: Sequence[dict], areas: Sequence[str], note: str):
    """Two years side by side as a table of fields: green better, red worse, and the sign says so too. `note` says how
    a field is read.

    rows: {name, moves: for each area None, or {mood, sides: both values in words, change: in words, None where either
    year has no value}}."""
    drawing = sheet(WIDTH, 0.6 + 0.3 * len(rows))
    axes = drawing.subplots()
    _look_of(axes)
    with_sides = len(areas) <= WIDE_TABLE
    fields = []
    for row in rows:
        fields += [_move_field(move, with_sides=with_sides) for move in row["moves"]]
    _paint_fields(axes, [row["name"] for row in rows], areas, fields)
    _note_below(axes, note)
    return drawing


def _move_field(move: dict | None, *, with_sides: bool) -> tuple[dict, str]:
    if move is None or move["change"] is None:
        words = move["sides"] if move and with_sides else ABSENT
        return {"facecolor": "white", "hatch": "////", "ink": MUTED}, shortened(words, 16)
    words = f"{move['sides']} ({move['change']})" if with_sides else move["change"]
    return {"facecolor": MOODS[move["mood"]], "ink": INK}, shortened(words, 16)

"""Frames of numbers → Plotly figures as plain dicts. No Django, no database."""

from collections.abc import Iterable, Sequence

from lib.charts import GRID, MUTED, PRIMARY, STATUS_COLOURS, UNKNOWN_COLOUR, layout, listed
from lib.numbers import is_absent, signed
from lib.value_words import value_words

CLIP = 25.0
BAND_COLOUR = "rgba(18,57,91,0.12)"  # PRIMARY, thin
TARGET_COLOUR = "#c9902a"
# Of a band the room between its ends: the colour of its lines, thin.
WITHIN_COLOURS = {"target": "rgba(201,144,42,0.14)", "standard": "rgba(120,132,146,0.12)"}
LABEL_COLOURS = {**STATUS_COLOURS, "near": "#8a5f10"}  # darker, for text on white
MARKS = {"met": "✓", "near": "≈", "behind": "▼"}


def county_gaps(rows: Sequence[dict], *, value_name: str, standard_name: str) -> dict:
    """A county's target-gap status of one year, a bar per indicator, in the order given (top first).

    rows: {name, unit, decimals, field, status, gap, reference, standard_gap, standard}. The bar is the gap in per
    cent of the benchmark (positive, to the right: better), so that rows with different units compare; it is cut
    at ±25 %, the label always tells the gap in the row's own unit. A diamond is the gap to the standard.
    """
    drawn = [_bar(row, "gap", "reference") for row in rows]
    marks = [_bar(row, "standard_gap", "standard") for row in rows]
    names = [row["name"] for row in rows]
    bars = {
        "type": "bar",
        "orientation": "h",
        "name": value_name,
        "y": names,
        "x": drawn,
        "marker": {"color": [STATUS_COLOURS.get(row["status"], UNKNOWN_COLOUR) for row in rows]},
        "text": [_label(row) for row in rows],
        "textposition": "none",
        "hovertemplate": "%{y}<br>%{text}<extra></extra>",
        "width": 0.62,
        "showlegend": False,
    }
    diamonds = {
        "type": "scatter",
        "mode": "markers",
        "name": standard_name,
        "y": names,
        "x": marks,
        "marker": {"symbol": "diamond-open", "size": 9, "color": PRIMARY, "line": {"width": 1.6}},
        "text": [signed(row["standard_gap"], row["decimals"]) for row in rows],
        "hovertemplate": "%{y}<br>" + standard_name + " %{text}<extra></extra>",
    }
    labels = {
        "type": "scatter",
        "mode": "text",
        "y": names,
        "x": [CLIP + 3] * len(rows),
        "text": [_label(row) for row in rows],
        "textposition": "middle right",
        "textfont": {"color": [LABEL_COLOURS.get(row["status"], MUTED) for row in rows]},
        "cliponaxis": False,
        "hoverinfo": "skip",
        "showlegend": False,
    }
    axis = {"range": [-CLIP - 3, CLIP + 26], "ticksuffix": "%", "zeroline": True, "zerolinecolor": PRIMARY}
    return {
        "data": [bars, diamonds, labels],
        "layout": layout(
            xaxis={**axis, "zerolinewidth": 1.5, "tickvals": [-20, -10, 0, 10, 20]},
            yaxis={"autorange": "reversed", "automargin": True, "gridcolor": "rgba(0,0,0,0)", "ticklabelstandoff": 6},
            margin={"l": 8, "r": 12, "t": 28, "b": 36},
            shapes=_field_lines(rows),
            height=80 + 28 * len(rows),
        ),
    }


def _bar(row: dict, gap: str, reference: str) -> float | None:
    if is_absent(row[gap]) or not row[reference]:
        return None
    share = float(round(100 * row[gap] / abs(row[reference]), 3))
    return max(-CLIP, min(CLIP, share))


def _label(row: dict) -> str:
    if is_absent(row["gap"]):
        return str(row["status_name"])
    return f"{MARKS.get(row['status'], '')} {signed(row['gap'], row['decimals'])} {row['unit']}"


def _field_lines(rows: Sequence[dict]) -> list[dict]:
    """A thin line between one field and the next."""
    edges = [i - 0.5 for i in range(1, len(rows)) if rows[i]["field"] != rows[i - 1]["field"]]
    line = {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "line": {"color": GRID, "width": 1}}
    return [{**line, "y0": y, "y1": y} for y in edges]


def indicator_path(
    series: dict,
    *,
    names: dict[str, str],
    y_range: list[float] | None,
    decimals: int,
    stages: Sequence[str] = (),
    break_year: int | None = None,
    break_words: str = "",
) -> dict:
    """One county's way on one indicator.

    series: {years, value, target, standard, projection_from: (year, value), projection_to: (year, value), band};
    `target_high` and `standard_high` are the upper ends of a band;
    lists over `years`, None where absent (a break, never a zero). The annual target and the standard are steps: each
    holds for its whole year. `band`: (year, low, high) of the years to come, drawn as an area under all else.
    `break_year`: from when on the definition is another one: a line before that year, with `break_words` on it.
    `stages`: names that stand at the places of the axis and beside the points, in place of numbers.
    `quarters`: (place, value, period) of the open year; `year_end`: (year, value), where it would end. Both are hollow.
    """
    years = list(series["years"])
    traces = [
        *_band(series.get("band", ()), names),
        *_benchmark(years, series, "standard", (names["standard"], UNKNOWN_COLOUR, "dot"), stages),
        *_benchmark(years, series, "target", (names["target"], TARGET_COLOUR, "solid"), stages),
        {
            "type": "scatter",
            "mode": "lines+markers+text",
            "name": names["value"],
            "x": years,
            "y": listed(series["value"]),
            "text": [value_words(v, decimals, stages=stages) if not is_absent(v) else "" for v in series["value"]],
            "textposition": "top center",
            "textfont": {"size": 11, "color": PRIMARY},
            "connectgaps": False,
            "line": {"color": PRIMARY, "width": 2.5},
            "marker": {"size": 7, "color": PRIMARY},
            "hovertemplate": "%{x} %{text}<extra>" + names["value"] + "</extra>",
        },
    ]
    if series.get("projection_to"):
        (x0, y0), (x1, y1) = series["projection_from"], series["projection_to"]
        traces.append(
            {
                "type": "scatter",
                "mode": "lines+markers",
                "name": names["projection"],
                "x": [x0, x1],
                "y": [y0, y1],
                "line": {"color": MUTED, "width": 1.5, "dash": "dash"},
                "marker": {"size": [0, 8], "symbol": "circle-open", "color": MUTED},
                "hovertemplate": "%{x} %{y:.2f}<extra>" + names["projection"] + "</extra>",
            }
        )
    traces += _within_year(series, names)
    axis, notes, shapes = _value_axis(y_range, stages), [], []
    if all(is_absent(number) for name in ("value", "target", "standard") for number in series[name]):
        axis["showticklabels"] = False
        notes.append(_note(names["empty"]))
    if break_year:
        notes.append(_break_words(break_year, break_words))
        shapes.append(_break_line(break_year))
    return {
        "data": traces,
        "layout": layout(
            xaxis={"tickvals": years, "range": [years[0] - 0.6, years[-1] + 0.6]},
            yaxis=axis,
            margin={"l": 44, "r": 10, "t": 30, "b": 28},
            height=300,
            annotations=notes,
            shapes=shapes,
        ),
    }


def _break_line(year: int) -> dict:
    line = {"color": MUTED, "width": 1, "dash": "dashdot"}
    return {"type": "line", "yref": "paper", "x0": year - 0.5, "x1": year - 0.5, "y0": 0, "y1": 1, "line": line}


def _break_words(year: int, words: str) -> dict:
    place = {"x": year - 0.5, "yref": "paper", "y": 1, "xanchor": "left", "yanchor": "bottom"}
    return {"text": f"{year} {words}", "showarrow": False, "font": {"size": 10, "color": MUTED}, **place}


def _value_axis(y_range: list[float] | None, stages: Sequence[str]) -> dict:
    """Numbers; of a row in stages the names of all of them."""
    if stages:
        places = list(range(len(stages)))
        return {"tickvals": places, "ticktext": list(stages), "range": [-0.4, len(stages) - 0.4], "automargin": True}
    return {"range": y_range} if y_range else {}


def _within_year(series: dict, names: dict[str, str]) -> list[dict]:
    """The quarters of the open year and where it would end, hollow: neither is official. No trace where there are
    none."""
    points, end = series.get("quarters", ()), series.get("year_end")
    traces = []
    if points:
        traces.append(_hollow(names["quarters"], points, "diamond-open", PRIMARY))
    if end:
        traces.append(_hollow(names["year_end"], [(*end, str(end[0]))], "circle-open", PRIMARY))
    return traces


def _hollow(name: str, points: Sequence[tuple[float, float, str]], symbol: str, colour: str) -> dict:
    return {
        "type": "scatter",
        "mode": "markers",
        "name": name,
        "x": [x for x, _value, _period in points],
        "y": [value for _x, value, _period in points],
        "customdata": [period for _x, _value, period in points],
        "marker": {"size": 9, "symbol": symbol, "color": colour, "line": {"width": 2}},
        "hovertemplate": "%{customdata} %{y}<extra>" + name + "</extra>",
    }


def _band(points: Sequence[tuple[int, float, float]], names: dict[str, str]) -> list[dict]:
    """The area between the low and the high ends; no trace where there are none."""
    if not points:
        return []
    there, back = list(points), list(reversed(points))
    return [
        {
            "type": "scatter",
            "mode": "lines",
            "name": names["band"],
            "x": [year for year, _low, _high in (*there, *back)],
            "y": [*(high for _year, _low, high in there), *(low for _year, low, _high in back)],
            "fill": "toself",
            "fillcolor": BAND_COLOUR,
            "line": {"width": 0},
            "hoverinfo": "skip",
        }
    ]


def _benchmark(
    years: Sequence[int], series: dict, kind: str, look: tuple[str, str, str], stages: Sequence[str]
) -> list[dict]:
    """The steps of a target or a standard; of a band both ends, with the room between them filled."""
    lower = _step(years, series[kind], look, stages)
    upper_ends = series.get(f"{kind}_high") or ()
    if all(is_absent(end) for end in upper_ends):
        return [lower]
    upper = _step(years, upper_ends, look, stages)
    return [lower, {**upper, "showlegend": False, "fill": "tonexty", "fillcolor": WITHIN_COLOURS[kind]}]


def _note(words: str) -> dict:
    """Words in the middle of a figure that has nothing to draw."""
    return {"text": words, "xref": "paper", "yref": "paper", "x": 0.5, "y": 0.5, "showarrow": False}


def _step(years: Sequence[int], values: Iterable, look: tuple[str, str, str], stages: Sequence[str] = ()) -> dict:
    """A stepwise line: each year's number holds from half a year before its mark to half a year after."""
    name, colour, dash = look
    edges: list[float] = []
    heights: list[float | None] = []
    years_of: list[int] = []
    texts: list[str] = []
    for year, value in zip(years, listed(values), strict=True):
        words = value_words(value, stages=stages)
        edges += [year - 0.5, year + 0.5]
        heights += [value, value]
        years_of += [year, year]
        texts += [words, words]
    return {
        "type": "scatter",
        "mode": "lines",
        "name": name,
        "x": edges,
        "y": heights,
        "customdata": years_of,
        "connectgaps": False,
        "line": {"color": colour, "width": 1.8, "dash": dash},
        "text": texts,
        "hovertemplate": "%{customdata} %{text}<extra>" + name + "</extra>",
    }


def common_range(lists: Sequence[Sequence]) -> list[float] | None:
    """One axis for all small multiples: every number given, with a tenth of room either side."""
    known = [v for values in lists for v in values if not is_absent(v)]
    if not known:
        return None
    room = (max(known) - min(known)) * 0.12 or max(abs(max(known)), 1) * 0.1
    return [round(min(known) - room, 6), round(max(known) + room, 6)]

"""Numbers of a free comparison → Plotly figures as plain dicts. No Django, no database.

Rows with different units never share an axis: each row of the plan gets a figure of its own."""

from collections.abc import Sequence
from typing import Any

from lib.charts import GRID, PRIMARY, STATUS_COLOURS, UNKNOWN_COLOUR, layout, listed
from lib.numbers import ABSENT, is_absent

# Okabe and Ito (2008): told apart by people who see few colours; the marks differ as well.
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#b58900", "#000000", "#7f7f7f")
SYMBOLS = ("circle", "square", "diamond", "triangle-up", "cross", "x", "star", "pentagon")
TARGET = "#c9902a"


def _look(place: int) -> tuple[str, str]:
    """Colour and mark; when the colours begin again, each is paired with the next mark."""
    rounds = place // len(COLOURS)
    return COLOURS[place % len(COLOURS)], SYMBOLS[(place + rounds) % len(SYMBOLS)]


def lines(years: Sequence[int], counties: Sequence[dict], stages: Sequence[str] = ()) -> dict:
    """Each county's values over the years, a break where one is missing. counties: {name, value: a list over years};
    `stages`: the names on the axis of a row that is no number."""
    traces = []
    for place, county in enumerate(counties):
        colour, symbol = _look(place)
        traces.append(
            {
                "type": "scatter",
                "mode": "lines+markers",
                "name": county["name"],
                "x": list(years),
                "y": listed(county["value"]),
                "connectgaps": False,
                "line": {"color": colour, "width": 2.2},
                "marker": {"color": colour, "symbol": symbol, "size": 8},
                "hovertemplate": "%{x} %{y}<extra>" + county["name"] + "</extra>",
            }
        )
    return {"data": traces, "layout": layout(xaxis=_years(years), yaxis=_stages(stages), margin=_margin(), height=320)}


def bars(years: Sequence[int], counties: Sequence[dict], stages: Sequence[str] = ()) -> dict:
    """The same as bars side by side."""
    traces = []
    for place, county in enumerate(counties):
        colour, _symbol = _look(place)
        traces.append(
            {
                "type": "bar",
                "name": county["name"],
                "x": list(years),
                "y": listed(county["value"]),
                "marker": {"color": colour},
                "hovertemplate": "%{x} %{y}<extra>" + county["name"] + "</extra>",
            }
        )
    look = {"xaxis": _years(years), "yaxis": _stages(stages), "margin": _margin()}
    return {"data": traces, "layout": layout(**look, height=320, barmode="group")}


def dots(counties: Sequence[dict], *, value_name: str, target_name: str) -> dict:
    """One year: each county's value (filled, in the colour of its status) and its benchmark (a stroke), the first
    county on top. counties: {name, status, value, words, reference}."""
    names = [county["name"] for county in counties]
    values = [county["value"] for county in counties]
    traces: list[dict[str, Any]] = [
        {
            "type": "scatter",
            "mode": "markers",
            "name": target_name,
            "y": names,
            "x": listed(county["reference"] for county in counties),
            "marker": {"symbol": "line-ns-open", "size": 16, "color": TARGET, "line": {"width": 2.5}},
            "hovertemplate": "%{y} %{x}<extra>" + target_name + "</extra>",
        },
        {
            "type": "scatter",
            "mode": "markers+text",
            "name": value_name,
            "y": names,
            "x": listed(values),
            "text": [county["words"] for county in counties],
            "textposition": "top center",
            "marker": {"size": 13, "color": [_status_colour(county["status"]) for county in counties]},
            "hovertemplate": "%{y} %{x}<extra>" + value_name + "</extra>",
        },
    ]
    axis = {"range": [len(names) - 0.4, -0.8], "automargin": True, "categoryorder": "array", "categoryarray": names}
    height = 110 + 44 * len(names)
    return {"data": traces, "layout": layout(yaxis=axis, margin=_margin(), height=height)}


def scatter(counties: Sequence[dict], *, across: str, up: str) -> dict:
    """One row of the plan against another: each county's way through the years, its last point named.

    counties: {name, years, x, y}: lists over years; a year that lacks one of both numbers is left out."""
    traces = []
    for place, county in enumerate(counties):
        colour, symbol = _look(place)
        points = zip(county["years"], county["x"], county["y"], strict=True)
        known = [point for point in points if not any(map(is_absent, point))]
        traces.append(
            {
                "type": "scatter",
                "mode": "lines+markers+text",
                "name": county["name"],
                "x": [x for _year, x, _y in known],
                "y": [y for _year, _x, y in known],
                "text": [str(year) for year, _x, _y in known],
                "textposition": "top center",
                "line": {"color": colour, "width": 1.2, "dash": "dot"},
                "marker": {"color": colour, "symbol": symbol, "size": 10},
                "hovertemplate": "%{text}: %{x} / %{y}<extra>" + county["name"] + "</extra>",
            }
        )
    axes = {"xaxis": {"title": {"text": across}}, "yaxis": {"title": {"text": up}, "automargin": True}}
    return {"data": traces, "layout": layout(**axes, margin={"l": 56, "r": 16, "t": 36, "b": 56}, height=460)}


def heat(rows: Sequence[dict], counties: Sequence[str], *, percent: str) -> dict:
    """One year of many rows: the gap in per cent of the benchmark, green better, red worse, cut at ±25 %; the gap
    in the row's own unit stands in the field. rows: {name, shares, gaps}: lists over counties, the gaps in words."""
    names = [row["name"] for row in rows]
    texts = [_gaps(row) for row in rows]
    trace = {
        "type": "heatmap",
        "x": list(counties),
        "y": names,
        "z": [listed(row["shares"]) for row in rows],
        "text": texts,
        "texttemplate": "%{text}",
        "hovertemplate": "%{y}<br>%{x} %{text}<extra></extra>",
        "zmin": -25,
        "zmax": 25,
        "xgap": 2,
        "ygap": 2,
        "colorscale": [[0, "#b23b2b"], [0.5, "#f4f1ea"], [1, "#2b7663"]],
        "colorbar": {"title": {"text": percent}, "thickness": 10, "outlinewidth": 0},
    }
    axis = {"autorange": "reversed", "automargin": True, "gridcolor": GRID}
    height = 100 + 40 * len(rows)
    return {"data": [trace], "layout": layout(yaxis=axis, xaxis={"side": "top"}, margin=_margin(), height=height)}


def _gaps(row: dict) -> list[str]:
    """As a person reads them, a dash where there is none."""
    return [words or ABSENT for words in row["gaps"]]


def _status_colour(status: str) -> str:
    return STATUS_COLOURS.get(status, UNKNOWN_COLOUR if status == "unreported" else PRIMARY)


def _years(years: Sequence[int]) -> dict:
    return {"tickvals": list(years), "range": [years[0] - 0.5, years[-1] + 0.5]}


def _stages(names: Sequence[str]) -> dict:
    """An axis of stages has their names where a number's has figures."""
    if not names:
        return {}
    return {"tickvals": list(range(len(names))), "ticktext": list(names), "automargin": True}


def _margin() -> dict:
    return {"l": 48, "r": 12, "t": 36, "b": 32}

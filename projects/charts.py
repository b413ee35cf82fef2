"""Rows of the register → Plotly figures as plain dicts. No Django, no database."""

from collections.abc import Mapping, Sequence
from datetime import date

from lib.charts import MUTED, PRIMARY, STATUS_COLOURS, UNKNOWN_COLOUR, layout, listed, note, shortened

STATE_COLOURS = {
    "planned": UNKNOWN_COLOUR,
    "started": "#4a7ba6",
    "completed": STATUS_COLOURS["met"],
    "stalled": STATUS_COLOURS["behind"],
    "cancelled": "#d5dbe1",
}
LONGEST = 22
DAY = 86_400_000  # milliseconds, as Plotly counts a length of time


def gantt(rows: Sequence[dict], *, names: Mapping[str, str], today: date) -> dict:
    """A bar for each project from its start to its planned or real end, its stages as marks, today as a line.

    rows, top first: {code, name, state, state_name, starts, ends, marks: [(stage, day)]}. A project whose end is not
    known is drawn to today; one whose start is not known has its marks alone. One trace for each state, so that the
    legend tells."""
    labels = {row["code"]: _label(row) for row in rows}
    traces = [_bars(rows, state, labels, today) for state in STATE_COLOURS if _has_bar(rows, state)]
    traces.append(_stage_marks(rows, labels, names["stages"]))
    return {
        "data": traces,
        "layout": layout(
            barmode="overlay",
            xaxis={"type": "date", "side": "top", "tickformat": "%Y-%m", "visible": bool(rows)},
            yaxis={
                "type": "category",
                "categoryorder": "array",
                "categoryarray": [labels[row["code"]] for row in rows],
                "range": [len(rows) - 0.5, -0.5],
                "automargin": True,
                "gridcolor": "rgba(0,0,0,0)",
                "ticklabelstandoff": 6,
            },
            margin={"l": 8, "r": 12, "t": 30, "b": 62},
            legend={"yref": "container", "y": 0, "yanchor": "bottom"},
            shapes=[_today_line(today)] if rows else [],
            height=130 + 24 * max(len(rows), 1),
            annotations=[] if rows else [note(names["empty"])],
        ),
    }


def _stage_marks(rows: Sequence[dict], labels: Mapping[str, str], name: str) -> dict:
    days: list[str] = []
    bars: list[str] = []
    stages: list[str] = []
    for row in rows:
        for stage, day in row["marks"]:
            days.append(day.isoformat())
            bars.append(labels[row["code"]])
            stages.append(stage)
    return {
        "type": "scatter",
        "mode": "markers",
        "name": name,
        "x": days,
        "y": bars,
        "text": stages,
        "marker": {"symbol": "diamond", "size": 8, "color": PRIMARY, "line": {"color": "#fff", "width": 1}},
        "hovertemplate": "%{y}<br>%{text} %{x|%Y-%m-%d}<extra></extra>",
    }


def _today_line(today: date) -> dict:
    day = today.isoformat()
    place = {"type": "line", "xref": "x", "yref": "paper", "x0": day, "x1": day, "y0": 0, "y1": 1}
    return {**place, "line": {"color": MUTED, "width": 1, "dash": "dot"}}


def investment(years: Sequence, *, names: Mapping[str, str]) -> dict:
    """Since the beginning, by year, in 亿元: planned as a line, completed as bars that end with the last report.

    years: objects with year, planned_so_far and completed_so_far (None: not reported, a break)."""
    labels = [str(each.year) for each in years]
    done = [None if each.completed_so_far is None else float(each.completed_so_far) for each in years]
    bars = {
        "type": "bar",
        "name": names["completed"],
        "x": labels,
        "y": listed(done),
        "marker": {"color": STATUS_COLOURS["met"]},
        "width": 0.5,
        "hovertemplate": "%{x} " + names["completed"] + " %{y:,.2f}" + names["unit"] + "<extra></extra>",
    }
    plan = {
        "type": "scatter",
        "mode": "lines+markers",
        "name": names["planned"],
        "x": labels,
        "y": [float(each.planned_so_far) for each in years],
        "line": {"color": PRIMARY, "width": 2, "dash": "dash"},
        "hovertemplate": "%{x} " + names["planned"] + " %{y:,.2f}" + names["unit"] + "<extra></extra>",
    }
    return {
        "data": [bars, plan],
        "layout": layout(
            xaxis={"type": "category"},
            yaxis={"rangemode": "tozero", "ticksuffix": "", "title": {"text": names["unit"]}},
            margin={"l": 60, "t": 36},
            height=300,
        ),
    }


def _label(row: dict) -> str:
    return f"{shortened(row['name'], LONGEST)} {row['code'][4:]}"


def _has_bar(rows: Sequence[dict], state: str) -> bool:
    return any(row["state"] == state and row["starts"] for row in rows)


def _bars(rows: Sequence[dict], state: str, labels: Mapping[str, str], today: date) -> dict:
    own = [row for row in rows if row["state"] == state and row["starts"]]
    lengths: list[int] = []
    spans: list[str] = []
    for row in own:
        end = max(row["ends"] or today, row["starts"])
        lengths.append(DAY * ((end - row["starts"]).days + 1))
        spans.append(f"{row['starts'].isoformat()} → {end.isoformat()}")
    return {
        "type": "bar",
        "orientation": "h",
        "name": own[0]["state_name"],
        "y": [labels[row["code"]] for row in own],
        "base": [row["starts"].isoformat() for row in own],
        "x": lengths,
        "marker": {"color": STATE_COLOURS[state]},
        "width": 0.55,
        "text": spans,
        "textposition": "none",
        "hovertemplate": "%{y}<br>%{text}<extra></extra>",
    }

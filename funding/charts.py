"""Sums of money → Plotly figures as plain dicts. No Django, no database. Amounts come in 万元 and are drawn in 亿元."""

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

import pandas as pd

from funding.matching import cut
from funding.sum_tree import LEVELS, NONE, REST
from lib.charts import INK, MUTED, PRIMARY, STATUS_COLOURS, UNKNOWN_COLOUR, layout, listed, note, shortened
from lib.numbers import is_absent, rounded

PER_YI = 10_000
LONGEST = 13  # of a name beside its node; the whole stands in the hover text and in the table
LEVEL_COLOURS = {"source": PRIMARY, "area": "#3d6f9e", "field": "#2f7f6b", "project": "#8a9bab"}
LINK_COLOUR = "rgba(18, 57, 91, 0.16)"
STATE_COLOURS = ("#c3ccd5", "#8fa9c2", "#3d6f9e", PRIMARY)
RATIO_COLOURS = {**STATUS_COLOURS, "short": STATUS_COLOURS["behind"]}


def money_paths(
    leaves: pd.DataFrame, names: Mapping[str, Mapping[str, str]], *, empty: str, unit: str = "亿元"
) -> dict:
    """Source → county → field → project as a Sankey diagram.

    leaves: `source` `area` `field` `project` `amount` (万元). names: {level: {code: name}}. A node's width is the sum
    of its leaves. A link whose sum is not positive cannot be drawn and is left out; the table beside has it.
    """
    drawn = leaves[leaves["amount"] > 0]
    nodes: list[tuple[str, str]] = []
    for level in LEVELS:
        nodes += [(level, code) for code in _ordered(drawn, level, names[level])]
    places = {node: place for place, node in enumerate(nodes)}
    links: list[_Link] = []
    for pair in pairwise(LEVELS):
        links += _links(drawn, pair, places)
    full = [names[level].get(code, code) for level, code in nodes]
    sankey = {
        "type": "sankey",
        "arrangement": "snap",
        "node": {
            "label": [shortened(name, LONGEST) for name in full],
            "customdata": full,
            "color": [LEVEL_COLOURS[level] for level, _ in nodes],
            "pad": 14,
            "thickness": 14,
            "line": {"width": 0},
            "hovertemplate": "%{customdata}<br>%{value:.2f} " + unit + "<extra></extra>",
        },
        "link": {
            "source": [link.left for link in links],
            "target": [link.right for link in links],
            "value": [link.amount_yi for link in links],
            "color": LINK_COLOUR,
            "hovertemplate": "%{source.customdata} → %{target.customdata}<br>%{value:.4f} " + unit + "<extra></extra>",
        },
        "valuesuffix": f" {unit}",
        "textfont": {"size": 12},
    }
    tallest = max(Counter(level for level, _ in nodes).values(), default=0)
    return {
        "data": [sankey] if links else [],
        "layout": layout(
            height=max(360, 120 + 30 * tallest) if links else 200,
            margin={"l": 8, "r": 8, "t": 12, "b": 16},
            xaxis={"visible": False},
            yaxis={"visible": False},
            annotations=[] if links else [note(empty)],
        ),
    }


def _ordered(leaves: pd.DataFrame, level: str, names: Mapping[str, str]) -> list[str]:
    """Codes in the order of `names`; projects by size, what is not one project last."""
    present = set(leaves[level])
    if level != "project":
        return [code for code in names if code in present]
    sums = leaves.groupby("project")["amount"].sum().sort_values(ascending=False, kind="stable")
    projects = [code for code in sums.index if code not in {REST, NONE}]
    others = [code for code in (REST, NONE) if code in present]
    return projects + others


class _Link(NamedTuple):
    """From one node to another, by their places in the list of nodes."""

    left: int
    right: int
    amount_yi: float


def _links(leaves: pd.DataFrame, pair: tuple[str, str], places: Mapping[tuple[str, str], int]) -> list[_Link]:
    left, right = pair
    sums = leaves.groupby([left, right])["amount"].sum()
    found = []
    for (left_code, right_code), wan in zip(sums.index, sums, strict=True):
        amount_yi = round(float(wan) / PER_YI, 8)
        found.append(_Link(places[left, left_code], places[right, right_code], amount_yi))
    return found


def _in_yi(amount_wan: float | None) -> float | None:
    """亿元 of 万元; None where absent."""
    if amount_wan is None or is_absent(amount_wan):
        return None
    return amount_wan / PER_YI


def state_bars(
    sums: Mapping[str, Sequence], years: Sequence[int], names: Mapping[str, str], *, empty: str, unit: str = "亿元"
) -> dict:
    """Bars by year, one for each state, side by side and never stacked: they are views of the same money.

    sums: {state: [万元 or None for each year]}, in the order in which money moves."""
    is_known, traces = False, []
    for (state, values), colour in zip(sums.items(), STATE_COLOURS, strict=True):
        is_known |= not all(map(is_absent, values))
        traces.append(
            {
                "type": "bar",
                "name": names[state],
                "x": list(years),
                "y": listed(map(_in_yi, values)),
                "marker": {"color": colour},
                "hovertemplate": "%{x} " + names[state] + " %{y:.2f} " + unit + "<extra></extra>",
            }
        )
    return {
        "data": traces,
        "layout": layout(
            barmode="group",
            bargap=0.28,
            height=300,
            margin={"l": 44, "r": 8, "t": 34, "b": 28},
            xaxis={"tickvals": list(years), "range": [min(years) - 0.6, max(years) + 0.6]},
            yaxis={"title": {"text": unit, "standoff": 6}, "rangemode": "tozero", "showticklabels": is_known},
            annotations=[] if is_known else [note(empty)],
        ),
    }


COUNTY_COLOURS = (("#3d6f9e", "#ffffff"), ("#8fa9c2", INK), ("#c3ccd5", INK))  # of a bar, and of what stands in it


def _ratio_bars(rows: Sequence[dict], name: str, number: int) -> dict:
    """One county's; the edge of a bar is in the colour of its status."""
    colour, ink = COUNTY_COLOURS[number % len(COUNTY_COLOURS)]
    return {
        "type": "bar",
        "name": name,
        "x": [row["year"] for row in rows],
        "y": listed(row["ratio"] for row in rows),
        "text": [_ratio_label(row["ratio"]) for row in rows],
        "textposition": "inside",
        "insidetextanchor": "middle",
        "textangle": 0,
        "textfont": {"size": 11, "color": ink},
        "marker": {
            "color": colour,
            "line": {"width": 2, "color": [RATIO_COLOURS.get(row["status"], UNKNOWN_COLOUR) for row in rows]},
        },
        "hovertemplate": "%{x} " + name + " 1 : %{y:.4f}<extra></extra>",
    }


def _ratio_label(ratio: float) -> str:
    return "" if is_absent(ratio) else rounded(cut(ratio), 2)


def _floor_line(years: Sequence[int], floors: Mapping[int, float], name: str) -> dict:
    """A step for each year that has a floor, as wide as the year's bars."""
    edges: list[float] = []
    steps: list[float] = []
    for year in years:
        if year in floors:
            edges += [year - 0.45, year + 0.45]
            steps += [floors[year], floors[year]]
    return {
        "type": "scatter",
        "mode": "lines",
        "name": name,
        "x": edges,
        "y": steps,
        "line": {"color": "#b23b2b", "width": 1.6, "dash": "dash"},
        "hovertemplate": "%{y}<extra>" + name + "</extra>",
    }


def ratio_paths(rows: Sequence[dict], floors: Mapping[int, float], names: Mapping[str, str], *, words: Mapping) -> dict:
    """Each county's matching ratio by year, and the floor as a stepwise line.

    rows: {area, year, ratio, status}, in the order of `names` and of years; a ratio that is absent is a gap. floors:
    {year: floor}. words: `floor`, `empty`."""
    years = sorted({row["year"] for row in rows})
    is_known = not all(is_absent(row["ratio"]) for row in rows)
    traces = []
    for number, (area, name) in enumerate(names.items()):
        own = [row for row in rows if row["area"] == area]
        traces.append(_ratio_bars(own, name, number))
    traces.append(_floor_line(years, floors, words["floor"]))
    return {
        "data": traces,
        "layout": layout(
            barmode="group",
            bargap=0.3,
            height=300,
            uniformtext={"minsize": 10, "mode": "hide"},  # a label that would be smaller is left to the table
            margin={"l": 40, "r": 8, "t": 34, "b": 28},
            xaxis={"tickvals": years, "range": [years[0] - 0.6, years[-1] + 0.6]} if years else {},
            yaxis={"rangemode": "tozero", "showticklabels": is_known, "zerolinecolor": MUTED},
            annotations=[] if is_known else [note(words["empty"])],
        ),
    }

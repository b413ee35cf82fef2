"""Sums of money → Plotly figures as plain dicts. No Django, no database. Amounts come in 万元 and are drawn in 亿元."""

from collections import Counter
from collections.abc import Mapping, Sequence

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
    nodes = {(level, code): None for level in LEVELS for code in _ordered(drawn, level, names[level])}
    places = {node: place for place, node in enumerate(nodes)}
    links = [row for pair in zip(LEVELS, LEVELS[1:], strict=False) for row in _links(drawn, pair, places)]
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
            "source": [row[0] for row in links],
            "target": [row[1] for row in links],
            "value": [row[2] for row in links],
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
    return [code for code in sums.index if code not in {REST, NONE}] + [c for c in (REST, NONE) if c in present]


def _links(leaves: pd.DataFrame, pair: Sequence[str], places: Mapping) -> list[tuple[int, int, float]]:
    left, right = pair
    sums = leaves.groupby([left, right])["amount"].sum()
    flows = zip(sums.index.get_level_values(0), sums.index.get_level_values(1), sums, strict=True)
    return [(places[left, a], places[right, b], round(float(v) / PER_YI, 8)) for a, b, v in flows]


def _in_yi(amount_wan: float | None) -> float | None:
    """亿元 of 万元; None where absent."""
    return None if amount_wan is None or is_absent(amount_wan) else amount_wan / PER_YI


def state_bars(
    sums: Mapping[str, Sequence], years: Sequence[int], names: Mapping[str, str], *, empty: str, unit: str = "亿元"
) -> dict:
    """Bars by year, one for each state, side by side and never stacked: they are views of the same money.

    sums: {state: [万元 or None for each year]}, in the order in which money moves."""
    known = [v for values in sums.values() for v in values if not is_absent(v)]
    traces = [
        {
            "type": "bar",
            "name": names[state],
            "x": list(years),
            "y": listed(map(_in_yi, values)),
            "marker": {"color": colour},
            "hovertemplate": "%{x} " + names[state] + " %{y:.2f} " + unit + "<extra></extra>",
        }
        for (state, values), colour in zip(sums.items(), STATE_COLOURS, strict=True)
    ]
    return {
        "data": traces,
        "layout": layout(
            barmode="group",
            bargap=0.28,
            height=300,
            margin={"l": 44, "r": 8, "t": 34, "b": 28},
            xaxis={"tickvals": list(years), "range": [min(years) - 0.6, max(years) + 0.6]},
            yaxis={"title": {"text": unit, "standoff": 6}, "rangemode": "tozero", "showticklabels": bool(known)},
            annotations=[] if known else [note(empty)],
        ),
    }


def ratio_paths(rows: Sequence[dict], floors: Mapping[int, float], names: Mapping[str, str], *, words: Mapping) -> dict:
    """Each county's matching ratio by year, and the floor as a stepwise line.

    rows: {area, year, ratio, status}, in the order of `names` and of years; a ratio that is absent is a gap. floors:
    {year: floor}. words: `floor`, `empty`."""
    years = sorted({row["year"] for row in rows})
    is_known = any(not is_absent(row["ratio"]) for row in rows)
    traces = []
    for number, (area, name) in enumerate(names.items()):
        own = [row for row in rows if row["area"] == area]
        traces.append(
            {
                "type": "bar",
                "name": name,
                "x": [row["year"] for row in own],
                "y": listed(row["ratio"] for row in own),
                "text": ["" if is_absent(row["ratio"]) else rounded(cut(row["ratio"]), 2) for row in own],
                "textposition": "inside",
                "insidetextanchor": "middle",
                "textangle": 0,
                "textfont": {"size": 11, "color": "#ffffff" if number % 3 == 0 else INK},
                "marker": {
                    "color": ["#3d6f9e", "#8fa9c2", "#c3ccd5"][number % 3],
                    "line": {"width": 2, "color": [RATIO_COLOURS.get(row["status"], UNKNOWN_COLOUR) for row in own]},
                },
                "hovertemplate": "%{x} " + name + " 1 : %{y:.4f}<extra></extra>",
            }
        )
    edges = [edge for year in years if year in floors for edge in (year - 0.45, year + 0.45)]
    line = {"color": "#b23b2b", "width": 1.6, "dash": "dash"}
    steps = [floors[year] for year in years if year in floors for _ in range(2)]
    floor = {"type": "scatter", "mode": "lines", "name": words["floor"], "x": edges, "y": steps, "line": line}
    traces.append({**floor, "hovertemplate": "%{y}<extra>" + words["floor"] + "</extra>"})
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

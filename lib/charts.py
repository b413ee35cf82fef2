"""One lean look for every Plotly figure. Figures are plain dicts of lists and None, never NaN."""

from collections.abc import Iterable
from itertools import accumulate
from typing import Any
from unicodedata import east_asian_width

from lib.numbers import is_absent

INK, PRIMARY, MUTED, GRID = "#1d2733", "#12395b", "#5b6b7b", "#e6eaee"
STATUS_COLOURS = {"met": "#2f7f6b", "near": "#c9902a", "behind": "#b23b2b"}
UNKNOWN_COLOUR = "#9aa6b2"
FONT = "system-ui, 'PingFang SC', 'Microsoft YaHei', 'Noto Sans CJK SC', sans-serif"


def listed(values: Iterable) -> list:
    """A list for JSON: absent values become None, which Plotly draws as a break."""
    return [None if is_absent(value) else value for value in values]


def layout(**more: Any) -> dict[str, Any]:
    """The house layout; keyword arguments are laid over it."""
    base: dict[str, Any] = {
        "font": {"family": FONT, "size": 13, "color": INK},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "margin": {"l": 48, "r": 16, "t": 16, "b": 40},
        "hoverlabel": {"font": {"family": FONT}},
        "hovermode": "closest",
        "showlegend": True,
        "legend": {"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0, "xanchor": "left"},
        "xaxis": {"gridcolor": GRID, "zeroline": False, "fixedrange": True},
        "yaxis": {"gridcolor": GRID, "zeroline": False, "fixedrange": True},
    }
    for key, value in more.items():
        known = base.get(key)
        if isinstance(known, dict) and isinstance(value, dict):
            base[key] = {**known, **value}
        else:
            base[key] = value
    return base


def shortened(name: str, longest: int) -> str:
    """A name as it fits beside a mark: `longest` Chinese characters wide, of Latin letters twice as many."""
    widths = [2 if east_asian_width(each) in "WF" else 1 for each in name]
    most = 2 * longest
    if sum(widths) <= most:
        return name
    room = most - 2  # without the dots
    fitting = sum(end <= room for end in accumulate(widths))
    return name[:fitting].rstrip() + "…"


def note(words: str) -> dict:
    """Words in the middle of a figure that has nothing to draw."""
    return {"text": words, "xref": "paper", "yref": "paper", "x": 0.5, "y": 0.5, "showarrow": False}

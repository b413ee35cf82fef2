"""Small trend drawings as SVG coordinates. A missing value is a break in the line, never a zero."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from lib.numbers import is_absent

WIDTH, HEIGHT, MARGIN = 50, 20, 3


@dataclass(frozen=True)
class Sparkline:
    """Path data in a box of WIDTH × HEIGHT: values (solid), targets (dashed), and the year's own point."""

    values: str
    targets: str
    point: tuple[float, float] | None


def sparkline(
    values: Sequence[float | None],
    targets: Sequence[float | None],
    at: int,
    scale: tuple[float, float] | None = None,
) -> Sparkline:
    """Both series on one scale, their own unless another (low, high) is given; one entry per year; `at` is the
    position of the year to mark."""
    return _drawn(tuple(values), tuple(targets), at, scale)


# Of a page that is made anew nearly every line is as it was: one number has changed.
@lru_cache(maxsize=5000)
def _drawn(
    values: tuple[float | None, ...], targets: tuple[float | None, ...], at: int, scale: tuple[float, float] | None
) -> Sparkline:
    known = [v for v in (*values, *targets) if v is not None and not is_absent(v)]
    low, high = scale or ((min(known), max(known)) if known else (0, 0))
    step = (WIDTH - 2 * MARGIN) / max(len(values) - 1, 1)

    def place(position: int, value: float) -> tuple[float, float]:
        share = (value - low) / (high - low) if high > low else 0.5
        return round(MARGIN + position * step, 1), round(HEIGHT - MARGIN - share * (HEIGHT - 2 * MARGIN), 1)

    marked = values[at]
    point = None if marked is None or is_absent(marked) else place(at, marked)
    return Sparkline(_path(values, place), _path(targets, place), point)


def _path(series: Sequence[float | None], place: Callable[[int, float], tuple[float, float]]) -> str:
    """Straight lines between neighbouring years that both have a value; a lone value is a short dash."""
    parts, pen_down = [], False
    for position, value in enumerate(series):
        if value is None or is_absent(value):
            pen_down = False
            continue
        x, y = place(position, value)
        parts.append(f"{'L' if pen_down else 'M'}{x:g} {y:g}")
        pen_down = True
    return "".join(parts)

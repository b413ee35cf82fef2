"""Numbers as people read them. Nothing is rounded away: a figure shows every decimal that was typed."""

import math
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

MINUS = "−"
ABSENT = "–"
LARGEST = 2**63 - 1  # that either database keeps as a whole number
LONGEST_WHOLE = len(str(LARGEST))
NUMBER_LIMIT = Decimal(10) ** 9  # every figure of the site is smaller, in whatever unit: the columns hold no more
DECIMALS = 6  # that the columns hold
SETTLED_DECIMALS = 9  # of what is computed from them: more would be the noise of binary floats (4.133333333333334)


def can_be_kept(number: Decimal) -> bool:
    """Whether the database holds the number exactly: below NUMBER_LIMIT, with at most DECIMALS places."""
    is_small = number.is_finite() and number.copy_abs() < NUMBER_LIMIT  # `abs` rounds, and overflows at 1e9999999
    return is_small and number == round(number, DECIMALS)


def whole(text: str) -> int | None:
    """The whole number that stands there in digits and that a database can look for; else None."""
    if not text.isdecimal() or len(text) > LONGEST_WHOLE:
        return None
    number = int(text)
    return number if number <= LARGEST else None


def settled(value: float | None) -> float | None:
    """A computed number to SETTLED_DECIMALS places, without a negative zero; None as it is."""
    if value is None:
        return None
    return round(value, SETTLED_DECIMALS) + 0.0


def plain(value: float | Decimal | None, decimals: int = 0) -> str:
    """`value` with at least `decimals` places and as many as it has (at most 6); an en dash where absent.

    94.8 → "94.8", 94.96 with decimals=1 → "94.96", -0.2 → "−0.2", NaN → "–"."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ABSENT
    whole, _, fraction = f"{abs(value):,.6f}".partition(".")
    fraction = fraction.rstrip("0").ljust(decimals, "0")
    text = f"{whole}.{fraction}" if fraction else whole
    return f"{MINUS}{text}" if value < 0 else text


def digits(value: Decimal) -> str:
    """As a person types it: without trailing zeros, groups or an exponent, and zero without a sign."""
    return f"{value.normalize() + 0:f}"


def signed(value: float | Decimal | None, decimals: int = 0) -> str:
    """`plain` with its sign: "+0.8", "−0.2", "0.0" for zero."""
    text = plain(value, decimals)
    if value is None or not value > 0:  # NaN is neither
        return text
    return f"+{text}"


def rounded(value: float | None, decimals: int) -> str:
    """For computed figures (means, projections, ratios), where more places would feign precision."""
    if value is None or math.isnan(value):
        return ABSENT
    text = f"{abs(value):,.{decimals}f}"
    if value >= 0:
        return text
    is_shown_as_zero = not float(text.replace(",", ""))
    return text if is_shown_as_zero else f"{MINUS}{text}"


def is_absent(value: object) -> bool:
    """Whether a value stands for none: None, NaN, NaT."""
    return value is None or value != value


def named_rows(frame: "pd.DataFrame") -> Iterator[Any]:
    """The rows of a DataFrame, each with its columns as attributes."""
    return iter(frame.itertuples())


def records(frame: "pd.DataFrame") -> list[dict]:
    """The rows of a DataFrame as dicts, absent values as None. Column by column: a frame of objects made of all of them
    takes three times as long."""
    return _row_by_row({str(name): _with_none(column) for name, column in frame.items()})


def rows_of(columns: "Mapping[str, np.ndarray]") -> list[dict]:
    """The rows of columns of one length as dicts, NaN as None."""
    return _row_by_row({name: _without_nan(column) for name, column in columns.items()})


def _row_by_row(columns: Mapping[str, list]) -> list[dict]:
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def _without_nan(column: "np.ndarray") -> list:
    values: list = column.tolist()
    if column.dtype.kind != "f":
        return values
    return [None if value != value else value for value in values]


def _with_none(column: "pd.Series") -> list:
    values, absent = column.tolist(), column.isna().to_numpy()
    if not absent.any():
        return values
    return [None if is_gone else value for value, is_gone in zip(values, absent, strict=True)]

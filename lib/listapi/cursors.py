"""The place between two pages of a list, as it stands in an address."""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from django.utils.translation import gettext as _

from lib.listapi.lists import BadParameter, Column, List

Ordering = tuple[tuple[str, bool], ...]  # (column, is descending)
CURSOR_FORM = "[A-Za-z0-9_-]{8,2000}"


@dataclass(frozen=True)
class Cursor:
    """The place between two pages: the order's values in the row beside it; `is_back` reads towards the beginning."""

    values: tuple
    is_back: bool = False

    def __str__(self) -> str:
        payload = orjson.dumps([self.is_back, *self.values], option=orjson.OPT_UTC_Z)
        return urlsafe_b64encode(payload).decode().rstrip("=")


PLAIN = {"string": str, "integer": int, "number": (int, float), "boolean": bool, "date": str, "date-time": str}


def read_cursor(text: str, which: List, ordering: Ordering) -> Cursor:
    """BadParameter for what is no cursor of this list in this order."""
    try:
        if not re.fullmatch(CURSOR_FORM, text, re.ASCII):
            raise ValueError(text)
        is_back, *values = orjson.loads(urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        columns = [which.by_name[name] for name, _is_down in ordering]
        fits = len(values) == len(columns) and all(map(_fits, columns, values))
        if not fits or not isinstance(is_back, bool):
            raise ValueError(text)
    except (ValueError, TypeError) as error:
        words = _("cursor 只能取自上一页的 next 或 previous，并与同样的 ordering 一起使用。")
        raise BadParameter("cursor", words) from error
    return Cursor(tuple(values), is_back)


def _fits(column: Column, value: Any) -> bool:
    if value is None:
        return column.is_nullable
    kinds: Any = PLAIN[column.type]
    if isinstance(value, bool) != (column.type == "boolean") or not isinstance(value, kinds):
        return False
    if column.type == "date-time":
        datetime.fromisoformat(str(value))
    if isinstance(value, str):
        return "\0" not in value
    return not isinstance(value, int) or abs(value) <= 2**53  # beyond that a double is not exact

"""What a database gives out as the values that a list shows: PostgreSQL's are right as they come, SQLite's are not."""

import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from django.db import connection

from lib.listapi.lists import List


def converted(which: List, rows: list[tuple]) -> list[tuple]:
    """SQLite knows neither moments nor truth values; PostgreSQL's rows are right as they come."""
    if connection.vendor != "sqlite":
        return rows
    makers = [(at, MAKERS[c.type]) for at, c in enumerate(which.columns) if c.type in MAKERS]
    return [_made(row, makers) for row in rows] if makers else rows


def _made(row: tuple, makers: Sequence[tuple[int, Callable[[Any], Any]]]) -> tuple:
    made = list(row)
    for at, make in makers:
        if made[at] is not None:
            made[at] = make(made[at])
    return tuple(made)


def _moment_of(text: Any) -> datetime:
    found = datetime.fromisoformat(text) if isinstance(text, str) else text
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _readable(text: str) -> str:
    """JSON as PostgreSQL gives it: letters as themselves."""
    return json.dumps(json.loads(text), ensure_ascii=False)


MAKERS: dict[str, Callable[[Any], Any]] = {
    "date-time": _moment_of,
    "boolean": bool,
    "number": float,
    "object": _readable,
}

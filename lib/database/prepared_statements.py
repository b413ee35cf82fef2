"""Statements that come again and again: PostgreSQL plans each once for a connection, not once for a request.

    with connection.cursor() as cursor:
        execute(cursor, sql, params)             # instead of cursor.execute(sql, params)

    LOOKUP = Prepared(lambda: AccessToken.objects.filter(key="").values_list("id", "digest"))
    row, rows = LOOKUP.rows_beside(other, "abc")   # the ORM writes its SQL once; with the one row of another statement
    rows = written(name, lambda: rows.values_list("id")).rows()   # a whole query, values and all, by its name

Planning a join of three tables takes PostgreSQL five times as long as running it by its key.
"""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from django.db import InterfaceError, OperationalError, connection
from django.db.backends.utils import CursorWrapper
from django.db.models import QuerySet

from lib.database.driver import execute_planned
from lib.lru_cache import Recent


@dataclass(frozen=True)
class Statement:
    """SQL with its parameters."""

    sql: str
    params: tuple = ()


def execute(cursor: CursorWrapper, sql: str, params: Sequence = ()) -> None:
    """Execute `sql` with `params`; on PostgreSQL by a plan that the connection keeps."""
    if cursor.db.vendor == "postgresql":
        execute_planned(cursor, sql, params)
    else:
        cursor.execute(sql, params)


class Prepared:
    """A query whose filters alone change. `make()` gives a QuerySet of values with any values in its filters."""

    def __init__(self, make: Callable[[], QuerySet]):
        self.make = make
        self._known: dict[str, Written] = {}

    def rows_beside(self, other: Statement, *values: object) -> tuple[tuple, list[tuple]]:
        """(the row of `other`, which gives exactly one; the rows of this query), by one statement.

        To be asked first of a request: it finds out by the way whether the connection still lives, which otherwise is a
        question of its own (`CONN_HEALTH_CHECKS`). A dead connection is replaced, and the question asked again."""
        own = self._written()
        rows = _fetched(_beside(other.sql, own.sql), (*other.params, *values))
        ours = [row[-own.width :] for row in rows if row[-own.width - 1]]
        return rows[0][: -own.width - 1], own.converted(ours)

    def rows(self, *values: object) -> list[tuple]:
        """The rows of this query alone."""
        own = self._written()
        return own.converted(_asked(own.sql, values))

    def _written(self) -> "Written":
        """Once for a kind of database."""
        if connection.vendor not in self._known:
            self._known[connection.vendor] = Written(self.make(), elide_empty=False)
        return self._known[connection.vendor]


class Written:
    """A query of values as the ORM has written it, its filters' values and all: to be asked again."""

    def __init__(self, query: QuerySet, *, elide_empty: bool = True):
        self._compiler = query.query.get_compiler(connection.alias, elide_empty=elide_empty)
        self.sql, self.params = self._compiler.as_sql()
        columns = [expression for expression, _sql, _alias in self._compiler.select]
        self.width = len(columns)
        self._converters = self._compiler.get_converters(columns)

    def rows(self) -> list[tuple]:
        """As they are now."""
        return self.converted(_asked(self.sql, self.params))

    def converted(self, rows: list[tuple]) -> list[tuple]:
        """As Python's values."""
        if not self._converters:
            return rows
        return [tuple(row) for row in self._compiler.apply_converters(rows, self._converters)]


_WRITTEN = Recent(2000)


def written(name: Hashable, make: Callable[[], QuerySet]) -> Written:
    """The query of that name, which `make` gives the first time: to the ORM writing it costs more than asking it. The
    name has to tell apart everything that its filters depend on, and no filter may depend on the moment."""
    found: Written | None = _WRITTEN.get((connection.vendor, name))
    if found is None:
        found = Written(make())
        _WRITTEN.put((connection.vendor, name), found)
    return found


@lru_cache(maxsize=100)
def _beside(one: str, own: str) -> str:
    beside = f"(SELECT true, own.* FROM ({own}) AS own)"  # nosec B608  # both are statements that Django has made
    return f"SELECT * FROM ({one}) AS one LEFT JOIN {beside} AS own ON true"  # nosec B608  # the same two


def _fetched(sql: str, values: tuple) -> list[tuple]:
    connection.health_check_done = True  # type: ignore[attr-defined]  # the stubs leave it out
    try:
        return _asked(sql, values)
    except (InterfaceError, OperationalError):
        if connection.in_atomic_block:
            raise
        connection.close()
        return _asked(sql, values)


def _asked(sql: str, values: tuple) -> list[tuple]:
    with connection.cursor() as cursor:
        execute(cursor, sql, values)
        rows: list[tuple] = cursor.fetchall()
        return rows

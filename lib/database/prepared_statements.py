"""Statements that come again and again: PostgreSQL plans each once for a connection, not once for a request.

    with connection.cursor() as cursor:
        execute(cursor, sql, params)             # instead of cursor.execute(sql, params)

    LOOKUP = Prepared(lambda: AccessToken.objects.filter(key="").values_list("id", "digest"))
    row, rows = LOOKUP.rows_beside(other, "abc")   # the ORM writes its SQL once; with the one row of another statement
    rows = written(name, lambda: rows.values_list("id")).rows()   # a whole query, values and all, by its name
    matters = again(name, lambda: Matter.objects.filter(…))       # the same of a query of models

Planning a join of three tables takes PostgreSQL five times as long as running it by its key.
"""

from collections.abc import Callable, Hashable, Sequence
from copy import copy
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeVar

from django.core.exceptions import EmptyResultSet
from django.db import InterfaceError, OperationalError, connection, connections
from django.db.backends.utils import CursorWrapper
from django.db.models import Model, QuerySet
from django.db.models.sql.compiler import SQLCompiler

from lib.database.driver import execute_planned
from lib.lru_cache import Recent

M = TypeVar("M", bound=Model)


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
    """A query as the ORM has written it, its filters' values and all: to be asked again."""

    def __init__(self, query: QuerySet, *, elide_empty: bool = True):
        self._query = query
        self._compiler = query.query.get_compiler(connection.alias, elide_empty=elide_empty)
        try:
            self.sql, self.params = self._compiler.as_sql()
        except EmptyResultSet:  # a list of nothing that something should be in: not worth a question
            self.sql, self.params = "", ()
        columns = [expression for expression, _sql, _alias in self._compiler.select]
        self.width = len(columns)
        self._converters = self._compiler.get_converters(columns)

    def rows(self) -> list[tuple]:
        """Of a query of values, as they are now."""
        return self.converted(_asked(self.sql, self.params)) if self.sql else []

    def found(self) -> list:
        """What the query itself would give now, models with what is selected and fetched beside them."""
        if not self.sql:
            return []
        asked: QuerySet = QuerySet(self._query.model, self)  # type: ignore[arg-type]  # it asks for a compiler alone
        for name in ("_iterable_class", "_prefetch_related_lookups", "_known_related_objects", "_fields"):
            setattr(asked, name, getattr(self._query, name))
        return list(asked)

    def get_compiler(self, using: str | None = None, *_given: object, **_named: object) -> SQLCompiler:
        """For Django's own iteration over results: one that has compiled already, with this thread's connection."""
        compiler: SQLCompiler = copy(self._compiler)
        compiler.connection = connections[using or connection.alias]
        setattr(compiler, "as_sql", lambda *_given, **_named: (self.sql, self.params))  # noqa: B010  # a method is replaced
        return compiler

    def converted(self, rows: list[tuple]) -> list[tuple]:
        """As Python's values."""
        if not self._converters:
            return rows
        return [tuple(row) for row in self._compiler.apply_converters(rows, self._converters)]


_WRITTEN = Recent(2000)
MOST_PARAMETERS = 100  # of a query that is kept: one that names very many counties is rare, and large


def written(name: Hashable, make: Callable[[], QuerySet]) -> Written:
    """The query of that name, which `make` gives the first time: to the ORM writing it costs more than asking it. The
    name has to tell apart everything that its filters depend on, and no filter may depend on the moment."""
    found: Written | None = _WRITTEN.get((connection.vendor, name))
    if found is None:
        found = Written(make())
        if len(found.params) <= MOST_PARAMETERS:
            _WRITTEN.put((connection.vendor, name), found)
    return found


def again(name: Hashable, make: Callable[[], QuerySet[M]]) -> list[M]:
    """The rows of a query that comes again and again, as `written` finds it."""
    return written(name, make).found()


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

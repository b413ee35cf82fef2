"""What an address asks of a list, and the one SQL statement that answers it.

A page begins after the last row of the one before it (keyset), never at a count of rows: the last page costs what the
first one does, and a row that comes or goes meanwhile neither repeats nor hides another.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.http import Http404, QueryDict
from django.utils.translation import gettext as _

from lib.database.prepared_statements import Statement, execute
from lib.listapi.contradictions import require_order
from lib.listapi.cursors import Cursor, Ordering, read_cursor
from lib.listapi.lists import BadParameter, Column, Filter, List, moment, require_known
from lib.listapi.values import converted
from lib.numbers import LARGEST, settled

Values = list[Any]  # by another name: `ListQuery.list` is the list that is asked
PAGE_SIZE, MAX_PAGE_SIZE = 100, 1000
FORMATS = ("json", "csv", "xlsx", "jsonstat")


@dataclass(frozen=True)
class ListQuery:
    """A request for rows, read and found sound."""

    list: List
    conditions: tuple[tuple[Filter, tuple], ...] = ()
    ordering: Ordering = ()  # ending with the key
    page_size: int = PAGE_SIZE
    cursor: Cursor | None = None
    as_of: datetime | None = None

    @classmethod
    def of(cls, which: List, given: QueryDict) -> "ListQuery":
        """BadParameter names what is not known or malformed."""
        require_known(given, which.parameters)
        as_of, filters = _as_of(given), which.known_filters
        conditions = tuple(_condition(filters[name], given.getlist(name), as_of) for name in given if name in filters)
        require_order(conditions)
        ordering = _ordering(which, given)
        size, cursor = _page_size(given), None
        if "cursor" in given:
            cursor = read_cursor(_one(given, "cursor"), which, ordering)
        return cls(which, conditions, ordering, size, cursor, as_of)

    @classmethod
    def one(cls, which: List, given: QueryDict, path: dict) -> "ListQuery":
        """The row whose columns hold what the path says."""
        require_known(given, ("as_of", "format") if which.has_as_of else ("format",))
        if any(isinstance(value, int) and value > LARGEST for value in path.values()):
            raise Http404
        as_of = _as_of(given)
        conditions = tuple((Filter(name, ""), (value,)) for name, value in path.items())
        ordering = tuple((name, False) for name in which.key)
        return cls(which, conditions, ordering, 1, None, as_of)

    @property
    def is_back(self) -> bool:
        """Whether it is read towards the beginning."""
        return self.cursor is not None and self.cursor.is_back

    def values_of(self, name: str) -> Values | None:
        """What the filter of this name asks for; None where it is not given."""
        for each, values in self.conditions:
            if each.name == name:
                return list(values)
        return None


def _condition(each: Filter, texts: list[str], as_of: datetime | None) -> tuple[Filter, tuple]:
    values = each.read(texts)
    if each.stands_for:
        values = each.stands_for(values, as_of)
    return each, tuple(values)


def _as_of(given: QueryDict) -> datetime | None:
    return moment("as_of", _one(given, "as_of")) if "as_of" in given else None


def _one(given: QueryDict, name: str) -> str:
    texts = given.getlist(name)
    if len(texts) > 1:
        raise BadParameter(name, _("{name} 只能写一次。").format(name=name))
    return texts[0]


def _page_size(given: QueryDict) -> int:
    if "page_size" not in given:
        return PAGE_SIZE
    text = _one(given, "page_size")
    is_number = text.isascii() and text.isdigit() and len(text) <= len(str(MAX_PAGE_SIZE))
    if not is_number or not 1 <= int(text) <= MAX_PAGE_SIZE:
        raise BadParameter("page_size", _("page_size 应为 1 至 {most} 的整数。").format(most=MAX_PAGE_SIZE))
    return int(text)


def _ordering(which: List, given: QueryDict) -> Ordering:
    asked: dict[str, bool] = {}
    for text in given.getlist("ordering"):
        for part in text.split(","):
            name = part.removeprefix("-")
            if name not in which.by_name:
                words = _("ordering 不能是“{name}”；可选（前加 - 为降序）：{known}。")
                raise BadParameter("ordering", words.format(name=part[:60], known="、".join(which.names)))
            asked.setdefault(name, part.startswith("-"))
    is_down = set(asked.values()) == {True}  # the key goes the way that all the others go
    for name in which.key:
        asked.setdefault(name, is_down)
    return tuple(asked.items())


# SQL -----------------------------------------------------------------------------------------------


def compiled(asked: ListQuery, user: object) -> Statement:
    """The rows in the user's scope as a table expression `rows` with the list's column names."""
    narrowing = [(each.narrow, values) for each, values in asked.conditions if each.narrow]
    is_kept = asked.list.is_same_for_all and asked.as_of is None and not narrowing
    kept: Statement | None = asked.list.sql.get(connection.vendor) if is_kept else None
    if kept is None:
        rows = asked.list.rows(user, asked.as_of)  # type: ignore[misc]  # a list without rows is computed
        for narrow, values in narrowing:
            rows = narrow(rows, list(values))
        rows = rows.order_by().values_list(*(column.source for column in asked.list.columns))
        sql, params = rows.query.get_compiler(connection.alias, elide_empty=False).as_sql()
        names = ", ".join(f'"{name}"' for name in asked.list.names)
        kept = Statement(f"WITH rows ({names}) AS NOT MATERIALIZED ({sql})", tuple(params))
        if is_kept:
            asked.list.sql[connection.vendor] = kept
    return kept


def statement(asked: ListQuery, user: object, *, select: str = "", limit: int | None = None) -> Statement:
    """The whole statement: `select` is what stands after SELECT (all columns by their names where it is empty)."""
    table = compiled(asked, user)
    where, params = _where(asked)
    columns = select or _columns(asked.list)
    sql = f"{table.sql} SELECT {columns} FROM rows{where}"  # nosec B608  # columns as declared, values as parameters
    if not select.startswith("count"):
        sql += f" ORDER BY {_order(asked)}"
    if limit is not None:
        sql += f" LIMIT {int(limit)}"
    return Statement(sql, (*table.params, *params))


def _columns(which: List) -> str:
    return ", ".join(f'"{name}"' for name in which.names)


SIGNS = {"from": ">=", "to": "<=", "after": ">"}


def _where(asked: ListQuery) -> tuple[str, list]:
    parts: list[str] = []
    params: list[Any] = []
    for each, values in asked.conditions:
        if each.narrow:
            continue
        column = f'"{each.column or each.name}"'
        if not values:
            parts.append("1 = 0")
        elif each.is_list:
            parts.append(f"{column} IN ({', '.join(['%s'] * len(values))})")
            params += values
        else:
            parts.append(f"{column} {SIGNS[each.test]} %s")
            params.append(_adapted(values[0]))
    if asked.cursor is not None:
        condition, more = _after(asked, asked.cursor)
        parts.append(condition)
        params += more
    if not parts:
        return "", params
    return f" WHERE {' AND '.join(parts)}", params


def _adapted(value: Any) -> Any:
    """A moment as the database keeps it."""
    return connection.ops.adapt_datetimefield_value(value) if isinstance(value, datetime) else value


def _order(asked: ListQuery) -> str:
    """Absent values come last, whichever way; backwards everything is turned round."""
    is_back = asked.is_back
    absent = " NULLS FIRST" if is_back else " NULLS LAST"
    parts = []
    for name, is_down in asked.ordering:
        way = "DESC" if is_down != is_back else "ASC"
        part = f'"{name}" {way}'
        if asked.list.by_name[name].is_nullable:
            part += absent
        parts.append(part)
    return ", ".join(parts)


def _after(asked: ListQuery, cursor: Cursor) -> tuple[str, list]:
    """The rows beyond the cursor."""
    columns = [asked.list.by_name[name] for name, _is_down in asked.ordering]
    values = [_at(column, value) for column, value in zip(columns, cursor.values, strict=True)]
    ways = {is_down for _name, is_down in asked.ordering}
    if len(ways) != 1 or any(column.is_nullable for column in columns):
        return _stepwise(asked, columns, values, cursor.is_back)
    # One way and no absent values: the database compares whole rows, and finds the place in an index.
    sign = "<" if ways != {cursor.is_back} else ">"
    names = ", ".join(f'"{column.name}"' for column in columns)
    marks = ", ".join(["%s"] * len(values))
    return f"({names}) {sign} ({marks})", values


def _stepwise(asked: ListQuery, columns: Sequence[Column], values: Sequence, is_back: bool) -> tuple[str, list]:
    """a beyond, or a equal and (b beyond, or …): for mixed directions and for columns that may be absent."""
    options: list[str] = []
    params: list[Any] = []
    equal: list[str] = []  # the columns before hold what the cursor's row holds
    equal_to: list[Any] = []
    for column, value, (_name, is_down) in zip(columns, values, asked.ordering, strict=True):
        name = f'"{column.name}"'
        beyond, own = _beyond(name, value, is_down, is_back, column.is_nullable)
        if beyond is not None:
            options.append(f"({' AND '.join([*equal, beyond])})")
            params += [*equal_to, *own]
        if value is None:
            equal.append(f"{name} IS NULL")
        else:
            equal.append(f"{name} = %s")
            equal_to.append(value)
    if not options:
        return "1 = 0", params
    return f"({' OR '.join(options)})", params


def _beyond(name: str, value: Any, is_down: bool, is_back: bool, is_nullable: bool) -> tuple[str | None, list]:
    if value is None:  # absent values are the last
        return (f"{name} IS NOT NULL", []) if is_back else (None, [])
    sign = "<" if is_down != is_back else ">"
    if is_nullable and not is_back:
        return f"({name} {sign} %s OR {name} IS NULL)", [value]
    return f"{name} {sign} %s", [value]


def _at(column: Column, value: Any) -> Any:
    if column.type == "date-time" and value is not None:
        return _adapted(datetime.fromisoformat(value))
    return value


# Rows ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class ListPage:
    """Rows of one page, and the places where the pages beside it begin."""

    rows: list[tuple]
    next: Cursor | None
    previous: Cursor | None


def page(asked: ListQuery, user: object) -> ListPage:
    """One page by one statement: a row more than asked for tells whether another page follows."""
    if is_computed(asked):
        return cut(asked, computed_rows(asked, asked.page_size + 1))
    with connection.cursor() as cursor:
        wanted = statement(asked, user, limit=asked.page_size + 1)
        execute(cursor, wanted.sql, wanted.params)
        rows = list(converted(asked.list, cursor.fetchall()))
    return cut(asked, rows)


# Rows that no table holds ---------------------------------------------------------------------


def is_computed(asked: ListQuery) -> bool:
    """Whether the rows asked for come from `computed` and not from a table."""
    which = asked.list
    return which.computed is not None and (asked.as_of is not None or which.rows is None)


def computed_rows(asked: ListQuery, limit: int | None = None) -> list[tuple]:
    """The same filters, order and cursor as in SQL, on rows in memory."""
    scope = asked.as_of, asked.values_of("area"), asked.values_of("indicator")
    rows = asked.list.computed(*scope)  # type: ignore[misc]  # `is_computed` was asked before
    if asked.list.rows is None:  # what is stored was settled when it was written
        rows = [tuple(map(_settled, row)) for row in rows]
    places = {name: place for place, name in enumerate(asked.list.names)}
    for each, values in asked.conditions:
        place = places.get(each.column or each.name)
        if place is not None:
            rows = [row for row in rows if _passes(each, values, row[place])]
    _sort(rows, [(places[name], is_down) for name, is_down in asked.ordering])
    rows = _from_cursor(asked, rows)
    return rows if limit is None else rows[:limit]


def _settled(value: object) -> object:
    return settled(value) if isinstance(value, float) else value


def _sort(rows: list[tuple], order: Sequence[tuple[int, bool]]) -> None:
    """By columns, the first of `order` counting most; absent values last, whichever way it goes.

    Python's sort is stable: so it sorts by the last column first, and of each by its values before by their absence."""
    for place, is_down in reversed(order):
        _sort_by_one(rows, place, is_down)


def _from_cursor(asked: ListQuery, rows: list[tuple]) -> list[tuple]:
    """The rows beyond the cursor, in the direction that it goes."""
    cursor = asked.cursor
    if cursor is None:
        return rows
    if cursor.is_back:
        rows.reverse()
    columns = [asked.list.by_name[name] for name, _is_down in asked.ordering]
    start = tuple(_typed(column, value) for column, value in zip(columns, cursor.values, strict=True))
    return [row for row in rows if _is_beyond(asked, _place(asked, row), start, cursor.is_back)]


def _passes(each: Filter, values: Sequence, found: Any) -> bool:
    if each.is_list:
        return found in values
    if found is None:
        return False
    return bool({"from": found >= values[0], "to": found <= values[0], "after": found > values[0]}[each.test])


def _sort_by_one(rows: list[tuple], place: int, is_down: bool) -> None:
    """By one column; absent values come last, whichever way."""
    rows.sort(key=lambda row: _sortable(row[place]), reverse=is_down)
    rows.sort(key=lambda row: row[place] is None)


def _sortable(value: Any) -> tuple[bool, Any]:
    return (False, 0) if value is None else (True, value)


def _typed(column: Column, value: Any) -> Any:
    if column.type == "date-time" and value is not None:
        return datetime.fromisoformat(value)
    return value


def _is_beyond(asked: ListQuery, row: tuple, start: tuple, is_back: bool) -> bool:
    for (_name, is_down), mine, its in zip(asked.ordering, row, start, strict=True):
        if mine == its:
            continue
        if mine is None or its is None:  # absent values are the last
            return (mine is None) != is_back
        return bool(mine < its if is_down != is_back else mine > its)
    return False


def cut(asked: ListQuery, rows: list[tuple]) -> ListPage:
    """The page out of `rows`, which begin at the cursor and hold one more than asked for where there are more."""
    has_more = len(rows) > asked.page_size
    rows = rows[: asked.page_size]
    if not rows:
        return ListPage(rows, None, None)
    if asked.is_back:
        rows.reverse()
        has_before, has_after = has_more, True
    else:
        has_before, has_after = asked.cursor is not None, has_more
    after = Cursor(_place(asked, rows[-1])) if has_after else None
    before = Cursor(_place(asked, rows[0]), is_back=True) if has_before else None
    return ListPage(rows, after, before)


def _place(asked: ListQuery, row: tuple) -> tuple:
    return tuple(row[asked.list.names.index(name)] for name, _is_down in asked.ordering)

"""A list as a whole table: csv as a stream, a workbook, a JSON-stat 2.0 cube.

csv is the same to the byte from either database: UTF-8 with its mark, numbers in their shortest form, absent values
empty, moments in UTC and in JSON's own form (a whole second without a fraction). On PostgreSQL the server writes it
(`COPY … TO STDOUT`) and this process only hands it on, from a pipe of fixed size: memory does not grow with the table.
"""

import io
import os
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from threading import Thread
from typing import Any

from django.conf import settings
from django.db import connection
from django.http import StreamingHttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from lib.database import driver
from lib.database.prepared_statements import Statement
from lib.listapi.lists import Column
from lib.listapi.queries import ListQuery, computed_rows, is_computed, statement
from lib.listapi.values import converted
from lib.tabular.cell_text import FORMULA_STARTS, csv_field
from lib.tabular.exports import XLSX, XLSX_ROWS
from lib.tabular.streaming import TableSheet, workbook_chunks
from lib.web.problems import TooLarge

JSON = "application/json"
JSON_STAT = "application/vnd.json-stat+json"
CSV = "text/csv; charset=utf-8"
CHUNK = 1 << 18
DOUBTS = ("is_demo", "is_provisional")
__all__ = ["CSV", "JSON", "JSON_STAT", "XLSX", "as_csv", "csv_lines", "csv_rows", "cube", "workbook"]


def csv_rows(asked: ListQuery, user: object) -> StreamingHttpResponse:
    """Every row that was asked for, as a stream. What fails before the first row fails the request."""
    use_copy = connection.vendor == "postgresql" and not is_computed(asked)
    chunks = _copied(asked, user) if use_copy else csv_lines(rows_of(asked, user))
    head = ("\ufeff" + ",".join(asked.list.names) + "\n").encode()
    first = next(chunks, b"")
    response = StreamingHttpResponse(_chain(head + first, chunks), content_type=CSV)
    response["Content-Disposition"] = f'attachment; filename="{asked.list.name.replace("/", "-")}.csv"'
    return response


def _chain(first: bytes, rest: Generator[bytes]) -> Iterator[bytes]:
    """Ends `rest` when it is closed itself: a reader who goes away leaves nothing running."""
    try:
        yield first
        yield from rest
    finally:
        rest.close()


# csv from PostgreSQL -------------------------------------------------------------------------------


def _copied(asked: ListQuery, user: object) -> Generator[bytes]:
    wanted = statement(asked, user, select=", ".join(map(as_csv, asked.list.columns)))
    if connection.in_atomic_block:  # another connection would not see what this transaction wrote
        whole = io.BytesIO()
        with connection.cursor() as cursor:
            driver.copy_out(cursor, wanted.sql, wanted.params, whole, driver.CSV)
        yield whole.getvalue()
        return
    source, sink = os.pipe()
    failures: list[BaseException] = []
    copier = Thread(target=_copy, args=(wanted, sink, failures), daemon=True)
    copier.start()
    try:
        with open(source, "rb", buffering=0) as pipe:
            while chunk := pipe.read(CHUNK):
                yield chunk
    finally:
        copier.join()
    if failures:
        raise failures[0]


def _copy(wanted: Statement, sink: int, failures: list[BaseException]) -> None:
    """In a thread and on a connection of its own, which ends with it; a reader who went away breaks the pipe."""
    own = connection.copy()
    try:
        with open(sink, "wb", buffering=CHUNK) as pipe, own.cursor() as cursor:
            driver.copy_out(cursor, wanted.sql, wanted.params, pipe, driver.CSV)
    except BrokenPipeError:
        pass
    except BaseException as error:
        failures.append(error)
    finally:
        with suppress(Exception):
            own.close()


def as_csv(column: Column) -> str:
    """A column as PostgreSQL is to write it."""
    name = f'"{column.name}"'
    if column.type == "date-time":
        moment = f"""to_char({name} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')"""
        return f"replace({moment}, '.000000Z', 'Z')"
    if column.type == "boolean":
        return f"{name}::text"
    if column.is_free_text:
        starts = ", ".join(f"chr({ord(start)})" for start in FORMULA_STARTS)
        return f"CASE WHEN left({name}, 1) IN ({starts}) THEN chr(39) || {name} ELSE {name} END"
    return name


# csv from anywhere ---------------------------------------------------------------------------------


def rows_of(asked: ListQuery, user: object) -> Iterable[tuple]:
    """Every row as values, some at a time."""
    if is_computed(asked):
        return computed_rows(asked)
    return _fetched(asked, user)


def _fetched(asked: ListQuery, user: object) -> Iterator[tuple]:
    wanted = statement(asked, user)
    with connection.cursor() as cursor:
        cursor.execute(wanted.sql, wanted.params)
        while some := cursor.fetchmany(1000):
            yield from converted(asked.list, some)


def csv_lines(rows: Iterable[tuple]) -> Generator[bytes]:
    """Rows as csv, a thousand at a time."""
    lines: list[str] = []
    for row in rows:
        lines.append(",".join(map(_field, row)))
        if len(lines) == 1000:
            yield ("\n".join(lines) + "\n").encode()
            lines.clear()
    if lines:
        yield ("\n".join(lines) + "\n").encode()


def _field(value: Any) -> str:
    """As PostgreSQL writes it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return repr(value).removesuffix(".0")
    if isinstance(value, datetime):
        return f"{value.astimezone(UTC).replace(tzinfo=None).isoformat()}Z"
    text = str(csv_field(value))
    if not text or any(mark in text for mark in ',"\n\r'):
        return '"' + text.replace('"', '""') + '"'
    return text


# Workbook ------------------------------------------------------------------------------------------


def counted(asked: ListQuery, user: object) -> int:
    if is_computed(asked):
        return len(computed_rows(asked))
    wanted = statement(asked, user, select="count(*)")
    with connection.cursor() as cursor:
        cursor.execute(wanted.sql, wanted.params)
        return int(cursor.fetchone()[0])


def require_few(asked: ListQuery, user: object, what: str) -> None:
    count = counted(asked, user)
    if count > XLSX_ROWS:
        words = _("共 {count} 行，{what}最多 {most} 行；请用 format=csv 取整张表，或加筛选条件。")
        raise TooLarge(words.format(count=count, what=what, most=XLSX_ROWS))


def workbook(asked: ListQuery, user: object) -> StreamingHttpResponse:
    """An Excel workbook that leaves while it is written. TooLarge beyond XLSX_ROWS; what else fails before the first
    rows fails the request."""
    require_few(asked, user, "xlsx ")
    name = asked.list.name.replace("/", "-")
    rows = (tuple(map(_local, row)) for row in rows_of(asked, user))
    chunks = workbook_chunks([TableSheet(name, asked.list.names, rows)])
    first = next(chunks)
    response = StreamingHttpResponse(_chain(first, chunks), content_type=XLSX)
    response["Content-Disposition"] = f'attachment; filename="{name}.xlsx"'
    return response


def _local(value: object) -> object:
    return timezone.localtime(value) if isinstance(value, datetime) else value


# JSON-stat -----------------------------------------------------------------------------------------


def cube(asked: ListQuery, user: object, updated: datetime) -> dict:
    """JSON-stat 2.0: the list's dimensions, and `measure` beside them where it has several numbers. `status` says of a
    number what is to be doubted of its row: `is_demo`, `is_provisional`, or both with a plus sign between. `updated` is
    when the data last changed; units stand beside the codes that they depend on. What explains a number (`beside`: the
    parts of a ratio) stands under `extension`, each in the order of `value`."""
    require_few(asked, user, "JSON-stat ")
    which, rows = asked.list, list(rows_of(asked, user))
    beside = [which.names.index(name) for name in which.beside]
    at = [which.names.index(name) for name in (*which.dimensions, *which.measures)]
    doubts = [(name, which.names.index(name)) for name in DOUBTS if name in which.names]
    marks = ["+".join(name for name, place in doubts if row[place]) for row in rows]
    explained = [tuple(row[place] for place in beside) for row in rows]
    rows = [tuple(row[place] for place in at) for row in rows]
    sides = len(which.dimensions)
    codes = [sorted({row[side] for row in rows}) for side in range(sides)]
    places = [{code: place for place, code in enumerate(known)} for known in codes]
    measures = which.measures
    size = [len(known) for known in codes] + ([len(measures)] if len(measures) > 1 else [])
    values: list = [None] * _product([*map(len, codes), len(measures)])
    status: dict[str, str] = {}
    extension: dict[str, list] = {name: [None] * len(values) for name in which.beside}
    for row, mark, own in zip(rows, marks, explained, strict=True):
        place = 0
        for side in range(sides):
            place = place * len(codes[side]) + places[side][row[side]]
        values[place * len(measures) : (place + 1) * len(measures)] = row[sides:]
        for name, number in zip(which.beside, own, strict=True):
            extension[name][place * len(measures)] = number
        if mark:
            status |= {str(place * len(measures) + side): mark for side in range(len(measures))}
    labels, units = which.labels(), which.units()
    dimension = {
        name: _dimension(known, which.by_name[name].description, labels.get(name, {}))
        for name, known in zip(which.dimensions, codes, strict=True)
    }
    for name in units.keys() & dimension.keys():
        category = dimension[name]["category"]
        category["unit"] = {code: units[name][code] for code in category["index"] if code in units[name]}
    if len(measures) > 1:
        words = {name: which.by_name[name].description for name in measures}
        dimension["measure"] = _dimension(list(measures), "数值", words)
    return {
        "version": "2.0",
        "class": "dataset",
        "label": which.title or which.name,
        "source": settings.SITE_NAME,
        "id": list(dimension),
        "size": size,
        "role": _roles(dimension),
        "updated": updated.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        "dimension": dimension,
        "value": values,
        "status": status,
        **({"extension": extension} if extension else {}),
    }


def _product(numbers: Sequence[int]) -> int:
    total = 1
    for number in numbers:
        total *= number
    return total


def _dimension(codes: Sequence, label: str, words: Mapping) -> dict:
    texts = [str(code) for code in codes]
    names = {text: str(words.get(code, text)) for text, code in zip(texts, codes, strict=True)}
    return {"label": label, "category": {"index": texts, "label": names}}


def _roles(names: Iterable[str]) -> dict:
    roles = {"year": "time", "area": "geo", "indicator": "metric", "measure": "metric"}
    found: dict[str, list[str]] = {}
    for name in names:
        if name in roles:
            found.setdefault(roles[name], []).append(name)
    return found

"""The one door to PostgreSQL's driver (psycopg2): what Django has no word for. Whoever changes the driver changes this.

Elsewhere the code speaks to Django's cursors alone. `cursor` is one of those here too. What the driver raises comes
out as Django's own errors, so that a lost database is told as one wherever it is lost."""

import os
import socket
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from typing import IO, Any, NamedTuple
from weakref import WeakKeyDictionary

import psycopg2
from django.db import OperationalError
from django.db.backends.utils import CursorWrapper
from psycopg2 import sql

# How COPY writes rows: lines of tabs, csv, or fields with their lengths.
TEXT, CSV, BINARY = "text", "csv", "binary"
MOST_PLANS = 200  # that a connection keeps; other statements are planned each time
_plans: WeakKeyDictionary = WeakKeyDictionary()  # the driver's connection → SQL → name of its plan


def copy_in(cursor: Any, table: str, names: Iterable[str], source: IO, form: str) -> None:
    """Add the rows that `source` holds in that form to the columns `names` of a table."""
    columns = ", ".join(f'"{name}"' for name in names)
    with cursor.db.wrap_database_errors:
        cursor.copy_expert(f'COPY "{table}" ({columns}) FROM STDIN (FORMAT {form})', source)


def copy_out(cursor: Any, query: str, parameters: Sequence, sink: IO, form: str) -> None:
    """Write the rows of a query to `sink` as they come; COPY takes no parameters, so the driver puts them in."""
    with cursor.db.wrap_database_errors:
        with_values = cursor.mogrify(query, parameters)
        cursor.copy_expert(b"COPY (" + with_values + f") TO STDOUT (FORMAT {form})".encode(), sink)


def execute_planned(cursor: CursorWrapper, sql: str, parameters: Sequence) -> None:
    """Execute by a plan that the connection keeps from the first time on."""
    plans = _plans.setdefault(cursor.db.connection, {})
    name = plans.get(sql) or _planned(cursor, sql, len(parameters), plans)
    if name is None:
        cursor.execute(sql, parameters)
        return
    marks = ", ".join(["%s"] * len(parameters))
    cursor.execute(f"EXECUTE {name} ({marks})" if parameters else f"EXECUTE {name}", parameters)


def _planned(cursor: CursorWrapper, sql: str, count: int, plans: dict[str, str]) -> str | None:
    """The name of the new plan; None where the connection keeps enough of them."""
    if len(plans) >= MOST_PLANS:
        return None
    name = f"kept_{len(plans)}"
    places = tuple(f"${place}" for place in range(1, count + 1))
    cursor.execute(f"PREPARE {name} AS {sql % places}")
    plans[sql] = name
    return name


class Place(NamedTuple):
    """Another database: the host by its name, for TLS, and by the very address that was looked at. `sslmode` is the
    driver's word: how much TLS there has to be; `authority` the file of who signed the host's certificate."""

    host: str
    address: str
    port: int
    name: str
    user: str
    password: str
    sslmode: str = "require"
    authority: str = ""


NO_TLS = "NoTls"
ELSEWHERE_SECONDS = 20
ELSEWHERE_BYTES = 5 * 1024 * 1024
ELSEWHERE_PIECE = 200  # rows asked for at once


def read_elsewhere(place: Place, table: str, columns: Sequence[str], most: int) -> list[dict[str, Any]]:
    """The rows of a table of another database, `most` of them, in a transaction that can write nothing. Whatever goes
    wrong is an OperationalError without host or password in its text: NO_TLS where the other side has none that
    counts, else the name of the driver's error."""
    limits = f"-c statement_timeout={ELSEWHERE_SECONDS * 1000} -c default_transaction_read_only=on"
    where = {"host": place.host, "hostaddr": place.address, "port": place.port, "dbname": place.name}
    where |= {"sslmode": place.sslmode} | ({"sslrootcert": place.authority} if place.authority else {})
    who = {"user": place.user, "password": place.password}
    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    asked = sql.SQL("SELECT {} FROM {} LIMIT {}")
    try:
        with closing(psycopg2.connect(**where, **who, connect_timeout=5, options=limits)) as found, _in_time(found):
            found.set_session(readonly=True)
            with found.cursor("elsewhere") as cursor:  # held there: what is too much is not brought here first
                cursor.execute(asked.format(names, sql.Identifier(*table.split(".")), sql.Literal(most)))
                return [dict(zip(columns, row, strict=True)) for row in _within_bytes(cursor)]
    except psycopg2.Error as error:
        raise OperationalError(NO_TLS if _is_of_tls(error) else type(error).__name__) from None


def _is_of_tls(error: psycopg2.Error) -> bool:
    """Whether the connection was refused here, before the password left."""
    said = str(error)
    return any(sign in said for sign in ("does not support SSL", "certificate verify failed", "server certificate for"))


def _within_bytes(cursor: Any) -> Iterator[tuple]:
    """The rows, some at a time. OperationalError once they are larger together than such rows are."""
    size = 0
    while rows := cursor.fetchmany(ELSEWHERE_PIECE):
        size += sum(len(str(value)) for row in rows for value in row)
        if size > ELSEWHERE_BYTES:
            raise OperationalError("TooMuch")
        yield from rows


@contextmanager
def _in_time(found: Any) -> Iterator[None]:
    """Hang up some seconds after the time that the other side was asked to keep: it may not keep it."""
    with socket.socket(fileno=os.dup(found.fileno())) as same:

        def hang_up() -> None:
            with suppress(OSError):  # hung up already
                same.shutdown(socket.SHUT_RDWR)

        watch = threading.Timer(ELSEWHERE_SECONDS + 5, hang_up)
        watch.daemon = True
        watch.start()
        try:
            yield
        finally:
            watch.cancel()

"""Which state of the data an answer shows: what is another after every commit that could matter to it."""

from datetime import UTC, datetime
from functools import cache

from django.db import connection

from lib.database.prepared_statements import Statement, execute
from lib.listapi.versions import Version

# By hand: it is asked before every answer.
SQL = "SELECT max(id), count(*), sum(id), max(at) FROM journal_stamp"
UNSEEN = ("accounts.accesstoken",)  # on no page and in no answer that is kept
NEVER = datetime(2000, 1, 1, tzinfo=UTC)


@cache
def statement(unaffected_by: tuple[str, ...] = ()) -> Statement:
    """What gives the one row that `version_of` reads. `unaffected_by`: topics, or rooms, that do not matter."""
    rooms = (*UNSEEN, *unaffected_by)
    others = " AND ".join(["topic NOT LIKE %s"] * len(rooms))
    return Statement(f"{SQL} WHERE {others}", tuple(f"{room}%" for room in rooms))


def version_of(row: tuple) -> Version:
    *state, at = row
    moment = datetime.fromisoformat(at) if isinstance(at, str) else at or NEVER
    return (*state, at), moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def data_version(unaffected_by: tuple[str, ...] = ()) -> Version:
    """The version now, by one small statement. To be read before the data: then an answer may be newer than its
    version, never older."""
    asked = statement(unaffected_by)
    with connection.cursor() as cursor:
        execute(cursor, asked.sql, asked.params)
        return version_of(cursor.fetchone())

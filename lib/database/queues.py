"""Who gives out the next number of something, or looks how many there are before he makes one more, does it alone."""

from django.db import connection


def wait_in_line(name: str) -> None:
    """Go on once nobody else is past this line of that name; they are until their transaction ends. To be called in a
    transaction, before it locks any row. On SQLite, where every transaction of ours begins as a writer, all have waited
    already."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [name])

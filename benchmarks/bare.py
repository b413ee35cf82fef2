"""The peer of the API: a bare WSGI function that runs one SQL statement and orjson, with no login, no checks, no pages.

gunicorn -w 2 benchmarks.bare:application
"""

import os

import orjson
import psycopg2

SQL = "SELECT * FROM indicators_assessment ORDER BY area_id, indicator_id, year LIMIT %s"
_connection = None


def application(environ, start_response):
    global _connection
    if _connection is None:
        _connection = psycopg2.connect(os.environ["DATABASE_URL"])
        _connection.autocommit = True
    with _connection.cursor() as cursor:
        cursor.execute(SQL, [int(environ.get("QUERY_STRING") or 20)])
        names = [column[0] for column in cursor.description]
        body = orjson.dumps([dict(zip(names, row, strict=True)) for row in cursor])
    start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return [body]

"""The lists as two gunicorn workers serve them from PostgreSQL: rows, csv by COPY, pages, readers who go away, and
tokens, accounts and connections that end meanwhile."""

import csv
import io
import json
import socket
import struct
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from http.client import HTTPConnection

import pytest

from tests.api.hostile import faults, of_lists, of_pages, of_sdmx
from tests.api.test_lists import LISTS, _as_text
from tests.offices import Office, own_database
from tests.servers import served
from tools.services import free_port

pytestmark = pytest.mark.stack
MADE_UP = 3000  # the first of the years of rows that make a table long
PLAN_OF_A_PAGE = """
import json, sys, django; django.setup()
from types import SimpleNamespace
from django.db import connection
from django.http import QueryDict
from indicators.api import ASSESSMENTS
from lib.listapi.cursors import Cursor
from lib.listapi.queries import ListQuery, statement
given = QueryDict(mutable=True)
given["page_size"] = "100"
if sys.argv[1:]:
    given["cursor"] = str(Cursor((sys.argv[1], sys.argv[2], int(sys.argv[3]))))
wanted = statement(ListQuery.of(ASSESSMENTS, given), SimpleNamespace(is_authenticated=True), limit=101)
with connection.cursor() as cursor:
    cursor.execute("EXPLAIN (ANALYZE, FORMAT JSON) " + wanted.sql, wanted.params)
    print(json.dumps(cursor.fetchone()[0]))
"""


@pytest.fixture(scope="module")
def site(postgresql_url, demo_database, tmp_path_factory):
    """The demonstration in PostgreSQL, served by two processes."""
    directory = tmp_path_factory.mktemp("site")
    with own_database(postgresql_url, template=demo_database) as database_url:
        serving = {"WEB_CONCURRENCY": "2", "PORT": str(free_port()), "SWEEP_SECONDS": "3600"}
        site = Office.on(database_url, directory, **serving)
        site.run("-c", NAMES_OF_STATIC_FILES)
        with served(site.environment):
            yield site


def new_token(site) -> str:
    return site.run("manage.py", "create_token", "取数", "--organisation", "HZ-STATS").stdout.split()[-1]


@pytest.fixture(scope="module")
def token(site) -> str:
    return new_token(site)


@pytest.fixture
def ending_token(site) -> str:
    """One that the test takes away."""
    return new_token(site)


@pytest.fixture
def long_table(site):
    """The table of assessments with 120,000 rows more, about 15 MB of csv."""
    columns = ", ".join(
        name
        for (name,) in site.rows(
            "SELECT column_name FROM information_schema.columns "
            "WHERE table_name = 'indicators_assessment' AND column_name NOT IN ('id', 'year') ORDER BY 1"
        )
    )
    site.execute(
        f"INSERT INTO indicators_assessment (year, {columns}) SELECT %s + n, {columns} FROM indicators_assessment, "
        "generate_series(0, 1999) n WHERE year = 2024",
        MADE_UP,
    )
    site.execute("ANALYZE indicators_assessment")
    yield
    site.execute("DELETE FROM indicators_assessment WHERE year >= %s", MADE_UP)


def port(site) -> int:
    return int(site.environment["PORT"])


def ask(site, token: str, path: str) -> tuple[int, bytes]:
    with closing(HTTPConnection("127.0.0.1", port(site), timeout=60)) as connection:
        connection.request("GET", path, headers={"Authorization": f"Bearer {token}"})
        response = connection.getresponse()
        return response.status, response.read()


NAMES_OF_STATIC_FILES = """
import django; django.setup()
import json
from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
names = {name: name for finder in get_finders() for name, _storage in finder.list([])}
manifest = {"paths": names, "version": "1.1", "hash": "of no release"}
(settings.STATIC_ROOT / "staticfiles.json").write_text(json.dumps(manifest))
"""
SESSION = """
import django; django.setup()
from importlib import import_module
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from accounts.models import User
user = User.objects.get(username="admin")
session = import_module(settings.SESSION_ENGINE).SessionStore()
session[SESSION_KEY], session[HASH_SESSION_KEY] = str(user.pk), user.get_session_auth_hash()
session[BACKEND_SESSION_KEY] = "accounts.backends.OrganisationBackend"
session.create()
print(session.session_key)
"""


def test_no_question_reaches_the_database(site, token):
    """Of the API's lists with a token, of the pages as the administrator."""
    schema = json.loads(ask(site, token, "/api/schema/?format=json")[1])
    cookie = {"Cookie": f"sessionid={site.run('-c', SESSION).stdout.split()[-1]}"}
    with closing(HTTPConnection("127.0.0.1", port(site), timeout=60)) as connection:

        def asked(address: str, headers: dict) -> tuple[str, int, str]:
            connection.request("GET", address, headers=headers)
            answer = connection.getresponse()
            return address, answer.status, answer.read().decode(errors="replace")

        bearer = {"Authorization": f"Bearer {token}"}
        assert asked("/changes/audit/", cookie)[1] == 200
        assert faults(asked(address, bearer) for address in of_lists(schema)) == {}
        assert faults(asked(address, bearer) for address in of_sdmx()) == {}
        assert faults(asked(address, cookie) for address in of_pages()) == {}
    assert site.rows("SELECT count(*) > 10 FROM accounts_user") == [(True,)]


def got(site, token: str, address: str):
    status, body = ask(site, token, address.partition(str(port(site)))[2] or address)
    assert status == 200, body.decode()
    return json.loads(body)


def statuses(site, token: str, count: int = 12) -> list[int]:
    """Of so many requests that every thread of both processes is likely to have answered one."""
    return [ask(site, token, "/api/v1/targets/?page_size=1")[0] for _ in range(count)]


def connections(site) -> list[tuple]:
    return site.rows(
        "SELECT pid, state, query FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )


@pytest.mark.parametrize("path", LISTS)
def test_csv_by_copy_is_what_the_pages_hold(site, token, path):
    address, rows, pages = f"/api/v1/{path}/?page_size=50", [], []
    while address:
        body = got(site, token, address)
        if pages:
            assert got(site, token, body["previous"])["results"] == pages[-1]
        pages.append(body["results"])
        rows += body["results"]
        address = body["next"]
    status, content = ask(site, token, f"/api/v1/{path}/?format=csv")
    assert (status, content[:3], len(rows) > 0) == (200, b"\xef\xbb\xbf", True)
    table = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))
    assert [list(row) for row in table] == [list(row) for row in rows]
    assert [list(row.values()) for row in table] == [list(map(_as_text, row.values())) for row in rows]


@pytest.mark.parametrize(
    "ordering", ["-year", "gap", "-gap", "status,-pace", "-assessed_at", "is_slipping,indicator", "outlook,-value"]
)
def test_pages_follow_each_other_in_every_order(site, token, ordering):
    given = f"ordering={ordering}&area=330122"
    whole = got(site, token, f"/api/v1/assessments/?{given}&page_size=1000")["results"]
    address, rows = f"/api/v1/assessments/?{given}&page_size=7", []
    while address:
        body = got(site, token, address)
        rows += body["results"]
        address = body["next"]
    assert (rows == whole, len(rows) > 100) == (True, True)


def test_filters_on_postgresql(site, token):
    every = got(site, token, "/api/v1/assessments/?page_size=1000")["results"]
    for given, keeps in {
        "area=330122,330127": lambda row: row["area"] in {"330122", "330127"},
        "year_from=2024&year_to=2025&indicator=P01": lambda row: (
            row["year"] in {2024, 2025} and row["indicator"] == "P01"
        ),
        "status=near,behind&year=2024": lambda row: row["status"] in {"near", "behind"} and row["year"] == 2024,
        "updated_after=2999-01-01": lambda row: False,
        "updated_after=2000-01-01": lambda row: True,
    }.items():
        found = got(site, token, f"/api/v1/assessments/?page_size=1000&{given}")["results"]
        assert found == [row for row in every if keeps(row)]


def test_the_last_page_reads_no_more_rows_than_the_first(site, long_table):
    sql = "SELECT area_id, indicator_id, year FROM indicators_assessment ORDER BY 1 DESC, 2 DESC, 3 DESC OFFSET 101"
    (last,) = site.rows(f"{sql} LIMIT 1")
    for place in ((), last):
        (plan,) = json.loads(site.run("-c", PLAN_OF_A_PAGE, *map(str, place)).stdout)
        assert 100 <= read_rows(plan["Plan"]) <= 102


def read_rows(node: dict) -> int:
    """By the nodes that read the table, what they threw away included."""
    below = node.get("Plans", [])
    if not below:
        return (node["Actual Rows"] + node.get("Rows Removed by Filter", 0)) * node["Actual Loops"]
    return sum(map(read_rows, below))


def test_a_reader_who_goes_away_leaves_no_query_and_no_connection(site, token, long_table):
    statuses(site, token)
    before = len(connections(site))
    for _ in range(5):
        leave_in_the_middle(site, token)
    site.until(lambda: all(state == "idle" for _pid, state, _query in connections(site)))
    left = connections(site)
    assert len(left) <= max(before, 16) + 1  # one for each thread that has answered; the sweep
    assert not any(query.startswith("COPY") for _pid, _state, query in left)
    assert statuses(site, token) == [200] * 12


def leave_in_the_middle(site, token: str) -> None:
    """Begin to read the csv, see that it is under way, and go without a word."""
    with socket.create_connection(("127.0.0.1", port(site)), timeout=60) as reader:
        reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 14)
        head = (
            f"GET /api/v1/assessments/?format=csv HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\n\r\n"
        )
        reader.sendall(head.encode())
        assert reader.recv(1 << 12).startswith(b"HTTP/1.1 200")
        site.until(
            lambda: any(query.startswith("COPY") and state == "active" for _pid, state, query in connections(site))
        )
        reader.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


@pytest.mark.parametrize(
    ("sql", "code"),
    [
        ("UPDATE accounts_user SET is_active = false WHERE username = 'token-' || %s", "token_stopped"),
        (
            "UPDATE accounts_accesstoken SET revoked_at = now(), revoke_reason = '丢失', revoked_by_name = '甲' "
            "WHERE key = %s",
            "token_revoked",
        ),
        (
            "UPDATE accounts_accesstoken SET created_at = now() - interval '9 days', expires_at = now() WHERE key = %s",
            "token_expired",
        ),
        ("UPDATE accounts_accesstoken SET networks = '10.0.0.0/8' WHERE key = %s", "token_foreign_address"),
    ],
)
def test_what_ends_a_token_counts_at_once_in_every_process(site, ending_token, sql, code):
    """Written past our actions, by another process, while both servers have answered the token a moment before."""
    assert statuses(site, ending_token) == [200] * 12
    site.execute(sql, ending_token.split("_")[1])
    assert statuses(site, ending_token) == [401] * 12
    assert json.loads(ask(site, ending_token, "/api/v1/targets/")[1])["code"] == code


def test_a_scope_taken_away_counts_at_once(site, ending_token):
    assert statuses(site, ending_token) == [200] * 12
    site.execute("UPDATE accounts_accesstoken SET scopes = 'write:entries' WHERE key = %s", ending_token.split("_")[1])
    assert statuses(site, ending_token) == [403] * 12


def test_a_connection_that_was_cut_is_replaced_unseen(site, token):
    assert statuses(site, token) == [200] * 12
    site.execute(
        "SELECT pg_terminate_backend(pid, 20000) FROM pg_stat_activity "  # told once they have ended
        "WHERE datname = current_database() AND pid <> pg_backend_pid()",
    )
    assert statuses(site, token) == [200] * 12


VERSION = """
SELECT e.version FROM reporting_entry e JOIN reporting_submission s ON s.id = e.submission_id
JOIN reporting_round r ON r.id = s.round_id
WHERE s.area_id = '330127' AND r.year = 2025 AND e.indicator_id = 'P03'
"""


def test_the_same_key_at_once_from_many_is_carried_out_once(site):
    """By two processes, eight connections, three rounds of values: whoever comes first writes, the others are told that
    it is under way or get its answer."""
    scopes = ["--scope", "read", "write:entries"]
    made = site.run("manage.py", "create_token", "并发", "--organisation", "330127-health", *scopes)
    text, port = made.stdout.split()[-1], int(site.environment["PORT"])

    def put(key: str, value: float) -> tuple[int, bool, dict]:
        entry = {"indicator": "P03", "value": value, "explanation": "新建托育机构两家，均已备案"}
        headers = {"Authorization": f"Bearer {text}", "Content-Type": "application/json", "Idempotency-Key": key}
        with closing(HTTPConnection("127.0.0.1", port, timeout=60)) as connection:
            path = "/api/v1/submissions/330127/2025/entries/"
            connection.request("PUT", path, json.dumps({"entries": [entry]}), headers)
            answer = connection.getresponse()
            return answer.status, answer.getheader("Idempotent-Replayed") == "true", json.load(answer)

    for turn in range(3):
        before = site.rows(VERSION)[0][0]
        with ThreadPoolExecutor(8) as pool:
            found = list(pool.map(lambda _place, turn=turn: put(f"key-{turn}", 4.61 + turn / 100), range(8)))
        first = [body for status, is_replayed, body in found if status == 200 and not is_replayed]
        assert len(first) == 1, found
        for status, _is_replayed, body in found:
            assert (status, body) == (200, first[0]) or body["type"] == "/problems/request-under-way/", body
        assert site.rows(VERSION)[0][0] == before + 1
        assert put(f"key-{turn}", 4.61 + turn / 100) == (200, True, first[0])
        assert put(f"key-{turn}", 9.0)[0] == 422

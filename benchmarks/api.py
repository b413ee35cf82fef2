"""Speed of the API's lists on PostgreSQL and Valkey: 2 gunicorn workers, 8 connections, the token checked, against a
bare WSGI function and Datasette on the same table; writes of 20 entries on one worker; and the whole table as csv
against `COPY … TO STDOUT`.

    python -m benchmarks.api [--size S|M|L] [--areas N] [--indicators M] [--years K] [--seconds S] [--database URL]

Without --database a PostgreSQL is started, filled by `seed_scale` and recomputed; a named database is taken as
it is. Prints one line a measurement: median of five runs by turns after one that warms up, and a turn's median ratio.
A page of rows begins elsewhere each time, so that it is made; "kept" is one question asked again and again.
"""

import argparse
import http.client
import os
import re
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from pathlib import Path
from secrets import token_urlsafe
from typing import NamedTuple

import orjson
import psutil
import psycopg2

from benchmarks.api_writing import opened
from tools.services import free_port, postgresql, valkey

ROOT = Path(__file__).resolve().parent.parent
CONNECTIONS, RUNS, PAGES = 8, 5, 2000
TABLE = "indicators_assessment"
LAST = "area_id DESC, indicator_id DESC, year DESC"
FIRST = "/api/v1/assessments/?page_size={size}"
# Rows alone, in the order of the primary key: the peer neither counts the table nor looks for facets.
PEER = f"/peer/{TABLE}.json?_size={{size}}&_shape=array&_nocount=1&_nofacet=1&_nosuggest=1"
QUIET = ("suggest_facets", "off", "allow_facet", "off", "max_returned_rows", "1000")
SIZES = {"S": (30, 20, 6), "M": (284, 20, 18), "L": (2844, 20, 18)}  # areas, indicators, years


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--size", choices=SIZES, default="L")
    for name in ("areas", "indicators", "years"):
        parser.add_argument(f"--{name}", type=int, help="instead of what --size says")
    parser.add_argument("--seconds", type=float, default=2)
    parser.add_argument("--database")
    asked = parser.parse_args()
    for name, number in zip(("areas", "indicators", "years"), SIZES[asked.size], strict=True):
        setattr(asked, name, getattr(asked, name) or number)
    with tempfile.TemporaryDirectory(prefix="bench-api-") as var, database(asked) as url, valkey() as redis_url:
        env = os.environ | {"DATABASE_URL": url, "VAR_DIR": var, "REDIS_URL": "", "TOKEN_RATE": "100000000"}
        env |= {"SECRET_KEY": token_urlsafe(50), "WEB_CONCURRENCY": "2"}
        if not asked.database:
            fill(asked, env)
        # Where there is a broker, a worker of its own does the pending work, and none of it falls into a measurement.
        measure(asked, env | {"REDIS_URL": redis_url}, Path(var))


@contextmanager
def database(asked) -> Iterator[str]:
    with nullcontext(asked.database) if asked.database else postgresql() as url:
        yield url


def manage(env: dict, *words: str) -> str:
    command = [sys.executable, "manage.py", *words]
    return subprocess.run(command, cwd=ROOT, env=env, check=True, capture_output=True, text=True).stdout


def fill(asked, env: dict) -> None:
    manage(env, "migrate", "-v0")
    sizes = {"areas": asked.areas, "indicators": asked.indicators, "years": asked.years}
    manage(env, "seed_scale", *(word for name, n in sizes.items() for word in (f"--{name}", str(n))))
    manage(env, "recompute")
    with psycopg2.connect(env["DATABASE_URL"]) as connection, connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO accounts_organisation (code, name, name_en, kind, area_id, duty, is_demo) SELECT "
            "'BENCH', 'bench', '', 'department', min(code), '', false FROM areas_area"
        )
        cursor.execute(f"ANALYZE {TABLE}")


def measure(asked, env: dict, var: Path) -> None:
    token = manage(env, "create_token", "bench", "--organisation", "BENCH").split()[-1]
    headers = {"Authorization": f"Bearer {token}"}
    ours = ["gunicorn", "-c", "county_urbanization/gunicorn.py"]
    bare = ["gunicorn", "-w", "2", "--threads", "8", "benchmarks.bare:application"]
    with served(bare, env) as bare_port, served(peer(env, var), env) as peer_port, served(ours, env) as port:
        tag = fetch(port, FIRST.format(size=20), headers)[1]["ETag"]
        tell(
            in_turns(
                {
                    "bare 20": Case(bare_port, ["/?20"]),
                    "bare 100": Case(bare_port, ["/?100"]),
                    "datasette 20": Case(peer_port, [PEER.format(size=20)]),
                    "datasette 100": Case(peer_port, [PEER.format(size=100)]),
                    "20 rows": Case(port, pages(env, 20), headers),
                    "20 rows, kept": Case(port, [FIRST.format(size=20)], headers),
                    "100 rows": Case(port, pages(env, 100), headers),
                    "100 rows, last pages": Case(port, pages(env, 100, LAST), headers),
                    "100 rows, kept": Case(port, [FIRST.format(size=100)], headers),
                    "304": Case(port, [FIRST.format(size=20)], headers | {"If-None-Match": tag}),
                },
                asked.seconds,
                env["DATABASE_URL"],
            )
        )
        whole(port, headers, env)
    writes(ours, env, asked.seconds)


@dataclass
class Case:
    """Questions to one server. Each connection asks its own part of them, again and again."""

    port: int
    paths: list[str]
    headers: dict[str, str] = field(default_factory=dict)

    def requests(self) -> list[bytes]:
        given = {"Host": f"127.0.0.1:{self.port}", "Accept-Encoding": "identity"} | self.headers
        tail = "\r\n".join([*(f"{name}: {value}" for name, value in given.items()), "", ""])
        return [f"GET {path} HTTP/1.1\r\n{tail}".encode() for path in self.paths]


@dataclass
class WriteCase(Case):
    """Saves of sheets, each connection its own."""

    sheets: list = field(default_factory=list)

    def requests(self) -> list[bytes]:
        return [self._save(sheet, sheet.body(number)) for sheet in self.sheets for number in (1, 2)]

    def _save(self, sheet, body: bytes) -> bytes:
        given = {
            "Host": f"127.0.0.1:{self.port}",
            "Authorization": f"Bearer {sheet.token}",
            "Content-Type": "application/json",
            "Content-Length": str(len(body)),
        }
        tail = "\r\n".join([*(f"{name}: {value}" for name, value in given.items()), "", ""])
        return f"PUT {sheet.path} HTTP/1.1\r\n{tail}".encode() + body


def writes(ours: list[str], env: dict, seconds: float) -> None:
    """Saves of twenty entries a second, by one process."""
    sheets = opened(env, CONNECTIONS)
    with served(ours, env | {"WEB_CONCURRENCY": "1"}) as port:
        found = in_turns({"": WriteCase(port, [], sheets=sheets)}, seconds, env["DATABASE_URL"])
    line(f"a write of 20 entries, one process | {told(found[''])} | | ≥ 40 requests/s")


def peer(env: dict, var: Path) -> list[str]:
    """Datasette on a copy of the table."""
    file = var / "peer.db"
    with (
        psycopg2.connect(env["DATABASE_URL"]) as source,
        source.cursor("rows") as cursor,
        sqlite3.connect(file) as copy,
    ):
        cursor.itersize = 20000
        cursor.execute(f"SELECT * FROM {TABLE} ORDER BY id")
        first = cursor.fetchone()
        names = [column[0] for column in cursor.description]
        copy.execute(f"CREATE TABLE {TABLE} (id INTEGER PRIMARY KEY, {', '.join(names[1:])})")
        marks = ", ".join("?" * len(names))
        plain = (tuple(str(v) if hasattr(v, "isoformat") else v for v in row) for row in (first, *cursor))
        copy.executemany(f"INSERT INTO {TABLE} VALUES ({marks})", plain)
    settings = (word for pair in zip(QUIET[::2], QUIET[1::2], strict=True) for word in ("--setting", *pair))
    return ["datasette", "serve", "-i", str(file), *settings]


@contextmanager
def served(command: list[str], env: dict) -> Iterator[int]:
    port = free_port()
    place = ["-p", str(port)] if command[0] == "datasette" else ["-b", f"127.0.0.1:{port}"]
    program = str(Path(sys.executable).with_name(command[0]))
    with (Path(env["VAR_DIR"]) / "server.log").open("ab") as log:
        process = subprocess.Popen([program, *command[1:], *place], cwd=ROOT, env=env, stdout=log, stderr=log)
    try:
        wait_for(port)
        served.process = process
        yield port
    finally:
        process.terminate()
        process.wait(30)


def wait_for(port: int) -> None:
    for _ in range(300):
        try:
            fetch(port, "/", {})
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError("The server does not answer.")


def fetch(port: int, path: str, headers: dict) -> tuple[int, http.client.HTTPMessage, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=300)
    connection.request("GET", path, headers=headers)
    response = connection.getresponse()
    return response.status, response.headers, response.read()


def pages(env: dict, size: int, order: str = "hashint8(id)") -> list[str]:
    """Addresses of pages that begin after PAGES rows, from all over the table: so many that no answer is one kept."""
    with psycopg2.connect(env["DATABASE_URL"]) as connection, connection.cursor() as cursor:
        cursor.execute(f"SELECT area_id, indicator_id, year FROM {TABLE} ORDER BY {order} LIMIT {PAGES} OFFSET {size}")
        keys = cursor.fetchall()
    cursors = (urlsafe_b64encode(orjson.dumps([False, *key])).decode().rstrip("=") for key in keys)
    return [f"{FIRST.format(size=size)}&cursor={place}" for place in cursors]


class Turn(NamedTuple):
    """Requests answered in a second, and the processor's milliseconds that each took of server and database."""

    rate: float
    cost: float


def in_turns(cases: dict[str, Case], seconds: float, url: str) -> dict[str, list[Turn]]:
    """Over CONNECTIONS kept alive, RUNS times each after one that warms up. By turns: a machine that is slow for a
    minute is so for all. What else the machine does slows all of them, and the costs hardly at all."""
    found: dict[str, list[Turn]] = {name: [] for name in cases}
    for _turn in range(RUNS + 1):
        for name, case in cases.items():
            found[name].append(_turn_of(case, seconds, url))
    return {name: turns[1:] for name, turns in found.items()}


def _turn_of(case: Case, seconds: float, url: str) -> Turn:
    requests, before, began = case.requests(), spent(url), time.monotonic()
    count = _answered(case.port, requests, began + seconds)
    took = time.monotonic() - began
    return Turn(count / took, 1000 * (spent(url) - before) / count)


def spent(url: str) -> float:
    """Seconds that the processors have worked for servers and database so far: the others rest while one is asked."""
    ours = {process.pid for process in psutil.Process().children(recursive=True)}
    with psycopg2.connect(url) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT pid FROM pg_stat_activity WHERE client_addr = '127.0.0.1' AND pid <> pg_backend_pid()")
        ours |= {pid for (pid,) in cursor}
    total = 0.0
    for pid in ours:
        with suppress(psutil.NoSuchProcess):
            total += sum(psutil.Process(pid).cpu_times()[:2])
    return total


def _answered(port: int, requests: list[bytes], end: float) -> int:
    share = max(len(requests) // CONNECTIONS, 1)

    def answers(place: int) -> int:
        count = 0
        own = requests[place * share : (place + 1) * share] or requests
        with socket.create_connection(("127.0.0.1", port), 60) as connection:
            while time.monotonic() < end:
                request = own[count % len(own)]
                status = answered(connection, request)
                if status not in {200, 304}:
                    raise RuntimeError(f"{request.splitlines()[0].decode()}: {status}")
                count += 1
        return count

    with ThreadPoolExecutor(CONNECTIONS) as pool:
        return sum(pool.map(answers, range(CONNECTIONS)))


def answered(connection: socket.socket, request: bytes) -> int:
    """The status of the answer, read to its end. By hand: server and load share the processors, and http.client spends
    half a millisecond on the headers of an answer."""
    connection.sendall(request)
    received = b""
    while b"\r\n\r\n" not in received:
        received += _more(connection)
    head, _, body = received.partition(b"\r\n\r\n")
    status, length = int(head[9:12]), re.search(rb"\r\ncontent-length: (\d+)", head, re.IGNORECASE)
    if length or status == 304:
        left = (int(length[1]) if status != 304 else 0) - len(body)
        while left > 0:
            left -= len(_more(connection))
    else:  # in chunks
        while not body.endswith(b"\r\n0\r\n\r\n"):
            body = body[-7:] + _more(connection)
    return status


def _more(connection: socket.socket) -> bytes:
    found = connection.recv(1 << 18)
    if not found:
        raise ConnectionError("The server has closed the connection.")
    return found


def told(turns: list[Turn]) -> str:
    rate, cost = (statistics.median(column) for column in zip(*turns, strict=True))
    return f"{rate:.0f} requests/s, {cost:.2f} ms of processor"


def tell(found: dict[str, list[Turn]]) -> None:
    for name, turns in found.items():
        line(f"{name} | {told(turns)} | | ")
    for name, peer_name, aim in (
        ("20 rows", "datasette 20", 5),
        ("20 rows", "bare 20", 0.45),
        ("20 rows, kept", "datasette 20", 5),
        ("20 rows, kept", "bare 20", 1 / 3),
        ("100 rows", "datasette 100", 5),
        ("100 rows, kept", "datasette 100", 4),
        ("100 rows, last pages", "100 rows", 1),
        ("304", "bare 20", 1 / 2),
    ):
        pairs = list(zip(found[name], found[peer_name], strict=True))
        ratio = statistics.median(own.rate / other.rate for own, other in pairs)
        by_cost = statistics.median(other.cost / own.cost for own, other in pairs)
        line(f"{name} against {peer_name} | by processor {by_cost:.2f} × | {ratio:.2f} × | ≥ {aim:.2f} ×")


def whole(port: int, headers: dict, env: dict) -> None:
    """The whole table as csv, over HTTP and by COPY, and how much the server grows meanwhile."""
    server = psutil.Process(served.process.pid)
    before = memory(server)
    peak, stop = [before], threading.Event()
    watch = threading.Thread(target=_watch, args=(server, peak, stop))
    watch.start()
    turns = [(timed(lambda: drain(port, headers)), timed(lambda: copy_out(env))) for _ in range(RUNS)]
    stop.set()
    watch.join()
    own, other = (statistics.median(column) for column in zip(*turns, strict=True))
    ratio = statistics.median(http / copy for http, copy in turns)
    line(f"the whole table as csv | {own:.2f} s, COPY {other:.2f} s | {ratio:.2f} × | ≤ 1.3 ×")
    line(f"memory that the server grew by meanwhile | {(peak[0] - before) / 2**20:.0f} MB | | < 50 MB")


def _watch(server, peak: list, stop: threading.Event) -> None:
    while not stop.wait(0.05):
        peak[0] = max(peak[0], memory(server))


def memory(server: psutil.Process) -> int:
    return sum(process.memory_info().rss for process in (server, *server.children(recursive=True)))


def timed(work: Callable[[], None]) -> float:
    began = time.monotonic()
    work()
    return time.monotonic() - began


def drain(port: int, headers: dict) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=300)
    connection.request("GET", "/api/v1/assessments/?format=csv", headers=headers)
    response = connection.getresponse()
    while response.read(1 << 18):
        pass


def copy_out(env: dict) -> None:
    connection = psycopg2.connect(env["DATABASE_URL"])
    with connection, connection.cursor() as cursor, open(os.devnull, "wb") as nowhere:
        cursor.copy_expert(f"COPY {TABLE} TO STDOUT WITH (FORMAT csv)", nowhere)


def line(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()

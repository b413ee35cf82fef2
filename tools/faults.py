"""`python -m tools.faults`: breaks the production shape on purpose while people type and approve and the worker works,
and looks at what became of it. Everything runs on loopback, in a directory of its own that is removed.

Each fault is a function of `FAULTS`. After each: what was acknowledged is there, nothing was published twice, the
assessments are those of a fresh full recompute, nothing is pending, and the site is ready again without hands."""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Thread

import psutil
import psycopg2
import redis
import requests

from tools.services import ServiceError
from tools.site import APPROVED, DOES_NOT_WORK, ROOT, SECONDS, TYPED, Clerk, Person, Site, verify
from tools.wires import Wire

ANSWER_SECONDS = 30  # for a request that must not wait for what is down
WORKER = "celery --app county_urbanization worker"
PENDING = "SELECT count(*) FROM journal_pendingrecompute"
RECORD = """
import sys, django; django.setup()
from decimal import Decimal
from indicators.actions import FactRow, Grounds, record_facts
from indicators.models import Observation
row = FactRow("330122", "P03", 2024, Decimal(sys.argv[1]))
record_facts(Observation, [row], grounds=Grounds(by=None, via="import"))
"""
COUNTY = f"SELECT 1 FROM areas_area WHERE code = '{APPROVED[0]}' FOR NO KEY UPDATE"  # a recompute waits for it
ENTRIES = (  # an approval waits for it after it has published
    "SELECT 1 FROM reporting_entry WHERE submission_id IN "
    f"(SELECT id FROM reporting_submission WHERE area_id = '{APPROVED[0]}') FOR NO KEY UPDATE"
)
READ = ("/", f"/counties/{APPROVED[0]}/", "/funding/", "/projects/")
LIST = "/api/v1/observations/"
WAITING = "SELECT count(*) FROM pg_stat_activity WHERE %s = ANY(pg_blocking_pids(pid))"
PUBLISHED = "SELECT count(*) FROM indicators_observation WHERE recorded_via = 'approval'"
RECORDED = "SELECT id FROM indicators_observation WHERE (area_id, indicator_id, year) = ('330122', 'P03', 2024)"


@dataclass
class Finding:
    """What one fault did: what the site said meanwhile, how long it was away, and what is wrong afterwards."""

    fault: str
    seconds_away: float = 0.0
    acknowledged: int = 0
    saved: list[str] = field(default_factory=list)  # acknowledged outside the clerk's own work
    said: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


class Hold:
    """A row that others want, locked: they come as far as that and no further, so that a fault meets them there."""

    def __init__(self, site: Site, sql: str):
        self.site, self.connection = site, psycopg2.connect(site.environment["DATABASE_URL"])
        with self.connection.cursor() as cursor:
            cursor.execute(sql)

    def until_wanted(self) -> None:
        own = self.connection.info.backend_pid
        self.site.until(lambda: self.site.rows(WAITING, own) != [(0,)])

    def release(self) -> None:
        self.connection.close()


@contextmanager
def at_work(site: Site, found: Finding, hold: str = "SELECT 1", reviewers: int = 1):
    """A clerk types and a reviewer approves while the block breaks something; then all of it is looked at. `hold`
    locks rows before that begins, until the block is done or lets them go."""
    site.ready_to_approve(0)
    clerk, city = Clerk(Person(site.address, TYPED[2])), [Person(site.address, "municipal") for _ in range(reviewers)]
    held = Hold(site, hold)
    clerk.start()
    approvals = [Thread(target=approve, args=(site, person, found), daemon=True) for person in city]
    for approval in approvals:
        approval.start()
    time.sleep(0.1)
    try:
        yield held
    finally:
        held.release()
    found.seconds_away = round(site.until(site.is_ready), 1)
    ready_at = time.monotonic()
    for approval in approvals:
        approval.join(SECONDS)
    time.sleep(0.5)  # and some more saves, after the recovery
    clerk.finish()
    site.until(lambda: site.rows(PENDING) == [(0,)])
    if site.state() != "approved":
        found.problems.append("the approval was never done")
    found.acknowledged = len(clerk.acknowledged)
    found.said += sorted({f"{status} {said(text)}" for _at, status, text in clerk.refused})
    found.problems += [
        f"refused with {status}{' when it was ready again' if at > ready_at else ''}: {text}"
        for at, status, text in clerk.refused
        if at > ready_at or status not in {502, 503}
    ]
    found.problems += verify(site, [*clerk.acknowledged, *found.saved])


def approve(site: Site, person: Person, found: Finding) -> None:
    def press() -> requests.Response:
        answer = person.step(APPROVED[0], "approve")
        if answer.status_code == 500:
            found.problems.append(f"the approval was answered 500: {said(answer.text)}")
        return answer

    site.persevere(press, lambda: site.state() == "approved")


def said(text: str) -> str:
    """The words of a problem, or the beginning of whatever was said."""
    return text.partition('"detail":')[2].strip(' "}') or text[:80]


# The faults -----------------------------------------------------------------------------------------


def kill_worker(site: Site, found: Finding) -> None:
    """The worker dies by -9 with the recompute in hand."""
    with at_work(site, found, hold=COUNTY) as held:
        held.until_wanted()
        site.kill(WORKER)


def kill_gunicorn(site: Site, found: Finding) -> None:
    """gunicorn and its workers die by -9 in the middle of requests: the approval has published and not yet moved."""
    before = site.rows(PUBLISHED)
    with at_work(site, found, hold=ENTRIES) as held:
        held.until_wanted()
        site.kill("gunicorn")
        held.release()
        if site.state() != "approved" and site.rows(PUBLISHED) != before:
            found.problems.append("values were published by an approval that never came to its end")


def kill_postgresql(site: Site, found: Finding) -> None:
    """PostgreSQL dies by -9 the moment it has acknowledged a save, and is started again on the same data. Then once
    more while nobody asks for anything: no thread of the site may find out by refusing somebody."""
    reader, typist, value = Person(site.address, "leader"), Person(site.address, TYPED[2]), Clerk.another_value()
    with at_work(site, found):
        if typist.save(*TYPED[:2], value).ok:
            site.kill("postgres")
            found.saved.append(value)
        watch(site, found, "database")
    crowd(reader)
    site.kill("postgres")
    site.until(site.has_database)
    refused = sorted({status for status in crowd(reader) if status != 200})
    if refused:
        found.problems.append(f"pages answered {refused} when the database was there again")


def lose_the_broker(site: Site, found: Finding) -> None:
    """Valkey dies and forgets everything: messages, cache, and what it wrote. Meanwhile an approval goes through, and
    pages that keep what they made and a token whose calls are counted do without."""
    reader = Person(site.address, "leader")
    token = site.manage("create_token", "演练", "--organisation", f"{TYPED[0]}-DRC").split()[-1]
    with at_work(site, found, hold=ENTRIES) as held:
        held.until_wanted()
        with site.left_alone():
            site.kill("valkey-server")
            shutil.rmtree(site.directory / "stack" / "valkey" / "appendonlydir", ignore_errors=True)
            watch(site, found, "broker")
            read(reader, token, found)
            held.release()
            site.until(lambda: site.state() == "approved", ANSWER_SECONDS)


def read(reader: Person, token: str, found: Finding) -> None:
    """A few pages, twice each, and a list of the API; whatever is not 200 is wrong."""
    answers = [reader.get(path) for path in READ * 2]
    with requests.Session() as session:
        session.trust_env = False
        answers.append(session.get(f"{reader.address}{LIST}", headers={"Authorization": f"Bearer {token}"}, timeout=30))
    found.problems += [f"{each.url} answered {each.status_code}" for each in answers if each.status_code != 200]


def deliver_twice_and_late(site: Site, found: Finding) -> None:
    """Messages lie for a while, then come several times over, and old ones after new ones; an approval too."""
    family = suspend(site)
    with at_work(site, found, reviewers=4):
        with site.broker() as broker:
            site.until(lambda: broker.llen("celery") > 0)
            time.sleep(2)  # and some more, which lie for a while
            waiting = broker.lrange("celery", 0, -1)
            for message in waiting * 3:
                broker.rpush("celery", message)
            found.said.append(f"{len(waiting)} messages delivered {1 + 3} times")
            if not waiting:
                found.problems.append("no message was waiting")
        resume(family)
        site.until(lambda: site.broker().llen("celery") == 0)


def write_during_a_recompute(site: Site, found: Finding) -> None:
    """While the worker has a recompute in hand, another value of another county becomes official."""
    with at_work(site, found, hold=COUNTY) as held:
        held.until_wanted()
        record(site.environment).wait()


def cut_off_the_worker(site: Site, found: Finding) -> None:
    """A second worker loses the network: its connections hang and say nothing, with work and a locked row in hand."""
    with Wire(site.environment["DATABASE_URL"]) as database, Wire(site.environment["REDIS_URL"]) as broker:
        wiring = {"DATABASE_URL": database.url, "REDIS_URL": broker.url}
        log = site.directory / "cut-off.log"
        with log.open("wb") as file:
            far = subprocess.Popen(
                [sys.executable, "-m", *WORKER.split(), "--concurrency=1", "--loglevel=INFO", "--hostname=far@%h"],
                cwd=ROOT,
                env=site.environment | wiring,
                stdout=file,
                stderr=file,
                start_new_session=True,
            )
        try:
            site.until(lambda: b"ready" in log.read_bytes())
            near = suspend(site)
            with at_work(site, found, hold=COUNTY) as held:
                held.until_wanted()
                database.cut()
                broker.cut()
                held.release()
                resume(near)
                site.until(lambda: site.rows(PENDING) == [(0,)])
        finally:
            for one in [*psutil.Process(far.pid).children(recursive=True), psutil.Process(far.pid)]:
                one.kill()
            far.wait()


def fill_the_disk(site: Site, found: Finding) -> None:
    """The disk under VAR_DIR is full to the last byte: database, uploads, logs, all of it."""
    if not os.path.ismount(site.directory):
        found.said.append("skipped: no small disk could be mounted")
        return
    filler = site.directory / "filler"
    try:
        with at_work(site, found):
            with filler.open("wb") as file, suppress(OSError):
                while True:
                    file.write(b"0" * 2**20)
                    file.flush()
            watch(site, found, "disk", seconds=3)
            filler.unlink()
    finally:
        filler.unlink(missing_ok=True)


def die_between_commit_and_dispatch(site: Site, found: Finding) -> None:
    """A process has committed and is killed before its message has left: the wire to the broker hangs. No other
    message comes after it."""
    with at_work(site, found), Wire(site.environment["REDIS_URL"]) as broker:
        site.until(lambda: site.state() == "approved" and site.rows(PENDING) == [(0,)])
        broker.cut()
        before = site.rows(RECORDED)
        writer = record(site.environment | {"REDIS_URL": broker.url})
        site.until(lambda: site.rows(RECORDED) != before)
        if writer.poll() is not None:
            found.problems.append("the process was through before it could be killed")
        writer.kill()
        writer.wait()


def crowd(person: Person, many: int = 48) -> list[int]:
    """The statuses of one page asked for by many at once: so many that every thread of the site has its turn."""

    def ask(_number: int) -> int:
        with requests.Session() as session:
            session.trust_env = False
            return session.get(f"{person.address}/help/", cookies=person.session.cookies, timeout=60).status_code

    with ThreadPoolExecutor(many) as threads:
        return list(threads.map(ask, range(many)))


def record(environment: dict[str, str]) -> subprocess.Popen:
    """A process that makes another value official."""
    command = [sys.executable, "-c", RECORD, f"{4 + time.time() % 1:.4f}"]
    return subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.DEVNULL)


def suspend(site: Site) -> list[psutil.Process]:
    """The worker stands still, with whatever it has."""
    worker = site.member(WORKER)
    family = [worker, *worker.children(recursive=True)]
    for one in family:
        one.suspend()
    return family


def resume(family: Sequence[psutil.Process]) -> None:
    for one in reversed(family):
        one.resume()


FAULTS = {
    function.__name__: function
    for function in (
        kill_worker,
        kill_gunicorn,
        kill_postgresql,
        lose_the_broker,
        deliver_twice_and_late,
        cut_off_the_worker,
        write_during_a_recompute,
        die_between_commit_and_dispatch,
        fill_the_disk,
    )
}


def watch(site: Site, found: Finding, part: str, seconds: float = 10) -> None:
    """Note what /readyz says while a part is down."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with suppress(*DOES_NOT_WORK, ValueError):
            words = site.ready().json()["parts"][part]
            if words != "ok":
                found.said.append(f"/readyz: {part} {words}")
                return
        time.sleep(0.05)
    found.problems.append(f"/readyz never said that {part} was down")


def try_fault(site: Site, name: str) -> Finding:
    found = Finding(name)
    try:
        FAULTS[name](site, found)
    except (ServiceError, psycopg2.Error, redis.RedisError, *DOES_NOT_WORK, psutil.Error) as error:
        found.problems.append(f"{type(error).__name__}: {error}")
    return found


@contextmanager
def small_disk(megabytes: int = 1500):
    """A directory on a disk of its own that can be filled; an ordinary one where none can be mounted."""
    directory = Path(tempfile.mkdtemp(prefix="faults-"))
    command = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=755", "tmpfs", str(directory)]
    mounted = shutil.which("mount") and subprocess.run(command, capture_output=True, check=False).returncode == 0
    try:
        yield directory
    finally:
        if mounted:
            subprocess.run(["umount", "--lazy", str(directory)], check=False)
        shutil.rmtree(directory, ignore_errors=True)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.faults", description=__doc__.split("\n")[0])
    parser.add_argument("fault", nargs="*", choices=[[], *FAULTS], default=[], help="all where none is named")
    names = parser.parse_args(arguments).fault or list(FAULTS)
    bad = 0
    with small_disk() as directory, Site(directory) as site:
        for name in names:
            found = try_fault(site, name)
            bad += bool(found.problems)
            words = "; ".join(found.said) or "nothing"
            print(f"{name}: ready after {found.seconds_away} s, {found.acknowledged} saves acknowledged; said: {words}")  # noqa: T201
            for problem in found.problems:
                print(f"  WRONG: {problem}")  # noqa: T201
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())

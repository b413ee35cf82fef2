"""From the previous release to this one and back, with data, by the words of `docs/deployment.md`.

The previous release's code comes out of git: the tag of the newest version that CHANGELOG.md names, or the commit that
named it. Every row that stood before has to stand after, and after the way back each row is again what it was."""

import json
import re
import secrets
import shutil
import subprocess
import tarfile
import time
from collections import Counter
from decimal import Decimal
from io import BytesIO
from pathlib import Path

from tools.offline_site import HOST, PATIENCE, PROXY, Browser, Site, look, own_database, rows
from tools.wheels import ROOT, read_pins

PASSWORD = "before-and-after"
ADDED = ("330127", "P02", 2025, "95.5")
ADD = """
import sys, django; django.setup()
from decimal import Decimal
from indicators.actions import FactRow, Grounds, record_facts
from indicators.models import Observation
area, indicator, year, value = sys.argv[1:]
record_facts(Observation, [FactRow(area, indicator, int(year), Decimal(value))], grounds=Grounds(by=None, via="import"))
"""
# Tables that a version may fill anew, and why.
MADE_ANEW = {
    "django_migrations": "which migrations ran",
    "django_session": "who is in just now",
    "django_content_type": "Django's list of models",
    "auth_permission": "Django's list of rights, which the site does not use",
    "journal_feedcounter": "the last number of the change feed, which goes on",
    "journal_pendingrecompute": "what waits for its recompute just now",
    "indicators_assessment": "made out of the facts; compared by what it judges below",
}
# Columns that a version has given up, and why.
GIVEN_UP = {("reporting_notice", "mail_tries"): "messages count their own tries"}
# What `prepare --official` renews out of the plan's file: its words, its definitions as the next version.
OF_THE_PLAN = re.compile(r"plan_|areas_|indicators_indicator|commitments_commitment$|funding_fundingsource$")
ADDED_SINCE = (*ADDED[:3], "96.25")  # what the new release gets in its place
JUDGED = "SELECT area_id, indicator_id, year, value, target, status FROM indicators_assessment"


def git(*words: str) -> bytes:
    return subprocess.run(["git", *words], cwd=ROOT, capture_output=True, check=True).stdout


def previous_version() -> str:
    """The newest version that CHANGELOG.md has a heading for."""
    [version, *_] = re.findall(r"^## \[(\d+\.\d+\.\d+)\]", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.M)
    return version


def previous_commit(version: str) -> str | None:
    """Its commit; None where git does not reach back that far."""
    if tagged := git("tag", "--list", f"v{version}").decode().strip():
        return git("rev-list", "-n", "1", tagged).decode().strip()
    if git("rev-parse", "--is-shallow-repository").decode().strip() == "true":
        return None
    named = git("log", "--format=%H", f"-S## [{version}]", "--", "CHANGELOG.md").decode().split()
    return named[-1] if named else None


def cannot() -> str | None:
    """Why the upgrade cannot be tried here, in words; None where it can."""
    version = previous_version()
    try:
        commit = previous_commit(version)
    except (OSError, subprocess.CalledProcessError) as error:
        return f"git does not answer ({error})"
    if commit is None:
        return f"this copy of the repository has no commit of version {version} (a shallow clone?)"
    now = {str(pin) for pin in read_pins((ROOT / "requirements.txt").read_text(encoding="utf-8"))}
    then = {str(pin) for pin in read_pins(git("show", f"{commit}:requirements.txt").decode())}
    if then - now:
        return f"version {version} needs {', '.join(sorted(then - now))}, which this release does not carry"
    return None


def unpack_previous(folder: Path) -> Path:
    """The previous release's code."""
    commit = previous_commit(previous_version())
    with tarfile.open(fileobj=BytesIO(git("archive", "--format=tar", str(commit)))) as packed:
        packed.extractall(folder, filter="data")
    return folder


def tables(url: str) -> dict[str, list[str]]:
    """The site's tables with their columns, in their order."""
    found: dict[str, list[str]] = {}
    sql = """
        SELECT table_name, column_name FROM information_schema.columns
        WHERE table_schema = 'public' ORDER BY table_name, ordinal_position
    """
    for table, column in rows(url, sql):
        found.setdefault(table, []).append(column)
    return {table: columns for table, columns in found.items() if table not in MADE_ANEW}


def content(url: str, table: str, columns: list[str]) -> Counter:
    """The rows of a table by these columns, each as a digest."""
    named = ", ".join(f'"{column}"' for column in columns)
    return Counter(digest for (digest,) in rows(url, f'SELECT md5(ROW({named})::text) FROM "{table}"'))


def kept(url: str) -> dict[str, tuple[list[str], Counter]]:
    """Every table's columns that last, and its rows by them."""
    found = {}
    for table, columns in tables(url).items():
        lasting = [column for column in columns if (table, column) not in GIVEN_UP]
        found[table] = lasting, content(url, table, lasting)
    return found


def lost(before: dict[str, tuple[list[str], Counter]], url: str, *, same: bool = False) -> list[str]:
    """What of the rows before does not stand there as it was, in words; with `same`, what was added too."""
    there, faults = tables(url), []
    for table, (columns, digests) in before.items():
        if gone := [column for column in columns if column not in there.get(table, [])]:
            faults.append(f"{table}: no column {', '.join(gone)}")
            continue
        after = content(url, table, columns)
        if missing := (digests - after).total():
            faults.append(f"{table}: {missing} of {digests.total()} rows are gone or changed")
        if same and (more := (after - digests).total()):
            faults.append(f"{table}: {more} rows more")
    return faults


def wait_for_worker(url: str) -> None:
    """Until nothing waits for its recompute. SystemExit where that takes too long."""
    deadline = time.monotonic() + PATIENCE
    while rows(url, "SELECT 1 FROM journal_pendingrecompute LIMIT 1"):
        if time.monotonic() > deadline:
            raise SystemExit("The worker does not empty the outbox.")
        time.sleep(0.5)


def until_judged(url: str, number: tuple[str, str, int, str]) -> list[str]:
    """Nothing once the worker has judged the number that was recorded; words where it has not in time."""
    deadline = time.monotonic() + PATIENCE
    sql = "SELECT value::text FROM indicators_assessment WHERE (area_id, indicator_id, year) = (%s, %s, %s)"
    while time.monotonic() < deadline:
        if [Decimal(value) for (value,) in rows(url, sql, *number[:3]) if value] == [Decimal(number[3])]:
            return []
        time.sleep(0.5)
    return ["the worker has not judged the number that was recorded"]


def until_sealed(url: str) -> list[str]:
    """Nothing once the newest row of the audit log is sealed, which beat alone has the worker do; words where it is not
    in time."""
    [(latest,)] = rows(url, "SELECT max(id) FROM journal_auditentry")
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if rows(url, "SELECT 1 FROM journal_auditseal WHERE entry_id = %s", latest):
            return []
        time.sleep(0.5)
    return ["what beat starts by the clock is not done: the audit log is not sealed"]


def settings(url: str, redis_url: str, var: Path) -> dict[str, str]:
    return {
        "SECRET_KEY": secrets.token_urlsafe(50),
        "DATABASE_URL": url,
        "REDIS_URL": redis_url,
        "ALLOWED_HOSTS": HOST,
        "HTTPS": "true",
        "VAR_DIR": str(var),
        "ALLOW_UNSAFE": "demo_logins",
    }


def record(site: Site, number: tuple[str, str, int, str] = ADDED) -> None:
    """A number through the one function that records numbers, from a process of its own."""
    command = [str(site.python), "-c", ADD, *map(str, number)]
    named = {"DJANGO_SETTINGS_MODULE": "county_urbanization.settings"}
    subprocess.run(command, cwd=site.root, env=site.environment() | named, check=True)


def fill(old: Site) -> None:
    """The previous release at work: its demonstration (projects, money, sheets, logins), a number imported since."""
    old.manage("migrate", "--verbosity", "0")
    old.manage("collectstatic", "--noinput", "--verbosity", "0")
    old.manage("load_demo", DEMO_PASSWORD=PASSWORD)
    old.manage("load_plan")
    record(old)
    old.manage("recompute")


def at_work(new: Site, database: str, address: str, judged: list[tuple]) -> list[str]:
    """What is wrong, in words, while the new release's web, worker and beat run on what was upgraded: a login and a
    page, every cell judged as before, a new number judged, the log sealed by the clock."""
    faults = look(address, username="leader", password=PASSWORD, headers=PROXY)
    wait_for_worker(database)
    after = {row[:3]: row for row in rows(database, JUDGED)}
    if other := sum(after.get(row[:3]) != row for row in judged):
        faults.append(f"{other} of {len(judged)} cells are judged otherwise than before")
    record(new, ADDED_SINCE)
    faults += until_judged(database, ADDED_SINCE)
    faults += until_sealed(database)
    found = json.loads(Browser(address, PROXY).get("/readyz"))
    return faults + ([] if found["ready"] else [f"/readyz says {found}"])


def try_upgrade(new_root: Path, static: Path, python: Path, servers: tuple[str, str], folder: Path, port: int) -> str:
    """What was compared, in words. SystemExit where a row is lost on the way or on the way back. `static`: the new
    release's static files, collected."""
    began = time.monotonic()
    folder.mkdir()
    url, redis_url = servers
    old_root = unpack_previous(folder / "previous")
    database = own_database(url, "before")
    given = settings(database, redis_url, folder / "var-before")
    units = new_root / "deploy" / "systemd"  # of both: the previous release had none yet, and started the same programs
    old, new = (Site(root, python, folder, given, units) for root in (old_root, new_root))
    old.write_settings()
    fill(old)
    before, judged = kept(database), sorted(rows(database, JUDGED))
    shutil.copytree(folder / "var-before" / "static", folder / "var-back" / "static")
    backup = folder / "before.zip"
    old.manage("backup", str(backup))

    new.write_settings()
    new.manage("migrate", "--verbosity", "0")
    faults = lost(before, database)
    shutil.copytree(static, folder / "var-before" / "static", dirs_exist_ok=True)
    new.manage("prepare", "--official")
    typed = {table: each for table, each in before.items() if not OF_THE_PLAN.match(table)}
    faults += [f"after `prepare`: {fault}" for fault in lost(typed, database)]
    with new.running("monitor-web", "monitor-worker", "monitor-beat", port=port) as address:
        faults += at_work(new, database, address, judged)
    new.manage("verify_audit")
    new.manage("backup", str(folder / "after.zip"))

    back = own_database(url, "back")
    old.settings = given | {"DATABASE_URL": back, "VAR_DIR": str(folder / "var-back")}
    old.write_settings()
    old.manage("restore", str(backup))
    faults += [f"after the way back: {fault}" for fault in lost(before, back, same=True)]
    with old.running("monitor-web", port=port) as address:
        faults += look(address, username="leader", password=PASSWORD, headers=PROXY)
    if faults:
        raise SystemExit("\n".join(["The upgrade:", *faults]))
    amount = sum(digests.total() for _columns, digests in before.values())
    seconds = time.monotonic() - began
    return (
        f"Upgraded from {previous_version()} and back: {amount} rows of {len(before)} tables, in {seconds:.0f} seconds."
    )

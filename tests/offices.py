"""An installation on PostgreSQL with processes of its own, and databases copied from templates that a run makes."""

import os
import secrets
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from secrets import token_urlsafe
from urllib.parse import urlsplit

import psycopg2

from tests.servers import ROOT
from tools.stack import Program

SECONDS = 120  # after which what has not happened will not, on a machine with much other work
RECORD = """
import sys, django; django.setup()
from decimal import Decimal
from indicators.actions import FactRow, Grounds, record_facts
from indicators.models import Observation
area, indicator, year, value = sys.argv[1:]
row = FactRow(area, indicator, int(year), Decimal(value))
record_facts(Observation, [row], grounds=Grounds(by=None, via="import"))
"""


@dataclass
class Office:
    """An installation with a database of its own; each command is a process of its own."""

    environment: dict[str, str] = field(repr=False)
    directory: Path

    @classmethod
    def on(cls, database_url: str, directory: Path, **more: str) -> "Office":
        """One without a broker and without mail, unless `more` says otherwise."""
        wiring = {"DATABASE_URL": database_url, "REDIS_URL": "", "EMAIL_HOST": "", "VAR_DIR": str(directory)}
        wiring |= {"DJANGO_SETTINGS_MODULE": "county_urbanization.settings", "SECRET_KEY": token_urlsafe(50)}
        return cls(os.environ | wiring | more, directory)

    def start(self, *words: str, **more: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, *words]
        return subprocess.Popen(command, cwd=ROOT, env=self.environment | more, stdout=subprocess.DEVNULL)

    def run(self, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, *words]
        environment = self.environment | more
        return subprocess.run(
            command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300, check=True
        )

    def record(self, change, **more: str) -> subprocess.CompletedProcess[str]:
        return self.run("-c", RECORD, *map(str, change), **more)

    def rows(self, sql: str, *parameters) -> list[tuple]:
        with closing(psycopg2.connect(self.environment["DATABASE_URL"])) as connection, connection.cursor() as cursor:
            cursor.execute(sql, parameters)
            return cursor.fetchall()

    def execute(self, sql: str, *parameters) -> None:
        """As somebody does who asks none of our actions."""
        execute(self.environment["DATABASE_URL"], sql, *parameters)

    def pending(self) -> list[tuple]:
        return self.rows("SELECT area_id, indicator FROM journal_pendingrecompute ORDER BY id")

    def value(self, change) -> float | None:
        """The value that the stored assessment was made from."""
        sql = "SELECT value FROM indicators_assessment WHERE (area_id, indicator_id, year) = (%s, %s, %s)"
        return self.rows(sql, *change[:3])[0][0]

    @contextmanager
    def celery(self, *words: str, **more: str) -> Iterator[Program]:
        command = [sys.executable, "-m", "celery", "-A", "county_urbanization", *words]
        program = Program(words[0], command, self.environment | more, self.directory / f"{words[0]}.log")
        try:
            program.start()
            yield program
        finally:
            program.stop()

    def until(self, condition: Callable[[], bool], *programs: Program) -> None:
        """Wait for a condition; the programs that bring it about have to be alive meanwhile."""
        deadline = time.monotonic() + SECONDS
        while not condition():
            logs = "\n".join(program.log.read_text(errors="replace") for program in programs)
            assert time.monotonic() < deadline, f"not within {SECONDS} seconds\n{logs}"
            assert all(program.is_running() for program in programs), logs
            time.sleep(0.05)


def execute(url: str, sql: str, *parameters) -> None:
    """One statement, outside of any transaction."""
    with closing(psycopg2.connect(url)) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(sql, parameters or None)


@contextmanager
def own_database(url: str, template: str = "template1") -> Iterator[str]:
    """A database of its own on the server of `url`, as a copy of another one where that is named by its address."""
    name = f"county_urbanization_test_{secrets.token_hex(4)}"
    execute(url, f"CREATE DATABASE {name} TEMPLATE {template.rpartition('/')[2]}")
    try:
        yield urlsplit(url)._replace(path=f"/{name}").geturl()
    finally:
        execute(url, f"DROP DATABASE {name} WITH (FORCE)")

"""The database as a test finds it: a few worlds, each loaded once in a process and put back before every test.

    empty ─┬─ plan ── round_2024 ── submitted
           └─ demo ─┬─ objects
                    └─ issued

A test's world is the deepest one among its fixtures; a fixture `world` with parameters names it by these. On SQLite an
image is copied page by page (about a millisecond); on PostgreSQL a world is a template database, and the test database
is made from it when the world changes or when a test has committed. No test depends on what another one left.

On SQLite whichever process comes first loads a world and lays its image on a shelf; the others, and later runs of the
same day on the same code, take it from there."""

import fcntl
import hashlib
import inspect
import pickle
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import django
from django.conf import settings
from django.db import connection

from county_urbanization.rooms import LINE
from journal import guard
from tests.servers import ROOT, site_environment

MIGRATED = "migrated"  # on the shelf: the tables as a site has them, with the triggers that the worlds are without
# What the tables are made from; `*` stands for a room.
OF_TABLES = (
    "*/migrations/*.py",
    "*/models.py",
    "*/models/*.py",
    "*/apps.py",
    "county_urbanization/*.py",
    "journal/guard.py",
    "tests/settings.py",
)
# What rows are loaded by, beside the files of the functions that load them: the application, and what lies beside this
# file; no package of Python's.
OF_ROWS = (*(f"{name}/**/*.py" for name in LINE), "tests/*.py", "fixtures/*")


@dataclass(frozen=True)
class World:
    """`load` turns the world `base` into this one; what it returns is handed to every test of this world."""

    name: str
    base: str | None
    load: Callable[[], object]

    @property
    def line(self) -> list[str]:
        """This world and those it is built on, the deepest first."""
        return [self.name, *(WORLDS[self.base].line if self.base else [])]


def _make_tables() -> None:
    """Without the triggers of the audit log: tests that commit empty every table afterwards."""
    if connection.vendor != "sqlite":
        return  # there Django makes the test database, tables and all
    with TemporaryDirectory() as folder:
        lay_tables(Path(folder) / "db.sqlite3")
        with closing(sqlite3.connect(Path(folder) / "db.sqlite3")) as laid_down:
            laid_down.backup(connection.connection)
    guard.take_down(connection)


WORLDS: dict[str, World] = {"empty": World("empty", None, _make_tables)}


def world(name: str, *, base: str) -> Callable[[Callable[[], object]], Callable[[], object]]:
    """Make the function the one that loads this world; tests ask for it by a fixture of the same name."""

    def register(load: Callable[[], object]) -> Callable[[], object]:
        WORLDS[name] = World(name, base, load)
        return load

    return register


def world_of(item) -> str | None:
    """The world that a test asks for, by its fixtures or by its parameter `world`; None where it needs no database."""
    given = item.callspec.params if hasattr(item, "callspec") else {}
    names = {*item.fixturenames, given.get("world")}
    asked = sorted(names & WORLDS.keys(), key=lambda name: len(WORLDS[name].line))
    if asked:
        deepest = asked[-1]
        assert set(asked) <= set(WORLDS[deepest].line), f"{item.nodeid} asks for worlds of two branches: {asked}"
        return deepest
    needs_database = names & {"db", "transactional_db", "live_server"} or item.get_closest_marker("django_db")
    return "empty" if needs_database else None


class Images:
    """The worlds that this process has at hand, as the database in use keeps them."""

    def __init__(self) -> None:
        self.notes: dict[str, object] = {}
        self._kept: dict[str, sqlite3.Connection] = {}
        self._present: str | None = None

    def put(self, name: str) -> None:
        """Make the test database hold that world and nothing else."""
        connection.ensure_connection()
        if name in self.notes:
            self._restore(name)
        elif connection.vendor == "sqlite":
            self._take_from_shelf(name)
        else:
            self._load(name)
            _copy_database(connection.settings_dict["NAME"], _template(name))
        self._present = name

    def spoil(self) -> None:
        """A test has committed: what the database holds is no known world."""
        self._present = None

    def _load(self, name: str) -> None:
        found = WORLDS[name]
        if found.base:
            self.put(found.base)
        self.notes[name] = found.load()

    def _take_from_shelf(self, name: str) -> None:
        with _shelf(name) as shelf:
            if not (shelf / "notes").exists():
                self._load(name)
                _lay_down(shelf, self.notes[name])
            self.notes[name] = pickle.loads((shelf / "notes").read_bytes())
            self._kept[name] = sqlite3.connect(":memory:", check_same_thread=False)
            with sqlite3.connect(shelf / "image") as laid_down:
                laid_down.backup(self._kept[name])
            laid_down.close()
            shutil.copytree(shelf / "uploads", settings.MEDIA_ROOT, dirs_exist_ok=True)
        self._restore(name)

    def _restore(self, name: str) -> None:
        if connection.vendor == "sqlite":
            self._kept[name].backup(connection.connection)
        elif self._present != name:
            _copy_database(_template(name), connection.settings_dict["NAME"])


def lay_tables(path: Path) -> str:
    """The address of a new SQLite file as `manage.py migrate` leaves it. That takes a quarter of a minute: it is done
    once for the code as it stands, and copied from the shelf."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with _shelf(MIGRATED) as shelf:
        if not (shelf / "image").exists():
            _migrate(shelf / "image")
        shutil.copyfile(shelf / "image", path)
    return f"sqlite:///{path}"


def _migrate(path: Path) -> None:
    """By a process of its own, as an operator does."""
    with TemporaryDirectory() as folder:
        made = Path(folder) / "db.sqlite3"
        environment = site_environment(Path(folder)) | {"DATABASE_URL": f"sqlite:///{made}"}
        command = [sys.executable, "manage.py", "migrate", "--verbosity", "0"]
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (0, "")
        shutil.copyfile(made, path.with_suffix(".new"))
    path.with_suffix(".new").rename(path)


@contextmanager
def _shelf(name: str) -> Iterator[Path]:
    """The directory of this world as the code of today makes it; one process at a time."""
    found = ROOT / ".pytest_cache" / "worlds" / name
    found.mkdir(parents=True, exist_ok=True)
    with (found / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        own = found / _fingerprint(name)
        for other in found.iterdir():
            if other.is_dir() and other != own:
                shutil.rmtree(other)
        own.mkdir(exist_ok=True)
        yield own


def _lay_down(shelf: Path, notes: object) -> None:
    """The database and the files of the world just loaded; the notes last of all, for they say that it is whole."""
    with sqlite3.connect(shelf / "image") as image:
        connection.connection.backup(image)
    image.close()
    Path(settings.MEDIA_ROOT).mkdir(exist_ok=True)
    shutil.copytree(settings.MEDIA_ROOT, shelf / "uploads", dirs_exist_ok=True)
    (shelf / "notes").write_bytes(pickle.dumps(notes))


@cache
def _fingerprint(name: str) -> str:
    """Of all that a world depends on: the tables on their own files, the rows on all code and on the day."""
    has_rows = name not in {"empty", MIGRATED}
    patterns = OF_ROWS if has_rows else OF_TABLES
    found = hashlib.blake2b(f"{django.VERSION}{sqlite3.sqlite_version}".encode(), digest_size=16)
    if has_rows:
        found.update(time.strftime("%F").encode())
    sources = {path for pattern in patterns for path in ROOT.glob(pattern)}
    if has_rows:
        sources |= {Path(inspect.getfile(WORLDS[each].load)) for each in WORLDS[name].line}
    for path in sorted(sources):
        if path.is_file():
            found.update(f"{path.relative_to(ROOT)}\0".encode() + path.read_bytes())
    return found.hexdigest()


def _template(name: str) -> str:
    return f"{connection.settings_dict['NAME']}_{name}"


def _copy_database(source: str, target: str) -> None:
    """On PostgreSQL, which copies only a database that nobody is connected to."""
    connection.close()
    with connection._nodb_cursor() as cursor:
        cursor.execute(f'DROP DATABASE IF EXISTS "{target}" WITH (FORCE)')
        cursor.execute(f'CREATE DATABASE "{target}" TEMPLATE "{source}"')


def drop_templates(images: Images) -> None:
    """The template databases that this process made on PostgreSQL."""
    if connection.vendor == "sqlite":
        return
    connection.close()
    with connection._nodb_cursor() as cursor:
        for name in images.notes:
            cursor.execute(f'DROP DATABASE IF EXISTS "{_template(name)}" WITH (FORCE)')

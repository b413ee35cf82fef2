"""The database as a test finds it: a few worlds, each loaded once in a process and put back before every test.

    empty ─┬─ plan ── round_2024 ── submitted
           └─ demo ─┬─ objects
                    └─ issued

A test's world is the deepest one among its fixtures. On SQLite an image is copied page by page (about a millisecond);
on PostgreSQL a world is a template database, and the test database is made from it when the world changes or when a
test has committed. No test depends on what another one left."""

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass

from django.db import connection


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


WORLDS: dict[str, World] = {"empty": World("empty", None, lambda: None)}


def world(name: str, *, base: str) -> Callable[[Callable[[], object]], Callable[[], object]]:
    """Make the function the one that loads this world; tests ask for it by a fixture of the same name."""

    def register(load: Callable[[], object]) -> Callable[[], object]:
        WORLDS[name] = World(name, base, load)
        return load

    return register


def world_of(item) -> str | None:
    """The world that a test asks for; None where it needs no database."""
    names = set(item.fixturenames)
    asked = sorted(names & WORLDS.keys(), key=lambda name: len(WORLDS[name].line))
    if asked:
        deepest = asked[-1]
        assert set(asked) <= set(WORLDS[deepest].line), f"{item.nodeid} asks for worlds of two branches: {asked}"
        return deepest
    needs_database = names & {"db", "transactional_db", "live_server"} or item.get_closest_marker("django_db")
    return "empty" if needs_database else None


class Images:
    """The worlds that were loaded in this process, as the database in use keeps them."""

    def __init__(self) -> None:
        self.notes: dict[str, object] = {}
        self._kept: dict[str, sqlite3.Connection] = {}
        self._present: str | None = None

    def put(self, name: str) -> None:
        """Make the test database hold that world and nothing else."""
        connection.ensure_connection()
        if not self._kept:
            self._keep("empty")
        if name in self.notes:
            self._restore(name)
        else:
            self._load(name)
        self._present = name

    def spoil(self) -> None:
        """A test has committed: what the database holds is no known world."""
        self._present = None

    def _load(self, name: str) -> None:
        found = WORLDS[name]
        self.put(found.base)
        self.notes[name] = found.load()
        self._keep(name)

    def _keep(self, name: str) -> None:
        self.notes.setdefault(name, None)
        if connection.vendor == "sqlite":
            self._kept[name] = sqlite3.connect(":memory:", check_same_thread=False)
            connection.connection.backup(self._kept[name])
        else:
            self._kept[name] = None
            _copy_database(connection.settings_dict["NAME"], _template(name))

    def _restore(self, name: str) -> None:
        if connection.vendor == "sqlite":
            self._kept[name].backup(connection.connection)
        elif self._present != name:
            _copy_database(_template(name), connection.settings_dict["NAME"])


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

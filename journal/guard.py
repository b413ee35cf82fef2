"""Below the application: the database itself refuses to change or delete rows of the audit log and of its seals.

Triggers of both engines, put up by the migration that makes the tables. On SQLite a migration that alters one of the
tables makes it anew without its triggers, and has to put them up again (`verify_audit` looks, and a test). Only an
account's link may be emptied when the account goes. On PostgreSQL the site's role can moreover be refused UPDATE and
DELETE (docs/deployment.md): the owner of a table can take its triggers down, a mere user cannot."""

from collections.abc import Sequence

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

from journal.models import AuditCut, AuditEntry, AuditSeal

WORDS = "the audit log is append-only"
GUARDED: tuple[tuple[type[models.Model], Sequence[str]], ...] = (
    (AuditEntry, ("actor_id",)),
    (AuditSeal, ()),
    (AuditCut, ()),
)


def put_up(connection: BaseDatabaseWrapper) -> None:
    """Make the triggers, also where they are there already; of a table that a later migration makes, by that one."""
    take_down(connection)
    _execute(connection, _made(connection))


def take_down(connection: BaseDatabaseWrapper) -> None:
    """For rows that leave by an export and for a change of the tables; `put_up` follows in the same transaction."""
    _execute(connection, _dropped(connection))


def is_up(connection: BaseDatabaseWrapper) -> bool:
    """Whether every trigger is there and on."""
    wanted = set(_names(connection.vendor))
    if connection.vendor == "postgresql":
        sql = "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled <> 'D'"
    else:
        sql = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return wanted <= {name for (name,) in cursor.fetchall()}


def _execute(connection: BaseDatabaseWrapper, statements: Sequence[str]) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def _there(connection: BaseDatabaseWrapper) -> list[tuple[type[models.Model], Sequence[str]]]:
    tables = set(connection.introspection.table_names())
    return [row for row in GUARDED if row[0]._meta.db_table in tables]


def _names(vendor: str, guarded: Sequence[tuple[type[models.Model], Sequence[str]]] = GUARDED) -> list[str]:
    verbs = ("update", "delete", "truncate") if vendor == "postgresql" else ("update", "delete")
    return [f"{model._meta.db_table}_no_{verb}" for model, _emptied in guarded for verb in verbs]


def _made(connection: BaseDatabaseWrapper) -> list[str]:
    made, vendor = [], connection.vendor
    if vendor == "postgresql":
        made.append(
            "CREATE OR REPLACE FUNCTION journal_refuse() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN RAISE EXCEPTION '{WORDS}' USING ERRCODE = 'restrict_violation'; END $$"
        )
    for model, emptied in _there(connection):
        table = model._meta.db_table
        condition = _alters(_columns(connection, table), emptied, vendor)
        if vendor == "postgresql":
            refuse = "EXECUTE FUNCTION journal_refuse()"
            made += [
                f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} FOR EACH ROW WHEN ({condition}) {refuse}",
                f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} FOR EACH ROW {refuse}",
                f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} {refuse}",
            ]
        else:
            refuse = f"BEGIN SELECT RAISE(ABORT, '{WORDS}'); END"
            made += [
                f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} WHEN {condition} {refuse}",
                f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} {refuse}",
            ]
    return made


def _columns(connection: BaseDatabaseWrapper, table: str) -> list[str]:
    """As the database has them, which in a migration may be others than the model's."""
    with connection.cursor() as cursor:
        return [column.name for column in connection.introspection.get_table_description(cursor, table)]


def _alters(columns: Sequence[str], emptied: Sequence[str], vendor: str) -> str:
    """Whether an update does more than empty columns that may be emptied."""
    differs = "IS DISTINCT FROM" if vendor == "postgresql" else "IS NOT"
    terms = []
    for column in columns:
        new, old = f'NEW."{column}"', f'OLD."{column}"'
        differ = f"{new} {differs} {old}"
        terms.append(f"({new} IS NOT NULL AND {differ})" if column in emptied else differ)
    return " OR ".join(terms)


def _dropped(connection: BaseDatabaseWrapper) -> list[str]:
    names = _names(connection.vendor, _there(connection))
    if connection.vendor != "postgresql":
        return [f"DROP TRIGGER IF EXISTS {name}" for name in names]
    tables = {name: name.rpartition("_no_")[0] for name in names}
    return [f"DROP TRIGGER IF EXISTS {name} ON {table}" for name, table in tables.items()]

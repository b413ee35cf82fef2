"""Everything needed to start again elsewhere, on either engine: every table, and the uploads.

What is not in it: the secret key and the settings (they come from the environment), sessions, and what the site
makes anew by itself (content types, permissions, collected files)."""

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.apps import apps as installed
from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.core.management.color import no_style
from django.db import DatabaseError, connection, models, transaction
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from lib.files.archives import ArchiveError, ArchiveReader, ArchiveWriter
from lib.files.paths import REPORT_NUMBER, STORED_NAME, OutsideFolder, inside

LEFT_OUT = {"auth", "contenttypes", "sessions"}
LEFT_OUT_TABLES = {"identity.LoginSession"}
BATCH = 500
# Columns that become paths, by their rule; looked at in a backup of any version, also one that had no such rule.
STORED, NUMBERED = re.compile(STORED_NAME), re.compile(REPORT_NUMBER)
NAMES = {
    "plan.StatementFile": ("stored_as", STORED),
    "reporting.Evidence": ("stored_as", STORED),
    "commitments.CommitmentStatement": ("stored_as", STORED),
    "matters.MatterFile": ("stored_as", STORED),
    "journal.ReportIssue": ("number", NUMBERED),
}


@dataclass(frozen=True)
class TableAmount:
    """How much went into a backup, or came out of one."""

    tables: int
    rows: int
    files: int


def write_backup(path: Path) -> TableAmount:
    """All tables as they stood at one moment, then the uploads; an upload never goes while its row stands."""
    with ArchiveWriter(path, cipher=settings.FILE_CIPHER, digest=settings.FILE_DIGEST) as archive:
        with snapshot():
            about = {"made_at": timezone.now().isoformat(), "engine": connection.vendor, "migrations": applied()}
            for model in kept_models(installed):
                archive.add_table(model._meta.label, _rows_of(model))
        for name, file in _uploads():
            archive.add_file(name, file)
        archive.finish(about)
        return _amount(archive.tables, archive.files)


def read_backup(path: Path, *, any_size: bool = False) -> TableAmount:
    """Put a backup into an empty database and an empty uploads folder; `ArchiveError` in words, and nothing done,
    where they are not, where the backup is damaged or larger than backups are (unless `any_size`), where a row breaks
    a rule, or where it comes from a version that this one does not know.

    A backup of an earlier version is read with that version's tables, which are then brought up to date."""
    archive = ArchiveReader(path, any_size=any_size)
    archive.verify()
    _require_empty(archive)
    _require_room(archive)
    executor = MigrationExecutor(connection)
    targets = _targets(executor, archive.manifest.get("migrations", {}))
    executor.migrate(targets)
    then = executor.loader.project_state(targets).apps
    written: list[Path] = []
    try:
        _write_all(archive, then, written)
        _bring_up_to_date()
    except BaseException:
        for file in written:
            file.unlink(missing_ok=True)
        raise
    return _amount(archive.tables, archive.files)


def _write_all(archive: ArchiveReader, apps, written: list[Path]) -> None:
    """Rows and files, all or none of the rows; what is on the disk by then is in `written`."""
    try:
        with transaction.atomic():
            _write_tables(archive, apps)
            for name in archive.files:
                written.append(_extract(archive, name))
    except DatabaseError as error:  # references are checked when it commits
        raise ArchiveError(
            f"The backup's rows contradict one another: {_first_line(error)}. Nothing was kept."
        ) from error


def _extract(archive: ArchiveReader, name: str) -> Path:
    """Where the file lies now. `ArchiveError` where the disk takes no such name: too long, too deep, or a file where
    another one needs a folder; or where it takes no more."""
    try:
        place = _place(name)
        archive.extract_file(name, place)
    except (OSError, RecursionError) as error:
        why = getattr(error, "strerror", None) or "too many folders in one another"
        raise ArchiveError(f"The upload {name[:80]!r} cannot be written: {why}. Nothing was kept.") from error
    return place


def _bring_up_to_date() -> None:
    try:
        call_command("migrate", verbosity=0, interactive=False)
    except DatabaseError as error:
        raise ArchiveError(
            f"The backup's rows break a rule of this version: {_first_line(error)}. Its files were taken away again; "
            "throw this database away too, and mend the rows where the backup was made."
        ) from error


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]


@contextmanager
def snapshot() -> Iterator[None]:
    """A transaction that sees one moment and holds up no writer."""
    connection.ensure_connection()
    if connection.vendor == "sqlite":
        sqlite: Any = connection  # whose wrapper alone has a mode
        mode, sqlite.transaction_mode = sqlite.transaction_mode, None  # reads beside a writer, by WAL
        try:
            with transaction.atomic():
                yield
        finally:
            sqlite.transaction_mode = mode
        return
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        yield


def kept_models(apps) -> list[type[models.Model]]:
    """Every table of ours, by name; no table that only joins one to what is left out."""
    found = [model for model in apps.get_models(include_auto_created=True) if model._meta.managed]
    return sorted((model for model in found if _is_kept(model)), key=lambda model: model._meta.label)


def _is_kept(model) -> bool:
    joined = [field.related_model._meta.app_label for field in model._meta.concrete_fields if field.is_relation]
    is_joint = model._meta.auto_created and LEFT_OUT & set(joined)
    is_left_out = model._meta.app_label in LEFT_OUT or model._meta.label in LEFT_OUT_TABLES
    return not is_left_out and not is_joint and not model._meta.proxy


def applied() -> dict[str, list[str]]:
    """Migrations by app, as the database knows them."""
    found: dict[str, list[str]] = {}
    for app, name in sorted(MigrationExecutor(connection).loader.applied_migrations):
        found.setdefault(app, []).append(name)
    return found


# Out ----------------------------------------------------------------------------------------------


def _rows_of(model) -> Iterator[dict]:
    fields = model._meta.concrete_fields
    kinds = _content_types()
    for row in model._base_manager.order_by("pk").values_list(*(f.attname for f in fields)).iterator(BATCH):
        yield {f.attname: _plain(f, value, kinds) for f, value in zip(fields, row, strict=True)}


def _plain(field, value, kinds):
    """As JSON keeps it without loss: decimals and times as text, a content type by its name."""
    if value is not None and _is_content_type(field):
        return kinds[value]
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return str(value) if isinstance(value, (Decimal, date)) else value


def _content_types() -> dict[int, str]:
    rows = ContentType.objects.values_list("pk", "app_label", "model")
    return {pk: f"{app}.{model}" for pk, app, model in rows}


class ContentTypes(dict):
    """The number that a content type has here, by its name; made where it is not there yet."""

    def __missing__(self, name):
        app, _, model = str(name).partition(".")
        found, _ = ContentType.objects.get_or_create(app_label=app, model=model)
        self[name] = found.pk
        return found.pk


def _is_content_type(field) -> bool:
    return field.is_relation and field.related_model._meta.label == "contenttypes.ContentType"


def _uploads() -> Iterator[tuple[str, Path]]:
    root = Path(settings.MEDIA_ROOT)
    for file in sorted(root.rglob("*")):
        if file.is_file() and not file.is_symlink():
            yield file.relative_to(root).as_posix(), file


# In -----------------------------------------------------------------------------------------------


def _require_empty(archive: ArchiveReader) -> None:
    there = set(connection.introspection.table_names())
    for model in kept_models(installed):
        if model._meta.db_table in there and model._base_manager.exists():
            raise ArchiveError(
                f"The database is not empty: {model._meta.label} has rows. A backup goes into an empty database only; "
                "make a new one and name it in DATABASE_URL (SQLite: an empty VAR_DIR)."
            )
    for name in archive.files:
        if _place(name).exists():
            raise ArchiveError(f"{_place(name)} is there already. A backup goes beside no other uploads.")


def _require_room(archive: ArchiveReader) -> None:
    """A disk that fills half-way stops the whole machine."""
    folder = Path(settings.MEDIA_ROOT).resolve()
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    if archive.unpacked_files > free:
        raise ArchiveError(
            f"The uploads of the backup need {archive.unpacked_files:,} bytes and {folder} has {free:,} left. "
            "Make room, or name another VAR_DIR."
        )


def _targets(executor: MigrationExecutor, migrations: dict[str, list[str]]) -> list[tuple[str, str]]:
    """The last migrations that the backup knew; `ArchiveError` where this version lacks one of them."""
    known = executor.loader.disk_migrations
    nodes = {(app, name) for app, names in migrations.items() for name in names}
    unknown = sorted(node for node in nodes if node not in known and node not in executor.loader.replacements)
    if unknown:
        raise ArchiveError(
            f"The backup comes from a newer version ({'.'.join(unknown[0])}). Install that version first."
        )
    done = set(executor.loader.applied_migrations)
    if done and done != nodes:
        raise ArchiveError(
            "The database has tables of another version than the backup. Make a new, empty database and name it in "
            "DATABASE_URL; restore makes the tables itself."
        )
    node_map = executor.loader.graph.node_map

    def is_last(node: tuple[str, str]) -> bool:
        """Whether no other of these migrations of its app rests on it."""
        following = {child.key for child in node_map[node].children}
        return not any(key in nodes and key[0] == node[0] for key in following)

    return sorted(filter(is_last, nodes))


def _write_tables(archive: ArchiveReader, apps) -> None:
    by_label = {model._meta.label: model for model in kept_models(apps)}
    missing = sorted(set(archive.tables) - set(by_label))
    if missing:
        raise ArchiveError(f"This version has no table for {missing[0]}; install the version that made the backup.")
    for model in by_label.values():
        model._base_manager.all().delete()  # rows that a migration of ours has put in
    kinds = ContentTypes()
    for label, model in by_label.items():
        if label in archive.tables:
            _write_rows(model, archive, kinds)
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), list(by_label.values())):
            cursor.execute(statement)


def _write_rows(model, archive: ArchiveReader, kinds: "ContentTypes") -> None:
    """As they are: no default, no clock, no signal. References are checked at the commit."""
    fields, label = model._meta.concrete_fields, model._meta.label
    done = 0
    for batch in archive.batches(label, BATCH):
        numbered = enumerate(batch, start=done + 1)
        objects = [_object(model, fields, row, kinds, f"row {number} of {label}") for number, row in numbered]
        _insert(model, fields, objects)
        done += len(batch)


def _object(model, fields, row: dict, kinds: "ContentTypes", what: str):
    """The row as an object of the model; `ArchiveError` naming `what` where it is none."""
    try:
        found = model(**{f.attname: _value(f, row[f.attname], kinds) for f in fields})
    except KeyError as error:
        raise ArchiveError(f"The backup is damaged: {what} has no {error.args[0]}.") from error
    except (ValidationError, TypeError, ValueError, ArithmeticError, AttributeError) as error:
        raise ArchiveError(f"The backup is damaged: {what} holds what does not belong there.") from error
    name, rule = NAMES.get(model._meta.label, ("", STORED))
    if name and getattr(found, name) and not rule.fullmatch(str(getattr(found, name))):
        raise ArchiveError(f"The backup is damaged: {what} names a file as no file of ours is named ({name}).")
    return found


def _insert(model, fields, objects) -> None:
    size = connection.ops.bulk_batch_size(fields, objects)
    try:
        for at in range(0, len(objects), size):
            model._base_manager._insert(objects[at : at + size], fields=fields, using=connection.alias, raw=True)
    except (DatabaseError, ArithmeticError, ValueError, TypeError) as error:
        label = model._meta.label
        raise ArchiveError(
            f"The backup's rows of {label} break a rule: {_first_line(error)}. Nothing was kept."
        ) from error


def _value(field, value, kinds):
    if value is not None and _is_content_type(field):
        return kinds[value]
    target = field.target_field if field.is_relation else field
    if isinstance(target, models.JSONField):
        return value
    found = target.to_python(value)
    if found is not None and isinstance(target, models.DecimalField | models.IntegerField):
        target.run_validators(found)  # SQLite takes any number of digits
    return found


def _place(name: str) -> Path:
    """Where an upload goes; `ArchiveError` where a link in its folder leads elsewhere."""
    try:
        return inside(Path(settings.MEDIA_ROOT), name)
    except OutsideFolder as error:
        raise ArchiveError(f"The backup is damaged: {error}") from error


def _amount(tables: dict, files: dict) -> TableAmount:
    return TableAmount(len(tables), sum(facts["rows"] for facts in tables.values()), len(files))

"""Many rows into a table past the ORM: COPY on PostgreSQL, many to a statement elsewhere. For invented data only: what
people enter goes through actions."""

from collections.abc import Iterable, Sequence
from io import StringIO

from django.db.backends.base.base import BaseDatabaseWrapper

from lib.database import driver

ESCAPES = str.maketrans({"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r"})


def load_rows(connection: BaseDatabaseWrapper, table: str, names: Sequence[str], rows: Iterable[Sequence]) -> None:
    """Add `rows` to a table: the columns `names` of each, None for NULL."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            text = "\n".join("\t".join(map(_copied, row)) for row in rows)
            driver.copy_in(cursor, table, names, StringIO(text), driver.TEXT)
        else:
            columns = ", ".join(f'"{name}"' for name in names)
            marks = ", ".join(["%s"] * len(names))
            insert = f'INSERT INTO "{table}" ({columns}) VALUES ({marks})'  # nosec B608  # names of models' columns
            cursor.executemany(insert, rows)  # type: ignore[arg-type]  # the driver takes them one by one


def _copied(value: object) -> str:
    return r"\N" if value is None else str(value).translate(ESCAPES)

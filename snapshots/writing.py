"""A snapshot into a file: csv, Parquet, SDMX-CSV 2.0. Rows pass through some at a time, so that memory does not grow
with the number of rows; on PostgreSQL the server itself writes csv (`COPY … TO STDOUT`).

Parquet is made of the csv, so that both hold the same to the last digit."""

from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import IO

from django.db import connection

from indicators.sdmx.agency import Maintainer
from indicators.sdmx.names import FLOW, VERSION
from lib.database import driver
from lib.database.prepared_statements import Statement
from lib.listapi.formats import as_csv, csv_lines
from lib.listapi.values import converted
from snapshots.facts import FACTS, SDMX_COLUMNS, sdmx_columns, statements, time_of

AT_ONCE = 1000  # rows fetched
BLOCK = 1 << 19  # bytes of csv that are turned into one row group of Parquet: as many as are in memory at once


def write_csv(path: Path, number: int, after: int) -> None:
    """Columns as `FACTS` has them: UTF-8 with its mark, absent values empty, moments in UTC."""
    select = ", ".join(map(as_csv, FACTS.columns)) if connection.vendor == "postgresql" else ""
    with path.open("wb") as sink:
        sink.write(("\ufeff" + ",".join(FACTS.names) + "\n").encode())
        for wanted in statements(number, after, select=select):
            _write_rows(sink, wanted, lambda rows: converted(FACTS, rows))


def write_sdmx(path: Path, number: int, after: int, maintainer: Maintainer) -> None:
    """SDMX-CSV 2.0, codes alone; ACTION is D for what was withdrawn, else I."""
    flow = f"{maintainer.code}:{FLOW}({VERSION})"
    select, params = sdmx_columns(flow, time_of(number))
    with path.open("wb") as sink:
        sink.write((",".join(SDMX_COLUMNS) + "\n").encode())
        for wanted in statements(number, after, select=select, params=params):
            _write_rows(sink, wanted, lambda rows: rows)


def write_parquet(path: Path, source: Path) -> None:
    """The csv `source` as Parquet: zstd, a row group for every BLOCK of csv, moments as UTC microseconds."""
    csv, parquet = import_module("pyarrow.csv"), import_module("pyarrow.parquet")  # 40 MB that no other page needs
    convert = csv.ConvertOptions(column_types=_arrow_types())
    read = csv.ReadOptions(block_size=BLOCK, use_threads=False)
    with (
        csv.open_csv(source, read_options=read, convert_options=convert) as reader,
        parquet.ParquetWriter(path, reader.schema, compression="zstd") as writer,
    ):
        for rows in reader:
            writer.write_batch(rows)


def _arrow_types() -> dict:
    arrow = import_module("pyarrow")
    types = {
        "string": arrow.string(),
        "integer": arrow.int32(),
        "number": arrow.float64(),
        "boolean": arrow.bool_(),
        "date": arrow.date32(),
        "date-time": arrow.timestamp("us", "UTC"),
    }
    return {column.name: types[column.type] for column in FACTS.columns}


def _write_rows(sink: IO[bytes], wanted: Statement, as_values: Callable[[list[tuple]], list[tuple]]) -> None:
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            driver.copy_out(cursor, wanted.sql, wanted.params, sink, driver.CSV)
            return
        cursor.execute(wanted.sql, wanted.params)
        sink.writelines(csv_lines(row for rows in _some(cursor) for row in as_values(rows)))


def _some(cursor) -> Iterator[list[tuple]]:
    while rows := cursor.fetchmany(AT_ONCE):
        yield rows

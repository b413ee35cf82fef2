"""PostgreSQL's COPY in binary, in and out, as numpy arrays: no number passes through text or a Python object.

Going out every field has a fixed width and is never NULL (the query sees to it), so that the stream is an array
of records as it stands. Coming in, NULL and words of different lengths are cut out of records of the greatest
width by one mask.
"""

import struct
from collections.abc import Iterable, Mapping
from io import BytesIO
from typing import NamedTuple, Protocol

import numpy as np
from django.db.backends.utils import CursorWrapper

from lib.database import driver

SIGNATURE = b"PGCOPY\n\xff\r\n\0" + bytes(8)
END = b"\xff\xff"
NULL = -1


class CopyField(Protocol):
    """What one column of `encode` must offer: `width` bytes at most after the length, and `fill`."""

    @property
    def width(self) -> int: ...

    def fill(self, length: np.ndarray, data: np.ndarray, kept: np.ndarray) -> None: ...


class Numbers(NamedTuple):
    """A column of numbers of one big-endian type ('>f8', '>i4', '>i2', '?'); NULL where `absent`."""

    values: np.ndarray
    kind: str
    absent: np.ndarray | None = None

    @property
    def width(self) -> int:
        return np.dtype(self.kind).itemsize

    def fill(self, length: np.ndarray, data: np.ndarray, kept: np.ndarray) -> None:
        values = self.values if self.absent is None else np.where(self.absent, 0, self.values)
        length[:] = self.width
        data[:] = np.ascontiguousarray(values.astype(self.kind)).view(np.uint8).reshape(len(values), self.width)
        if self.absent is not None:
            length[self.absent] = NULL
            kept[self.absent] = False


class Words(NamedTuple):
    """A column of a few different words: `codes` into `words`."""

    codes: np.ndarray
    words: tuple[str, ...]

    @property
    def width(self) -> int:
        return max((len(word.encode()) for word in self.words), default=0)

    def fill(self, length: np.ndarray, data: np.ndarray, kept: np.ndarray) -> None:
        encoded, width = [word.encode() for word in self.words], self.width
        lengths = np.array([len(word) for word in encoded], dtype=np.int64)
        table = np.frombuffer(b"".join(word.ljust(width, b"\0") for word in encoded), dtype=np.uint8)
        length[:] = lengths[self.codes]
        data[:] = table.reshape(len(encoded), width)[self.codes]
        kept[:] = (np.arange(width) < lengths[:, None])[self.codes]


def encode(columns: Iterable[CopyField], rows: int) -> bytes:
    """The rows as a binary COPY stream, columns in the order given."""
    columns = list(columns)
    widths = [column.width for column in columns]
    kind: list[tuple] = [("fields", ">i2")]
    for number, width in enumerate(widths):
        kind += [(f"length{number}", ">i4"), (f"data{number}", "u1", (width,))]
    records = np.zeros(rows, dtype=kind)
    kept = np.ones((rows, records.dtype.itemsize), dtype=bool)
    records["fields"] = len(columns)
    at = 2
    for number, (column, width) in enumerate(zip(columns, widths, strict=True)):
        column.fill(records[f"length{number}"], records[f"data{number}"], kept[:, at + 4 : at + 4 + width])
        at += 4 + width
    plain = records.view(np.uint8).reshape(rows, records.dtype.itemsize)
    return SIGNATURE + plain[kept].tobytes() + END


def copy_in(cursor: CursorWrapper, table: str, names: Iterable[str], stream: bytes) -> None:
    """Add rows of `encode` to a table."""
    driver.copy_in(cursor, table, names, BytesIO(stream), driver.BINARY)


def copy_out(cursor: CursorWrapper, query: str, parameters: tuple, kinds: Mapping[str, str]) -> np.ndarray:
    """The rows of a query as a structured array; `kinds` names each column and its big-endian type.

    ValueError where a field is NULL or of another width than its kind: the query has to see to that."""
    out = BytesIO()
    driver.copy_out(cursor, query, parameters, out, driver.BINARY)
    stream = out.getbuffer()
    kind = np.dtype([("fields", ">i2"), *(part for name in kinds for part in _parts(name, kinds[name]))])
    start = len(SIGNATURE) + struct.unpack_from(">i", stream, 15)[0]
    size = len(stream) - start - len(END)
    if size % kind.itemsize:
        raise ValueError(f"the rows are not {kind.itemsize} bytes each: a field is NULL or of another width")
    records = np.frombuffer(stream, dtype=kind, count=size // kind.itemsize, offset=start)
    for name in kinds:
        if (records[f"length of {name}"] != np.dtype(kinds[name]).itemsize).any():
            raise ValueError(f"{name}: a field is NULL or of another width than {kinds[name]}")
    return records


def _parts(name: str, kind: str) -> list[tuple[str, str]]:
    return [(f"length of {name}", ">i4"), (name, kind)]

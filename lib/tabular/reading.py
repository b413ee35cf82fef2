"""Tables that people send, read within bounds: .xlsx and .csv become sheets of numbered rows of cells.

What a file is, its content says, not its name. Nothing is trusted: sizes are looked up before anything is
unpacked, XML is read as a stream with no tree in memory, and what cannot be read rightly is refused with words
that say what to do. A workbook's sheet is read only when it is asked for.
"""

import csv
import io
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from hashlib import sha256

from lib.tabular.cell_text import is_like_formula
from lib.tabular.cells import (
    MAX_BYTES,
    MAX_COLUMNS,
    MAX_ROWS,
    MEGABYTE,
    Cell,
    Collector,
    Sheet,
    Spreadsheet,
    SpreadsheetError,
    parse_number,
    visible,
)
from lib.tabular.typed_cells import with_typed
from lib.tabular.xlsx import open_workbook
from lib.web.text_guard import UNKEEPABLE

__all__ = ["Cell", "Sheet", "Spreadsheet", "SpreadsheetError", "parse_number", "read_spreadsheet"]

_kept: ContextVar[dict[tuple[bytes, str], Spreadsheet] | None] = ContextVar("kept readings", default=None)
DELIMITERS = ",;\t|"
SAMPLE, SAMPLE_LINES = 64 * 1024, 30  # characters and lines that the delimiter is looked for in


@contextmanager
def kept_readings() -> Iterator[None]:
    """Within it, a file that is opened again is given out as it was read, its sheets too: who is to read it in a
    transaction reads it before."""
    token = _kept.set({})
    try:
        yield
    finally:
        _kept.reset(token)


def read_spreadsheet(
    content: bytes, name: str = "", typed: Mapping[str, str] | None = None, *, most_csv_rows: int = MAX_ROWS
) -> Spreadsheet:
    """Open a table by its content, with what was typed over its cells since (`lib/tabular/typed_cells.py`).
    SpreadsheetError says why not. `most_csv_rows`: of a csv, whose rows cost a tenth of a workbook's."""
    return with_typed(_kept_or_opened(content, name, most_csv_rows), typed or {})


def _kept_or_opened(content: bytes, name: str, most_csv_rows: int) -> Spreadsheet:
    kept = _kept.get()
    if kept is None:
        return _opened(content, name, most_csv_rows)
    known_as = (sha256(content).digest(), name)
    if known_as not in kept:
        book = kept[known_as] = _opened(content, name, most_csv_rows)
        book.load = cache(book.load)
    return kept[known_as]


def _opened(content: bytes, name: str, most_csv_rows: int) -> Spreadsheet:
    if len(content) > MAX_BYTES:
        megabytes = len(content) / MEGABYTE
        raise SpreadsheetError(
            f"文件有 {megabytes:.1f} MB，超过 10 MB 的上限；请只保留要导入的工作表，删去图片和空行后再上传"
        )
    if not content.strip(b"\x00 \t\r\n"):
        raise SpreadsheetError("文件是空的，请选择填好的表格")
    if content.startswith(b"PK"):
        return open_workbook(content)
    refuse_foreign(content)
    return _open_csv(content, name, most_csv_rows)


FOREIGN = (
    (b"%PDF", "这是 PDF 文件，不是表格；请上传 .xlsx 或 .csv"),
    (b"\x89PNG", "这是图片，不是表格；请上传 .xlsx 或 .csv"),
    (b"\xff\xd8\xff", "这是图片，不是表格；请上传 .xlsx 或 .csv"),
    (b"Rar!", "这是压缩包；请先解压，再上传其中的 .xlsx 或 .csv"),
    (b"7z\xbc\xaf", "这是压缩包；请先解压，再上传其中的 .xlsx 或 .csv"),
    (b"\x1f\x8b", "这是压缩包；请先解压，再上传其中的 .xlsx 或 .csv"),
)


def refuse_foreign(content: bytes) -> None:
    """Files that are no table of ours, known by their first bytes."""
    if content.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        if "EncryptedPackage".encode("utf-16-le") in content:
            raise SpreadsheetError("这个工作簿设了打开密码；请在 Excel 或 WPS 里取消密码，另存后再上传")
        raise SpreadsheetError("这是旧版 .xls 文件，请另存为 .xlsx")
    for start, words in FOREIGN:
        if content.startswith(start):
            raise SpreadsheetError(words)
    if content.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"<":
        raise SpreadsheetError("这是网页或 XML 格式的表格（导出时只改了扩展名），请用 Excel 或 WPS 另存为 .xlsx")


def decoded(content: bytes) -> tuple[str, str]:
    """(text, name of the encoding): UTF-8, UTF-16 with its mark, else GBK by its superset GB18030."""
    is_marked = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    encodings = ["utf-16"] if is_marked else ["utf-8-sig", "gb18030"]
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if not UNKEEPABLE.search(text):
            return text, encoding
    raise SpreadsheetError("看不懂文件的文字编码；请用 Excel 或 WPS 打开，另存为“CSV UTF-8”或 .xlsx")


def _open_csv(content: bytes, name: str, most_rows: int = MAX_ROWS) -> Spreadsheet:
    text, encoding = decoded(content)
    notes = []
    if encoding == "gb18030":
        notes.append("文件按 GBK 编码读取")
    if encoding == "utf-16":
        notes.append("文件按 UTF-16 编码读取")
    if name.lower().endswith((".xlsx", ".xls", ".xlsm")):
        notes.append("扩展名是 Excel 的，内容却是 csv 文本，已按 csv 读取")
    return Spreadsheet("csv", [""], notes=notes, load=lambda _: _csv_sheet(text, most_rows))


def _csv_sheet(text: str, most_rows: int) -> Sheet:
    text, delimiter = _without_directive(text)
    delimiter = delimiter or _delimiter(text)
    records = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    table, widths = Collector(most_rows), {}
    try:
        for number, record in enumerate(records, start=1):
            if any(record):
                table.add(number, _cells(record))
                widths[number] = len(record)
    except csv.Error as error:
        raise SpreadsheetError(
            f"第 {records.line_num} 行附近的引号不成对，或一格的文字过长，读不下去；请检查后重新保存"
        ) from error
    return Sheet("", table.rows, widths=widths)


def _without_directive(text: str) -> tuple[str, str]:
    """The text and the delimiter that its first line names (sep=;), as Excel writes and reads it."""
    directive = re.match(r"sep=(.)\r?\n", text)
    return (text[directive.end() - 1 :], directive.group(1)) if directive else (text, "")


def _delimiter(text: str) -> str:
    """The one that most lines have, and have most of: a title above the table has none of it, or another."""
    lines = [re.sub(r'"[^"]*"', "", line) for line in text[:SAMPLE].splitlines()[:SAMPLE_LINES]]

    def weight(delimiter: str) -> tuple[int, int]:
        counts = [line.count(delimiter) for line in lines]
        return sum(count > 0 for count in counts), sum(counts)

    return max(DELIMITERS, key=weight)


def _cells(record: list[str]) -> dict[int, Cell]:
    """Of a record that is too wide its last cell alone, which is enough to refuse it."""
    last = len(record)
    while not record[last - 1]:
        last -= 1
    first = last if last > MAX_COLUMNS else 1
    return {at: Cell(_shown(value)) for at, value in enumerate(record[first - 1 : last], start=first)}


def _shown(value: str) -> str:
    """A value as a spreadsheet program shows it: ="330127" is how digits are kept as a text, an apostrophe before what
    would be a formula is how our own csv keeps a text one."""
    as_text = re.fullmatch(r'="([^"]*)"', value)
    if value.startswith("'") and is_like_formula(value[1:]):
        value = value[1:]
    return visible(as_text.group(1) if as_text else value)

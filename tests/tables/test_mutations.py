"""Packages with bytes and XML spoilt at random: each is read or refused, soon, and no number comes out of it that is
not in it. `python -m tests.tables.test_mutations 20000` tries as many as one likes."""

import io
import random
import re
import sys
import time
import zipfile
from decimal import Decimal, InvalidOperation

import pytest

from lib.tabular.cells import Cell, SpreadsheetError, parse_number
from lib.tabular.number_formats import show
from lib.tabular.reading import read_spreadsheet
from tests.pace import least_seconds
from tests.tables.books import MAIN, OBSERVED, Raw, by_openpyxl, by_xlsxwriter, package, sheet_xml

DAILY = 600
LONGEST = 2.0  # seconds of this process for one file
ROW = ("330127", "淳安县", "P02", "污水集中处理率", "%", 2024, 94.1, "说明 1,234.5")
STYLES = (
    f'<styleSheet xmlns="{MAIN}"><numFmts><numFmt numFmtId="200" formatCode="0.0&quot;亿元&quot;"/></numFmts>'
    '<cellXfs><xf/><xf numFmtId="200"/><xf numFmtId="10"/><xf numFmtId="58"/></cellXfs></styleSheet>'
)
MERGED = '<mergeCells><mergeCell ref="A5:B6"/></mergeCells>'
CELLS = [
    *ROW[:5],
    Raw('<c r="F2" s="3"><v>45721</v></c>'),
    Raw('<c r="G2" s="1"><f>1+1</f><v>74.88</v></c>'),
    Raw('<c r="H2" s="2"><v>0.941</v></c>'),
]
TAGS = [
    b"<c>",
    b"</c>",
    b"<v>",
    b"</v>",
    b"<row>",
    b"<is>",
    b"<t>",
    b'r="A1"',
    b't="s"',
    b't="d"',
    b's="2"',
    b"&amp;",
    b"<!--",
]
LETTERS = b"0123456789.<>/&;=\"' \x00\xff-eE_x%"


def books() -> list[bytes]:
    formats = {"G2": "0.00", "F2": "yyyy"}
    return [
        by_openpyxl([OBSERVED, ROW], formats),
        by_xlsxwriter([OBSERVED, ROW], formats),
        package(sheet_xml([OBSERVED, CELLS], extra=MERGED), xl__styles_dot_xml=STYLES),
    ]


def parts_of(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist() if "theme" not in name}


def spoilt(parts: dict[str, bytes], chance: random.Random) -> tuple[bytes, dict[str, bytes]]:
    """A package of these parts with some of it changed, and the parts as they then are."""
    parts = dict(parts)
    for _ in range(chance.randint(1, 4)):
        name = chance.choice(list(parts))
        parts[name] = _spoilt_part(bytearray(parts[name]), chance)
    if chance.random() < 0.1:
        parts.pop(chance.choice(list(parts)))
    if chance.random() < 0.1 and parts:
        name = chance.choice(list(parts))
        parts[name.swapcase()] = parts.pop(name)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    content = bytearray(out.getvalue())
    if chance.random() < 0.2 and len(content) > 40:
        content[chance.randrange(2, len(content))] = chance.randrange(256)
    return bytes(content), parts


def _spoilt_part(data: bytearray, chance: random.Random) -> bytes:
    at = chance.randrange(len(data) + 1)
    way = chance.randrange(10)
    words = [found.span() for found in re.finditer(rb"(?<=[>\"])[\w.%-]+(?=[<\"])", data)]
    if way > 4 and words:  # within a text or an attribute, so that it stays XML
        start, end = chance.choice(words)
        data[start:end] = bytes(chance.choice(b"0123456789.-eE%,smd_x") for _ in range(chance.randint(1, 6)))
    elif way == 0 and data:
        data[at % len(data)] = chance.choice(LETTERS)
    elif way == 1:
        data[at:at] = chance.choice(TAGS)
    elif way == 2:
        del data[at : at + chance.randint(1, 30)]
    elif way == 3:
        piece = data[at : at + chance.randint(1, 60)]
        data[at:at] = piece * chance.randint(1, 3)
    else:
        data[at:at] = bytes(chance.choice(LETTERS) for _ in range(chance.randint(1, 5)))
    return bytes(data)


def numbers_in(parts: dict[str, bytes]) -> set[Decimal]:
    """Every number that some run of digits in the parts, with exponent and escapes, can stand for: itself, rounded or
    as a per cent."""
    found = set()
    for data in parts.values():
        text = re.sub(r"<[^<>]*>|&#?\w+;", "", data.decode("utf-8", "replace"))
        for run in re.findall(r"[-+\d.eE,_%]*\d[-+\d.eE,_%]*", data.decode("utf-8", "replace") + " " + text):
            found |= _readings(run)
    return found


def _readings(run: str) -> set[Decimal]:
    found = set()
    for start in range(min(len(run), 40)):
        for end in range(start + 1, min(len(run), start + 24) + 1):
            try:
                number = Decimal(f"{float(run[start:end].replace(',', '')):.15g}")
            except (ValueError, InvalidOperation, OverflowError):
                continue
            found.add(abs(number))
    return found


def is_in_file(number: Decimal, known: set[Decimal]) -> bool:
    """Whether a stored number gives this one as it is, as a per cent, rounded, or scaled exactly."""
    places = -number.as_tuple().exponent if number.as_tuple().exponent < 0 else 0
    for each in known:
        for factor in (0, 2, -3, -4, -6):
            scaled = each.scaleb(factor)
            if scaled == abs(number) or (factor in (0, 2) and _rounds_to(scaled, abs(number), places)):
                return True
    return False


def _rounds_to(stored: Decimal, shown: Decimal, places: int) -> bool:
    return stored < 10**12 and abs(stored - shown) <= Decimal(1).scaleb(-places) / 2


def sheets_of(content: bytes) -> list | None:
    """Those that can be seen; None where the file is refused."""
    try:
        book = read_spreadsheet(content)
        return [book.sheet(name) for name in book.sheet_names if name not in book.hidden_names]
    except SpreadsheetError:
        return None


def try_one(parts: dict[str, bytes], chance: random.Random) -> str:
    """read or refused; AssertionError for anything else."""
    content, now = spoilt(parts, chance)
    started = time.process_time()
    sheets = sheets_of(content)
    if time.process_time() - started >= LONGEST:  # once more: the machine may have had other work
        assert least_seconds(lambda: sheets_of(content), enough=LONGEST) < LONGEST, content
    if sheets is None:
        return "refused"
    known: set[Decimal] = set()
    for sheet in sheets:
        for row in sheet.rows:
            for cell in row.cells:
                number = _number(cell)
                if number is not None:
                    known = known or numbers_in(now)
                    assert is_in_file(number, known), (cell, content)
    return "read"


def _number(cell: Cell) -> Decimal | None:
    try:
        return parse_number(cell, unit="%" if cell.kind == "percent" else "亿元")
    except SpreadsheetError:
        return None


def run(count: int, seed: int) -> dict[str, int]:
    chance = random.Random(seed)
    whole = [parts_of(book) for book in books()]
    results = {"read": 0, "refused": 0}
    for _ in range(count):
        results[try_one(chance.choice(whole), chance)] += 1
    return results


@pytest.mark.parametrize("seed", range(3))
def test_a_spoilt_package_is_read_or_refused(seed):
    results = run(DAILY // 3, seed)
    assert min(results.values()) > 0


@pytest.mark.parametrize("code", ["8_37", '"87"', "\\8\\7%"])
def test_a_format_that_only_says_a_figure_gives_none(code):
    """A cell with 2024 that shows 87 whatever it holds was read as 87; one of 20,000 spoilt packages found it."""
    assert show(Decimal(2024), code).kind == "disguised"


if __name__ == "__main__":
    started_at = time.monotonic()
    print(run(int(sys.argv[1]), seed=int(time.time())), round(time.monotonic() - started_at), "s")  # noqa: T201

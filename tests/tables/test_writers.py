"""Cells made at random, in books of three writers and in texts, at every door alike: what is read is what the program
shows, or the cell is refused. What is shown is known here from how a case was made, not from the reader."""

import csv
import io
import random
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal

import pytest
import xlsxwriter
from openpyxl import load_workbook
from openpyxl.utils.datetime import to_excel

from accounts.models import User
from tests.tables.books import renamed
from tests.tables.doors import DOORS, REFUSED, Door
from tests.tables.libreoffice import MISSING, SOFFICE, saved_by_libreoffice
from tests.tables.test_doors import SAME

RANDOM = 60
BEFORE = ("", "[RED]", "[Color5]", "[>=0]", "[$-804]", "[$-409]", "* ")
AFTER = ("", '" "', "_ ", "_)", ";@", ";;0;@", ";[Red]-0")
FOREIGN = ('0.0" 个/千人"', "0.0%", "yyyy-mm-dd", "h:mm", "# ?/8", "[$$-409]0.00", ";;;", '0!.0,"吨"', "0.0.0", '"约"0')
WRONG = ("{}①", "{}²", "{} 202", "1\n2", "约{}", "{}%", "{}-{}", "{}个", "{},5", "l{}", "{}元/人", "￥ {}")
FOREIGN_UNITS = {"亿元": "万元", "万元": "亿元"}


def cases(door: Door, dice: random.Random, count: int = RANDOM) -> list[tuple[object, str, Decimal | str]]:
    """(what stands in the cell, its format, what is shown)."""
    makers = (formatted, formatted, formatted, with_unit, scaled, text, text, wrong_format, wrong_text)
    return [dice.choice(makers)(door, dice) for _ in range(count)]


def number_of(dice: random.Random, places: int) -> Decimal:
    return Decimal(dice.randint(10**places, 99_999 * 10**places)).scaleb(-places)


def rounded(number: Decimal, places: int) -> Decimal:
    return number.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)


def formatted(_door, dice):
    number, places = number_of(dice, 4), dice.randint(0, 4)
    decimals = "." + "0" * places if places else ""
    after = dice.choice(AFTER)
    code = f"{dice.choice(BEFORE)}{dice.choice(('0', '#,##0', '#,##0'))}{decimals}{after}"
    return float(number), code, rounded(number, places)


def with_unit(door, dice):
    number = number_of(dice, 2)
    unit = dice.choice((door.unit, FOREIGN_UNITS[door.unit]))
    code = dice.choice((f'0.00"{unit}"', f'#,##0.00" {unit}"', f'0.00_ "（{unit}）"'))
    return float(number), code, number if unit == door.unit else REFUSED


def scaled(_door, dice):
    """Thousands are cut off: exact, or not what is stored."""
    number = dice.randint(1, 9_999) * 1_000
    is_exact = dice.random() < 0.5
    return (
        number + (0 if is_exact else dice.choice((499, 1, 120))),
        "0,",
        Decimal(number // 1_000) if is_exact else REFUSED,
    )


def text(door, dice):
    number = number_of(dice, 1)
    wide = {ord(letter): ord(letter) + 0xFEE0 for letter in "0123456789.,"}
    ways = (
        f"{number}",
        f"{number:,}",
        f"{number:,}".replace(",", "\u202f"),
        f"{number:,}".replace(",", "\u00a0"),
        f"{number:,}".translate(wide),
        f"\u200b{number}\ufeff",
        f"\u3000{number} ",
        f"{number}{door.unit}",
        f"{number} {door.unit}",
    )
    return dice.choice(ways), "General", number


def wrong_format(_door, dice):
    return dice.randint(1, 40_000), dice.choice(FOREIGN), REFUSED


def wrong_text(_door, dice):
    number = dice.randint(10, 99)
    return dice.choice(WRONG).format(number, number + 1), dice.choice(("General", "@", "0.00")), REFUSED


# Writers ------------------------------------------------------------------------------------------


def by_openpyxl(content: bytes, dice: random.Random) -> bytes:
    """As it is, its parts under other names: another case, backslashes."""
    names = {}
    for part in ("xl/workbook.xml", "xl/styles.xml", "xl/sharedStrings.xml", "xl/worksheets/sheet1.xml"):
        name = dice.choice((part, part.upper(), part.title(), part.replace("/", "\\")))
        names[part] = name
    return renamed(content, names)


def by_xlsxwriter(content: bytes, dice: random.Random) -> bytes:
    """The same cells, written anew."""
    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_numbers": False, "use_zip64": dice.random() < 0.2}
    book = xlsxwriter.Workbook(out, options | {"constant_memory": False})
    formats = {}
    for sheet in load_workbook(io.BytesIO(content)):
        page = book.add_worksheet(sheet.title)
        if sheet.sheet_state != "visible":
            page.very_hidden()
        for cell in (cell for row in sheet.iter_rows() for cell in row if cell.value is not None):
            code = cell.number_format
            made = formats[code] = formats.get(code) or book.add_format({"num_format": code})
            value = to_excel(cell.value) if isinstance(cell.value, datetime) else cell.value
            write = page.write_string if isinstance(value, str) else page.write_number
            write(cell.row - 1, cell.column - 1, value, made)
    book.close()
    return out.getvalue()


def in_books(door: Door, found: list) -> list[tuple[bytes, list]]:
    """Books with the cases, those that are taken apart from those that are refused: some doors take all or none."""
    books = []
    for is_refused in (False, True):
        own = [case for case in found if (case[2] == REFUSED) == is_refused]
        for at in range(0, len(own), door.most):
            part = own[at : at + door.most]
            books.append((door.make([(content, code) for content, code, _shown in part]), part))
    return books


def differing(door: Door, content: bytes, part: list, user: User, name: str = "a.xlsx") -> list:
    read = door.read(content, name, user)
    return [(door.name, case, read.get(at)) for at, case in enumerate(part) if read.get(at) != case[2]]


@pytest.fixture
def city(demo):
    return User.objects.get(username="municipal")


@pytest.mark.parametrize("write", [by_openpyxl, by_xlsxwriter])
@pytest.mark.parametrize("seed", range(2))
def test_what_two_writers_write_is_read_as_it_is_shown(city, write, seed):
    dice = random.Random(seed)
    wrong = []
    for door in DOORS:
        for content, part in in_books(door, cases(door, dice)):
            wrong += differing(door, write(content, dice), part, city)
    assert wrong == []


@pytest.mark.skipif(SOFFICE is None, reason=MISSING)
def test_what_libreoffice_writes_is_read_as_it_is_shown(city):
    """All books of all doors by one start of it."""
    dice = random.Random(20)
    same = [(*cell, REFUSED if number is None else Decimal(number)) for *cell, number in SAME.values()]
    books = [(door, *each) for door in DOORS for each in in_books(door, [*same, *cases(door, dice)])]
    saved, told = saved_by_libreoffice({f"{at}.xlsx": content for at, (_door, content, _part) in enumerate(books)})
    assert told == []
    wrong = []
    for at, (door, _content, part) in enumerate(books):
        wrong += differing(door, saved[f"{at}"], part, city)
    assert wrong == []


@pytest.mark.parametrize("seed", range(6))
def test_a_text_is_read_as_it_is_shown_whatever_parts_it(city, seed):
    """By a csv: delimiters, encodings, ends of lines and a title above, each by chance."""
    dice = random.Random(seed)
    wrong = []
    for door in (door for door in DOORS if door.text):
        found = [dice.choice((text, text, wrong_text))(door, dice) for _ in range(door.most // 2)]
        rows = door.text([content for content, _code, _shown in found])
        out = io.StringIO(newline="")
        csv.writer(out, delimiter=dice.choice(",;\t|"), lineterminator=dice.choice(("\n", "\r\n"))).writerows(rows)
        encoding = dice.choice(("utf-8", "utf-8-sig", "gb18030", "utf-16"))
        wrong += differing(door, out.getvalue().encode(encoding), found, city, "a.csv")
    assert wrong == []

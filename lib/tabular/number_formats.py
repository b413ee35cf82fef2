"""What a number format makes of a stored number: what a spreadsheet program shows in the cell.

A format has up to four sections, for positive numbers, negative ones, zero and texts (ECMA-376-1, 18.8.30 and 18.8.31).
The tokens of a section are read once for each format; showing a number goes through them.
"""

import re
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from functools import cached_property, lru_cache
from typing import NamedTuple

from openpyxl.styles.numbers import BUILTIN_FORMATS

from lib.tabular.serial_dates import moment_of, shown_moment

LONGEST_FORMAT = 255  # as in Excel
GENERAL = "General"
# What Excel and WPS show for the built-in ids of Chinese editions, unless the file gives the id a format of its own.
YEAR_MONTH, MONTH_DAY, FULL_DAY = 'yyyy"年"m"月"', 'm"月"d"日"', 'yyyy"年"m"月"d"日"'
MINUTES, SECONDS = 'h"时"mm"分"', 'h"时"mm"分"ss"秒"'
CHINESE_FORMATS = {
    **dict.fromkeys((27, 36, 50, 52, 57), YEAR_MONTH),
    **dict.fromkeys((28, 29, 51, 53, 54, 58), MONTH_DAY),
    30: "m-d-yy",
    31: FULL_DAY,
    **dict.fromkeys((32, 34, 55), MINUTES),
    **dict.fromkeys((33, 35, 56), SECONDS),
}
TOKEN = re.compile(
    r"""(?P<quoted>"[^"]*"?)          # "亿元"
    |[\\!](?P<escaped>.)              # \- and, in East Asia, !.
    |[_](?P<space>.)                  # as wide as that character
    |\*(?P<fill>.)
    |\[(?P<bracket>[^\[\]]*)\]        # colour, condition, currency, elapsed time
    |(?P<general>General|G/通用格式)
    |(?P<noon>AM/PM|A/P|上午/下午)
    |(?P<exponent>[Ee][+-])
    |(?P<date>y+|m+|d+|h+|s+|e+|g+|b+|aaaa?)
    |(?P<digit>[0#?])
    |(?P<mark>[.,%/@])
    |(?P<other>.)""",
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
)
ELAPSED = re.compile(r"h+|m+|s+", re.IGNORECASE)
CONDITION = re.compile(r"(<=|>=|<>|<|>|=)(-?\d+(?:\.\d+)?)")
CURRENCY = re.compile(r"\$([^-]*)(?:-.*)?", re.DOTALL)
SIGNS = "-−－△"
PARTS = {"y": "y", "e": "y", "b": "y", "d": "d", "h": "H", "s": "S"}  # of a moment; e and b: years of other eras


class Shown(NamedTuple):
    """`text`: a number as its plain digits with what stands beside it, a date in ISO as far as it is shown.

    `kind`: number, percent, date, time, text, unseen (nothing is shown) or disguised (what is shown is not the number
    that is stored). `stored`: the stored number where another one is shown."""

    text: str
    kind: str
    stored: str = ""


@dataclass
class Section:
    """One section of a format, its tokens in order: ("digit", "0"), ("literal", "亿元"), ("mark", "."), …"""

    tokens: list[tuple[str, str]] = field(default_factory=list)
    condition: tuple[str, Decimal] | None = None

    @cached_property
    def kinds(self) -> set[str]:
        return {kind for kind, _text in self.tokens}

    @cached_property
    def is_date(self) -> bool:
        return bool(self.kinds & {"date", "elapsed"})

    @cached_property
    def moment_parts(self) -> frozenset[str]:
        return _parts_of_moment(self)

    def literals(self) -> str:
        return "".join(text for kind, text in self.tokens if kind == "literal")


def format_code(number_id: int, own: dict[int, str]) -> str:
    """The format of an id: the file's own, else the built-in one, else General."""
    code = own.get(number_id) or BUILTIN_FORMATS.get(number_id) or CHINESE_FORMATS.get(number_id)
    return (code or GENERAL)[:LONGEST_FORMAT]


def show(number: Decimal, code: str, *, is_1904: bool = False) -> Shown:
    """What a cell with this format shows of this number."""
    sections = _sections(code)
    section, takes_size = _section_for(number, sections)
    if section is None:
        return Shown(plain(number), "disguised", plain(number))
    if section.is_date:
        return _show_moment(number, section, is_1904)
    if not section.tokens:
        return Shown("", "unseen", plain(number))
    if "general" in section.kinds:
        return _show_general(number, section, takes_size)
    if "digit" not in section.kinds:
        return _show_words(number, section)
    return _show_number(number, section, takes_size)


def plain(number: Decimal) -> str:
    """The digits of a number, without exponent and without idle zeros: 94.10 → 94.1."""
    return f"{number.normalize() + 0:f}"


# Reading a format -------------------------------------------------------------------------------


@lru_cache(maxsize=512)
def _sections(code: str) -> list[Section]:
    sections = [Section()]
    for found in TOKEN.finditer(code):
        kind = str(found.lastgroup)
        text = found.group(kind)
        if kind == "other" and text == ";":
            sections.append(Section())
        elif kind == "bracket":
            _read_bracket(text, sections[-1])
        else:
            token = _token(kind, text)
            if token is not None:
                sections[-1].tokens.append(token)
    return sections[:4]


def _token(kind: str, text: str) -> tuple[str, str] | None:
    """A token as it is shown; None for what only takes room."""
    if kind in ("space", "fill"):
        return None
    if kind == "quoted":
        return ("literal", text.strip('"'))
    if kind in ("escaped", "other"):
        return ("literal", text)
    if kind == "mark" and text == "@":
        return ("general", text)
    return (kind, text)


def _read_bracket(text: str, section: Section) -> None:
    condition = CONDITION.fullmatch(text.replace(" ", ""))
    currency = CURRENCY.fullmatch(text)
    if condition:
        section.condition = (condition.group(1), Decimal(condition.group(2)))
    elif currency and currency.group(1):
        section.tokens.append(("literal", currency.group(1)))
    elif currency and text.upper().startswith("$-F800"):  # the system's long date
        section.tokens += [("date", letter) for letter in "ymd"]
    elif ELAPSED.fullmatch(text):
        section.tokens.append(("elapsed", text))


def _section_for(number: Decimal, sections: list[Section]) -> tuple[Section | None, bool]:
    """The section that a number is shown by, and whether it shows the size alone (its sign stands in the section)."""
    numeric = sections[:3]
    conditional = [section for section in numeric if section.condition]
    if conditional:
        for section in numeric:
            if section.condition is None or _holds(number, section.condition):
                return section, False
        return None, False
    if len(sections) == 1 or number > 0:
        return sections[0], False
    if number < 0:
        return sections[1], True
    of_zero = sections[2] if len(sections) > 2 else sections[0]
    return of_zero, False


def _holds(number: Decimal, condition: tuple[str, Decimal]) -> bool:
    sign, limit = condition
    results = {
        "<": number < limit,
        ">": number > limit,
        "<=": number <= limit,
        ">=": number >= limit,
        "=": number == limit,
        "<>": number != limit,
    }
    return results[sign]


# Showing ----------------------------------------------------------------------------------------


def _show_moment(number: Decimal, section: Section, is_1904: bool) -> Shown:
    if "elapsed" in section.kinds:
        return Shown(plain(number), "time", plain(number))
    moment = moment_of(number, is_1904=is_1904)
    parts = section.moment_parts
    is_before_days = number < 1 and not is_1904 and bool(parts & set("ymd"))
    if moment is None or is_before_days:  # the program shows #####, or a day that never was
        return Shown(plain(number), "disguised", plain(number))
    text = shown_moment(moment, parts)
    return Shown(text, "date" if parts & set("ymdw") else "time")


def _parts_of_moment(section: Section) -> frozenset[str]:
    """Which of y, m, d, w (weekday), H, M, S the section shows. An m after hours or before seconds is minutes."""
    runs = [text.lower() for kind, text in section.tokens if kind == "date"]
    found = set()
    for before, run, after in zip(["", *runs], runs, [*runs[1:], ""], strict=False):
        if run.startswith("m"):
            is_minutes = before.startswith("h") or after.startswith("s")
            found.add("M" if is_minutes else "m")
        elif run in ("ddd", "dddd") or run.startswith("a"):
            found.add("w")
        else:
            found.add(PARTS.get(run[0], ""))
    return frozenset(found - {""})


def _show_general(number: Decimal, section: Section, takes_size: bool) -> Shown:
    before, after = _around(section, "general")
    return _signed(number, plain(abs(number)), before, after, takes_size, "number")


def _show_words(number: Decimal, section: Section) -> Shown:
    """What a format says whatever is stored; where that looks like a figure, it is none of the file's."""
    words = section.literals().strip()
    if re.fullmatch(r"[-+−]?[\d.,\s]+[%％]?", words) and words != plain(number):
        return Shown(words, "disguised", plain(number))
    return Shown(words, "text" if words else "unseen", plain(number))


def _show_number(number: Decimal, section: Section, takes_size: bool) -> Shown:
    percents = sum(token == ("mark", "%") for token in section.tokens)
    points = section.tokens.count(("mark", "."))
    is_fraction = ("mark", "/") in section.tokens
    if percents > 1 or points > 1 or is_fraction:
        return Shown(plain(number), "disguised", plain(number))
    size = abs(number) * (100 if percents else 1)
    is_rounded = "exponent" in section.kinds
    body = _exponential(size, section) if is_rounded else _positional(size, section)
    if body == "0" and ("digit", "0") not in section.tokens:
        return _show_words(number, section)
    before, after = _around(section, "digit")
    kind = "percent" if percents or re.fullmatch(r"\s*[%％]\s*", after) else "number"
    shown = _signed(number, body, before, after, takes_size, kind)
    return _compared(number, size, body, shown, is_rounded=is_rounded)


def _compared(number: Decimal, size: Decimal, body: str, shown: Shown, *, is_rounded: bool) -> Shown:
    """Whether what is shown is what is stored: as it is, rounded, divided (exactly or not), or something else."""
    stored = plain(number)
    if shown.kind == "disguised":
        return shown
    if not re.fullmatch(r"\d+(\.\d+)?", body):
        return Shown(shown.text, "text", stored)  # digits with signs between them: 2025-06
    seen = Decimal(body)
    if seen == size:
        return shown
    places = len(body.partition(".")[2])
    if is_rounded or seen == size.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP):
        return shown._replace(stored=stored)
    for power in range(1, 13):
        if seen.scaleb(power) == size:
            return shown._replace(stored=stored)
    return Shown(shown.text, "disguised", stored)


def _signed(number: Decimal, body: str, before: str, after: str, takes_size: bool, kind: str) -> Shown:
    """The number between its words. A sign in the section of negative numbers counts; one that the number has not, or
    a negative number that shows none, is a disguise."""
    has_sign = _has_sign(before, after)
    if has_sign:
        before = before.strip().strip(SIGNS + "(（")
        after = after.replace(")", "").replace("）", "")
    is_negative = number < 0
    is_shown_negative = has_sign or (is_negative and not takes_size)
    if not re.search("[1-9]", body):  # zero has no sign
        is_negative = is_shown_negative = False
    sign = "-" if is_shown_negative else ""
    text = f"{before.strip()}{sign}{body}{after.strip()}"
    has_foreign_digits = re.search(r"[\d.,]", before + after) is not None  # that stand in the format, not in the cell
    if has_foreign_digits or is_shown_negative != is_negative:
        return Shown(text, "disguised", plain(number))
    if kind == "percent" and not re.search("[%％]", after):
        text += "%"
    return Shown(text, kind)


def _has_sign(before: str, after: str) -> bool:
    """Whether the words around a number make it a negative one: a sign, or brackets as in accounts."""
    for opening, closing in ("()", "（）"):
        if opening in before and closing in after:
            return True
    return any(sign in before for sign in SIGNS)


def _around(section: Section, inner: str) -> tuple[str, str]:
    """The words before the first and after the last `inner` token."""
    places = [at for at, (kind, _text) in enumerate(section.tokens) if kind == inner]
    before = "".join(text for kind, text in section.tokens[: places[0]] if kind == "literal")
    after = section.tokens[places[-1] + 1 :]
    shown = [text for kind, text in after if kind == "literal" or (kind, text) == ("mark", "%")]
    return before, "".join(shown)


def _positional(size: Decimal, section: Section) -> str:
    """The digits as the placeholders lay them out, without the commas between thousands."""
    inner = _inner_tokens(section)
    scale = 0
    while inner and inner[-1] == ("mark", ","):
        inner.pop()
        scale += 3
    whole, fraction = _halves(inner)
    while whole and whole[-1] == ("mark", ","):
        whole.pop()
        scale += 3
    places = _digits_in(fraction)
    rounded = size.scaleb(-scale).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
    digits, _, decimals = f"{rounded:f}".partition(".")
    if places and rounded < 1:
        digits = digits.lstrip("0")
    left = _laid_out(digits, whole) or "0"
    right = _decimals(decimals, fraction)
    return f"{left}.{right}" if right else left


def _digits_in(tokens: list[tuple[str, str]]) -> int:
    return sum(kind == "digit" for kind, _text in tokens)


def _inner_tokens(section: Section) -> list[tuple[str, str]]:
    """From the first digit, or the point before it, to the last, with the commas that follow it."""
    places = [at for at, (kind, _text) in enumerate(section.tokens) if kind == "digit"]
    first, last = places[0], places[-1]
    if first and section.tokens[first - 1] == ("mark", "."):
        first -= 1
    while last + 1 < len(section.tokens) and section.tokens[last + 1] == ("mark", ","):
        last += 1
    return section.tokens[first : last + 1]


def _halves(inner: list[tuple[str, str]]) -> tuple[list, list]:
    point = inner.index(("mark", ".")) if ("mark", ".") in inner else len(inner)
    return inner[:point], inner[point + 1 :]


def _laid_out(digits: str, tokens: list[tuple[str, str]]) -> str:
    """Whole digits put into their placeholders from the right; those left over stand before the first."""
    places = [at for at, (kind, _text) in enumerate(tokens) if kind == "digit"]
    if not places:
        return digits
    rest, out = list(digits), []
    for at in range(len(tokens) - 1, -1, -1):
        kind, text = tokens[at]
        if kind == "literal":
            out.append(text)
        elif kind == "digit" and rest:
            out.append(rest.pop())
        elif kind == "digit" and text == "0":
            out.append("0")
        if at == places[0]:
            out.append("".join(rest))
    return "".join(reversed(out))


def _decimals(digits: str, tokens: list[tuple[str, str]]) -> str:
    """Decimals without idle zeros; words between them stay."""
    if any(kind == "literal" for kind, _text in tokens):
        rest = iter(digits)
        return "".join(text if kind == "literal" else next(rest, "") for kind, text in tokens)
    return digits.rstrip("0")


def _exponential(size: Decimal, section: Section) -> str:
    """The number that a scientific format leaves: as many digits as its mantissa has."""
    cut = next(at for at, (kind, _text) in enumerate(section.tokens) if kind == "exponent")
    before, after = _halves(section.tokens[:cut])
    whole, decimals = _digits_in(before), _digits_in(after)
    if not size:
        return "0"
    # Several whole digits are engineering notation: the exponent goes in steps of as many (##0.0E+0 shows 12.3E+3).
    exponent = size.adjusted() // max(whole, 1) * max(whole, 1)
    return plain(size.quantize(Decimal(1).scaleb(exponent - decimals), ROUND_HALF_UP))

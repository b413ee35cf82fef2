"""What a font can draw of a text. A character that it lacks is set as 〓, the mark that Chinese printers use for
missing type, and the report says which ones those are: no empty square, and no report that cannot be made."""

import unicodedata
from collections.abc import Iterable
from functools import cache
from pathlib import Path

MISSING = "〓"
UNSEEN = {"Cc", "Cf", "Cs", "Co", "Cn"}  # controls, marks of direction, halves: nothing to draw
SELECTORS = range(0xFE00, 0xFE10)  # which of two shapes the character before it takes


@cache
def letters_of(fonts: tuple[Path, ...]) -> frozenset[int]:
    """The code points that one of the fonts draws: what the first lacks is taken from the next."""
    from matplotlib.ft2font import FT2Font  # noqa: PLC0415  (half a second, for reports alone)

    return frozenset(code for font in fonts for code in FT2Font(str(font)).get_charmap())


def legible(text: str, letters: frozenset[int], lacking: set[str] | None = None) -> str:
    """The text with 〓 for what is not among `letters`, which goes into `lacking`, and without what is never drawn."""
    drawn = []
    for letter in text:
        if letter in "\n\t":
            drawn.append(letter)
        elif unicodedata.category(letter) in UNSEEN or ord(letter) in SELECTORS:
            continue
        elif ord(letter) in letters:
            drawn.append(letter)
        else:
            drawn.append(MISSING)
            if lacking is not None:
                lacking.add(letter)
    return "".join(drawn)


def shortened(text: str, most: int) -> str:
    """On one line, cut where it is longer than there is room for in a picture; the tables have it whole."""
    line = " ".join(text.split())
    return line if len(line) <= most else f"{line[: most - 1]}…"


def words_on(lacking: Iterable[str]) -> str:
    """Which characters are missing, for the reader."""
    codes = [f"U+{ord(letter):04X}" for letter in sorted(lacking)]
    more = f"等{len(codes)}个" if len(codes) > 10 else ""
    return f"字体里没有这些字符：{'、'.join(codes[:10])}{more}，文中以“{MISSING}”代替；Word 版不受影响。"


def words_on_pictures(lacking: Iterable[str]) -> str:
    """The same for a document that has pictures of ours and the reader's own fonts."""
    return f"{words_on(lacking).partition('，')[0]}，图里以“{MISSING}”代替。"

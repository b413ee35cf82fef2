"""The fonts of printed reports, and what they cannot draw.

The Chinese ones come by the wheel `pylopdf-fonts-zh-cn` (Noto Sans SC and Noto Serif SC, SIL Open Font License), what
these lack by DejaVu Sans out of matplotlib's own wheel: nothing is taken from the machine. A character that none of
them has is written as its code, and the report says so: never a square, never left out."""

import dataclasses
import importlib.util
import unicodedata
from collections.abc import Iterable, Sequence
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any

from lib.refusals import Refused
from reports.blocks import Block, Note

SANS, SERIF, OTHERS = "NotoSansSC-Regular.otf", "NotoSerifSC-Regular.otf", "DejaVuSans.ttf"
NOTO = "pylopdf_fonts_zh_cn"
WHEELS = {
    SANS: (NOTO, ""),
    SERIF: (NOTO, ""),
    OTHERS: ("matplotlib", "mpl-data/fonts/ttf"),
}
INVISIBLE = {"Cc", "Cf", "Zl", "Zp"}  # controls, joiners, marks of direction: they have no shape of their own
SELECTORS = range(0xFE00, 0xFE10)  # which shape of the character before is meant; left to the font


class ReportError(Refused):
    """Why a report cannot be made, in plain words with what to do."""

    kind = "unavailable"


def font_files() -> list[Path]:
    """Sans, serif, the others. ReportError where one is missing."""
    files = {name: _folder(package) / place / name for name, (package, place) in WHEELS.items()}
    missing = [name for name, path in files.items() if not path.is_file()]
    if missing:
        wheels = [package for name, (package, _place) in WHEELS.items() if name in missing]
        packages = sorted({package.replace("_", "-") for package in wheels})
        words = f"缺少字体 {'、'.join(missing)}：请重新安装 requirements.txt 里的 {'、'.join(packages)}。"
        raise ReportError(words)
    return list(files.values())


def _folder(package: str) -> Path:
    """Where an installed package lies, without importing it; a path that does not exist where it is not installed."""
    found = importlib.util.find_spec(package)
    if found is None or not found.origin:
        return Path("/nonexistent")
    return Path(found.origin).parent


@cache
def _drawn() -> frozenset[int]:
    """Every code point that one of the fonts draws."""
    from matplotlib.ft2font import FT2Font  # noqa: PLC0415  (half a second, for reports alone)

    codes: set[int] = set()
    for path in font_files():
        codes.update(FT2Font(str(path)).get_charmap())
    return frozenset(codes)


def without_shape(texts: Iterable[str]) -> list[str]:
    """The characters of the texts that no font draws, each once, in their order; without those that are not seen."""
    found = dict.fromkeys(chain.from_iterable(texts))
    return [character for character in found if _is_seen(character) and ord(character) not in _drawn()]


def drawable(text: str) -> str:
    """The text with each character that no font draws as its code, 〔U+20BB7〕, and without what has no shape."""
    if text.isascii():
        return text
    return "".join(_drawable(character) for character in text)


def drawable_blocks(blocks: Sequence[Block]) -> list[Block]:
    """The blocks with every text drawable, at their end a note about what is written as a code, where anything is."""
    texts: list[str] = []
    for block in blocks:
        texts += _texts(dataclasses.astuple(block))
    lacking = without_shape(texts)
    changed = [_changed(block) for block in blocks]
    return [*changed, *note_about(lacking, "本文件")]


def drawable_rows(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows of a picture with every text drawable."""
    return [{name: _changed_value(value) for name, value in row.items()} for row in rows]


def note_about(lacking: Sequence[str], where: str) -> list[Block]:
    """A note that these characters stand as codes in `where`; nothing where there are none."""
    if not lacking:
        return []
    codes = "、".join(_code(character) for character in lacking)
    return [Note(f"{where}所用的字体没有下列字，以编码代替：{codes}。原字见平台页面和数据表。")]


def _drawable(character: str) -> str:
    if character in "\n\r\t":
        return character
    if not _is_seen(character):  # also one that a font has: a mark of direction turns what others read
        return ""
    return character if ord(character) in _drawn() else _code(character)


def _code(character: str) -> str:
    return f"〔U+{ord(character):04X}〕"


def _is_seen(character: str) -> bool:
    return unicodedata.category(character) not in INVISIBLE and ord(character) not in SELECTORS


def _texts(value: Any) -> Iterable[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _texts(each)


def _changed(block: Block) -> Block:
    fields = {field.name: getattr(block, field.name) for field in dataclasses.fields(block)}
    return dataclasses.replace(block, **{name: _changed_value(value) for name, value in fields.items()})


def _changed_value(value: Any) -> Any:
    if isinstance(value, str):
        return drawable(value)
    if isinstance(value, list | tuple):
        return type(value)(_changed_value(each) for each in value)
    return value

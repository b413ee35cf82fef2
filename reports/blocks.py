"""A report as a list of blocks, the same for Word and for PDF."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Heading:
    """`level` 1: 一、…; 2: （一）…; the number is part of the text."""

    level: int
    text: str


@dataclass(frozen=True)
class Paragraph:
    """`place`: where it stands in an official document. The body, whose first line is indented; `to`: whom it is to,
    flush left; `from`: who issues it and on which day, flush right."""

    text: str
    place: str = "body"


@dataclass(frozen=True)
class Note:
    """Small print: what a mark means."""

    text: str


@dataclass(frozen=True)
class TableBlock:
    """Cells are texts; `numeric`: places of the columns set flush right; `widths`: shares of the page's width."""

    title: str
    header: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]
    widths: tuple[int, ...]
    numeric: frozenset[int] = frozenset()


@dataclass(frozen=True)
class PictureBlock:
    """A chart as PNG, `alt` the sentence for who cannot see it."""

    title: str
    png: bytes
    alt: str


@dataclass(frozen=True)
class PageBreak:
    pass


Block = Heading | Paragraph | Note | TableBlock | PictureBlock | PageBreak

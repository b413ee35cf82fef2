"""Blocks → PDF by Typst, whose wheel is the whole typesetter; the fonts of `reports/fonts.py` are embedded.

Typst rather than a browser or LibreOffice: no system package, a second instead of ten, the same bytes each time."""

import json
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import typst
from django.conf import settings

from reports.blocks import Block, PictureBlock
from reports.brief import Brief, title
from reports.fonts import ReportError, drawable, drawable_blocks, font_files


def write_pdf(heading: str, blocks: Sequence[Block], *, at: datetime, number: str, compact=False) -> bytes:
    """`at` and `number` as in Word; `compact`: to stay on one page. ReportError where the typesetter refuses."""
    with tempfile.TemporaryDirectory(prefix="report-") as folder:
        root = Path(folder)
        rows = [_row(root, place, block) for place, block in enumerate(drawable_blocks(blocks))]
        data = {"title": drawable(heading), "number": number, "at": [at.year, at.month, at.day], "blocks": rows}
        data["compact"] = compact
        return _typeset(root, "report.typ", data, at)


def write_slides(found: Brief, *, at: datetime, number: str) -> bytes:
    """The brief as slides of 16:9. ReportError where the typesetter refuses."""
    data = {
        "title": drawable(title(found)),
        "number": number,
        "at": [at.year, at.month, at.day],
        "heading": drawable(str(found.heading)),
        "numbers": [[drawable(text) for text in (row.label, row.figure, row.note)] for row in found.numbers],
        "moods": [row.mood for row in found.numbers],
        "turned": [[row.mood, drawable(row.words)] for row in found.turned],
        "matters": [[drawable(row.words), drawable(row.who)] for row in found.matters],
        "notes": [drawable(words) for words in found.notes],
    }
    with tempfile.TemporaryDirectory(prefix="slides-") as folder:
        return _typeset(Path(folder), "slides.typ", data, at)


def _typeset(root: Path, template: str, data: dict, at: datetime) -> bytes:
    """`root` holds the pictures that the data name."""
    shutil.copy(settings.BASE_DIR / "templates" / "reports" / template, root / template)
    (root / "report.json").write_text(json.dumps(data, ensure_ascii=False), encoding="utf-8")
    try:
        return typst.compile(
            str(root / template),
            root=str(root),
            font_paths=sorted({str(path.parent) for path in font_files()}),
            ignore_system_fonts=True,
            timestamp=int(at.astimezone(UTC).timestamp()),
        )
    except (RuntimeError, typst.TypstError) as error:
        raise ReportError(f"排版没有完成：{error}") from error


def _row(root: Path, place: int, block: Block) -> dict:
    kind = type(block).__name__
    if isinstance(block, PictureBlock):
        name = f"picture-{place}.png"
        (root / name).write_bytes(block.png)
        return {"kind": kind, "title": block.title, "alt": block.alt, "file": name}
    row = {"kind": kind, **asdict(block)}
    return {key: sorted(value) if isinstance(value, frozenset) else value for key, value in row.items()}

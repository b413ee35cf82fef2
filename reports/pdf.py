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
from reports.fonts import ReportError, drawable, drawable_blocks, font_files


def write_pdf(title: str, blocks: Sequence[Block], *, at: datetime, number: str, compact=False) -> bytes:
    """`at` and `number` as in Word; `compact`: to stay on one page. ReportError where the typesetter refuses."""
    with tempfile.TemporaryDirectory(prefix="report-") as folder:
        root = Path(folder)
        shutil.copy(settings.BASE_DIR / "templates" / "reports" / "report.typ", root / "report.typ")
        rows = [_row(root, place, block) for place, block in enumerate(drawable_blocks(blocks))]
        data = {"title": drawable(title), "number": number, "at": [at.year, at.month, at.day], "blocks": rows}
        data["compact"] = compact
        (root / "report.json").write_text(json.dumps(data, ensure_ascii=False), encoding="utf-8")
        try:
            return typst.compile(
                str(root / "report.typ"),
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

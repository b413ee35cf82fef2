"""Blocks → a Word document in the layout of official documents (GB/T 9704): A4, title in 小标宋, body in 仿宋 16 pt,
lines of 28.95 pt, headings in 黑体 and 楷体, page numbers "— 1 —". Fonts are named, not embedded: Word takes them from
the reader's machine. Equal blocks give equal bytes."""

import io
from collections.abc import Callable, Sequence
from datetime import datetime

from docx import Document
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Mm, Pt, RGBColor

from reports.archive import same_bytes
from reports.blocks import Block, Heading, Note, PageBreak, Paragraph, PictureBlock, TableBlock

TITLE, BODY, BLACK, KAI, SONG = "方正小标宋简体", "仿宋_GB2312", "黑体", "楷体_GB2312", "宋体"
LATIN = "Times New Roman"
TEXT_WIDTH = Mm(156)
SMALL = 8  # rows of a table that stays on one page


def write_word(title: str, blocks: Sequence[Block], *, at: datetime, number: str) -> bytes:
    """`at`: when the snapshot was taken, the document's date; `number`: of the issue, below the title."""
    document = Document()
    _set_page(document)
    _set_properties(document, title, at)
    _add(document, title, TITLE, 22, align=WD_ALIGN_PARAGRAPH.CENTER, after=6)
    _add(document, f"编号 {number}", KAI, 14, align=WD_ALIGN_PARAGRAPH.CENTER, after=14)
    for block in blocks:
        WRITERS[type(block)](document, block)
    out = io.BytesIO()
    document.save(out)
    return same_bytes(out.getvalue(), modified=at)


def _set_page(document) -> None:
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin, section.bottom_margin = Mm(37), Mm(35)
    section.left_margin, section.right_margin = Mm(28), Mm(26)
    style = document.styles["Normal"]
    style.font.name, style.font.size = LATIN, Pt(16)
    style.element.rPr.rFonts.set(qn("w:eastAsia"), BODY)
    for language in document.styles.element.iter(qn("w:lang")):  # lines break where Chinese may
        language.set(qn("w:eastAsia"), "zh-CN")
    paragraph = section.footer.paragraphs[0]
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    _run(paragraph, "— ", SONG, 14)
    _page_field(_run(paragraph, "", SONG, 14))
    _run(paragraph, " —", SONG, 14)


def _page_field(run) -> None:
    for kind, text in (("begin", None), (None, "PAGE"), ("end", None)):
        element = OxmlElement("w:fldChar" if kind else "w:instrText")
        if kind:
            element.set(qn("w:fldCharType"), kind)
        else:
            element.text = text
        run._r.append(element)


def _set_properties(document, title: str, at: datetime) -> None:
    properties = document.core_properties
    moment = at.replace(tzinfo=None)
    properties.title, properties.author, properties.language = title[:255], "", "zh-CN"
    properties.created = properties.modified = moment
    properties.comments = ""


def _run(paragraph, text: str, font: str, size: float, bold=False):
    run = paragraph.add_run(text)
    run.font.name, run.font.size, run.bold = LATIN, Pt(size), bold
    run._element.rPr.rFonts.set(qn("w:eastAsia"), font)
    return run


def _add(document, text: str, font: str, size: float, *, align=None, indent=False, after=0.0, level=None):
    paragraph = document.add_paragraph(style=f"Heading {level}" if level else None)
    shape = paragraph.paragraph_format
    shape.alignment, shape.space_before, shape.space_after = align, Pt(0), Pt(after)
    shape.line_spacing_rule, shape.line_spacing = WD_LINE_SPACING.EXACTLY, Pt(max(28.95, size * 1.5))
    shape.first_line_indent = Pt(2 * size) if indent else None
    run = _run(paragraph, text, font, size)
    if level:
        run.font.color.rgb, run.italic = RGBColor(0, 0, 0), False
    return paragraph


def _heading(document, block: Heading) -> None:
    font = BLACK if block.level == 1 else KAI
    _add(document, block.text, font, 16, indent=True, level=block.level)


def _paragraph(document, block: Paragraph) -> None:
    if block.place == "from":
        signed = _add(document, block.text, BODY, 16, align=WD_ALIGN_PARAGRAPH.RIGHT)
        signed.paragraph_format.right_indent, signed.paragraph_format.keep_with_next = Pt(64), True
        return
    is_body = block.place == "body"
    align = WD_ALIGN_PARAGRAPH.JUSTIFY if is_body else None
    _add(document, block.text, BODY, 16, indent=is_body, align=align)


def _note(document, block: Note) -> None:
    paragraph = _add(document, block.text, KAI, 12, after=4)
    paragraph.paragraph_format.line_spacing = Pt(18)


def _caption(document, text: str) -> None:
    paragraph = _add(document, text, BLACK, 12, align=WD_ALIGN_PARAGRAPH.CENTER)
    paragraph.paragraph_format.line_spacing = Pt(22)
    paragraph.paragraph_format.keep_with_next = True


def _table(document, block: TableBlock) -> None:
    _caption(document, block.title)
    table = document.add_table(rows=1, cols=len(block.header), style="Table Grid")
    table.alignment, table.autofit = WD_TABLE_ALIGNMENT.CENTER, False
    widths = [int(TEXT_WIDTH * share / sum(block.widths)) for share in block.widths]
    for column, width in zip(table.columns, widths, strict=True):
        column.width = width
    _fill(table.rows[0], block.header, widths, block.numeric, bold=True)
    repeated = OxmlElement("w:tblHeader")
    table.rows[0]._tr.get_or_add_trPr().append(repeated)
    for row in block.rows:
        _fill(table.add_row(), row, widths, block.numeric)
    if len(block.rows) <= SMALL:
        _keep_together(table)
    document.add_paragraph().paragraph_format.line_spacing = Pt(10)


def _keep_together(table) -> None:
    for row in table.rows[:-1]:
        for cell in row.cells:
            cell.paragraphs[0].paragraph_format.keep_with_next = True


def _fill(row, texts, widths, numeric, bold=False) -> None:
    unbroken = OxmlElement("w:cantSplit")
    row._tr.get_or_add_trPr().append(unbroken)
    for place, (cell, text) in enumerate(zip(row.cells, texts, strict=True)):
        cell.width = widths[place]
        paragraph = cell.paragraphs[0]
        shape = paragraph.paragraph_format
        shape.space_after, shape.line_spacing = Pt(0), Pt(15)
        if place in numeric:
            shape.alignment = WD_ALIGN_PARAGRAPH.RIGHT
        _run(paragraph, text, BLACK if bold else SONG, 10.5)


def _picture(document, block: PictureBlock) -> None:
    _caption(document, block.title)
    paragraph = document.add_paragraph()
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    shape = paragraph.add_run().add_picture(io.BytesIO(block.png), width=Cm(15.2))
    shape._inline.docPr.set("descr", block.alt)


def _page_break(document, _block: PageBreak) -> None:
    document.add_page_break()


WRITERS: dict[type, Callable[..., None]] = {
    Heading: _heading,
    Paragraph: _paragraph,
    Note: _note,
    TableBlock: _table,
    PictureBlock: _picture,
    PageBreak: _page_break,
}

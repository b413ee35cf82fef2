"""Whatever a person can type comes out of a report, or the report says what does not."""

import io
import re
import zlib
from contextlib import suppress
from datetime import UTC, datetime

import pytest
from docx import Document

from indicators.models import IndicatorDefinition
from reports import actions, build, fonts, pdf, pictures
from reports.blocks import Note, Paragraph, PictureBlock, TableBlock
from tests.reports.test_reports import city

AT = datetime(2026, 3, 22, tzinfo=UTC)
RARE = "\U00020bb7"  # 𠮷, a character of names that no font of ours has
FACE = "\U0001f9d1"
COUNTS = {"met": 1, "near": 0, "behind": 0, "unreported": 0}


def gbk() -> set[str]:
    """Every character of the code page that Chinese input methods have written for thirty years."""
    found = set()
    for lead in range(0x81, 0xFF):
        for trail in range(0x40, 0xFF):
            found.add(bytes([lead, trail]).decode("gbk", "ignore"))
    return {character for character in found if character}


def test_every_character_of_common_use_has_a_shape():
    unified = {chr(code) for first, last in ((0x4E00, 0x9FFF), (0x3400, 0x4DBF)) for code in range(first, last + 1)}
    latin = {
        chr(code) for code in (*range(0x20, 0x7F), *range(0xA0, 0x250), *range(0x370, 0x378), *range(0x400, 0x460))
    }
    assert len(gbk()) > 21_000
    assert fonts.without_shape(gbk() | unified | latin) == []


def test_the_fonts_are_free_and_come_with_their_licence():
    """By what they say of themselves: the Open Font License, or for DejaVu that of Bitstream Vera."""
    from fontTools.ttLib import TTFont  # noqa: PLC0415

    licences = []
    for path in fonts.font_files():
        with TTFont(path, lazy=True) as font:
            licences.append(font["name"].getDebugName(13))
    assert ["SIL Open Font License" in words for words in licences] == [True, True, False]
    assert "Permission is hereby granted, free of charge" in licences[2]


@pytest.mark.parametrize(
    ("typed", "drawn"),
    [
        ("淳安县", "淳安县"),
        ("ascii only", "ascii only"),
        (f"{RARE}野家", "〔U+20BB7〕野家"),
        (f"好{FACE}", "好〔U+1F9D1〕"),
        ("葛\U000e0100", "葛〔U+E0100〕"),
        ("一\ufe0f二", "一二"),
        ("一\u2060二", "一二"),
        ("一\u202e二", "一二"),
        ("行一\n行二", "行一\n行二"),
    ],
)
def test_what_has_no_shape_is_written_as_its_code(typed, drawn):
    assert fonts.drawable(typed) == drawn


def test_blocks_say_what_is_written_as_a_code():
    table = TableBlock(f"表{RARE}", ("甲", FACE), [("一", RARE)], (1, 1))
    picture = PictureBlock("图", b"png", RARE)
    *changed, note = fonts.drawable_blocks([Paragraph("好"), table, picture])
    expected = TableBlock("表〔U+20BB7〕", ("甲", "〔U+1F9D1〕"), [("一", "〔U+20BB7〕")], (1, 1))
    assert changed == [Paragraph("好"), expected, PictureBlock("图", b"png", "〔U+20BB7〕")]
    words = "本文件所用的字体没有下列字，以编码代替：〔U+20BB7〕、〔U+1F9D1〕。原字见平台页面和数据表。"
    assert note == Note(words)
    assert fonts.drawable_blocks([Paragraph("好")]) == [Paragraph("好")]


GAP = {"status": "met", "relative_gap": 1.0, "gap": 1.0, "gap_unit": "%", "decimals": 1}
LINE = {"value": [1, 2], "target": [1, 2], "standard": [1, None], "band": []}
PICTURES = {
    "status": lambda name: pictures.status_bars([{"name": name, "counts": COUNTS}]),
    "gaps": lambda name: pictures.county_gaps([{**GAP, "name": name}]),
    "unit": lambda name: pictures.county_gaps([{**GAP, "name": "x", "gap_unit": name}]),
    "paths": lambda name: pictures.paths([2025, 2026], [{**LINE, "title": name}]),
}


@pytest.mark.parametrize("kind", PICTURES)
def test_a_picture_draws_the_code_and_no_square(kind):
    draw = PICTURES[kind]
    assert draw(RARE) == draw("〔U+20BB7〕")
    assert draw(RARE) != draw("")


def unpacked(made: bytes) -> bytes:
    """A PDF with its objects in the open."""
    parts = [made]
    for packed in re.findall(rb"stream\r?\n(.*?)\r?\nendstream", made, re.DOTALL):
        with suppress(zlib.error):
            parts.append(zlib.decompress(packed))
    return b"\n".join(parts)


def test_a_pdf_embeds_no_font_but_ours_and_draws_all_of_them():
    text = f"淳安㐂{RARE}ǆ☎𝔸"
    made = pdf.write_pdf("标题", [Paragraph(text)], at=AT, number="1")
    names = set(re.findall(rb"/FontName\s*/(?:[A-Z]{6}\+)?([\w-]+)", unpacked(made)))
    assert names == {b"NotoSansSC-Regular", b"NotoSerifSC-Regular", b"DejaVuSans"}


@pytest.mark.usefixtures("demo")
def test_a_whole_report_with_a_rare_name_is_made_and_says_so(settings, tmp_path, django_capture_on_commit_callbacks):
    settings.MEDIA_ROOT = tmp_path
    row = IndicatorDefinition.objects.as_of().get(indicator_id="P02")
    IndicatorDefinition.objects.filter(pk=row.pk).update(name=f"{RARE}{row.name}")
    with django_capture_on_commit_callbacks(execute=True):
        issue = actions.issue_report(year=2024, by=city())
    issue.refresh_from_db()
    assert (issue.state, issue.failure) == ("done", "")
    document = Document(io.BytesIO(build.file_of(issue, "report.docx").read_bytes()))
    texts = [paragraph.text for paragraph in document.paragraphs]
    assert texts[-1] == "图里所用的字体没有下列字，以编码代替：〔U+20BB7〕。原字见平台页面和数据表。"
    assert any(RARE in text for text in texts[:-1])  # Word draws it with the reader's own fonts

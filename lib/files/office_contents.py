"""What the parts of an Office package say that would run or fetch something once the file is opened or clicked:
fields, formulas, addresses of pictures, clicks. Each class here watches one kind of part, element by element.

`words`: bytes of which a part holds one wherever there is something to watch; `wanted`: elements whose text counts."""

import re
from typing import Protocol

from lib.files.office_parts import FIELDS
from lib.refusals import Refused

PREFIX = re.compile(r"_xl(?:fn|ws|udf|pm)\.", re.IGNORECASE)  # before functions that came later
FETCHING = re.compile(
    r"(?<![A-Z0-9_.])(?:WEBSERVICE|IMAGE|RTD|CALL|REGISTER(?:\.ID)?|EXEC|DDE|STOCKHISTORY|SQL\.REQUEST|PY)\s{0,9}\(",
    re.IGNORECASE,
)
TEXTS = re.compile(r'"[^"]*"')
LINK = re.compile(r"(?<![A-Z0-9_.])HYPERLINK\s{0,9}\(", re.IGNORECASE)
# A cell of another workbook: 'C:\\[a.xlsx]S'!A1, [1]S!A1; [0] is the workbook itself.
ELSEWHERE = re.compile(r"'[^'\[]*\[(?!0\])[^']*'!|\[(?!0\])[^\[\]]+\][\w.]+!")
PROGRAM = re.compile(
    r"\.(?:exe|bat|cmd|scr|pif|hta|jse?|vb[es]|ws[fh]|ps1|ms[cip]|lnk|reg|cpl|jar|chm|iso|xll|url|"
    r"do[ct]m|xls[bm]|xl[at]m|p[op][tp]m|pptm|application|settingcontent-ms)(?=$|[\s\"'?#,)])",
    re.IGNORECASE,
)
MACROS = "文件带有宏或控件；请另存为不带宏的 .docx、.xlsx、.pptx，或 PDF"
EMBEDDED = "文件里嵌入了别的文件或对象（{part}）；请把它去掉或改成图片，或另存为 PDF 再上传"
OUTSIDE = "文件一打开就会去取别处的内容（{what}）；请断开链接、改用普通模板、把图片改为嵌入，或另存为 PDF 再上传"
ODD = "文件里有认不出的部分（{part}）；请用 Office 或 WPS 打开后另存，或另存为 PDF 再上传"


class PackageError(Refused):
    """Why a package cannot be taken, in plain words with what to do."""

    kind = "unusable-file"


class Watch(Protocol):
    """What is told of the elements of a part, and of the text of those that it wants."""

    @property
    def words(self) -> tuple[bytes, ...]: ...

    @property
    def wanted(self) -> frozenset[str]: ...

    def start(self, tag: str, given: dict[str, str]) -> None: ...

    def text(self, tag: str, words: str) -> None: ...

    def finish(self) -> None: ...


class Fields:
    """Word's fields, deleted ones too: each begins with the name of a known kind, in its own words."""

    words = (b"nstrText", b"fldSimple")
    wanted = frozenset({"instrText", "delInstrText"})

    def __init__(self) -> None:
        self.open: list[str] = []

    def start(self, tag: str, given: dict[str, str]) -> None:
        if tag == "fldSimple":
            self.judge(given.get("instr", ""))
        elif tag == "fldChar":
            self.turn(given.get("fldCharType", ""))

    def turn(self, kind: str) -> None:
        if kind == "begin":
            if self.open and not self.open[-1].strip():  # its name would be what the inner one gives
                raise PackageError(OUTSIDE.format(what="QUOTE"))
            self.open.append("")
        elif kind == "end" and self.open:
            self.judge(self.open.pop())

    def text(self, tag: str, words: str) -> None:
        if not self.open:
            self.open.append("")
        self.open[-1] += words

    def finish(self) -> None:
        for words in self.open:
            self.judge(words)

    def judge(self, words: str) -> None:
        if not words.strip():
            return
        begins = re.match(r"\s*(=|[A-Za-z]*)", words)
        name = begins.group(1).upper() if begins else ""
        is_harmless = name in FIELDS
        if name == "HYPERLINK" and _links_to_program(words):
            is_harmless = False
        if not is_harmless:
            raise PackageError(OUTSIDE.format(what=short(words.strip())))


class Formulas:
    """A workbook's formulas and names: none that starts a program, asks another one, or belongs to old macros."""

    words = (b"|", b"&#", b"(", b"[", b"xlm", b"vbProcedure", b"function")
    wanted = frozenset({"f", "formula", "formula1", "formula2", "definedName", "calculatedColumnFormula"})

    def start(self, tag: str, given: dict[str, str]) -> None:
        if tag != "definedName":
            return
        for name in ("xlm", "vbProcedure", "function"):
            if given.get(name) in {"1", "true"}:
                raise PackageError(MACROS)

    def text(self, tag: str, words: str) -> None:
        without = PREFIX.sub("", TEXTS.sub("", words))
        if "|" in without or FETCHING.search(without) or ELSEWHERE.search(without):
            raise PackageError(OUTSIDE.format(what=short(words)))
        if LINK.search(without) and _links_to_program(words):
            raise PackageError(OUTSIDE.format(what=short(words)))

    def finish(self) -> None:
        """Nothing is left open."""


class Actions:
    """What a click on a slide does: no program, no macro, no object."""

    words = (b"ppaction", b"&#")
    wanted: frozenset[str] = frozenset()

    def start(self, tag: str, given: dict[str, str]) -> None:
        action = given.get("action", "").strip().lower()
        if action.startswith(("ppaction://program", "ppaction://macro", "ppaction://ole")):
            raise PackageError(MACROS)

    def text(self, tag: str, words: str) -> None:
        """No text does anything."""

    def finish(self) -> None:
        """Nothing is left open."""


class Addresses:
    """Pictures, fills and scripts by their address, and tables that are published when they are saved: none elsewhere
    than in the file. What a person clicks is no concern of this class."""

    words = (b"src", b"href", b"destinationFile")
    wanted: frozenset[str] = frozenset()
    shown = frozenset({"imagedata", "fill", "stroke", "image", "feImage", "use", "script"})

    def start(self, tag: str, given: dict[str, str]) -> None:
        if not given:
            return
        names = ["src", "destinationFile"]
        if tag in self.shown:
            names.append("href")
        for name in names:
            address = given.get(name, "")
            if is_outside_address(address):
                raise PackageError(OUTSIDE.format(what=short(address)))

    def text(self, tag: str, words: str) -> None:
        """No text is fetched."""

    def finish(self) -> None:
        """Nothing is left open."""


def is_outside_address(address: str) -> bool:
    """Whether it leads to another host or folder: a share, a host, a file of the machine."""
    address = address.strip().lower().replace("\\", "/")
    return address.startswith(("//", "http:", "https:", "ftp:", "file:", "smb:"))


def starts_program(address: str) -> bool:
    """Whether who follows the link starts something; what a browser fetches it asks about first."""
    is_of_web = re.match(r"\s{0,9}(?:https?|mailto):", address, re.IGNORECASE)
    return not is_of_web and bool(PROGRAM.search(address))


def _links_to_program(words: str) -> bool:
    """Of a field or formula: whether one of its texts, or of its words where it has none, is such an address."""
    texts = [text.strip('"') for text in TEXTS.findall(words)] or words.split()
    return any(map(starts_program, texts))


def short(text: str) -> str:
    """As much of a name as fits the words."""
    return "".join(letter for letter in text if letter.isprintable())[:60] or "?"

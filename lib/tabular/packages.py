"""An .xlsx as a package: a zip whose parts point to one another by relationships. Within bounds.

Python's zipfile never gives out more bytes of a part than the directory declares, so the sizes declared there, checked
before anything is unpacked, bound what is read. XML goes through expat with no tree behind it; a document type
declaration, the means of entity attacks, is refused. Names of parts are compared as Office does: without regard to
case, with backslashes as slashes.
"""

import io
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from itertools import count
from posixpath import dirname, join, normpath
from typing import NoReturn
from urllib.parse import unquote
from xml.parsers import expat

from lib.tabular.cells import MAX_CELLS, MAX_RATIO, MAX_UNPACKED, MEGABYTE, SpreadsheetError

CHUNK = 256 * 1024
MAX_PARTS = 2_000
MOST_NAMES = 500  # of elements that are remembered of one part
# Of all parts that are read, each time: a filled cell takes three and its text some, so that what is empty costs a
# reader no more than the largest table that is taken.
MAX_ELEMENTS = 8 * MAX_CELLS
# No spreadsheet program packs otherwise, and unpacking LZMA takes as much memory as the file says.
PACKINGS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
BROKEN = "文件已损坏，打不开；请用 Excel 或 WPS 打开、另存为 .xlsx 后再上传"
FOREIGN = (
    ("word/", "这是 Word 文档，不是表格；请上传 .xlsx 或 .csv"),
    ("ppt/", "这是幻灯片，不是表格；请上传 .xlsx 或 .csv"),
    ("xl/workbook.bin", "这是 .xlsb 二进制工作簿，请另存为 .xlsx"),
    ("content.xml", "这是 OpenDocument 表格（.ods），请另存为 .xlsx"),
)


class Enough(Exception):
    """Raised by a handler: the rest of a part is not wanted."""


class _PlainNames(dict[str, str]):
    """{element: its name without the namespace}; a part has few names and hundreds of thousands of elements."""

    def __missing__(self, element: str) -> str:
        name = element.rpartition(":")[2]
        if len(self) < MOST_NAMES:
            self[element] = name
        return name


class WorkbookPackage:
    """The parts of one file. SpreadsheetError where it is no package, or not one that can be opened safely."""

    def __init__(self, content: bytes):
        try:
            self.archive = zipfile.ZipFile(io.BytesIO(content))
        except (zipfile.BadZipFile, NotImplementedError, struct.error, ValueError) as error:
            raise SpreadsheetError(BROKEN) from error
        parts = self.archive.infolist()
        _check_sizes(parts)
        self.elements = count(1)  # of all parts: many sheets of some millions each, or many times one, take minutes
        self.parts: dict[str, zipfile.ZipInfo] = {}
        for part in parts:
            if not part.is_dir() and self.parts.setdefault(_key(part.filename), part) is not part:
                raise SpreadsheetError(BROKEN)  # two parts of one name: which is meant, nobody can tell

    def has(self, name: str) -> bool:
        return _key(name) in self.parts

    def size(self, name: str) -> int:
        return self.parts[_key(name)].file_size

    def chunks(self, name: str) -> Iterator[bytes]:
        """The bytes of a part, some at a time."""
        try:
            with self.archive.open(self.parts[_key(name)]) as stream:
                while chunk := stream.read(CHUNK):
                    yield chunk
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError, KeyError, ValueError) as error:
            raise SpreadsheetError(BROKEN) from error

    def parse(
        self,
        name: str,
        start: Callable[[str, dict], None],
        end: Callable[[str], None] | None = None,
        text: Callable[[str], None] | None = None,
    ) -> None:
        """Stream a part through expat; element names come without their namespace."""
        parser = expat.ParserCreate()
        names = _PlainNames()

        def begin(element: str, given: dict) -> None:
            if next(self.elements) > MAX_ELEMENTS:
                words = "工作簿里的空单元格或格式过多，读不完；请把要导入的内容复制到新的工作簿再上传"
                raise SpreadsheetError(words)
            start(names[element], given)

        parser.buffer_text = True
        parser.StartElementHandler = begin
        if end:
            parser.EndElementHandler = lambda element: end(names[element])
        parser.CharacterDataHandler = text
        parser.StartDoctypeDeclHandler = _refuse_doctype
        try:
            for chunk in self.chunks(name):
                parser.Parse(chunk)
            parser.Parse(b"", True)
        except Enough:
            pass
        except (expat.ExpatError, LookupError, ValueError) as error:
            # LookupError: an encoding that Python has not; ValueError: one that XML cannot be read in, such as GB18030.
            raise SpreadsheetError(BROKEN) from error

    def related(self, part: str) -> dict[str, tuple[str, str]]:
        """{id: (last word of the type, part)} of what a part points to; of the package itself for ""."""
        folder, _, file = part.rpartition("/")
        relations = f"{folder}/_rels/{file}.rels".lstrip("/")
        found: dict[str, tuple[str, str]] = {}

        def start(element: str, given: dict) -> None:
            if element == "Relationship" and given.get("TargetMode", "").lower() != "external":
                kind = given.get("Type", "").rpartition("/")[2].lower()
                found[given.get("Id", str(len(found)))] = (kind, self._target(folder, given.get("Target", "")))

        if self.has(relations):
            self.parse(relations, start)
        return found

    def _target(self, folder: str, target: str) -> str:
        """The part that a relationship names, relative to the folder of who names it."""
        target = target.replace("\\", "/")
        place = target.lstrip("/") if target.startswith("/") else normpath(join(folder, target))
        return place if self.has(place) else unquote(place)

    def workbook(self) -> str:
        """The part that is the workbook, as the package says, else where it usually stands."""
        for kind, part in self.related("").values():
            if kind == "officedocument" and self.has(part) and _key(part).endswith(".xml") and self._is_workbook(part):
                return part
        if self.has("xl/workbook.xml"):
            return "xl/workbook.xml"
        for begins, words in FOREIGN:
            if any(name.startswith(begins) for name in self.parts):
                raise SpreadsheetError(words)
        raise SpreadsheetError("这是压缩包，不是工作簿；请先解压，再上传其中的 .xlsx 或 .csv")

    def _is_workbook(self, part: str) -> bool:
        roots: list[str] = []

        def start(element: str, _given: dict) -> None:
            roots.append(element)
            raise Enough

        self.parse(part, start)
        return roots == ["workbook"]

    def beside(self, workbook: str, kind: str, usual: str) -> str:
        """The workbook's part of a kind (sharedstrings, styles): by relationship, else by its usual name; "" where
        there is none."""
        for found, part in self.related(workbook).values():
            if found == kind and self.has(part):
                return part
        place = join(dirname(workbook), usual)
        return place if self.has(place) else ""


def _key(name: str) -> str:
    return name.replace("\\", "/").lstrip("/").lower()


def _refuse_doctype(*_: object) -> NoReturn:
    raise SpreadsheetError("文件里有不该有的声明（DOCTYPE），没有打开；请把内容复制到新的工作簿再上传")


def _check_sizes(parts: list[zipfile.ZipInfo]) -> None:
    unpacked, packed = sum(p.file_size for p in parts), sum(p.compress_size for p in parts)
    if len(parts) > MAX_PARTS:
        raise SpreadsheetError(f"文件里有 {len(parts):,} 个部件，不像是正常的工作簿；请另存为新的 .xlsx")
    if any(part.flag_bits & 1 for part in parts):
        raise SpreadsheetError("这个压缩文件设了密码；请取消密码后再上传")
    if any(part.compress_type not in PACKINGS for part in parts):
        raise SpreadsheetError(BROKEN)
    if unpacked > MAX_UNPACKED:
        raise SpreadsheetError(
            f"文件解开后有 {unpacked / MEGABYTE:,.0f} MB，超过 100 MB 的上限；请把要导入的内容复制到新的工作簿再上传"
        )
    if unpacked > 10 * MEGABYTE and unpacked > MAX_RATIO * max(packed, 1):
        raise SpreadsheetError("文件的压缩比异常（可能是“压缩炸弹”），没有打开；请把要导入的内容复制到新的工作簿再上传")

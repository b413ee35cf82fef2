"""Office packages looked into before they are handed on: known parts, known relationships, nothing that runs, nothing
that opens what lies elsewhere.

What a part is, `[Content_Types].xml` and the relationships say, as Office itself reads them: parsed as XML in any
encoding that Office takes, never searched as bytes, so that UTF-16, character references and other names hide nothing.
"""

import codecs
import posixpath
import re
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from io import BytesIO
from urllib.parse import urlsplit
from xml.parsers import expat

from lib.files.office_contents import (
    EMBEDDED,
    MACROS,
    ODD,
    OUTSIDE,
    Actions,
    Addresses,
    Fields,
    Formulas,
    PackageError,
    Watch,
    is_outside_address,
    short,
    starts_program,
)
from lib.files.office_parts import (
    ACTION_TYPES,
    FIELD_TYPES,
    FORMULA_TYPES,
    OTHER_TYPES,
    PACKAGE_TYPES,
    RELATIONSHIPS,
    XML_TYPES,
    relationship_name,
)
from lib.tabular.cells import MEGABYTE

TYPES = "[Content_Types].xml"
CHUNK = MEGABYTE
MAX_LISTING = 4 * MEGABYTE  # of content types, and of the relationships of a part
MAX_ELEMENTS = 3_000_000  # that have to be read one by one, of all parts together: some seconds
MAX_DEPTH = 2  # a chart in a document carries its workbook
ADDRESSES = {"", "http", "https", "mailto", "file"}  # a link does nothing until a person follows it
PROGRAMS = (b"MZ", b"\x7fELF", b"#!", b"\xd0\xcf\x11\xe0", b"PK\x03\x04", b"Rar!", b"7z\xbc\xaf", b"{\\rtf")
BROKEN = "文件不完整，可能没有传完；请打开核对后重新上传"
TOO_MUCH = "文件内容过多，查不完；请另存为 PDF 再上传"
RUNNING = (
    "vba",
    "macro",
    "activex",
    "control",
    "customui",
    "extensibility",
    "keymap",
    "toolbar",
    "webextension",
    "jde",
)


class NotAPackage(PackageError):
    """An archive, but none of Office's."""


@dataclass
class Budget:
    """What all archives in one another may unpack to, and how many elements in them are read one by one."""

    left: int
    check: Callable[[list[zipfile.ZipInfo]], None]
    elements: int = field(default_factory=lambda: MAX_ELEMENTS)


@dataclass
class Package:
    """An open archive and what each of its parts is said to be."""

    archive: zipfile.ZipFile
    budget: Budget
    depth: int = 0
    names: dict[str, str] = field(default_factory=dict)  # lower case → as it is written
    types: dict[str, str] = field(default_factory=dict)


def main_type(content: bytes, budget: Budget, depth: int = 0) -> str:
    """The content type of the part that the package is about, once every part has been looked at. PackageError says
    what is in it that is not taken."""
    package = Package(zipfile.ZipFile(BytesIO(content)), budget, depth)
    budget.check(package.archive.infolist())
    _list_parts(package)
    _read_types(package)
    for name in package.names.values():
        if name.lower().endswith(".rels"):
            _check_relationships(package, name)
    for lower, name in package.names.items():
        _check_part(package, lower, name)
    return _main_part(package)


def _list_parts(package: Package) -> None:
    for part in package.archive.infolist():
        if part.is_dir():
            continue
        package.budget.left -= part.file_size
        if part.filename.lower() in package.names:
            raise PackageError(ODD.format(part=short(part.filename)))
        package.names[part.filename.lower()] = part.filename
    if package.budget.left < 0:
        raise PackageError(TOO_MUCH)
    if TYPES.lower() not in package.names:
        raise NotAPackage(BROKEN)


def _read_types(package: Package) -> None:
    defaults: dict[str, str] = {}
    overrides: dict[str, str] = {}
    for tag, given in _elements(package, package.names.pop(TYPES.lower())):
        kind = given.get("ContentType", "").partition(";")[0].strip().lower()
        if tag == "Default":
            defaults[given.get("Extension", "").lower()] = kind
        elif tag == "Override":
            name = given.get("PartName", "").lstrip("/").lower()
            if name in overrides:
                raise PackageError(ODD.format(part=short(name)))
            overrides[name] = kind
    for lower in package.names:
        package.types[lower] = overrides.get(lower) or defaults.get(lower.rpartition(".")[2], "")


# Relationships -----------------------------------------------------------------------------------------


def _check_relationships(package: Package, name: str) -> None:
    for tag, given in _elements(package, name):
        if tag != "Relationship":
            continue
        kind, target = given.get("Type", ""), given.get("Target", "")
        known = relationship_name(kind)
        is_outside = given.get("TargetMode", "").lower() == "external"
        if known not in RELATIONSHIPS:
            raise PackageError(_refusal(kind.rpartition("/")[2] or kind, is_outside=is_outside))
        if is_outside and known != "hyperlink":
            raise PackageError(OUTSIDE.format(what=short(target)))
        if is_outside and (_scheme(target) not in ADDRESSES or starts_program(target)):
            raise PackageError(OUTSIDE.format(what=short(target)))
        if not is_outside and (_scheme(target) or is_outside_address(target)):
            raise PackageError(OUTSIDE.format(what=short(target)))


def _scheme(target: str) -> str:
    """What an address begins with; "?" where it cannot be read."""
    try:
        return urlsplit(target.strip()).scheme.lower()
    except ValueError:
        return "?"


def _refusal(name: str, *, is_outside: bool = False) -> str:
    low = name.lower()
    if any(word in low for word in RUNNING):
        return MACROS
    if is_outside or any(word in low for word in ("externallink", "connection", "querytable", "attachedtemplate")):
        return OUTSIDE.format(what=short(name))
    if any(word in low for word in ("ole", "embed", "afchunk", "subdocument", "executable", "msdownload")):
        return EMBEDDED.format(part=short(name))
    return ODD.format(part=short(name))


def _main_part(package: Package) -> str:
    if "_rels/.rels" not in package.names:
        raise PackageError(BROKEN)
    for tag, given in _elements(package, package.names["_rels/.rels"]):
        if tag == "Relationship" and relationship_name(given.get("Type", "")) == "officedocument":
            place = posixpath.normpath(posixpath.join("/", given.get("Target", ""))).lstrip("/").lower()
            return package.types.get(place, "")
    raise PackageError(BROKEN)


# Parts ---------------------------------------------------------------------------------------------------


def _check_part(package: Package, lower: str, name: str) -> None:
    kind = package.types[lower]
    if kind in PACKAGE_TYPES:
        _check_embedded(package, name)
    elif kind in XML_TYPES:
        _check_xml(package, name, kind)
    elif kind in OTHER_TYPES:
        with package.archive.open(name) as part:
            start = part.read(8)
        if start.startswith(PROGRAMS):
            raise PackageError(EMBEDDED.format(part=short(name)))
    else:
        raise PackageError(_refusal(f"{kind} {name}") if kind else ODD.format(part=short(name)))


def _check_embedded(package: Package, name: str) -> None:
    if package.depth == MAX_DEPTH:
        raise PackageError(EMBEDDED.format(part=short(name)))
    try:
        main_type(package.archive.read(name), package.budget, package.depth + 1)
    except (NotAPackage, zipfile.BadZipFile) as error:
        raise PackageError(EMBEDDED.format(part=short(name))) from error


def _check_xml(package: Package, name: str, kind: str) -> None:
    """Read element by element only where a word in it asks for it."""
    watches: list[Watch] = [Addresses()]
    if kind in FIELD_TYPES:
        watches.append(Fields())
    elif kind in FORMULA_TYPES:
        watches.append(Formulas())
    elif kind in ACTION_TYPES:
        watches.append(Actions())
    asked, last = set(), b""
    for text in _as_utf8(package, name):
        seen = last + text
        if b"<!DOCTYPE" in seen or b"<!ENTITY" in seen:
            raise PackageError(ODD.format(part=short(name)))
        asked |= {watch for watch in watches if any(word in seen for word in watch.words)}
        last = text[-24:]
    for watch in asked:
        _watch(package, name, watch)


# Reading XML ---------------------------------------------------------------------------------------------


def _elements(package: Package, name: str) -> list[tuple[str, dict[str, str]]]:
    """Every element of a short listing, without its namespace."""
    if package.archive.getinfo(name).file_size > MAX_LISTING:
        raise PackageError(BROKEN)
    found: list[tuple[str, dict[str, str]]] = []

    class Listing(Actions):
        def start(self, tag: str, given: dict[str, str]) -> None:
            found.append((tag, given))

    _watch(package, name, Listing())
    return found


def _watch(package: Package, name: str, watch: Watch) -> None:
    """Tell `watch` of each element, and of the text of those that it wants. No document type: so no entities."""
    parser = expat.ParserCreate("utf-8", namespace_separator=" ")
    texts: list[str] = []
    budget = package.budget

    def begun(tag: str, given: dict[str, str]) -> None:
        budget.elements -= 1
        if budget.elements < 0:
            raise PackageError(TOO_MUCH)
        texts.clear()
        watch.start(_local(tag), {_local(key): value for key, value in given.items()})
        parser.CharacterDataHandler = texts.append if _local(tag) in watch.wanted else None

    def ended(tag: str) -> None:
        if texts:
            watch.text(_local(tag), "".join(texts))
            texts.clear()
        parser.CharacterDataHandler = None

    def refused(*_args: object) -> None:
        raise PackageError(ODD.format(part=short(name)))

    parser.StartElementHandler, parser.EndElementHandler = begun, ended
    parser.StartDoctypeDeclHandler = refused
    try:
        for text in _as_utf8(package, name):
            parser.Parse(text)
        parser.Parse(b"", True)
    except expat.ExpatError as error:
        raise PackageError(BROKEN) from error
    watch.finish()


def _local(name: str) -> str:
    return name.rpartition(" ")[2]


def _as_utf8(package: Package, name: str) -> Iterator[bytes]:
    """A part's XML as UTF-8, some at a time. PackageError where it is in another encoding than UTF-8 or UTF-16."""
    with package.archive.open(name) as part:
        start = part.read(CHUNK)
        decoder = codecs.getincrementaldecoder(_encoding(start, name))()
        try:
            while start:
                yield decoder.decode(start).encode()
                start = part.read(CHUNK)
            yield decoder.decode(b"", True).encode()
        except UnicodeError as error:
            raise PackageError(BROKEN) from error


def _encoding(start: bytes, name: str) -> str:
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if start.startswith((b"<\0", b"\0<")):
        return "utf-16-le" if start[0] else "utf-16-be"
    declared = re.match(
        rb"""(?:\xef\xbb\xbf)?\s{0,9}<\?xml[^>]{0,200}?encoding\s{0,9}=\s{0,9}["']([^"']{0,40})""", start
    )
    if declared and declared.group(1).lower() not in {b"utf-8", b"utf8", b"us-ascii", b"ascii"}:
        raise PackageError(ODD.format(part=short(name)))
    return "utf-8-sig"

"""Files that people attach, known by their content: PDF, pictures, Office documents without macros.

Four signatures and an Office package are all there is to tell apart, and a package has to be looked into anyway
(`lib.files.office`); a library for sniffing would add its own list of hundreds and still not see a macro."""

import hashlib
import re
import secrets
import unicodedata
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from lib.files.office import Budget, NotAPackage, main_type
from lib.files.office_contents import PackageError
from lib.files.office_parts import DOCUMENT, SLIDES, WORKBOOK
from lib.files.sealed_files import sealed_bytes
from lib.lru_cache import Recent
from lib.refusals import Refused
from lib.tabular.cells import MEGABYTE

MAX_BYTES = 20 * MEGABYTE
MAX_PARTS = 5_000
MAX_UNPACKED = 200 * MEGABYTE
MAX_RATIO = 100
PACKINGS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}  # as Office packs
LONGEST_NAME = 120
ACCEPTED = "PDF、PNG、JPEG、WebP、docx、xlsx、pptx"
ACCEPTED_ENDINGS = ".pdf,.png,.jpg,.jpeg,.webp,.docx,.xlsx,.pptx"  # for a file box, which offers these first


class DocumentError(Refused):
    """Why a file cannot be taken, in plain words with what to do."""

    kind = "unusable-file"


@dataclass(frozen=True)
class Kind:
    """A kind of file that is taken as evidence, and how it is named and sent."""

    title: str
    suffixes: tuple[str, ...]
    content_type: str


PDF = Kind("PDF", (".pdf",), "application/pdf")
PNG = Kind("PNG 图片", (".png",), "image/png")
JPEG = Kind("JPEG 图片", (".jpg", ".jpeg"), "image/jpeg")
WEBP = Kind("WebP 图片", (".webp",), "image/webp")
OFFICE_KINDS = {
    f"{kind.content_type}.main+xml": kind
    for kind in (
        Kind("Word 文档", (".docx",), DOCUMENT),
        Kind("Excel 工作簿", (".xlsx",), WORKBOOK),
        Kind("PowerPoint 幻灯片", (".pptx",), SLIDES),
    )
}
FOREIGN = (
    (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        "这是旧版 Office 文件（.doc、.xls、.ppt）或设了密码；请去掉密码，另存为新格式或 PDF",
    ),
    (b"MZ", "这是程序文件，不能作为佐证"),
    (b"\x7fELF", "这是程序文件，不能作为佐证"),
    (b"#!", "这是程序文件，不能作为佐证"),
    (b"Rar!", "这是压缩包；请解压后逐个上传"),
    (b"7z\xbc\xaf", "这是压缩包；请解压后逐个上传"),
    (b"\x1f\x8b", "这是压缩包；请解压后逐个上传"),
    (b"GIF8", "不收 GIF 图片；请另存为 PNG 或 JPEG"),
    (b"BM", "不收 BMP 图片；请另存为 PNG 或 JPEG"),
    (b"II*\x00", "不收 TIFF 图片；请另存为 PDF 或 JPEG"),
    (b"MM\x00*", "不收 TIFF 图片；请另存为 PDF 或 JPEG"),
)
LOOKED_AT = Recent(100)  # by digest: the Kind of a file, or the words why it cannot be taken
CUT_OFF = "文件不完整，可能没有传完；请打开核对后重新上传"


def recognise(content: bytes) -> Kind:
    """What the file is. DocumentError where it is none of ours, cut off, or not safe to hand on. Who asks again is told
    from memory: the first to ask may do so before he begins a transaction."""
    check_size(len(content))
    digest = hashlib.sha256(content).digest()
    found: Kind | str | None = LOOKED_AT.get(digest)
    if found is None:
        found = _kind_or_words(content)
        LOOKED_AT.put(digest, found)
    if isinstance(found, str):
        raise DocumentError(found)
    return found


def _kind_or_words(content: bytes) -> Kind | str:
    try:
        return _kind(content)
    except DocumentError as error:
        return str(error)


def _kind(content: bytes) -> Kind:
    if not content.strip(b"\x00 \t\r\n"):
        raise DocumentError("文件是空的")
    if content.startswith(b"PK\x03\x04"):
        return _office(content)
    for is_kind, kind, is_whole in (
        (content.startswith(b"%PDF-"), PDF, b"%%EOF" in content[-2048:]),
        (content.startswith(b"\x89PNG\r\n\x1a\n"), PNG, b"IEND\xaeB`\x82" in content),
        (content.startswith(b"\xff\xd8\xff"), JPEG, b"\xff\xd9" in content[3:]),
        (content[:4] + content[8:12] == b"RIFFWEBP", WEBP, len(content) >= int.from_bytes(content[4:8], "little") + 8),
    ):
        if is_kind and is_whole:
            return kind
        if is_kind:
            raise DocumentError(CUT_OFF)
    for start, words in FOREIGN:
        if content.startswith(start):
            raise DocumentError(words)
    if content.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"<":
        raise DocumentError(f"这是网页、SVG 或 XML 文件，不能作为佐证；可以打印成 PDF 再上传（收 {ACCEPTED}）")
    raise DocumentError(f"认不出这是什么文件；只收 {ACCEPTED}，按内容判断，改扩展名没有用")


def check_size(size: int) -> None:
    """DocumentError for a file that is too large."""
    if size > MAX_BYTES:
        raise DocumentError(f"文件有 {size / MEGABYTE:.1f} MB，超过 20 MB 的上限；请压缩图片或分成几个文件")


def _office(content: bytes) -> Kind:
    try:
        kind = OFFICE_KINDS.get(main_type(content, Budget(MAX_UNPACKED, _check_archive)))
    except NotAPackage as error:
        raise DocumentError("这是压缩包；请解压后逐个上传") from error
    except PackageError as error:
        raise DocumentError(str(error)) from error
    except DocumentError:
        raise
    except (zipfile.BadZipFile, NotImplementedError, EOFError, OSError, ValueError, zlib.error) as error:
        raise DocumentError(CUT_OFF) from error
    if kind is None:
        raise DocumentError(f"这不是 Word、Excel 或 PowerPoint 文件；只收 {ACCEPTED}")
    return kind


def _check_archive(parts: list[zipfile.ZipInfo]) -> None:
    if any(part.compress_type not in PACKINGS for part in parts):
        raise DocumentError(CUT_OFF)
    unpacked, packed = sum(part.file_size for part in parts), sum(part.compress_size for part in parts)
    if any(part.flag_bits & 1 for part in parts):
        raise DocumentError("文件设了密码；请去掉密码后再上传")
    is_bomb = unpacked > 10 * MEGABYTE and unpacked > MAX_RATIO * max(packed, 1)
    if len(parts) > MAX_PARTS or unpacked > MAX_UNPACKED or is_bomb:
        raise DocumentError("文件解开后过大（可能是“压缩炸弹”），没有打开；请另存为 PDF 再上传")


def describe(name: str, content: bytes) -> dict[str, str | int]:
    """What is written down of a file: the name to show, what it is, its size and digest, and the random name that it is
    kept under. DocumentError where it cannot be taken."""
    kind = recognise(content)
    return {
        "name": clean_name(name, kind),
        "content_type": kind.content_type,
        "size": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
        "stored_as": secrets.token_hex(24),
    }


def short_name(name: str) -> str:
    """As much of a name as fits a message."""
    return "".join(letter for letter in name if letter.isprintable())[-60:] or "文件"


def put_away(place: Path, content: bytes) -> None:
    """Write a file that only this program reads, sealed where FILE_CIPHER says so, never over another one."""
    place.parent.mkdir(parents=True, exist_ok=True)
    with place.open("xb") as file:
        place.chmod(0o600)
        file.write(sealed_bytes(content))


def clean_name(name: str, kind: Kind) -> str:
    """A name to show and to save under: no folders, no control or direction-turning characters, no characters that
    file systems refuse, and the suffix of what the file is."""
    name = unicodedata.normalize("NFC", name).replace("\\", "/").rpartition("/")[2]
    name = "".join(letter for letter in name if unicodedata.category(letter) not in {"Cc", "Cf", "Cs", "Co", "Cn"})
    name = re.sub(r'[<>:"|?*]', "_", re.sub(r"\s+", " ", name)).strip(" .")
    path = PurePosixPath(name or "附件")
    suffix = path.suffix if path.suffix.lower() in kind.suffixes else ""
    stem = path.name.removesuffix(suffix) if suffix else path.name
    return f"{stem[:LONGEST_NAME].rstrip(' .') or '附件'}{suffix or kind.suffixes[0]}"

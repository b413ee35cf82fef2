"""Office packages made by hand, part by part, as no Office would make them."""

import io
import zipfile
from collections.abc import Mapping, Sequence

OFFICE = "application/vnd.openxmlformats-officedocument."
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
OF_MICROSOFT = "http://schemas.microsoft.com/office/2006/relationships/"
MAINS = {
    "docx": ("word/document.xml", f"{OFFICE}wordprocessingml.document.main+xml"),
    "xlsx": ("xl/workbook.xml", f"{OFFICE}spreadsheetml.sheet.main+xml"),
    "pptx": ("ppt/presentation.xml", f"{OFFICE}presentationml.presentation.main+xml"),
}


def listing(overrides: Mapping[str, str], defaults: Mapping[str, str] = {}) -> str:
    """`[Content_Types].xml`."""
    known = {"rels": "application/vnd.openxmlformats-package.relationships+xml", "xml": "application/xml"} | defaults
    rows = [f'<Default Extension="{name}" ContentType="{kind}"/>' for name, kind in known.items()]
    rows += [f'<Override PartName="/{name}" ContentType="{kind}"/>' for name, kind in overrides.items()]
    return f'<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">{"".join(rows)}</Types>'


def relations(*rows: Sequence[str]) -> str:
    """A part of relationships: (type, target) or (type, target, "External")."""
    told = "".join(
        f'<Relationship Id="r{n}" Type="{kind}" Target="{target}"{"".join(f" TargetMode={mode!r}" for mode in more)}/>'
        for n, (kind, target, *more) in enumerate(rows)
    )
    return f'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{told}</Relationships>'


def package(
    kind: str,
    parts: Mapping[str, bytes | str] = {},
    *,
    types: Mapping[str, str] = {},
    defaults: Mapping[str, str] = {},
    main: bytes | str = "<a/>",
    main_type: str = "",
    whole_listing: bytes | str = "",
) -> bytes:
    """A docx, xlsx or pptx with these parts beside its main one; `types` of those that have one of their own."""
    place, usual = MAINS[kind]
    every = {
        "[Content_Types].xml": whole_listing or listing({place: main_type or usual, **types}, defaults),
        "_rels/.rels": relations((f"{RELATIONS}officeDocument", place)),
        place: main,
        **parts,
    }
    return zipped(every)


def zipped(parts: Mapping[str, bytes | str]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()

"""Office files are archives that carry the minute of their making: the same content twice is two different files.
Here the minute is taken out."""

import io
import re
import zipfile
from datetime import UTC, datetime

EPOCH = (1980, 1, 1, 0, 0, 0)
MODIFIED = re.compile(rb"(<dcterms:modified[^>]*>)[^<]*(</dcterms:modified>)")


def same_bytes(content: bytes, *, modified: datetime) -> bytes:
    """The archive with every member's time the same and the document's date `modified`."""
    stamp = modified.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ").encode()
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            member = zipfile.ZipInfo(name, EPOCH)
            member.compress_type, member.external_attr = zipfile.ZIP_DEFLATED, 0o600 << 16
            new.writestr(member, MODIFIED.sub(rb"\g<1>" + stamp + rb"\g<2>", old.read(name)))
    return out.getvalue()

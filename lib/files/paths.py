"""Where a file may lie: names come from archives, rows and addresses, and none of them may lead out of its folder."""

from pathlib import Path, PurePosixPath

from django.core.exceptions import SuspiciousFileOperation

STORED_NAME = r"^[0-9a-f]{48}$"  # what `lib.files.documents.describe` gives a kept file
REPORT_NUMBER = r"^[0-9]{4}-[0-9]{3,7}$"  # an issued report's, which is also the name of its folder


class OutsideFolder(SuspiciousFileOperation):
    """A name leads out of its folder. Django answers 400 and the log says so, under `django.security`."""


def require_relative(name: str) -> None:
    """OutsideFolder where a name is not a plain relative path: empty, absolute, with `..`, `.`, an empty part, a
    backslash, a drive or NUL."""
    parts = name.split("/")
    is_odd = "\\" in name or "\0" in name or ":" in parts[0]
    climbs = not {"", ".", ".."}.isdisjoint(parts)
    if is_odd or climbs or PurePosixPath(name).is_absolute():
        raise OutsideFolder(f"{name!r} leads out of its folder.")


def inside(folder: Path, name: str) -> Path:
    """The resolved path of `name` in `folder`, links followed. OutsideFolder where it does not lie in there."""
    require_relative(name)
    root = Path(folder).resolve()
    path = (root / name).resolve()
    if path == root or not path.is_relative_to(root):
        raise OutsideFolder(f"{name!r} leads out of its folder.")
    return path

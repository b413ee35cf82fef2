"""Which release of the site this process runs."""

from functools import cache
from hashlib import blake2b

from django.conf import settings
from django.contrib.staticfiles.storage import staticfiles_storage

SHOWN = {".py", ".html", ".mo", ".geojson"}


@cache
def release() -> str:
    """What this process runs and shows: code, templates, words, assets. The same for every process of one release."""
    root = settings.BASE_DIR
    found = [getattr(staticfiles_storage, "manifest_hash", "")]
    rooms = sorted(path for path in root.iterdir() if (path / "__init__.py").exists())
    for folder in (*rooms, root / "templates", root / "locale", root / "fixtures"):
        for path in sorted(folder.rglob("*")):
            if path.suffix in SHOWN:
                about = path.stat()
                found.append((str(path.relative_to(root)), about.st_size, int(about.st_mtime)))
    found.append((root / "requirements.txt").read_bytes())
    return blake2b(repr(found).encode(), digest_size=12).hexdigest()

"""Which release of the site this process runs."""

from functools import cache
from hashlib import blake2b

from django.conf import settings
from django.contrib.staticfiles.storage import staticfiles_storage


@cache
def release() -> str:
    """What this process runs and shows: code, templates, words, assets. The same for every process of one release."""
    found = [getattr(staticfiles_storage, "manifest_hash", "")]
    rooms = sorted(path for path in settings.BASE_DIR.iterdir() if (path / "__init__.py").exists())
    for room in (*rooms, *(settings.BASE_DIR / name for name in ("templates", "locale", "fixtures"))):
        for path in sorted(room.rglob("*")):
            if path.suffix in {".py", ".html", ".mo", ".geojson"}:
                found.append((str(path.relative_to(settings.BASE_DIR)), path.stat().st_size, int(path.stat().st_mtime)))
    found.append((settings.BASE_DIR / "requirements.txt").read_bytes())
    return blake2b(repr(found).encode(), digest_size=12).hexdigest()

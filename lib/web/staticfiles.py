"""Static files that ship inside installed wheels."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import BaseFinder
from django.core.files.storage import FileSystemStorage
from django.utils._os import safe_join


class WheelFinder(BaseFinder):
    """Serves single files of installed packages, named in `settings.WHEEL_STATIC_FILES`
    as {"public/name.js": Path of the file in the wheel}, so that no copy lies in the tree."""

    def find(self, path: str, find_all: bool = False, **kwargs: Any) -> Any:
        found = settings.WHEEL_STATIC_FILES.get(path)
        if found is None:
            return [] if find_all else None
        return [str(found)] if find_all else str(found)

    def list(self, ignore_patterns: Iterable[str] | None) -> Iterator[Any]:
        for name, source in settings.WHEEL_STATIC_FILES.items():
            yield name, _SingleFileStorage(name, source)


class _SingleFileStorage(FileSystemStorage):
    """A storage that holds one file under a public name of its own."""

    prefix = ""

    def __init__(self, name: str, source: Path):
        super().__init__(location=source.parent)
        self.public_name, self.source = name, source

    def path(self, name: str) -> str:
        return str(self.source) if name == self.public_name else safe_join(self.location, name)

"""Static files that ship inside installed wheels, and which ones are kept compressed."""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import BaseFinder
from django.core.files.storage import FileSystemStorage
from django.utils._os import safe_join
from whitenoise.compress import Compressor
from whitenoise.storage import CompressedManifestStaticFilesStorage


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


class CompressedOnceStorage(CompressedManifestStaticFilesStorage):
    """WhiteNoise's, with less to wait for: compressed is what pages name, the copies with a hash in their names,
    and not again what an earlier run has compressed, for a hash stands for one content. Maps of sources, which only
    developers open, stay as they are."""

    def compress_files(self, paths: Iterable[str]) -> Iterator[tuple[str, str]]:
        named = set(paths) & set(self.hashed_files.values())
        new = [name for name in named if not name.endswith(".map") and not Path(f"{self.path(name)}.gz").exists()]
        yield from super().compress_files(new)

    def create_compressor(self, **kwargs: Any) -> Compressor:
        return _WholeFiles(**kwargs)


class _WholeFiles(Compressor):
    """One that is stopped half-way leaves no half file under a name that is taken for done."""

    def write_data(self, path: str, data: bytes, suffix: str, stat_result: os.stat_result) -> str:
        name = f"{path}{suffix}"
        os.replace(super().write_data(path, data, f"{suffix}.new", stat_result), name)
        return name

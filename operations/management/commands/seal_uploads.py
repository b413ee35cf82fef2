import os
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from lib.files.sealed_files import NotUnsealed, lies_sealed, sealed_bytes

FOLDERS = (
    "evidence",
    "tasks",
    "statements",
    "matters",
    "reports",
)  # what people attach, and the files of issued reports; what waits for its confirmation is gone after a day


class Command(BaseCommand):
    help = "Seal attached files and issued reports from before FILE_CIPHER was set. Each is replaced as a whole."

    def handle(self, **options):
        if not settings.FILE_CIPHER:
            raise CommandError("FILE_CIPHER is not set: there is nothing to seal by.")
        count = 0
        for path in _attached():
            try:
                if lies_sealed(path):
                    continue
                _seal(path)
            except (NotUnsealed, OSError) as error:
                raise CommandError(f"{path} was not sealed: {error}. {count} files were.") from error
            count += 1
        self.stdout.write(f"{count} files sealed by {settings.FILE_CIPHER}.")


def _attached() -> list[Path]:
    root = Path(settings.MEDIA_ROOT)
    found = [path for folder in FOLDERS for path in sorted((root / folder).rglob("*"))]
    return [path for path in found if path.is_file() and not path.is_symlink() and path.suffix != ".part"]


def _seal(path: Path) -> None:
    beside = path.with_name(f"{path.name}.part")
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(sealed_bytes(path.read_bytes()))
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)

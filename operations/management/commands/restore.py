from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from lib.files.archives import ArchiveError
from operations.backup import read_backup


class Command(BaseCommand):
    help = "Put a backup into an empty database and an empty uploads folder, on either engine."

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path)
        parser.add_argument(
            "--any-size", action="store_true", help="take a backup of your own that unpacks to more than backups do"
        )

    def handle(self, *, file, any_size=False, **options):
        try:
            amount = read_backup(file, any_size=any_size)
        except (ArchiveError, OSError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{amount.tables} tables, {amount.rows} rows, {amount.files} files restored from {file}")

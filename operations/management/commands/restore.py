from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from lib.files.archives import ArchiveError
from operations.backup import read_backup


class Command(BaseCommand):
    help = "Put a backup into an empty database and an empty uploads folder, on either engine."

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path)

    def handle(self, *, file, **options):
        try:
            amount = read_backup(file)
        except (ArchiveError, OSError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{amount.tables} tables, {amount.rows} rows, {amount.files} files restored from {file}")

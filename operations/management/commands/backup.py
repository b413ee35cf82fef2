from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from lib.files.archives import ArchiveError
from lib.files.sealed_files import NotUnsealed
from operations.backup import write_backup


class Command(BaseCommand):
    help = "Write everything needed to start again elsewhere, on either engine, into one file."

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path)

    def handle(self, *, file, **options):
        try:
            amount = write_backup(file)
        except (ArchiveError, NotUnsealed, OSError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{amount.tables} tables, {amount.rows} rows, {amount.files} files written to {file}")

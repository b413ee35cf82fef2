from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from dashboard.backup import read_backup
from lib.archives import ArchiveError


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

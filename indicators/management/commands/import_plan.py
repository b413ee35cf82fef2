from pathlib import Path

from django.core.management.base import BaseCommand

from indicators.importing.tables import preview_plan
from indicators.importing.workbook import PLAN_TABLES
from indicators.management.commands import _importing
from journal.origin import origin


class Command(BaseCommand):
    help = "Import the owner's official tables, .xlsx or .csv: all rows or none. --dry-run shows what would change."

    def add_arguments(self, parser):
        _importing.add_arguments(parser)
        names = [table.name for table in PLAN_TABLES]
        parser.add_argument("--sheet", choices=names, metavar="SHEET", help=f"only this one: {', '.join(names)}")

    def handle(self, *, file: Path, sheet, **options):
        with origin("command"):
            _importing.run(self, lambda content: preview_plan(content, file.name, sheet), file=file, **options)

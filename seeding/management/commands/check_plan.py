from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from seeding.plan_files.check import check_plan


class Command(BaseCommand):
    help = "Name every fault of a plan's file in one run, with section, row, key and what to write instead. No writes."

    def add_arguments(self, parser):
        parser.add_argument("file", nargs="?", type=Path, default=settings.PLAN_FILE)

    def handle(self, *, file, **options):
        faults = check_plan(file)
        for fault in faults:
            self.stdout.write(str(fault))
        if faults:
            raise CommandError(f"{file}: {len(faults)} faults")
        self.stdout.write(f"{file}: no faults")

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from plan.models import Plan
from seeding.plan_files.export import plan_file_text


class Command(BaseCommand):
    help = "Write the plan as it stands (without demonstration) as a file that load_plan takes."

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path)

    def handle(self, *, file, **options):
        if not Plan.objects.exists():
            raise CommandError("No plan is loaded, so there is nothing to write. First: load_plan FILE.")
        file.write_text(plan_file_text(), encoding="utf-8")
        self.stdout.write(f"{file}: written")

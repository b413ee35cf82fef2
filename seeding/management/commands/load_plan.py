from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from journal.origin import origin
from seeding.plan_files.loading import load_plan
from seeding.plan_files.yaml_text import PlanFileError


class Command(BaseCommand):
    help = (
        "Load a plan's file, fixtures/plan.yaml by default. Idempotent; keeps what the owner imported. A file with a "
        "fault is not loaded at all: check_plan names every one."
    )

    def add_arguments(self, parser):
        parser.add_argument("file", nargs="?", type=Path, default=settings.PLAN_FILE)
        parser.add_argument("--dry-run", action="store_true", help="tell what would be recorded; write nothing")

    def handle(self, *, file, dry_run, **options):
        try:
            with origin("command"):
                loaded = load_plan(file, is_dry_run=dry_run)
        except PlanFileError as error:
            raise CommandError(str(error)) from error
        parts = {"indicators": loaded.indicators, **loaded.facts}
        for name, recorded in parts.items():
            self.stdout.write(
                f"{name}: {len(recorded.new)} new, {len(recorded.changed)} changed, {len(recorded.same)} same"
            )
        self.stdout.write(f"project: {loaded.projects} new")
        if dry_run:
            self.stdout.write("Nothing was written (--dry-run).")

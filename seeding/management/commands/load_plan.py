from django.conf import settings
from django.core.management.base import BaseCommand

from journal.origin import origin
from seeding.plan_file import load_plan


class Command(BaseCommand):
    help = "Load the known facts of the plan from fixtures/plan.yaml. Idempotent; keeps what the owner imported."

    def handle(self, **options):
        with origin("command"):
            loaded = load_plan(settings.PLAN_FILE)
        parts = {"indicators": loaded.indicators, **loaded.facts}
        for name, recorded in parts.items():
            self.stdout.write(
                f"{name}: {len(recorded.new)} new, {len(recorded.changed)} changed, {len(recorded.same)} same"
            )
        self.stdout.write(f"project: {loaded.projects} new")

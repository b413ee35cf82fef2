from django.core.management import call_command
from django.core.management.base import BaseCommand

from plan.models import Plan


class Command(BaseCommand):
    help = "Make a database ready: into an empty one the plan and the demonstration, else the plan's newer facts."

    def handle(self, **options):
        call_command("load_plan" if Plan.objects.exists() else "load_demo", stdout=self.stdout)

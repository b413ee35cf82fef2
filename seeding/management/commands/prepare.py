from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand

from plan.models import Plan


class Command(BaseCommand):
    help = "Make a database ready: into an empty one the plan and the demonstration, else the plan's newer facts."

    def handle(self, **options):
        if not settings.DEMO_LOGINS:
            self.stdout.write(
                "Where others reach the site no demonstration is loaded; ALLOW_UNSAFE=demo_logins would allow it."
            )
        is_for_show = settings.DEMO_LOGINS and not Plan.objects.exists()
        call_command("load_demo" if is_for_show else "load_plan", stdout=self.stdout)

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand

from accounts.models import User
from plan.models import Plan


class Command(BaseCommand):
    help = "Make a database ready: into an empty one the plan and the demonstration, else the plan's newer facts."

    def handle(self, **options):
        is_another = settings.PLAN_FILE != settings.DEMO_PLAN_FILE
        if not settings.DEMO_LOGINS:
            self.stdout.write(
                "Where others reach the site no demonstration is loaded; ALLOW_UNSAFE=demo_logins would allow it."
            )
        elif is_another:
            self.stdout.write(f"{settings.PLAN_FILE}: another plan's file, so no demonstration is loaded.")
        is_for_show = settings.DEMO_LOGINS and not is_another and not Plan.objects.exists()
        call_command("load_demo" if is_for_show else "load_plan", stdout=self.stdout)
        if not User.objects.filter(is_service=False).exists():
            self.stdout.write("Nobody can log in yet. Make an administrator: manage.py createsuperuser")

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand

from plan.models import Plan
from seeding.plan_files.check import read_plan
from seeding.plan_files.yaml_text import PlanFileError
from seeding.setup.steps import asks_code, people, setup_code


class Command(BaseCommand):
    help = (
        "Make a database ready: into an empty one the plan and the demonstration, else the plan's newer facts. "
        "--official: never a demonstration, and no plan that is not the site's own or named by PLAN_FILE."
    )

    def add_arguments(self, parser):
        parser.add_argument("--official", action="store_true")

    def handle(self, *, official, **options):
        is_named = settings.PLAN_FILE != settings.DEMO_PLAN_FILE
        if not official:
            self._tell_of_demonstration(is_named)
        if Plan.objects.exists():
            self._renew()
        elif is_named:
            call_command("load_plan", stdout=self.stdout)
        elif settings.DEMO_LOGINS and not official:
            call_command("load_demo", stdout=self.stdout)
        if not people().exists():
            self._tell_of_setup()

    def _tell_of_demonstration(self, is_named):
        if not settings.DEMO_LOGINS:
            self.stdout.write(
                "Where others reach the site no demonstration is loaded; ALLOW_UNSAFE=demo_logins would allow it."
            )
        elif is_named:
            self.stdout.write(f"{settings.PLAN_FILE}: another plan's file, so no demonstration is loaded.")

    def _renew(self):
        """The file's newer facts, where it is the file of the plan that this site monitors."""
        try:
            code = read_plan(settings.PLAN_FILE)["plan"]["code"]
        except PlanFileError:
            code = ""
        if Plan.objects.filter(document=code).exists():
            call_command("load_plan", stdout=self.stdout)
        else:
            self.stdout.write(f"{settings.PLAN_FILE} is not this site's plan: nothing was loaded from it.")

    def _tell_of_setup(self):
        self.stdout.write(
            "Nobody can log in yet. Set the site up: manage.py init_site --admin NAME, or the page /setup/"
        )
        if asks_code():
            self.stdout.write(f"The code that the page asks for: {setup_code()}")

from datetime import date

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from journal.origin import origin
from seeding.demonstration.loading import LAST_LOGIN, clear_demo, load_demo, renew_demo


class Command(BaseCommand):
    help = (
        "Demonstration data, every row marked. --clear withdraws exactly that and deletes its logins; --renew does "
        "both for a demonstration that has aged: its logins keep their passwords."
    )

    def add_arguments(self, parser):
        parser.add_argument(
            "--today", type=date.fromisoformat, metavar="DATE", help="the date it pretends (YYYY-MM-DD)"
        )
        parser.add_argument("--clear", action="store_true")
        parser.add_argument("--renew", action="store_true", help="in place of the one that stands, as of today")

    def handle(self, *, today, clear, renew, **options):
        with origin("command"):
            if clear:
                self._clear()
                return
            if not settings.DEMO_LOGINS:
                raise CommandError(
                    "With HTTPS the demonstration logins do not get in, nor under other names than this machine's own "
                    "(ALLOWED_HOSTS), so nothing was loaded. For the real site: load_plan. To show it to others: "
                    "ALLOW_UNSAFE=demo_logins."
                )
            if renew:
                self._renew(today or timezone.localdate())
                return
            try:
                password = load_demo(today=today or timezone.localdate(), password=settings.DEMO_PASSWORD or None)
            except ValueError as error:
                raise CommandError(str(error)) from error
        if password:
            self.stdout.write("Demonstration logins: admin, municipal, leader, stats, finance; tonglu, chunan, jiande;")
            self.stdout.write("bureaus such as chunan-health, tonglu-housing, jiande-transport.")
            self.stdout.write(f"Password of all: {password}")
        else:
            self.stdout.write("Demonstration data are in place; nothing was added.")

    def _renew(self, today):
        try:
            accounts = renew_demo(today=today)
        except ValueError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"The demonstration is of {today} now; {accounts} logins keep their passwords")

    def _clear(self):
        done = clear_demo()
        self.stdout.write(f"{done.facts} demonstration facts withdrawn, {done.accounts} logins deleted")
        if done.password:
            self.stdout.write(f"Nobody else could log in, so an administrator was made: {LAST_LOGIN}")
            self.stdout.write(f"Password: {done.password}")

"""The set-up of an official site without a browser."""

import getpass
import sys
from datetime import date
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from accounts.models import User
from journal.origin import origin
from lib.refusals import Refused
from seeding.plan_files.check import read_plan
from seeding.plan_files.workbook import write_plan_workbook
from seeding.plan_files.yaml_text import PlanFileError
from seeding.setup.logins import make_logins, read_logins, write_logins_workbook
from seeding.setup.steps import (
    STEPS,
    asks_code,
    known_of_plan,
    make_administrator,
    open_first_year,
    people,
    progress,
    setup_code,
    take_plan,
)

HOW = {
    "administrator": "--admin NAME",
    "owner": "--plan FILE (the file names the owner)",
    "plan": "--plan FILE",
    "logins": "--logins FILE.xlsx",
    "year": "--year YEAR --due DATE",
}


class Command(BaseCommand):
    help = (
        "Make an official site in an empty database, without any demonstration: an administrator, the plan with its "
        "owner, units and logins, the first year. Each part may come in a call of its own; what is there stays. "
        "Without arguments it says what is still to be done."
    )

    def add_arguments(self, parser):
        parser.add_argument(
            "--admin", metavar="NAME", help="the administrator's login; password: ADMIN_PASSWORD or asked"
        )
        parser.add_argument("--admin-name", metavar="NAME", default="", help="the administrator's own name")
        parser.add_argument(
            "--plan", type=Path, metavar="FILE", help="the plan: .yaml, or a workbook of --plan-template"
        )
        parser.add_argument("--logins", type=Path, metavar="FILE", help="a workbook of --logins-template")
        parser.add_argument("--year", type=int, help="the first year to be reported")
        parser.add_argument("--due", type=date.fromisoformat, metavar="DATE", help="the day by which it is due")
        parser.add_argument(
            "--plan-template", type=Path, metavar="FILE", help="write the workbook of a plan, to be filled in"
        )
        parser.add_argument(
            "--logins-template", type=Path, metavar="FILE", help="write the workbook of units and logins"
        )

    def handle(self, **options):
        with origin("command"):
            try:
                self._act(options)
            except (Refused, PlanFileError) as error:
                raise CommandError(str(error)) from error
        self._tell()

    def _act(self, options: dict) -> None:
        if (options["year"] is None) != (options["due"] is None):
            raise CommandError("--year and --due go together.")
        if options["plan_template"]:
            options["plan_template"].write_bytes(write_plan_workbook(known_of_plan()))
        if options["admin"]:
            self._make_administrator(options["admin"], options["admin_name"])
        if options["plan"]:
            take_plan(read_plan(options["plan"]), by=None)
        if options["logins_template"]:
            options["logins_template"].write_bytes(write_logins_workbook())
        if options["logins"]:
            self._make_logins(options["logins"])
        if options["year"] is not None:
            open_first_year(year=options["year"], due_on=options["due"], by=None)

    def _make_administrator(self, name: str, full_name: str) -> None:
        if people().filter(username=name, role=User.Role.ADMINISTRATOR).exists():
            self.stdout.write(f"{name}: is there already")
            return
        password = settings.ADMIN_PASSWORD or self._asked()
        make_administrator(username=name, password=password, full_name=full_name)

    def _asked(self) -> str:
        if not sys.stdin.isatty():
            raise CommandError("Give the administrator's password in ADMIN_PASSWORD: nobody can be asked here.")
        password = getpass.getpass("Password: ")
        if password != getpass.getpass("Password (again): "):
            raise CommandError("The two passwords differ.")
        return password

    def _make_logins(self, file: Path) -> None:
        try:
            logins = read_logins(file.read_bytes())
        except OSError as error:
            raise CommandError(f"{file}: {error.strerror}") from error
        if logins.problems:
            raise CommandError("\n".join(f"{p.row or ''} {p.column} {p.words}".strip() for p in logins.problems))
        for login in make_logins(logins, by=None):
            self.stdout.write(f"{login.username}\t{login.unit}\t{login.password}")

    def _tell(self) -> None:
        done = progress()
        for step in STEPS:
            self.stdout.write(f"{step}: done" if step in done.done else f"{step}: to do, {HOW[step]}")
        if "administrator" not in done.done and asks_code():
            self.stdout.write(f"By page: /setup/ with the code {setup_code()}")

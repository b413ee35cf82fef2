"""The three administrators, by whoever is master of the host: no page makes one, so that none of the three can make
another of them, or become one."""

import secrets

from django.contrib.auth.hashers import make_password
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from accounts.models import User
from identity.actions import record_password
from journal.actions import log_audit
from journal.origin import origin

DUTIES = ("system", "security", "auditor")


class Command(BaseCommand):
    help = (
        "Make or replace the system, the security and the audit administrator (ADMINISTRATORS=three). Each is a new "
        "login, whose password is printed once and changed at the first login; who had the duty before is switched off."
    )

    def add_arguments(self, parser):
        for duty in DUTIES:
            parser.add_argument(f"--{duty}", metavar="NAME", help=f"the login of the {duty} administrator")

    def handle(self, **options):
        named = {duty: options[duty] for duty in DUTIES if options[duty]}
        if not named:
            raise CommandError("Name one at the least: --system NAME --security NAME --auditor NAME.")
        if len(set(named.values())) < len(named):
            raise CommandError("One person cannot be two of the three. Name different logins.")
        with origin("command"), transaction.atomic():
            for duty, name in named.items():
                self._appoint(duty, name)

    def _appoint(self, duty: str, name: str) -> None:
        if User.objects.filter(username__iexact=name).exists():
            raise CommandError(f"{name} is a login already. An administrator of the three is a new one of its own.")
        for before in User.objects.filter(role=duty, is_active=True):
            before.is_active = False
            before.save(update_fields=["is_active"])
            self._log(before, {"is_active": False})
        password = secrets.token_urlsafe(12)
        user = User.objects.create(
            username=name, role=duty, is_staff=duty != "auditor", password=make_password(password)
        )
        record_password(user=user, by=None)
        self._log(user, {"role": duty})
        self.stdout.write(f"{duty}\t{name}\t{password}")

    def _log(self, user: User, new: dict) -> None:
        rows = [{"key": user.username, "new": new}]
        log_audit(action="appoint", subject=User._meta.label_lower, rows=rows, by=None)

from django.core.management.base import BaseCommand, CommandError

from access.actions import create_token
from accounts.models import AccessToken, Organisation
from journal.origin import origin
from lib.refusals import Refused


class Command(BaseCommand):
    help = "Make an access token of an organisation's. It is printed once, alone on the last line."

    def add_arguments(self, parser):
        parser.add_argument("name", help="what it is for")
        parser.add_argument("--organisation", required=True, metavar="CODE")
        known = [*AccessToken.Scope.values, AccessToken.TRY]
        words = {"metavar": "SCOPE", "help": f"{', '.join(known)}; default: read"}
        parser.add_argument("--scope", nargs="+", action="extend", choices=known, **words)
        parser.add_argument("--expires", type=int, metavar="DAYS", help="at most, and by default, TOKEN_MOST_DAYS")
        parser.add_argument("--network", nargs="+", default=[], metavar="CIDR", help="only from these addresses")
        parser.add_argument("--rate", type=int, metavar="N", help="requests in a minute; default: TOKEN_RATE")

    def handle(self, *, name, organisation, scope, expires, network, rate, **options):
        unit = Organisation.objects.filter(code=organisation).first()
        if unit is None:
            known = ", ".join(Organisation.objects.values_list("code", flat=True)) or "none (run load_plan)"
            raise CommandError(f"--organisation: unknown {organisation}. Known: {known}")
        if rate is not None and rate < 1:
            raise CommandError("--rate: at least 1")
        try:
            with origin("command"):
                token, text = create_token(
                    name=name,
                    organisation=unit,
                    scopes=scope or [AccessToken.Scope.READ],
                    days=expires,
                    networks="\n".join(network),
                    rate=rate,
                    by=None,
                )
        except Refused as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{unit.code} {token.name}: {token.scopes}, until {token.expires_at:%Y-%m-%d}. Shown once:")
        self.stdout.write(text)

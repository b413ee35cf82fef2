"""The second of two people, at the host's command line, for an office that has one administrator."""

from django.core.management.base import BaseCommand, CommandError

from identity.factor_actions import settle_factor_reset
from identity.models import FactorReset
from journal.origin import origin


class Command(BaseCommand):
    help = "Agree to the reset of a second factor that an administrator has asked for on the site."

    def add_arguments(self, parser):
        parser.add_argument("username", help="the login whose second factor is lost")

    def handle(self, *, username, **options):
        reset = FactorReset.objects.filter(user__username=username, settled_at=None).select_related("user").first()
        if reset is None:
            raise CommandError(f"No reset of {username} is asked for. An administrator asks on the site (第二因子).")
        with origin("command"):
            settle_factor_reset(reset=reset, agreed=True, by=None)
        self.stdout.write(f"{username}: the second factor is taken away; asked by {reset.asked_by_name}.")

from django.core.management.base import BaseCommand, CommandError

from journal.origin import origin
from lib.refusals import Refused
from peers.actions import withdraw_reference
from peers.models import ReferenceSource


class Command(BaseCommand):
    help = "Withdraw reference data by its title: it counts no more, and stays to be read."

    def add_arguments(self, parser):
        parser.add_argument("title")
        parser.add_argument("--reason", required=True, metavar="TEXT")

    def handle(self, *, title, reason, **options):
        source = ReferenceSource.objects.in_force().filter(title=title).first()
        if source is None:
            known = "、".join(ReferenceSource.objects.in_force().values_list("title", flat=True)) or "没有"
            raise CommandError(f"没有名为“{title}”的参照数据；现有：{known}")
        with origin("command"):
            try:
                withdraw_reference(source, by=None, reason=reason)
            except Refused as error:
                raise CommandError(str(error)) from error

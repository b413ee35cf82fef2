from pathlib import Path

from django.core.management.base import BaseCommand

from accounts.models import User
from indicators.importing.tables import preview_observations
from indicators.management.commands import _importing
from journal.origin import origin


class Command(BaseCommand):
    help = "Import official values, columns area,indicator,year,value[,note]: all rows or none."

    def add_arguments(self, parser):
        _importing.add_arguments(parser)

    def handle(self, *, file: Path, **options):
        with origin("command"):
            _importing.run(
                self,
                lambda content: preview_observations(content, file.name),
                file=file,
                roles={User.Role.ADMINISTRATOR},
                **options,
            )

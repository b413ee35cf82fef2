"""Public holidays and make-up days of a year that the State Council has published since the release."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from lib.refusals import Refused
from workdays.actions import load_holidays


class Command(BaseCommand):
    help = "Load public holidays and make-up days from a file of the form of fixtures/holidays.yaml."

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path)

    def handle(self, *args, file, **options):
        try:
            years = load_holidays(file)
        except Refused as refusal:
            raise CommandError(refusal.words) from refusal
        for row in years:
            self.stdout.write(f"{row.year}: {row.source}")

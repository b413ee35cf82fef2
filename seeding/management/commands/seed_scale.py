from django.core.management.base import BaseCommand, CommandError

from seeding.scale import seed_scale


class Command(BaseCommand):
    help = "Fill an empty database with a data set to measure with: deterministic, invented, every row marked."

    def add_arguments(self, parser):
        parser.add_argument("--areas", type=int, required=True, metavar="N")
        parser.add_argument("--indicators", type=int, required=True, metavar="M")
        parser.add_argument("--years", type=int, required=True, metavar="K", help="the baseline year included")
        parser.add_argument("--projects", type=int, default=0, metavar="N", help="major projects (default 0)")
        parser.add_argument("--flows", type=int, default=0, metavar="N", help="flows of money (default 0)")

    def handle(self, *, areas, indicators, years, projects, flows, **options):
        try:
            cells = seed_scale(areas=areas, indicators=indicators, years=years, projects=projects, flows=flows)
        except ValueError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{areas} areas, {indicators} indicators, {years} years: {cells} cells. Now: recompute")

from django.core.management.base import BaseCommand, CommandError

from areas.models import Area
from indicators.models import Indicator
from indicators.recomputes import recompute
from journal.origin import origin


class Command(BaseCommand):
    help = "Recompute the target-gap assessments and print cells read, cells changed and seconds."

    def add_arguments(self, parser):
        parser.add_argument("--area", nargs="+", metavar="CODE", help="only these counties")
        parser.add_argument("--indicator", nargs="+", metavar="CODE", help="only these indicators")
        parser.add_argument("--full", action="store_true", help="write every row, also where nothing changed")

    def handle(self, *, area, indicator, full, **options):
        self._check("area", area, Area.objects.judged().values_list("code", flat=True))
        self._check("indicator", indicator, Indicator.objects.values_list("code", flat=True))
        with origin("command"):
            result = recompute.recompute(areas=area, indicators=indicator, full=full, progress=self._progress)
        self.stdout.write(
            f"{result.cells_read} cells read, {result.cells_changed} changed, {result.seconds:.3f} seconds"
        )

    def _check(self, name, asked, known):
        unknown = sorted(set(asked or ()) - set(known))
        if unknown:
            raise CommandError(
                f"--{name}: unknown {', '.join(unknown)}. Known: {', '.join(known) or 'none (run load_plan)'}"
            )

    def _progress(self, done, total):
        """A bar of 40 signs on a terminal, where there is much to do."""
        if total > 100 and self.stdout.isatty():
            bar = "#" * (40 * done // total)
            self.stdout.write(f"\r[{bar:<40}] {done}/{total} areas", ending="\n" if done == total else "")
            self.stdout.flush()

from pathlib import Path

import numpy as np
from django.core.management.base import BaseCommand, CommandError

from indicators.forecasting.learning import described, learn
from indicators.forecasting.panel import Panel, read_panel
from indicators.forecasting.parameters import HORIZONS, PATH, written


class Command(BaseCommand):
    help = "Learn the forecast's parameters from a panel of series (columns area, indicator, year, value)."

    def add_arguments(self, parser):
        parser.add_argument("panel", help="a csv file")
        parser.add_argument("--source", required=True, help="whose figures they are, as the site will say it")
        parser.add_argument("--licence", required=True, help="under which licence they may be used")
        parser.add_argument("--output", default=str(PATH), help="where to write (default: the shipped file)")

    def handle(self, *, panel, source, licence, output, **options):
        try:
            series = read_panel(panel)
            learnt = learn(series.values, described(series.values, series.group), HORIZONS)
        except (OSError, ValueError) as error:
            raise CommandError(str(error)) from error
        if not learnt.laws:
            raise CommandError(f"{panel}: no series is long enough to learn from")
        text = written(learnt, _learnt_from(series, source, licence))
        Path(output).write_text(text, encoding="utf-8")
        known = ", ".join(str(years) for years in learnt.laws)
        self.stdout.write(f"{len(series.values)} series learnt from; laws for {known} years to come in {output}")


def _learnt_from(series: Panel, source: str, licence: str) -> dict:
    return {
        "source": source,
        "licence": licence,
        "series": len(series.values),
        "values": int((~np.isnan(series.values)).sum()),
        "years": [int(series.years[0]), int(series.years[-1])],
        "areas": sorted(set(series.area)),
        "indicators": sorted(set(series.indicator)),
    }

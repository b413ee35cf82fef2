from pathlib import Path

from django.core.management.base import BaseCommand

from indicators.exports import export_plan


class Command(BaseCommand):
    help = "Write the plan's tables in force (指标, 年度目标, 省定标准) as the workbook that import_plan reads."

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path, metavar="FILE")

    def handle(self, *, file, **options):
        file.write_bytes(export_plan())
        self.stdout.write(f"{file}")

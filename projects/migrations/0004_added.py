from collections import defaultdict
from decimal import Decimal

from django.db import migrations, models


def fill(apps, schema_editor):
    """What each current report exceeds the project's earlier one by, as `count_added` keeps it from now on."""
    reports = apps.get_model("projects", "ProgressReport").objects.filter(is_current=True, completed_yi__isnull=False)
    before, moved = defaultdict(Decimal), []
    for row in reports.order_by("project", "year", "quarter"):
        row.added_yi, before[row.project_id] = row.completed_yi - before[row.project_id], row.completed_yi
        moved.append(row)
    reports.model.objects.bulk_update(moved, ["added_yi"], batch_size=500)


class Migration(migrations.Migration):
    dependencies = [("projects", "0003_recorded_by_label")]

    operations = [
        migrations.AddField(
            model_name="progressreport",
            name="added_yi",
            field=models.DecimalField(
                blank=True,
                decimal_places=4,
                editable=False,
                help_text="由登记时算出：累计完成投资减去此前最近一次所报",
                max_digits=12,
                null=True,
                verbose_name="比上次新增（亿元）",
            ),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]

"""The sums of the flows that were recorded before sums were kept."""

from collections import defaultdict
from decimal import Decimal

from django.db import migrations


def fill(apps, _schema_editor):
    Flow, FlowTotal = apps.get_model("funding", "Flow"), apps.get_model("funding", "FlowTotal")
    columns = ("area_id", "year", "source_id", "state", "field_id", "amount_wan", "is_demo")
    sums = defaultdict(lambda: [Decimal(0), 0, 0])
    for *cell, field, amount, is_demo in Flow.objects.order_by().values_list(*columns).iterator(chunk_size=5000):
        found = sums[(*cell, field or "")]
        found[0] += amount
        found[1] += 1
        found[2] += bool(is_demo)
    names = ("area_id", "year", "source_id", "state", "field", "amount_wan", "rows", "demo_rows")
    rows = (FlowTotal(**dict(zip(names, (*cell, *counted), strict=True))) for cell, counted in sums.items())
    FlowTotal.objects.bulk_create(rows, batch_size=500)


class Migration(migrations.Migration):
    dependencies = [("funding", "0003_totals")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]

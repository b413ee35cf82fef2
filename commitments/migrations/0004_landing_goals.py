"""The register of projects learns which promises are counted from it, as `push_landing_goals` tells it from now on."""

from datetime import date

from django.db import migrations


def push(apps, _editor):
    goals = apps.get_model("projects", "LandingGoal").objects
    rows = apps.get_model("commitments", "Commitment").objects.filter(
        source_kind="projects", scope="total", comparison__in=[">", ">=", "="], value__gt=0
    )
    for row in rows.filter(from_year__isnull=False, to_year__isnull=False):
        goals.update_or_create(
            code=row.code,
            defaults={
                "least_total_yi": max(row.least_total_yi or 0, 1),
                "number": int(row.value),
                "comparison": row.comparison,
                "first_on": date(row.from_year, 1, 1),
                "last_on": date(row.to_year, 12, 31),
                "position": row.position,
            },
        )


class Migration(migrations.Migration):
    dependencies = [("commitments", "0003_every_comparison"), ("projects", "0005_landing_goal")]

    operations = [migrations.RunPython(push, migrations.RunPython.noop)]

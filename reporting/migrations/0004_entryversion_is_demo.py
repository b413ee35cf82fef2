from django.db import migrations, models
from django.db.models import F


def mark_present(apps, schema_editor):
    """What the demonstration typed last is known; earlier versions of such an entry were its own too."""
    versions = apps.get_model("reporting", "EntryVersion").objects
    own = versions.filter(entry__is_demo=True, version__lte=F("entry__version")).values("pk")
    versions.filter(pk__in=own).update(is_demo=True)


class Migration(migrations.Migration):
    dependencies = [("reporting", "0003_evidence")]

    operations = [
        migrations.AddField("entryversion", "is_demo", models.BooleanField("演示数据", default=False)),
        migrations.RunPython(mark_present, migrations.RunPython.noop),
    ]

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

RULE = "targetrule"
VIA = [
    ("fixture", "方案基础数据"),
    ("import", "表格导入"),
    ("edit", "页面修改"),
    ("approval", "审核通过"),
    ("demo", "演示数据"),
    ("rule", "由方案的规则换算"),
]


def added(name, field, *, only_now=False):
    return migrations.AddField(RULE, name, field, preserve_default=not only_now)


class Migration(migrations.Migration):
    """A rule of before is the first version, in force since the migration."""

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("plan", "0001_initial"),
        ("indicators", "0007_where_and_when_a_row_is"),
    ]

    operations = [
        migrations.RemoveConstraint(RULE, "target_rule_once_per_row"),
        added("version", models.PositiveIntegerField("版本", default=1), only_now=True),
        added(
            "recorded_at",
            models.DateTimeField("记录时间", db_index=True, default=django.utils.timezone.now),
            only_now=True,
        ),
        added("superseded_at", models.DateTimeField("被替代时间", blank=True, null=True)),
        added(
            "recorded_by",
            models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="经办人",
            ),
        ),
        added(
            "recorded_via",
            models.CharField("途径", choices=VIA, max_length=10, default="fixture"),
            only_now=True,
        ),
        added(
            "document",
            models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="plan.policydocument",
                verbose_name="依据文件",
            ),
        ),
        added("reason", models.TextField("理由", blank=True)),
        added("is_demo", models.BooleanField("演示数据", default=False)),
        migrations.AddConstraint(
            RULE,
            models.UniqueConstraint(
                fields=("area", "indicator", "version"), name="target_rule_version_is_unique"
            ),
        ),
        migrations.AddConstraint(
            RULE,
            models.UniqueConstraint(
                fields=("area", "indicator"),
                condition=models.Q(("superseded_at__isnull", True)),
                name="target_rule_once_per_row",
            ),
        ),
    ]

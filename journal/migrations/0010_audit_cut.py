from django.conf import settings
from django.db import migrations, models

from journal import guard


def put_up(apps, schema_editor):
    if settings.AUDIT_APPEND_ONLY:
        guard.put_up(schema_editor.connection)


class Migration(migrations.Migration):

    dependencies = [
        ('journal', '0009_audit_seal'),
    ]

    operations = [
        migrations.CreateModel(
            name='AuditForward',
            fields=[
                ('receiver', models.CharField(max_length=200, primary_key=True, serialize=False, verbose_name='日志服务器')),
                ('number', models.PositiveBigIntegerField(default=0, verbose_name='封存编号')),
            ],
            options={
                'verbose_name': '操作日志转发',
                'verbose_name_plural': '操作日志转发',
            },
        ),
        migrations.CreateModel(
            name='AuditCut',
            fields=[
                ('number', models.PositiveBigIntegerField(primary_key=True, serialize=False, verbose_name='封存编号')),
                ('first', models.PositiveBigIntegerField(verbose_name='起始编号')),
                ('before', models.CharField(max_length=64, verbose_name='起始前摘要')),
                ('digest', models.CharField(max_length=64, verbose_name='摘要')),
                ('sha256', models.CharField(max_length=64, verbose_name='内容摘要')),
                ('key', models.CharField(max_length=44, verbose_name='公钥')),
                ('signature', models.CharField(max_length=88, verbose_name='签名')),
                ('at', models.DateTimeField(auto_now_add=True, verbose_name='时间')),
            ],
            options={
                'verbose_name': '操作日志移出',
                'verbose_name_plural': '操作日志移出',
                'ordering': ['number'],
                'constraints': [models.CheckConstraint(condition=models.Q(('first__gte', 1), ('first__lte', models.F('number'))), name='audit_cut_ends_after_it_begins')],
            },
        ),
        # Going back, the new table's triggers go with it.
        migrations.RunPython(put_up, migrations.RunPython.noop),
    ]

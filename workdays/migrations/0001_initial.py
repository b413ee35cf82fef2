from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name='HolidayYear',
            fields=[
                ('year', models.PositiveSmallIntegerField(primary_key=True, serialize=False, verbose_name='年份')),
                ('source', models.CharField(max_length=200, verbose_name='依据')),
                ('days_off', models.JSONField(verbose_name='放假的工作日')),
                ('days_worked', models.JSONField(verbose_name='上班的周末')),
                ('loaded_at', models.DateTimeField(verbose_name='载入时间')),
            ],
            options={
                'verbose_name': '放假安排',
                'verbose_name_plural': '放假安排',
                'ordering': ['-year'],
                'constraints': [models.CheckConstraint(condition=models.Q(('source', ''), _negated=True), name='holiday_year_names_its_source')],
            },
        ),
    ]

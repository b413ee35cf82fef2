from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0002_account_manager'),
        ('reporting', '0004_entryversion_is_demo'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='transition',
            name='transition_that_needs_a_reason_has_one',
        ),
        migrations.AlterField(
            model_name='notice',
            name='kind',
            field=models.CharField(choices=[('opened', '开放填报'), ('due_soon', '临近截止'), ('overdue', '已逾期'), ('sent_back', '县里退回'), ('returned', '市里退回'), ('submitted', '待审核'), ('approved', '已通过'), ('reopened', '重新开放'), ('reminder', '催报'), ('closed', '年度关闭')], max_length=10, verbose_name='类别'),
        ),
        migrations.AlterField(
            model_name='transition',
            name='action',
            field=models.CharField(choices=[('open', '开放'), ('hand_over', '交出'), ('take_back', '取回'), ('send_back', '县里退回'), ('submit', '提交'), ('withdraw', '撤回提交'), ('return', '市里退回'), ('approve', '通过'), ('reopen', '重新开放'), ('lapse', '到期收回'), ('close', '年度关闭'), ('resume', '年度重新打开')], max_length=10, verbose_name='操作'),
        ),
        migrations.AddIndex(
            model_name='notice',
            index=models.Index(condition=models.Q(('read_at', None)), fields=['organisation'], name='notice_unread'),
        ),
        migrations.AddConstraint(
            model_name='transition',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('action__in', ['return', 'send_back', 'reopen', 'resume']), _negated=True), models.Q(('reason', ''), _negated=True), _connector='OR'), name='transition_that_needs_a_reason_has_one'),
        ),
    ]

"""What happened and what is still to be done: audit log, change feed, outbox of recomputes."""

from collections.abc import Collection

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from areas.models import Area
from lib.files.paths import REPORT_NUMBER


class AuditEntryQuerySet(models.QuerySet):
    def writes(self):
        """Without what changed no data: logins, downloads, refusals."""
        return self.exclude(action__in=AuditEntry.EVENTS)

    def visible_to(self, user):
        """City staff and the audit administrator read all; a county its own rows; others nothing."""
        if not user.is_authenticated:
            return self.none()
        if user.sees_all_counties or user.role == "auditor":
            return self
        return self.filter(area_id=user.own_area_code) if user.own_area_code else self.none()


class AuditEntry(models.Model):
    """One write, or one event of EVENTS: who, when, from where, old, new. Never changed, never deleted."""

    EVENTS = ("login", "logout", "login_failed", "download", "read_unapproved", "refused")

    at = models.DateTimeField(_("时间"), auto_now_add=True, db_index=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("操作人")
    )
    actor_name = models.CharField(_("操作人姓名"), max_length=200, help_text=_("留存当时的姓名和单位"))
    channel = models.CharField(_("途径"), max_length=12)
    address = models.CharField(_("来源地址"), max_length=64, blank=True)
    action = models.CharField(_("操作"), max_length=60)
    subject = models.CharField(_("对象"), max_length=60)
    key = models.CharField(_("对象键"), max_length=120)
    area = models.ForeignKey(Area, models.PROTECT, null=True, related_name="+", verbose_name=_("区划"))
    old = models.JSONField(_("原值"), null=True)
    new = models.JSONField(_("新值"), null=True)
    reason = models.TextField(_("理由"), blank=True)

    objects = AuditEntryQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        verbose_name = verbose_name_plural = _("操作日志")
        indexes = [models.Index(fields=["subject", "key"], name="audit_by_object")]

    def __str__(self):
        return f"{self.at:%Y-%m-%d %H:%M} {self.actor_name} {self.action} {self.key}"


class AuditSeal(models.Model):
    """A link of the audit log's chain: the digest of one row and of the link before it."""

    number = models.PositiveBigIntegerField(_("编号"), primary_key=True)
    entry = models.OneToOneField(AuditEntry, models.PROTECT, related_name="seal", verbose_name=_("操作日志"))
    digest = models.CharField(_("摘要"), max_length=64)
    algorithm = models.CharField(_("摘要算法"), max_length=12)
    at = models.DateTimeField(_("时间"), auto_now_add=True)

    class Meta:
        ordering = ["number"]
        verbose_name = verbose_name_plural = _("操作日志封存")

    def __str__(self):
        return f"{self.number} {self.digest[:12]}"


class AuditCut(models.Model):
    """Up to the seal `number` the log has left the database, by an export whose statement is signed: what of the chain
    stands begins after it. The columns are what was signed (`journal.exports`)."""

    number = models.PositiveBigIntegerField(_("封存编号"), primary_key=True)
    first = models.PositiveBigIntegerField(_("起始编号"))
    before = models.CharField(_("起始前摘要"), max_length=64)
    digest = models.CharField(_("摘要"), max_length=64)
    sha256 = models.CharField(_("内容摘要"), max_length=64)
    key = models.CharField(_("公钥"), max_length=44)
    signature = models.CharField(_("签名"), max_length=88)
    at = models.DateTimeField(_("时间"), auto_now_add=True)

    class Meta:
        ordering = ["number"]
        verbose_name = verbose_name_plural = _("操作日志移出")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(first__lte=models.F("number"), first__gte=1), name="audit_cut_ends_after_it_begins"
            ),
        ]

    def __str__(self):
        return f"{self.first}–{self.number}"


class AuditForward(models.Model):
    """Up to which seal the log server has been sent the log; one row for each address that it was sent to."""

    receiver = models.CharField(_("日志服务器"), max_length=200, primary_key=True)
    number = models.PositiveBigIntegerField(_("封存编号"), default=0)

    class Meta:
        verbose_name = verbose_name_plural = _("操作日志转发")

    def __str__(self):
        return f"{self.receiver} {self.number}"


class FeedCounter(models.Model):
    """The last number given out. Its row is locked until the writer commits, so that numbers follow
    the order of commits and leave no gap; a database sequence does neither."""

    last = models.PositiveBigIntegerField(default=0)

    class Meta:
        verbose_name = verbose_name_plural = _("变更编号")

    def __str__(self):
        return str(self.last)


class ChangeQuerySet(models.QuerySet):
    def visible_to(self, user):
        """What happened to official figures is open to every login."""
        return self if user.is_authenticated else self.none()


class Change(models.Model):
    """One row of the change feed: an official fact that came, changed or went, or a recompute run."""

    class Kind(models.TextChoices):
        APPROVED = "approved", _("首次发布")
        REVISED = "revised", _("数值修订")
        REOPENED = "reopened", _("重新开放")
        RETARGETED = "retargeted", _("目标调整")
        REDEFINED = "redefined", _("口径调整")
        WITHDRAWN = "withdrawn", _("撤回")
        RECOMPUTED = "recomputed", _("重新计算")

    class Series(models.TextChoices):
        OBS = "OBS", _("实际值")
        TARGET = "TARGET", _("年度目标")
        STANDARD = "STANDARD", _("省定标准")

    number = models.PositiveBigIntegerField(_("编号"), primary_key=True)
    at = models.DateTimeField(_("时间"), db_index=True)
    kind = models.CharField(_("类别"), max_length=12, choices=Kind)
    series = models.CharField(_("序列"), max_length=10, choices=Series, blank=True)
    area = models.ForeignKey(Area, models.PROTECT, null=True, related_name="+", verbose_name=_("区划"))
    indicator = models.CharField(_("指标代码"), max_length=16, blank=True)
    year = models.PositiveSmallIntegerField(_("年份"), null=True)
    version = models.PositiveIntegerField(_("版本"), null=True)
    value = models.DecimalField(_("新值"), max_digits=15, decimal_places=6, null=True)
    previous = models.DecimalField(_("原值"), max_digits=15, decimal_places=6, null=True)
    actor_name = models.CharField(_("经办"), max_length=200, blank=True)
    reason = models.TextField(_("理由"), blank=True)
    document = models.CharField(_("依据文件"), max_length=200, blank=True)
    is_demo = models.BooleanField(_("演示数据"), default=False)
    details = models.JSONField(_("其他"), null=True)

    objects = ChangeQuerySet.as_manager()

    class Meta:
        ordering = ["-number"]
        verbose_name = verbose_name_plural = _("变更")
        indexes = [models.Index(fields=["area", "indicator", "year"], name="change_by_cell")]

    def __str__(self):
        return f"{self.number} {self.get_kind_display()}"


class AboutQuerySet(models.QuerySet):
    def about(self, indicators: Collection[str] | None):
        """What concerns any of the indicators (None: any at all): rows that name one, and those that name none."""
        return self if indicators is None else self.filter(indicator__in=["", *indicators])


class Stamp(models.Model):
    """One for every transaction's write that readers could see, by topic (the room, or `room.model`, that it is about),
    and for each indicator where it is about few and nothing else: inserted only, so that no writer waits for another.
    Of the rows that are visible the greatest id, the number and the sum are another triple after every commit, also
    where transactions commit in another order than they drew their ids: what the feed's counter cannot say of writes
    that are not in the feed."""

    topic = models.CharField(max_length=40)
    indicator = models.CharField(max_length=16, blank=True)
    at = models.DateTimeField()

    objects = AboutQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("数据版本")

    def __str__(self):
        return f"{self.topic} {self.at}"


class PendingRecompute(models.Model):
    """A recompute asked for in the transaction that made it needed. NULL means every area or indicator.

    A row lives until a run that began after it has committed, so that a lost message loses nothing."""

    area = models.ForeignKey(Area, models.CASCADE, null=True, related_name="+", verbose_name=_("区划"))
    indicator = models.CharField(_("指标代码"), max_length=16, blank=True)
    requested_at = models.DateTimeField(_("提出时间"), auto_now_add=True)

    objects = AboutQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("待重算")

    def __str__(self):
        return f"{self.area_id or '*'}/{self.indicator or '*'}"


class ReportIssueQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Those who see all counties: a report also holds what each county explained to the city."""
        return self if user.is_authenticated and user.sees_all_counties else self.none()


class ReportIssue(models.Model):
    """One issue of a report: the frozen snapshot that it is made from, and how far its making has come. The snapshot
    never changes, so that the files can be made again, the same, for ever."""

    class State(models.TextChoices):
        WAITING = "waiting", _("等待生成")
        RUNNING = "running", _("正在生成")
        DONE = "done", _("已生成")
        FAILED = "failed", _("生成失败")

    number = models.CharField(_("编号"), max_length=12, unique=True, help_text=_("例：2026-001"))
    year = models.PositiveSmallIntegerField(_("年份"))
    taken_at = models.DateTimeField(_("冻结时间"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    by_name = models.CharField(_("制作人"), max_length=200)
    content = models.JSONField(_("快照"))
    sha256 = models.CharField(_("快照摘要"), max_length=64)
    state = models.CharField(_("状态"), max_length=10, choices=State, default=State.WAITING)
    state_at = models.DateTimeField(_("状态时间"))
    percent_done = models.PositiveSmallIntegerField(_("进度（%）"), default=0)
    failure = models.TextField(_("失败原因"), blank=True)
    is_demo = models.BooleanField(_("演示数据"), default=False)

    objects = ReportIssueQuerySet.as_manager()

    class Meta:
        ordering = ["-number"]
        verbose_name = verbose_name_plural = _("报告")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state="failed") ^ models.Q(failure=""), name="report_failure_says_why"
            ),
            models.CheckConstraint(
                condition=models.Q(number__regex=REPORT_NUMBER), name="report_number_is_year_and_number"
            ),
        ]

    def __str__(self):
        return self.number


class SubmittedForm(models.Model):
    """A form that was carried out, and what the reader was shown: the row is the claim, and there is one by a key, so
    that whoever sends the same form again, or at the same time, is shown what the first did. Kept for a day."""

    digest = models.CharField(max_length=64, primary_key=True)
    at = models.DateTimeField(auto_now_add=True, db_index=True)
    location = models.CharField(max_length=2000, blank=True)
    messages = models.JSONField(default=list)

    class Meta:
        verbose_name = verbose_name_plural = _("已办表单")

    def __str__(self):
        return f"{self.at} {self.location}"


class KeyedRequest(models.Model):
    """A write of the API that carried an `Idempotency-Key`, and the answer that it got: `status` is NULL while it is at
    work, and `claim` names the attempt that may finish it. Kept for a day (`journal/idempotency.py`)."""

    digest = models.CharField(max_length=64, primary_key=True, help_text=_("账号和键的摘要"))
    content = models.CharField(max_length=64, help_text=_("方法、地址和正文的摘要"))
    claim = models.CharField(max_length=32)
    at = models.DateTimeField(db_index=True)
    status = models.PositiveSmallIntegerField(null=True)
    headers = models.JSONField(default=dict)
    body = models.TextField(blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("带键的请求")

    def __str__(self):
        return f"{self.at} {self.status or '…'}"

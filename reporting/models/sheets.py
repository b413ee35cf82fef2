"""Rounds, each county's submission, each bureau's part, entries, and their history for ever."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Organisation, User
from areas.models import Area
from indicators.models import Indicator
from plan.models import KeptFile, is_stored_by_name
from reporting.models.entry_content import EntryContent


class Round(models.Model):
    """One year's reporting. The due date never locks; closing is explicit."""

    year = models.PositiveSmallIntegerField(_("年份"), unique=True)
    opened_at = models.DateTimeField(_("开放时间"))
    due_on = models.DateField(_("截止日期"))
    closed_at = models.DateTimeField(_("关闭时间"), null=True, blank=True)
    is_demo = models.BooleanField(_("演示数据"), default=False)

    class Meta:
        ordering = ["-year"]
        verbose_name = verbose_name_plural = _("报送轮次")
        constraints = [
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True) | Q(closed_at__gte=F("opened_at")),
                name="round_closes_after_opening",
            ),
        ]

    def __str__(self):
        return f"{self.year}年"

    @property
    def is_closed(self) -> bool:
        return self.closed_at is not None


class Responsibility(models.Model):
    """Which unit of a county enters an indicator."""

    area = models.ForeignKey(Area, models.CASCADE, related_name="+", verbose_name=_("地区"))
    indicator = models.ForeignKey(Indicator, models.CASCADE, related_name="+", verbose_name=_("指标"))
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name=_("责任单位"))

    class Meta:
        ordering = ["area", "indicator"]
        verbose_name = verbose_name_plural = _("填报责任")
        constraints = [models.UniqueConstraint(fields=["area", "indicator"], name="responsibility_is_with_one_unit")]

    def __str__(self):
        return f"{self.area_id}/{self.indicator_id} {self.organisation_id}"


class SubmissionQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Unapproved matter: the own county's, or all for city staff; nothing for departments."""
        if not user.is_authenticated:
            return self.none()
        if user.sees_all_counties:
            return self
        return self.filter(area=user.own_area_code) if user.own_area_code else self.none()


class Submission(models.Model):
    """One county's sheet of one year."""

    class State(models.TextChoices):
        DRAFT = "draft", _("草稿")
        SUBMITTED = "submitted", _("已提交")
        RETURNED = "returned", _("已退回")
        APPROVED = "approved", _("已通过")
        REOPENED = "reopened", _("重新开放")

    round = models.ForeignKey(Round, models.PROTECT, related_name="submissions", verbose_name=_("轮次"))
    area = models.ForeignKey(Area, models.PROTECT, related_name="+", verbose_name=_("地区"))
    state = models.CharField(_("状态"), max_length=10, choices=State, default=State.DRAFT)
    state_at = models.DateTimeField(_("状态时间"))
    reopened_until = models.DateTimeField(_("重新开放至"), null=True, blank=True)

    objects = SubmissionQuerySet.as_manager()

    EDITABLE = (State.DRAFT, State.RETURNED, State.REOPENED)

    class Meta:
        ordering = ["round", "area"]
        verbose_name = verbose_name_plural = _("报送")
        constraints = [
            models.UniqueConstraint(fields=["round", "area"], name="submission_once_per_round_and_area"),
            models.CheckConstraint(
                condition=Q(state="reopened", reopened_until__isnull=False)
                | (~Q(state="reopened") & Q(reopened_until__isnull=True)),
                name="submission_reopened_has_an_end",
            ),
        ]

    def __str__(self):
        return f"{self.area_id}/{self.round.year}"

    @property
    def is_editable(self) -> bool:
        return self.state in self.EDITABLE and not self.is_closed

    @property
    def is_closed(self) -> bool:
        """The year is closed for it. A sheet that the city has reopened has an end of its own instead."""
        return self.round.is_closed and self.state != self.State.REOPENED


class Part(models.Model):
    """One unit's share of a submission."""

    class State(models.TextChoices):
        OPEN = "open", _("填报中")
        HANDED_OVER = "handed_over", _("已交出")

    submission = models.ForeignKey(Submission, models.PROTECT, related_name="parts", verbose_name=_("报送"))
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name=_("单位"))
    state = models.CharField(_("状态"), max_length=12, choices=State, default=State.OPEN)
    state_at = models.DateTimeField(_("状态时间"))
    reason = models.TextField(_("说明"), blank=True, help_text=_("退回理由，或发改局未等其交出即提交的理由"))

    class Meta:
        ordering = ["organisation"]
        verbose_name = verbose_name_plural = _("部门填报")
        constraints = [models.UniqueConstraint(fields=["submission", "organisation"], name="part_once_per_unit")]

    def __str__(self):
        return f"{self.submission_id}/{self.organisation_id}"


class Entry(EntryContent):
    """The present content of one row of the sheet; `version` counts its saves."""

    part = models.ForeignKey(Part, models.PROTECT, related_name="entries", verbose_name=_("部门填报"))
    submission = models.ForeignKey(Submission, models.PROTECT, related_name="entries", verbose_name=_("报送"))
    indicator = models.ForeignKey(Indicator, models.PROTECT, related_name="+", verbose_name=_("指标"))
    version = models.PositiveIntegerField(_("版本"), default=0)
    is_derived = models.BooleanField(_("自动取数"), default=False)
    is_demo = models.BooleanField(_("演示数据"), default=False)
    official_version = models.PositiveIntegerField(_("所见官方版本"), null=True, blank=True)
    returned_note = models.TextField(_("退回意见"), blank=True)
    saved_at = models.DateTimeField(_("保存时间"), null=True, blank=True)
    saved_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["submission", "indicator"]
        verbose_name = verbose_name_plural = _("填报项")
        constraints = [models.UniqueConstraint(fields=["submission", "indicator"], name="entry_once_per_indicator")]

    def __str__(self):
        return f"{self.submission_id}/{self.indicator_id} v{self.version}"


class EntryVersion(EntryContent):
    """Every save of an entry, for ever: the thread of the row."""

    entry = models.ForeignKey(Entry, models.PROTECT, related_name="versions", verbose_name=_("填报项"))
    version = models.PositiveIntegerField(_("版本"))
    at = models.DateTimeField(_("时间"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    by_name = models.CharField(_("填报人"), max_length=200)
    is_approved = models.BooleanField(_("已通过"), default=False)
    is_demo = models.BooleanField(_("演示数据"), default=False)

    class Meta:
        ordering = ["entry", "version"]
        verbose_name = verbose_name_plural = _("填报历史")
        constraints = [models.UniqueConstraint(fields=["entry", "version"], name="entry_version_is_unique")]

    def __str__(self):
        return f"{self.entry_id} v{self.version}"


class EvidenceQuerySet(models.QuerySet):
    def visible_to(self, user):
        """As the sheet that it belongs to."""
        return self.filter(entry__submission__in=Submission.objects.visible_to(user))

    def standing(self):
        return self.filter(withdrawn_at__isnull=True)


class Evidence(KeptFile):
    """A file that bears out an entry; withdrawn, it stays to be read."""

    folder = "evidence"
    entry = models.ForeignKey(Entry, models.PROTECT, related_name="evidence", verbose_name=_("填报项"))
    at = models.DateTimeField(_("时间"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    by_name = models.CharField(_("上传人"), max_length=200)
    withdrawn_at = models.DateTimeField(_("撤下时间"), null=True, blank=True)
    withdrawn_by_name = models.CharField(_("撤下人"), max_length=200, blank=True)

    objects = EvidenceQuerySet.as_manager()

    class Meta:
        ordering = ["entry", "id"]
        verbose_name = verbose_name_plural = _("佐证材料")
        constraints = [
            models.UniqueConstraint(
                fields=["entry", "sha256"],
                condition=Q(withdrawn_at__isnull=True),
                name="evidence_stands_once_per_entry",
            ),
            models.CheckConstraint(condition=Q(size__gt=0, size__lte=20 * 2**20), name="evidence_size_is_bounded"),
            is_stored_by_name("evidence_has_a_stored_name"),
            models.CheckConstraint(
                condition=Q(withdrawn_at__isnull=True, withdrawn_by_name="")
                | (Q(withdrawn_at__isnull=False) & ~Q(withdrawn_by_name="")),
                name="evidence_withdrawn_says_by_whom",
            ),
        ]

    def __str__(self):
        return f"{self.entry_id} {self.name}"


class Transition(models.Model):
    """One step of a submission or of a part: who, when, why, which entries it named."""

    class Action(models.TextChoices):
        OPEN = "open", _("开放")
        HAND_OVER = "hand_over", _("交出")
        TAKE_BACK = "take_back", _("取回")
        SEND_BACK = "send_back", _("县级退回")
        SUBMIT = "submit", _("提交")
        WITHDRAW = "withdraw", _("撤回提交")
        RETURN = "return", _("市里退回")
        APPROVE = "approve", _("通过")
        REOPEN = "reopen", _("重新开放")
        LAPSE = "lapse", _("到期收回")
        CLOSE = "close", _("年度关闭")
        RESUME = "resume", _("年度重新打开")

    submission = models.ForeignKey(Submission, models.PROTECT, related_name="transitions", verbose_name=_("报送"))
    part = models.ForeignKey(Part, models.PROTECT, null=True, related_name="transitions", verbose_name=_("部门填报"))
    action = models.CharField(_("操作"), max_length=10, choices=Action)
    old_state = models.CharField(_("原状态"), max_length=12)
    new_state = models.CharField(_("新状态"), max_length=12)
    at = models.DateTimeField(_("时间"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    by_name = models.CharField(_("经办"), max_length=200)
    reason = models.TextField(_("理由"), blank=True)
    named_entries = models.JSONField(_("所指填报项"), default=list)

    class Meta:
        ordering = ["id"]
        verbose_name = verbose_name_plural = _("流转记录")
        constraints = [
            models.CheckConstraint(
                condition=~Q(action__in=["return", "send_back", "reopen", "resume"]) | ~Q(reason=""),
                name="transition_that_needs_a_reason_has_one",
            ),
        ]

    def __str__(self):
        return f"{self.submission_id} {self.action}"


class NoticeQuerySet(models.QuerySet):
    def visible_to(self, user):
        """The own unit's, for those who act for it."""
        if not user.is_authenticated or user.role not in Notice.READERS:
            return self.none()
        return self.filter(organisation=user.own_unit_id) if user.own_unit_id is not None else self.none()


class Notice(models.Model):
    """A word to a unit: a round opened, a due date near or past, a return, an approval, a reminder; or, without a
    submission, that another `item` of the dispatch list waits for it. Also the log of who was pressed when and by
    whom."""

    class Kind(models.TextChoices):
        OPENED = "opened", _("开放填报")
        DUE_SOON = "due_soon", _("临近截止")
        OVERDUE = "overdue", _("已逾期")
        SENT_BACK = "sent_back", _("县级退回")
        RETURNED = "returned", _("市里退回")
        SUBMITTED = "submitted", _("待审核")
        APPROVED = "approved", _("已通过")
        REOPENED = "reopened", _("重新开放")
        REMINDER = "reminder", _("催报")
        CLOSED = "closed", _("年度关闭")
        PRESS = "press", _("催办")

    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="+", verbose_name=_("收件单位"))
    submission = models.ForeignKey(
        Submission, models.CASCADE, null=True, blank=True, related_name="notices", verbose_name=_("报送")
    )
    item = models.CharField(_("事项"), max_length=80, blank=True, help_text=_("调度清单上的键，例：task/T-0003"))
    title = models.CharField(_("事项名称"), max_length=200, blank=True)
    href = models.CharField(_("事项页面"), max_length=200, blank=True)
    is_demo = models.BooleanField(_("演示数据"), default=False)
    kind = models.CharField(_("类别"), max_length=10, choices=Kind)
    words = models.TextField(_("内容"))
    at = models.DateTimeField(_("时间"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    by_name = models.CharField(_("发出人"), max_length=200)
    read_at = models.DateTimeField(_("已读时间"), null=True, blank=True)
    mailed_at = models.DateTimeField(_("邮件时间"), null=True, blank=True)

    objects = NoticeQuerySet.as_manager()

    READERS = (User.Role.MUNICIPAL, User.Role.COUNTY, User.Role.BUREAU)
    PRESSING = (Kind.REMINDER, Kind.PRESS)  # of a person's own doing
    SAID = "said/"  # what the item begins with where the word is a step of a matter, which presses for nothing

    class Meta:
        ordering = ["-id"]
        verbose_name = verbose_name_plural = _("通知")
        indexes = [models.Index(fields=["organisation"], condition=Q(read_at=None), name="notice_unread")]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="press", submission=None) & ~Q(item="") & ~Q(href="")
                | ~Q(kind="press") & Q(submission__isnull=False, item=""),
                name="notice_is_about_a_sheet_or_an_item",
            ),
        ]

    def __str__(self):
        return f"{self.organisation_id} {self.kind}"

    @property
    def kind_words(self) -> str:
        """What kind of word it is: of the steps of a matter the matter's own, which presses for nothing."""
        return str(_("督办") if self.item.startswith(self.SAID) else self.get_kind_display())

"""Where a unit's numbers are fetched from, and what became of each time."""

from datetime import timedelta

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Organisation, User

WATCHERS = (User.Role.ADMINISTRATOR, User.Role.MUNICIPAL)


class SourceQuerySet(models.QuerySet):
    def visible_to(self, user):
        """The own unit's, for its people; the city's office and administrators see all; others and tokens none."""
        if not user.is_authenticated or user.is_service:
            return self.none()
        if user.role in WATCHERS:
            return self
        if user.role not in {User.Role.COUNTY, User.Role.BUREAU} or user.own_unit_id is None:
            return self.none()
        return self.filter(organisation=user.own_unit_id)


class Source(models.Model):
    """One place that a unit's rows come from: into its draft, never further. `secret` stands sealed
    (`lib.sealed_text`); what is saved is saved by `acts_as`, with that person's rights of the moment."""

    class Kind(models.TextChoices):
        JSON = "json", _("接口（JSON）")
        CSV = "csv", _("csv 地址")
        POSTGRESQL = "postgresql", _("PostgreSQL 数据库")
        SQLITE = "sqlite", _("SQLite 文件")

    class Every(models.TextChoices):
        HOUR = "hour", _("每小时")
        DAY = "day", _("每天")
        WEEK = "week", _("每周")

    uid = models.CharField(_("标识"), max_length=12, unique=True)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name=_("单位"))
    name = models.CharField(_("名称"), max_length=80)
    kind = models.CharField(_("种类"), max_length=12, choices=Kind)
    address = models.CharField(_("地址"), max_length=500)
    table = models.CharField(_("表，或行的位置"), max_length=120, blank=True)
    paging = models.CharField(_("下一页"), max_length=120, blank=True)  # pulling/paging.py
    login = models.CharField(_("用户名，或请求头的名称"), max_length=120, blank=True)
    secret = models.TextField(_("密码（封存）"), blank=True)
    columns = models.JSONField(_("各列的名称"), default=dict)
    codes = models.JSONField(_("指标代码对照"), default=dict)
    every = models.CharField(_("多久取一次"), max_length=6, choices=Every, default=Every.DAY)
    next_at = models.DateTimeField(_("下次"), db_index=True)
    failures = models.PositiveIntegerField(_("连续失败次数"), default=0)
    created_at = models.DateTimeField(_("登记时间"))
    acts_as = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("以谁的名义")
    )
    acts_as_name = models.CharField(_("登记人"), max_length=200)
    ended_at = models.DateTimeField(_("停用时间"), null=True)
    ended_why = models.CharField(_("停用理由"), max_length=200, blank=True)

    objects = SourceQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        verbose_name = verbose_name_plural = _("取数来源")
        constraints = [
            models.CheckConstraint(
                condition=Q(ended_at=None, ended_why="") | Q(ended_at__isnull=False) & ~Q(ended_why=""),
                name="source_ended_says_why",
            ),
        ]

    def __str__(self):
        return f"{self.uid} {self.name}"

    @property
    def interval(self) -> timedelta:
        return {"hour": timedelta(hours=1), "day": timedelta(days=1), "week": timedelta(weeks=1)}[self.every]

    @property
    def column_pairs(self) -> list[tuple[str, str]]:
        return [(str(COLUMNS[name]), self.columns[name]) for name in COLUMNS if self.columns.get(name)]


COLUMNS = {  # what a row tells → how the page calls it
    "indicator": _("指标"),
    "value": _("数值"),
    "year": _("年份"),
    "area": _("区划代码"),
    "unit": _("单位"),
    "explanation": _("说明"),
}


class Run(models.Model):
    """One time: what was read, what it came to. `values` are the numbers that the source told, by indicator: what it
    tells again unchanged is not written over what somebody has typed since."""

    class Outcome(models.TextChoices):
        SAVED = "saved", _("✓ 已存入草稿")
        SAME = "same", _("– 没有变化")
        IDLE = "idle", _("– 没有可填报的年度")
        REFUSED = "refused", _("▼ 内容不能照收")
        FAILED = "failed", _("× 没有取到")

    source = models.ForeignKey(Source, models.CASCADE, related_name="runs", verbose_name=_("来源"))
    at = models.DateTimeField(_("时间"))
    is_dry = models.BooleanField(_("试取"), default=False)
    outcome = models.CharField(_("结果"), max_length=8, choices=Outcome)
    year = models.PositiveSmallIntegerField(_("年份"), null=True)
    rows_read = models.PositiveIntegerField(_("读到的行"), default=0)
    values = models.JSONField(_("取到的数"), default=dict)
    lines = models.JSONField(_("逐项结果"), default=list)
    words = models.TextField(_("说明"), blank=True)
    by_name = models.CharField(_("发起人"), max_length=200)

    class Meta:
        ordering = ["-id"]
        verbose_name = verbose_name_plural = _("取数记录")

    def __str__(self):
        return f"{self.source_id} {self.at} {self.outcome}"

    @property
    def outcome_words(self) -> str:
        """What became of it; of a try, which saves nothing, that it would be taken."""
        if self.is_dry and self.outcome == self.Outcome.SAVED:
            return str(_("✓ 可以存入，没有保存"))
        return str(self.get_outcome_display())

    @property
    def is_good(self) -> bool:
        return self.outcome in {self.Outcome.SAVED, self.Outcome.SAME, self.Outcome.IDLE}

"""Reference areas: places without logins or targets, whose past only says how large changes usually are."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from indicators.models import Indicator


class ReferenceSourceQuerySet(models.QuerySet):
    def in_force(self):
        return self.filter(withdrawn_at=None)

    def visible_to(self, user):
        """Public statistics: open to every login."""
        return self if user.is_authenticated else self.none()


class ReferenceSource(models.Model):
    """One file of past values of reference areas, with whose figures they are. A withdrawn one counts no more; what it
    held stays to be read. Counts are kept by the action that imports it."""

    class Via(models.TextChoices):
        PAGE = "page", _("页面上传")
        COMMAND = "command", _("命令导入")
        DEMO = "demo", _("演示数据")

    title = models.CharField(_("名称"), max_length=120)
    publisher = models.CharField(_("数据来源"), max_length=200)
    licence = models.CharField(_("使用许可"), max_length=120)
    file_name = models.CharField(_("文件"), max_length=200)
    sha256 = models.CharField("SHA-256", max_length=64)
    areas = models.PositiveIntegerField(_("地区数"))
    indicators = models.PositiveIntegerField(_("指标数"))
    values_count = models.PositiveIntegerField(_("数值个数"))
    first_year = models.PositiveSmallIntegerField(_("起始年份"))
    last_year = models.PositiveSmallIntegerField(_("最后年份"))
    is_demo = models.BooleanField(_("演示数据"), default=False)
    recorded_at = models.DateTimeField(_("导入时间"))
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("经办账号")
    )
    recorded_via = models.CharField(_("途径"), max_length=8, choices=Via)
    withdrawn_at = models.DateTimeField(_("撤下时间"), null=True, blank=True)
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("撤下的人")
    )
    withdrawn_reason = models.CharField(_("撤下的理由"), max_length=500, blank=True)

    objects = ReferenceSourceQuerySet.as_manager()

    class Meta:
        ordering = ["-recorded_at", "-pk"]
        verbose_name = verbose_name_plural = _("参照数据来源")
        constraints = [
            models.UniqueConstraint(
                fields=["title"], condition=Q(withdrawn_at__isnull=True), name="reference_title_is_once_in_force"
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at__isnull=True) | ~Q(withdrawn_reason=""),
                name="reference_withdrawn_says_why",
            ),
            models.CheckConstraint(condition=~Q(publisher="") & ~Q(licence=""), name="reference_names_its_source"),
            models.CheckConstraint(condition=Q(last_year__gte=models.F("first_year")), name="reference_years_in_order"),
            models.CheckConstraint(
                condition=Q(is_demo=True, recorded_via="demo") | (Q(is_demo=False) & ~Q(recorded_via="demo")),
                name="reference_demo_says_so",
            ),
        ]

    def __str__(self):
        return self.title


class ReferenceSeries(models.Model):
    """One indicator of one reference area. `values` by year, as texts of exact decimals: a file is read and
    withdrawn as a whole, and nobody asks for a single number. `indicator`: the plan's own that it is the same as, if
    any; `direction` 0 where the file does not say which way is good."""

    source = models.ForeignKey(ReferenceSource, models.CASCADE, related_name="series", verbose_name=_("来源"))
    area = models.CharField(_("地区"), max_length=80)
    name = models.CharField(_("指标"), max_length=120)
    unit = models.CharField(_("单位"), max_length=40, blank=True)
    indicator = models.ForeignKey(
        Indicator, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("对应的方案指标")
    )
    direction = models.SmallIntegerField(_("方向"), default=0)
    values = models.JSONField(_("历年数值"))

    class Meta:
        ordering = ["source", "name", "area"]
        verbose_name = verbose_name_plural = _("参照数列")
        constraints = [
            models.UniqueConstraint(fields=["source", "area", "name"], name="reference_series_is_once_in_a_source"),
            models.CheckConstraint(condition=Q(direction__in=[-1, 0, 1]), name="reference_direction_is_known_or_not"),
        ]

    def __str__(self):
        return f"{self.area} {self.name}"

"""What the kernel made of the facts, and the runs that made it."""

from django.db import models
from django.db.models import Count, F, Q, Sum
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from areas.models import Area
from indicators.models.catalogue import Indicator


class AssessmentQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self if user.is_authenticated else self.none()


class Assessment(models.Model):
    """The kernel's judgement of one cell (area × indicator × year) on official values, with the versions of
    what it was made from. Doubles, not decimals: these are results of `indicators.gaps.assess`, which speaks
    doubles and compares exactly; the facts themselves stay decimals in their own tables.

    A derived table of millions of rows, written by `indicators.recomputes.recompute` alone: each index and each check
    of a reference costs as much as the row itself, so that it has the three indexes that are read and no more."""

    area = models.ForeignKey(Area, models.CASCADE, related_name="+", db_index=False, db_constraint=False)
    indicator = models.ForeignKey(Indicator, models.CASCADE, related_name="+", db_index=False, db_constraint=False)
    year = models.PositiveSmallIntegerField()
    value = models.FloatField(null=True)
    target = models.FloatField(null=True)
    standard = models.FloatField(null=True)
    target_high = models.FloatField(null=True)
    standard_high = models.FloatField(null=True)
    gap = models.FloatField(null=True)
    attainment = models.FloatField(null=True)
    status = models.CharField(max_length=16)
    standard_gap = models.FloatField(null=True)
    standard_status = models.CharField(max_length=16)
    ambition_gap = models.FloatField(null=True)
    change = models.FloatField(null=True)
    mean_change = models.FloatField(null=True)
    required_change = models.FloatField(null=True)
    pace = models.FloatField(null=True)
    projection = models.FloatField(null=True)
    outlook = models.CharField(max_length=12)
    is_slipping = models.BooleanField()
    value_version = models.PositiveIntegerField(null=True)
    target_version = models.PositiveIntegerField(null=True)
    standard_version = models.PositiveIntegerField(null=True)
    definition_version = models.PositiveIntegerField()
    is_demo = models.BooleanField(help_text=_("至少一项输入是演示数据"))
    is_provisional = models.BooleanField(help_text=_("指标、目标、标准或数值中至少一项为暂定"))
    rule_version = models.CharField(max_length=12)
    probability = models.FloatField(null=True)
    range_low = models.FloatField(null=True)
    range_high = models.FloatField(null=True)
    forecast_version = models.CharField(max_length=12, default="")
    assessed_at = models.DateTimeField()

    objects = AssessmentQuerySet.as_manager()

    class Meta:
        ordering = ["area", "indicator", "year"]
        verbose_name = verbose_name_plural = _("评估")
        constraints = [models.UniqueConstraint(fields=["area", "indicator", "year"], name="assessment_is_unique")]
        indexes = [models.Index(fields=["year", "area", "indicator"], name="assessment_by_year")]

    def __str__(self):
        return f"{self.area_id}/{self.indicator_id}/{self.year}"


class ForecastPool(models.Model):
    """What all counties together say of an indicator, for each year that forecasts begin in: the pool that the stored
    forecasts were made with. `years`: year as text → the fields of `indicators.forecasting.forecast.Pool`, in their
    order."""

    indicator = models.OneToOneField(Indicator, models.CASCADE, primary_key=True, related_name="+")
    years = models.JSONField(default=dict)

    class Meta:
        ordering = ["indicator"]
        verbose_name = verbose_name_plural = _("推算的共同变化")

    def __str__(self):
        return self.indicator_id


class RecomputeRunQuerySet(AssessmentQuerySet):
    def with_progress(self):
        """Adds `chunks_done`, `read_so_far`, `changed_so_far`: of the parts while it runs, of the whole afterwards."""
        return self.annotate(
            chunks_done=Count("chunks", filter=Q(chunks__finished_at__isnull=False)),
            read_so_far=F("cells_read") + Coalesce(Sum("chunks__cells_read"), 0),
            changed_so_far=F("cells_changed") + Coalesce(Sum("chunks__cells_changed"), 0),
        )


class RecomputeRun(models.Model):
    """A recompute too large for one transaction: its parts, how far it has come. One that is not finished is taken
    up again where it stopped, by whoever asks for the same."""

    class State(models.TextChoices):
        RUNNING = "running", _("进行中")
        DONE = "done", _("已完成")
        ABANDONED = "abandoned", _("已放弃")

    state = models.CharField(_("状态"), max_length=10, choices=State, default=State.RUNNING)
    scope = models.CharField(_("范围摘要"), max_length=64, help_text=_("地区、指标和是否全部重写的摘要"))
    basis = models.CharField(_("计算依据"), max_length=60, help_text=_("规则版本、期间、已开放的最新年份"))
    areas = models.JSONField(_("地区"), null=True)
    indicators = models.JSONField(_("指标"), null=True)
    is_full = models.BooleanField(_("全部重写"), default=False)
    pending = models.JSONField(_("所办待重算"), default=list)
    since = models.DateTimeField(_("最早可能写入"), help_text=_("变更记录据此说明哪些评估可能已变"))
    started_at = models.DateTimeField(_("开始时间"))
    finished_at = models.DateTimeField(_("结束时间"), null=True)
    chunks_total = models.PositiveIntegerField(_("总批数"))
    cells_read = models.PositiveBigIntegerField(_("读取格数"), default=0)
    cells_changed = models.PositiveBigIntegerField(_("变动格数"), default=0)

    objects = RecomputeRunQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        verbose_name = verbose_name_plural = _("重算批次")
        constraints = [
            models.UniqueConstraint(
                fields=["scope"], condition=Q(state="running"), name="recompute_run_of_a_scope_runs_once"
            ),
            models.CheckConstraint(
                condition=Q(state="running", finished_at__isnull=True)
                | (~Q(state="running") & Q(finished_at__isnull=False)),
                name="recompute_run_ends_when_it_stops",
            ),
        ]

    def __str__(self):
        return f"{self.pk} {self.get_state_display()}"


class RecomputeChunk(models.Model):
    """Some areas of a run: one transaction. Its row is locked while a worker is at it; a worker that dies lets go."""

    run = models.ForeignKey(RecomputeRun, models.CASCADE, related_name="chunks", verbose_name=_("批次"))
    number = models.PositiveIntegerField(_("序号"))
    areas = models.JSONField(_("地区"))
    failures = models.PositiveIntegerField(_("失败次数"), default=0)
    finished_at = models.DateTimeField(_("完成时间"), null=True)
    cells_read = models.PositiveIntegerField(_("读取格数"), default=0)
    cells_changed = models.PositiveIntegerField(_("变动格数"), default=0)

    class Meta:
        ordering = ["run", "number"]
        verbose_name = verbose_name_plural = _("重算分批")
        constraints = [models.UniqueConstraint(fields=["run", "number"], name="recompute_chunk_is_unique")]

    def __str__(self):
        return f"{self.run_id}/{self.number}"

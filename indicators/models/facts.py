"""Facts of the plan and of its years: targets and the rules that make them, standards, official values, quarters."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from areas.models import Area
from indicators.models.catalogue import Indicator
from indicators.models.versions import IN_FORCE, Versioned
from indicators.terms.parts import RatioParts
from indicators.terms.target_kinds import TargetTerms
from plan.models import CERTAIN, Cite, Cited


class Fact(Versioned):
    """One number for one area, indicator and year."""

    area = models.ForeignKey(Area, models.PROTECT, related_name="+", verbose_name=_("地区"))
    indicator = models.ForeignKey(Indicator, models.PROTECT, related_name="+", verbose_name=_("指标"))
    year = models.PositiveSmallIntegerField(_("年份"))
    value = models.DecimalField(_("数值"), max_digits=15, decimal_places=6)
    year_cite = models.CharField(
        _("年份依据"), max_length=10, choices=Cite, blank=True, help_text=_("原文未写明年份时为“推定”")
    )

    class Meta:
        abstract = True
        ordering = ["area", "indicator", "year", "version"]
        constraints = [
            models.UniqueConstraint(
                fields=["area", "indicator", "year", "version"], name="%(class)s_version_is_unique"
            ),
            models.UniqueConstraint(
                fields=["area", "indicator", "year"],
                condition=Q(superseded_at__isnull=True),
                name="%(class)s_has_one_in_force",
            ),
            models.CheckConstraint(condition=Q(year__gte=1949, year__lte=2100), name="%(class)s_year_is_plausible"),
            models.CheckConstraint(
                condition=Q(superseded_at__isnull=True) | Q(superseded_at__gte=F("recorded_at")),
                name="%(class)s_ends_after_it_begins",
            ),
            models.CheckConstraint(condition=Q(is_demo=False) | Q(cite=Cite.DEMO), name="%(class)s_demo_says_so"),
        ]

    def __str__(self):
        return f"{self.area_id}/{self.indicator_id}/{self.year} v{self.version}"

    @property
    def is_provisional(self) -> bool:
        return not self.is_demo and (self.cite not in CERTAIN or self.year_cite == Cite.INFERRED)


class Benchmark(Fact):
    """What a value is held against: one number, or of a row that is to stay within a band both of its ends."""

    value_high = models.DecimalField(
        _("区间上限"),
        max_digits=15,
        decimal_places=6,
        null=True,
        blank=True,
        help_text=_("只有“在区间内”的指标才有；数值是区间下限"),
    )

    class Meta(Fact.Meta):
        abstract = True
        constraints = [
            *Fact.Meta.constraints,
            models.CheckConstraint(
                condition=Q(value_high__isnull=True) | Q(value_high__gte=F("value")),
                name="%(class)s_band_is_in_order",
            ),
        ]


class Target(Benchmark):
    """A county's own annual target."""

    class Meta(Benchmark.Meta):
        abstract = False
        verbose_name = verbose_name_plural = _("年度目标")


class TargetRule(Versioned):
    """A target as the plan puts it, of which each year's number follows (`indicators.terms.target_kinds`), those that
    need it from the baseline year's value: one in force for an area and an indicator. The numbers are targets of
    their own."""

    class Kind(models.TextChoices):
        YEARLY = "yearly", _("每年")
        KEEP = "keep", _("保持基期水平")
        GROWTH = "growth", _("年均增长")
        RELATIVE = "relative", _("比基期累计")
        THAN = "than", _("与另一指标比")

    area = models.ForeignKey(Area, models.PROTECT, related_name="+", verbose_name=_("地区"))
    indicator = models.ForeignKey(Indicator, models.PROTECT, related_name="+", verbose_name=_("指标"))
    kind = models.CharField(_("目标类型"), max_length=10, choices=Kind)
    amount = models.DecimalField(_("数值或百分数"), max_digits=15, decimal_places=6, null=True, blank=True)
    amount_high = models.DecimalField(_("区间上限"), max_digits=15, decimal_places=6, null=True, blank=True)
    other = models.ForeignKey(
        Indicator, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("相比的指标")
    )
    comparison = models.CharField(_("比较"), max_length=2, blank=True)
    first_year = models.PositiveSmallIntegerField(_("起始年"))
    last_year = models.PositiveSmallIntegerField(_("终止年"))

    class Meta:
        ordering = ["area", "indicator"]
        verbose_name = verbose_name_plural = _("目标规则")
        constraints = [
            models.UniqueConstraint(fields=["area", "indicator", "version"], name="target_rule_version_is_unique"),
            models.UniqueConstraint(fields=["area", "indicator"], condition=IN_FORCE, name="target_rule_once_per_row"),
            models.CheckConstraint(condition=Q(last_year__gte=F("first_year")), name="target_rule_years_are_in_order"),
            models.CheckConstraint(
                condition=Q(amount__isnull=False) | Q(kind__in=["keep", "than"]), name="target_rule_has_an_amount"
            ),
            models.CheckConstraint(
                condition=Q(kind="than", other__isnull=False) | (~Q(kind="than") & Q(other__isnull=True)),
                name="target_rule_names_what_it_is_compared_with",
            ),
        ]

    def __str__(self):
        return f"{self.area_id}/{self.indicator_id} {self.kind} v{self.version}"

    @property
    def terms(self) -> TargetTerms:
        """Its own numbers and years, as the pure module takes them; the other row by its code."""
        span = (self.first_year, self.last_year)
        return TargetTerms(self.kind, self.amount, *span, self.comparison, self.amount_high, self.other_id or "")


class Standard(Benchmark):
    """What the province asks of that county in that year."""

    class Meta(Benchmark.Meta):
        abstract = False
        verbose_name = verbose_name_plural = _("省定标准")


def are_parts_whole(name: str) -> models.CheckConstraint:
    """Both parts or none, and something to divide by."""
    both = Q(numerator__isnull=False, denominator__isnull=False, denominator__gt=0)
    return models.CheckConstraint(condition=Q(numerator__isnull=True, denominator__isnull=True) | both, name=name)


class Observation(Fact):
    """An official value, with the parts that it was divided from where they are known. It comes by approval or by the
    administrator's import, never otherwise."""

    numerator = models.DecimalField(_("分子"), max_digits=15, decimal_places=6, null=True, blank=True)
    denominator = models.DecimalField(_("分母"), max_digits=15, decimal_places=6, null=True, blank=True)
    reached_on = models.DateField(
        _("达到日期"), null=True, blank=True, help_text=_("阶段是哪一天达到的；不分阶段的没有")
    )

    class Meta(Fact.Meta):
        verbose_name = verbose_name_plural = _("官方数值")
        constraints = [*Fact.Meta.constraints, are_parts_whole("observation_has_both_parts_or_none")]

    @property
    def parts(self) -> RatioParts:
        return RatioParts(self.numerator, self.denominator)


class QuarterlyFigure(Versioned):
    """What a county's unit says of a quarter: the running total by its end, or where the row stood then. Never
    official, whatever it says; a later version takes the place of the earlier one."""

    area = models.ForeignKey(Area, models.PROTECT, related_name="+", verbose_name=_("地区"))
    indicator = models.ForeignKey(Indicator, models.PROTECT, related_name="+", verbose_name=_("指标"))
    year = models.PositiveSmallIntegerField(_("年份"))
    quarter = models.PositiveSmallIntegerField(_("季度"))
    value = models.DecimalField(_("数值"), max_digits=15, decimal_places=6)

    class Meta:
        ordering = ["area", "indicator", "year", "quarter", "version"]
        verbose_name = verbose_name_plural = _("季度数")
        constraints = [
            models.UniqueConstraint(
                fields=["area", "indicator", "year", "quarter", "version"], name="quarterly_version_is_unique"
            ),
            models.UniqueConstraint(
                fields=["area", "indicator", "year", "quarter"],
                condition=Q(superseded_at__isnull=True),
                name="quarterly_has_one_in_force",
            ),
            models.CheckConstraint(
                condition=Q(quarter__gte=1, quarter__lte=4, year__gte=1949, year__lte=2100),
                name="quarterly_is_of_a_quarter",
            ),
            models.CheckConstraint(
                condition=Q(superseded_at__isnull=True) | Q(superseded_at__gte=F("recorded_at")),
                name="quarterly_ends_after_it_begins",
            ),
            models.CheckConstraint(condition=Q(is_demo=False) | Q(cite=Cite.DEMO), name="quarterly_demo_says_so"),
        ]

    def __str__(self):
        return f"{self.area_id}/{self.indicator_id}/{self.year}-Q{self.quarter} v{self.version}"


class KnownShortfall(Cited):
    """Where the plan itself says that a county target lies below the province's document."""

    indicator = models.ForeignKey(Indicator, models.CASCADE, related_name="shortfalls", verbose_name=_("指标"))
    year = models.PositiveSmallIntegerField(_("年份"), null=True)

    class Meta:
        ordering = ["indicator"]
        verbose_name = verbose_name_plural = _("已知差距")
        constraints = [models.UniqueConstraint(fields=["indicator"], name="shortfall_once_per_indicator")]

    def __str__(self):
        return self.indicator_id


class ContextFigure(Cited):
    """A published figure about a county that is no indicator (GDP, revenue)."""

    area = models.ForeignKey(Area, models.CASCADE, related_name="context_figures", verbose_name=_("地区"))
    name = models.CharField(_("名称"), max_length=60)
    unit = models.CharField(_("单位"), max_length=20)
    year = models.PositiveSmallIntegerField(_("年份"))
    value = models.DecimalField(_("数值"), max_digits=15, decimal_places=6)

    class Meta:
        ordering = ["area", "name", "year"]
        verbose_name = verbose_name_plural = _("背景数据")
        constraints = [models.UniqueConstraint(fields=["area", "name", "year"], name="context_figure_is_unique")]

    def __str__(self):
        return f"{self.area_id} {self.name} {self.year}"


class ReportingYear(models.Model):
    """What the indicators need to know of reporting: since when a county was asked for a year, and since
    when its submission stands approved. Pushed here by whoever runs the rounds."""

    area = models.ForeignKey(Area, models.CASCADE, related_name="+", verbose_name=_("地区"))
    year = models.PositiveSmallIntegerField(_("年份"))
    opened_at = models.DateTimeField(_("开放时间"))
    due_on = models.DateField(_("截止日期"), null=True, blank=True)
    approved_at = models.DateTimeField(_("通过时间"), null=True, blank=True)
    is_demo = models.BooleanField(_("演示数据"), default=False)

    class Meta:
        ordering = ["year", "area"]
        verbose_name = verbose_name_plural = _("报送年度")
        constraints = [models.UniqueConstraint(fields=["area", "year"], name="reporting_year_is_unique")]
        indexes = [models.Index(fields=["-year", "opened_at"], name="reporting_year_latest")]

    def __str__(self):
        return f"{self.area_id}/{self.year}"

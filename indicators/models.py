"""The catalogue, the facts beside it (target, standard, official value), and what the kernel made of them.

Facts and definitions are never overwritten: a new version closes the one before it (`superseded_at`), so the
rows in force at any moment t are those with recorded_at ≤ t and (superseded_at is NULL or > t).
"""

from collections.abc import Mapping

from django.conf import settings
from django.db import models
from django.db.models import Count, F, Q, Sum
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from areas.models import Area
from indicators.applicability import RowScope, scoped_areas
from indicators.parts import PartTerms, RatioParts
from indicators.target_kinds import TargetTerms
from lib.database.versions import VersionsQuerySet
from lib.numbers import plain, signed
from lib.value_words import gap_number, goal_words, stage_names
from lib.value_words import value_words as in_words
from lib.web.languages import Named
from plan.models import CERTAIN, Chapter, Cite, Cited, Field, PolicyDocument

IN_FORCE = Q(superseded_at__isnull=True)


class VersionedQuerySet(VersionsQuerySet):
    def visible_to(self, user):
        """Official figures are open to every login."""
        return self if user.is_authenticated else self.none()


class Versioned(Cited):
    """One version of something official: what, since when, by whom, on what ground."""

    class Via(models.TextChoices):
        FIXTURE = "fixture", _("方案基础数据")
        IMPORT = "import", _("表格导入")
        EDIT = "edit", _("页面修改")
        APPROVAL = "approval", _("审核通过")
        DEMO = "demo", _("演示数据")
        RULE = "rule", _("由方案的规则换算")

    version = models.PositiveIntegerField(_("版本"))
    recorded_at = models.DateTimeField(_("记录时间"), db_index=True)
    superseded_at = models.DateTimeField(_("被替代时间"), null=True, blank=True)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("经办人")
    )
    recorded_via = models.CharField(_("途径"), max_length=10, choices=Via)
    document = models.ForeignKey(
        PolicyDocument, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("依据文件")
    )
    reason = models.TextField(_("理由"), blank=True)
    is_demo = models.BooleanField(_("演示数据"), default=False)

    objects = VersionedQuerySet.as_manager()

    class Meta:
        abstract = True


class Indicator(models.Model):
    """The identity of a row of the plan's table: a code that never moves. Everything else is versioned."""

    code = models.CharField(_("代码"), max_length=16, primary_key=True)
    position = models.PositiveSmallIntegerField(_("次序"), default=0)

    class Meta:
        ordering = ["position", "code"]
        verbose_name = verbose_name_plural = _("指标")
        constraints = [
            models.CheckConstraint(
                condition=Q(code__regex=r"^[A-Z][A-Z0-9_]{0,15}$"), name="indicator_code_is_an_identifier"
            ),
        ]

    def __str__(self):
        return self.code


class IndicatorDefinition(Named, Versioned):
    class Direction(models.IntegerChoices):
        HIGHER = 1, _("越高越好")
        LOWER = -1, _("越低越好")
        WITHIN = 0, _("在区间内")

    class Kind(models.TextChoices):
        LEVEL = "level", _("年度水平")
        CUMULATIVE = "cumulative", _("累计")

    class Origin(models.TextChoices):
        PROVINCIAL = "provincial", _("省定")
        MUNICIPAL = "municipal", _("市特色")

    class Force(models.TextChoices):
        BINDING = "binding", _("约束性")
        EXPECTED = "expected", _("预期性")

    class Aggregation(models.TextChoices):
        SUM = "sum", _("各地相加")
        RATIO = "ratio", _("分子之和除以分母之和")

    indicator = models.ForeignKey(Indicator, models.PROTECT, related_name="definitions", verbose_name=_("指标"))
    name = models.CharField(_("名称"), max_length=100)
    name_en = models.CharField(_("英文名"), max_length=160, blank=True)
    unit = models.CharField(_("单位"), max_length=20)
    direction = models.SmallIntegerField(_("方向"), choices=Direction)
    kind = models.CharField(_("性质"), max_length=12, choices=Kind)
    decimals = models.PositiveSmallIntegerField(_("小数位"), default=1)
    tolerance = models.DecimalField(
        _("容差"), max_digits=15, decimal_places=6, help_text=_("低于目标多少以内仍算“接近”，按本指标单位")
    )
    tolerance_cite = models.CharField(_("容差依据"), max_length=10, choices=Cite, default=Cite.OFFICIAL)
    lower_bound = models.DecimalField(_("下限"), max_digits=15, decimal_places=6, null=True, blank=True)
    upper_bound = models.DecimalField(_("上限"), max_digits=15, decimal_places=6, null=True, blank=True)
    field = models.ForeignKey(Field, models.PROTECT, related_name="+", verbose_name=_("领域"))
    chapter = models.ForeignKey(Chapter, models.PROTECT, related_name="+", verbose_name=_("章节"))
    origin = models.CharField(_("来源"), max_length=12, choices=Origin)
    force = models.CharField(
        _("约束力"), max_length=10, choices=Force, blank=True, help_text=_("方案没有区分的留空；不影响评估的计算")
    )
    stages = models.CharField(
        _("阶段"),
        max_length=200,
        blank=True,
        help_text=_("不是数而是阶段的指标，按先后写，用 / 隔开，例：未启动/创建中/已命名；是与否写 否/是。是数的留空"),
    )
    only_areas = models.CharField(
        _("适用地区"),
        max_length=1000,
        blank=True,
        help_text=_("只有部分地区有的指标：写它们的区划代码，用顿号隔开；各地都有的留空。其余的地区记为不适用，不计数"),
    )
    first_year = models.PositiveSmallIntegerField(
        _("起始年"), null=True, blank=True, help_text=_("从哪一年起才有；一直有的留空")
    )
    last_year = models.PositiveSmallIntegerField(
        _("终止年"), null=True, blank=True, help_text=_("到哪一年为止；一直有的留空")
    )
    break_year = models.PositiveSmallIntegerField(
        _("口径改变的年份"),
        null=True,
        blank=True,
        help_text=_("从这一年起口径与以前不同，前后不可直接比较；没有改过的留空"),
    )
    break_note = models.CharField(_("口径怎样改变"), max_length=200, blank=True)
    owner = models.CharField(_("责任部门"), max_length=40)
    definition = models.TextField(_("计算方法"), blank=True)
    derived_from = models.CharField(_("取自"), max_length=20, blank=True, help_text=_("由项目库等登记簿自动取数时填写"))
    numerator_name = models.CharField(
        _("分子"), max_length=60, blank=True, help_text=_("比率由哪两个数相除得出；不是比率就留空")
    )
    numerator_unit = models.CharField(_("分子单位"), max_length=20, blank=True)
    numerator_source = models.CharField(_("分子来源"), max_length=120, blank=True)
    denominator_name = models.CharField(_("分母"), max_length=60, blank=True)
    denominator_unit = models.CharField(_("分母单位"), max_length=20, blank=True)
    denominator_source = models.CharField(_("分母来源"), max_length=120, blank=True)
    parts_factor = models.DecimalField(
        _("倍数"),
        max_digits=15,
        decimal_places=6,
        null=True,
        blank=True,
        help_text=_("百分数填 100"),
    )
    parts_cite = models.CharField(_("分子、分母依据"), max_length=10, choices=Cite, default=Cite.OFFICIAL)
    aggregation = models.CharField(
        _("汇总方法"),
        max_length=10,
        choices=Aggregation,
        blank=True,
        help_text=_("全市的数怎样得出；留空则不汇总"),
    )
    is_quarterly = models.BooleanField(_("可按季填报"), default=False)

    class Meta:
        ordering = ["indicator__position", "version"]
        verbose_name = verbose_name_plural = _("指标口径")
        constraints = [
            models.UniqueConstraint(fields=["indicator", "version"], name="definition_version_is_unique"),
            models.UniqueConstraint(fields=["indicator"], condition=IN_FORCE, name="definition_has_one_in_force"),
            models.CheckConstraint(condition=Q(tolerance__gte=0), name="definition_tolerance_is_not_negative"),
            models.CheckConstraint(condition=Q(direction__in=[1, -1, 0]), name="definition_direction_is_known"),
            models.CheckConstraint(
                condition=Q(lower_bound__isnull=True)
                | Q(upper_bound__isnull=True)
                | Q(upper_bound__gt=F("lower_bound")),
                name="definition_bounds_are_in_order",
            ),
            models.CheckConstraint(
                condition=Q(numerator_name="", denominator_name="", parts_factor__isnull=True)
                | (~Q(numerator_name="") & ~Q(denominator_name="") & Q(parts_factor__gt=0)),
                name="definition_names_both_parts_or_none",
            ),
            models.CheckConstraint(
                condition=Q(first_year__isnull=True) | Q(last_year__isnull=True) | Q(last_year__gte=F("first_year")),
                name="definition_years_are_in_order",
            ),
            models.CheckConstraint(
                condition=Q(aggregation__in=["", "sum"]) | (Q(aggregation="ratio") & ~Q(numerator_name="")),
                name="definition_aggregates_what_it_has",
            ),
        ]

    def __str__(self):
        return self.name

    @property
    def parts(self) -> PartTerms | None:
        """What the value is divided from; None where the row is no ratio or its parts are not named."""
        if self.parts_factor is None:
            return None
        names = (self.numerator_name, self.numerator_unit, self.denominator_name, self.denominator_unit)
        return PartTerms(*names, self.parts_factor, self.decimals)

    @property
    def are_parts_provisional(self) -> bool:
        return self.parts_cite not in CERTAIN

    @property
    def is_provisional(self) -> bool:
        return self.cite not in CERTAIN

    @property
    def is_band(self) -> bool:
        return self.direction == self.Direction.WITHIN

    @property
    def stage_names(self) -> tuple[str, ...]:
        """In order; the value of a stage is its place, the first is 0. Empty where the row is a number."""
        return stage_names(self.stages)

    @property
    def scope(self) -> RowScope:
        """Which areas and years have the row."""
        return RowScope(scoped_areas(self.only_areas), self.first_year, self.last_year)

    @property
    def is_binding(self) -> bool:
        """Whether the plan binds to it (约束性); it changes no arithmetic, only what is looked at first."""
        return self.force == self.Force.BINDING

    @property
    def is_ranked(self) -> bool:
        """Whether counties can be put in order by it: neither a running total, a band nor a stage."""
        return self.kind == self.Kind.LEVEL and not self.is_band and not self.stages

    def value_words(self, value, high=None) -> str:
        """A number of this row as people read it: a band as both ends, a stage by its name."""
        return in_words(value, self.decimals, high=high, stages=self.stage_names)

    def row_words(self, row: Mapping, series: str) -> str:
        """The same of a judged row: `value`, `target` or `standard`."""
        if series in ("target", "standard") and self.direction and not self.stages:
            return goal_words(row[series], self.decimals, direction=self.direction)
        return self.value_words(row[series], row.get(f"{series}_high"))

    def gap_words(self, gap: float | None) -> str:
        """A gap with its sign; of stages how many are missing, nothing where none is."""
        if not self.stages or gap is None:
            return signed(gap_number(gap), self.decimals)
        if gap < 0:
            return str(_("差{n}个阶段")).format(n=plain(-gap))
        return str(_("超前{n}个阶段")).format(n=plain(gap)) if gap > 0 else ""

    @property
    def gap_unit(self) -> str:
        """The unit of a difference: between two percentages it is percentage points."""
        if self.stages:  # its words hold it
            return ""
        return "个百分点" if self.unit == "%" else self.unit


class Fact(Versioned):
    """One number for one area, indicator and year."""

    area = models.ForeignKey(Area, models.PROTECT, related_name="+", verbose_name=_("县（市）"))
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
    """A target as the plan puts it, of which each year's number follows (`indicators.target_kinds`), those that need it
    from the baseline year's value: one in force for an area and an indicator. The numbers are targets of their own."""

    class Kind(models.TextChoices):
        YEARLY = "yearly", _("每年")
        KEEP = "keep", _("保持基期水平")
        GROWTH = "growth", _("年均增长")
        RELATIVE = "relative", _("比基期累计")
        THAN = "than", _("与另一指标比")

    area = models.ForeignKey(Area, models.PROTECT, related_name="+", verbose_name=_("县（市）"))
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

    area = models.ForeignKey(Area, models.PROTECT, related_name="+", verbose_name=_("县（市）"))
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

    area = models.ForeignKey(Area, models.CASCADE, related_name="context_figures", verbose_name=_("县（市）"))
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

    area = models.ForeignKey(Area, models.CASCADE, related_name="+", verbose_name=_("县（市）"))
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


class AssessmentQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self if user.is_authenticated else self.none()


class Assessment(models.Model):
    """The kernel's judgement of one cell (area × indicator × year) on official values, with the versions of
    what it was made from. Doubles, not decimals: these are results of `indicators.gaps.assess`, which speaks
    doubles and compares exactly; the facts themselves stay decimals in their own tables.

    A derived table of millions of rows, written by `indicators.recompute` alone: each index and each check of a
    reference costs as much as the row itself, so that it has the three indexes that are read and no more."""

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
    forecasts were made with. `years`: year as text → the fields of `indicators.forecast.Pool`, in their order."""

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

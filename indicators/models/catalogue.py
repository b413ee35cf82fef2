"""The catalogue: an indicator by its code, and what it means in versions."""

from collections.abc import Mapping

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from indicators.models.versions import IN_FORCE, Versioned
from indicators.terms.applicability import RowScope, scoped_areas
from indicators.terms.parts import PartTerms
from lib.numbers import plain, signed
from lib.value_words import gap_number, goal_words, stage_names
from lib.value_words import value_words as in_words
from lib.web.languages import Named, is_english
from plan.models import CERTAIN, Chapter, Cite, Field


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
    stages_en = models.CharField(
        _("阶段英文名"),
        max_length=400,
        blank=True,
        help_text=_("英文页面上的阶段名，与“阶段”一一对应，用 / 隔开；留空则显示中文"),
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
    def shown_stages(self) -> tuple[str, ...]:
        """The same in the reader's language, where the plan gives it; else as they are typed."""
        return stage_names(self.stages_en) if self.stages_en and is_english() else self.stage_names

    @property
    def labelled_stages(self) -> list[tuple[str, str]]:
        """(as it is typed, as it is read)."""
        return list(zip(self.stage_names, self.shown_stages, strict=True))

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
        return in_words(value, self.decimals, high=high, stages=self.shown_stages)

    def typed_words(self, value, high=None) -> str:
        """The same as it is typed into a field or a cell: without marks between thousands, a stage by its own name."""
        return in_words(value, self.decimals, high=high, stages=self.stage_names).replace(",", "")

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

"""Where the money comes from, how far it has come, and by which rule a county has to match it."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from areas.models import Area
from lib.database.versions import VersionsQuerySet
from lib.web.languages import Named
from plan.models import CERTAIN, Cite, Cited, Field, Plan
from projects.models import Project


class State(models.TextChoices):
    """How far money has come, in IATI's words. Four views of the same money: never added to one another."""

    PLANNED = "planned", _("计划")
    ALLOCATED = "allocated", _("下达")
    ARRIVED = "arrived", _("到位")
    PAID = "paid", _("支付")


class FundingSourceQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self if user.is_authenticated else self.none()

    def recordable_by(self, user):
        """市发改委 and administrators: all; the unit of the city's money: what the city pays; a county's 发展和改革局:
        what the county finds itself."""
        if user.role in {User.Role.ADMINISTRATOR, User.Role.MUNICIPAL}:
            return self
        is_department = user.role == User.Role.DEPARTMENT and user.own_unit_id is not None
        if is_department and Plan.objects.filter(finance=user.own_unit_id).exists():
            return self.filter(keeper=FundingSource.Keeper.CITY)
        if user.role == User.Role.COUNTY and user.own_area_code:
            return self.filter(keeper=FundingSource.Keeper.COUNTY)
        return self.none()


class FundingSource(Named, Cited):
    """One of the plan's sources of money."""

    class Keeper(models.TextChoices):
        """Who enters the flows of a source."""

        CITY = "city", _("市级登记")
        COUNTY = "county", _("县级登记")

    code = models.CharField(_("资金代码"), max_length=8, primary_key=True)
    name = models.CharField(_("资金名称"), max_length=60)
    name_en = models.CharField(_("英文名"), max_length=120, blank=True)
    payer = models.CharField(_("出资方"), max_length=40, blank=True)
    keeper = models.CharField(_("登记方"), max_length=8, choices=Keeper, default=Keeper.CITY)
    promised_yearly_yi = models.DecimalField(
        _("承诺（亿元/年）"),
        max_digits=12,
        decimal_places=4,
        null=True,
        blank=True,
        help_text=_("方案没有按年承诺的留空"),
    )
    commitment = models.CharField(_("对应承诺"), max_length=8, blank=True)
    position = models.PositiveSmallIntegerField(_("次序"), default=0)

    objects = FundingSourceQuerySet.as_manager()

    class Meta:
        ordering = ["position", "code"]
        verbose_name = verbose_name_plural = _("资金来源")
        constraints = [
            models.CheckConstraint(
                condition=Q(code__regex=r"^[A-Z][A-Z0-9_]*$"), name="source_code_is_letter_and_more"
            ),
            models.CheckConstraint(
                condition=Q(promised_yearly_yi__isnull=True) | Q(promised_yearly_yi__gt=0),
                name="source_promise_is_positive",
            ),
        ]

    def __str__(self):
        return f"{self.code} {self.name}"


class FlowQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Flows are open to every login."""
        return self if user.is_authenticated else self.none()

    def as_of(self, moment=None):
        """What had been recorded at `moment`; all of it where none is given."""
        return self if moment is None else self.filter(recorded_at__lte=moment)

    def counted(self, on):
        """Those that count by the end of a day: a flow counts from its own day on, not from when it is recorded."""
        return self.filter(happened_on__lte=on)

    def editable_by(self, user):
        """The flows that this user may correct: of a source that is the user's to record, and of the own county."""
        rows = self.filter(source__in=FundingSource.objects.recordable_by(user))
        return rows.filter(area=user.own_area_code) if user.own_area_code else rows


class Flow(models.Model):
    """An amount that has come to a state, or a correction of one. Never changed: a correction is a row of its own whose
    amount is added to the amount that it corrects, so that every total is the sum of its rows."""

    class Kind(models.TextChoices):
        ORIGINAL = "original", _("原始")
        CORRECTION = "correction", _("更正")

    area = models.ForeignKey(Area, models.PROTECT, related_name="+", verbose_name=_("地区"))
    year = models.PositiveSmallIntegerField(
        _("资金年度"), help_text=_("这笔钱属于哪一年的预算或计划，不一定是办理的年份")
    )
    source = models.ForeignKey(FundingSource, models.PROTECT, related_name="flows", verbose_name=_("资金来源"))
    project = models.ForeignKey(
        Project, models.SET_NULL, null=True, blank=True, related_name="flows", verbose_name=_("项目")
    )
    field = models.ForeignKey(Field, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("领域"))
    state = models.CharField(_("资金状态"), max_length=10, choices=State)
    amount_wan = models.DecimalField(_("金额（万元）"), max_digits=15, decimal_places=6)
    happened_on = models.DateField(_("办理日期"))
    document = models.CharField(_("文号"), max_length=200, blank=True)
    kind = models.CharField(_("类别"), max_length=10, choices=Kind, default=Kind.ORIGINAL)
    corrects = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="corrections", verbose_name=_("更正的流水")
    )
    reason = models.TextField(_("理由"), blank=True)
    is_demo = models.BooleanField(_("演示数据"), default=False)
    recorded_at = models.DateTimeField(_("记录时间"))
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("记录人")
    )
    recorded_by_name = models.CharField(_("记录人姓名"), max_length=200, blank=True)

    objects = FlowQuerySet.as_manager()

    class Meta:
        ordering = ["-happened_on", "-id"]
        verbose_name = verbose_name_plural = _("资金流水")
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="original", corrects__isnull=True)
                | (Q(kind="correction", corrects__isnull=False) & ~Q(reason="")),
                name="flow_correction_names_its_original",
            ),
            models.CheckConstraint(
                condition=Q(kind="correction") | Q(amount_wan__gte=0), name="flow_is_negative_only_as_correction"
            ),
            models.CheckConstraint(
                condition=Q(kind="original") | ~Q(amount_wan=0), name="flow_correction_changes_something"
            ),
            models.CheckConstraint(condition=Q(state__in=State.values), name="flow_state_is_one_of_four"),
            models.CheckConstraint(condition=Q(year__gte=2000, year__lte=2100), name="flow_year_is_plausible"),
        ]
        indexes = [
            # With the amount in it, so that sums need not look at the rows.
            models.Index(
                fields=[
                    "year",
                    "state",
                    "area",
                    "source",
                    "field",
                    "project",
                    "amount_wan",
                    "kind",
                    "recorded_at",
                ],
                name="flow_by_leaf",
            ),
            models.Index(fields=["project"], name="flow_by_project"),
            models.Index(fields=["-happened_on", "-id"], name="flow_by_day"),
        ]

    def __str__(self):
        return f"{self.area_id}/{self.year} {self.source_id} {self.state} {self.amount_wan}"


class FlowTotal(models.Model):
    """The sum of all flows of a cell as recorded by now, kept by the actions that write flows, so that no page has to
    add up every row. A cell whose flows are gone stays with 0 rows: whoever writes finds something to lock."""

    area = models.ForeignKey(Area, models.CASCADE, related_name="+", verbose_name=_("地区"))
    year = models.PositiveSmallIntegerField(_("资金年度"))
    source = models.ForeignKey(FundingSource, models.CASCADE, related_name="+", verbose_name=_("资金来源"))
    state = models.CharField(_("资金状态"), max_length=10, choices=State)
    field = models.CharField(_("领域"), max_length=20, blank=True, help_text=_("领域代码，未分领域的留空"))
    amount_wan = models.DecimalField(_("合计（万元）"), max_digits=20, decimal_places=6, default=0)
    rows = models.IntegerField(_("流水笔数"), default=0)
    demo_rows = models.IntegerField(_("演示流水笔数"), default=0)

    class Meta:
        ordering = ["area", "year", "source", "state", "field"]
        verbose_name = verbose_name_plural = _("资金合计")
        constraints = [
            models.UniqueConstraint(fields=["area", "year", "source", "state", "field"], name="total_of_a_cell_once"),
            models.CheckConstraint(
                condition=Q(demo_rows__gte=0, rows__gte=F("demo_rows")), name="total_counts_its_demo_rows"
            ),
            models.CheckConstraint(condition=Q(rows__gt=0) | Q(amount_wan=0), name="total_of_no_rows_is_zero"),
        ]

    def __str__(self):
        return f"{self.area_id}/{self.year} {self.source_id} {self.state} {self.amount_wan}"


class MatchingRuleQuerySet(VersionsQuerySet):
    """No two versions that are in force speak of the same year."""

    def visible_to(self, user):
        return self if user.is_authenticated else self.none()


class MatchingRule(models.Model):
    """One version of the rule for some years: what a county has to match, with what, and how much."""

    version = models.PositiveIntegerField(_("版本"), unique=True)
    effective_from = models.PositiveSmallIntegerField(_("起始年"))
    effective_to = models.PositiveSmallIntegerField(_("终止年"), null=True, blank=True, help_text=_("留空：一直有效"))
    base_sources = models.ManyToManyField(FundingSource, related_name="+", verbose_name=_("计入基数的资金"))
    base_state = models.CharField(_("基数口径"), max_length=10, choices=State, default=State.ALLOCATED)
    match_source = models.ForeignKey(FundingSource, models.PROTECT, related_name="+", verbose_name=_("配套资金"))
    match_state = models.CharField(_("配套口径"), max_length=10, choices=State, default=State.ARRIVED)
    floor_ratio = models.DecimalField(_("最低配套比例"), max_digits=7, decimal_places=4)
    tolerance = models.DecimalField(
        _("容差（比例）"), max_digits=7, decimal_places=4, help_text=_("低于最低比例多少以内仍算“接近”")
    )
    cite = models.CharField(_("依据类别"), max_length=10, choices=Cite, default=Cite.OFFICIAL)
    words = models.TextField(_("原文"), blank=True)
    document = models.CharField(_("依据文件"), max_length=200, blank=True)
    reason = models.TextField(_("理由"))
    recorded_at = models.DateTimeField(_("记录时间"))
    superseded_at = models.DateTimeField(_("被替代时间"), null=True, blank=True)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("记录人")
    )
    recorded_by_name = models.CharField(_("记录人姓名"), max_length=200, blank=True)

    objects = MatchingRuleQuerySet.as_manager()

    class Meta:
        ordering = ["-version"]
        verbose_name = verbose_name_plural = _("配套规则")
        constraints = [
            models.CheckConstraint(
                condition=Q(effective_to__isnull=True) | Q(effective_to__gte=F("effective_from")),
                name="rule_ends_after_it_begins",
            ),
            models.CheckConstraint(
                condition=Q(superseded_at__isnull=True) | Q(superseded_at__gte=F("recorded_at")),
                name="rule_is_superseded_after_it_is_recorded",
            ),
            models.CheckConstraint(
                condition=Q(floor_ratio__gte=0, tolerance__gte=0), name="rule_floor_and_tolerance_are_not_negative"
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="rule_has_a_reason"),
            models.UniqueConstraint(
                fields=["effective_from"],
                condition=Q(superseded_at__isnull=True),
                name="rule_in_force_begins_a_year_once",
            ),
        ]

    def __str__(self):
        return f"v{self.version} {self.effective_from}–{self.effective_to or ''}"

    @property
    def is_provisional(self) -> bool:
        return self.cite not in CERTAIN


class MatchingExemption(models.Model):
    """A county that need not match, in one year or in all years of the rule."""

    rule = models.ForeignKey(MatchingRule, models.CASCADE, related_name="exemptions", verbose_name=_("配套规则"))
    area = models.ForeignKey(Area, models.PROTECT, related_name="+", verbose_name=_("地区"))
    year = models.PositiveSmallIntegerField(_("年份"), null=True, blank=True, help_text=_("留空：规则的全部年份"))

    class Meta:
        ordering = ["rule", "area", "year"]
        verbose_name = verbose_name_plural = _("配套豁免")
        constraints = [
            models.UniqueConstraint(fields=["rule", "area", "year"], name="exemption_of_a_year_is_said_once"),
            models.UniqueConstraint(
                fields=["rule", "area"], condition=Q(year__isnull=True), name="exemption_of_all_years_is_said_once"
            ),
        ]

    def __str__(self):
        return f"{self.rule_id} {self.area_id}/{self.year or '*'}"

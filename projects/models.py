"""Major projects: what they are, where they lie, what they cost, how far they are, which indicators they serve.

Nothing said about a project is overwritten: amounts and progress are rows that later rows correct, and every write
leaves a `ProjectEvent`."""

from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q, Subquery
from django.utils.translation import gettext_lazy as _

from accounts.models import Organisation, User
from areas.models import Area
from indicators.models import Indicator
from plan.models import Chapter, Field
from plan.terms import yi_words

PARTIAL_DATE = r"^[0-9]{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01]))?)?$"
HUNDRED_MILLION, BILLION = 1, 10  # what counts as large, in 亿元
AS_KNOWN = _("已知的精度：年、年-月或年-月-日")


def partial_date(field: str, name: str) -> models.CheckConstraint:
    """A text that is a year, a month or a day, or empty where the date is not known."""
    return models.CheckConstraint(condition=Q(**{field: ""}) | Q(**{f"{field}__regex": PARTIAL_DATE}), name=name)


class ProjectQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Projects are open to every login."""
        return self if user.is_authenticated else self.none()

    def editable_by(self, user):
        """The city all; a county those that mainly lie in it; a bureau those of them that it answers for."""
        if not user.is_authenticated:
            return self.none()
        if user.role in {User.Role.ADMINISTRATOR, User.Role.MUNICIPAL}:
            return self
        if user.role == User.Role.COUNTY:
            return self.filter(main_area=user.own_area_code)
        if user.role == User.Role.BUREAU:
            return self.filter(main_area=user.own_area_code, organisation=user.own_unit_id)
        return self.none()

    def in_areas(self, codes):
        """Those with a share in any of the counties, each once."""
        return self.filter(Exists(ProjectShare.objects.filter(project=OuterRef("pk"), area__in=codes)))

    def serving(self, indicators):
        return self.filter(Exists(Contribution.objects.filter(project=OuterRef("pk"), indicator__in=indicators)))

    def live(self):
        """Those that are still to bring what they promise and are on the way: planned or started."""
        return self.filter(state__in=[Project.State.PLANNED, Project.State.STARTED])

    def with_last_report(self):
        """Each with `completed_yi`, `reported_year` and `reported_quarter` of its latest report of investment."""
        latest = ProgressReport.objects.of_outer_project()
        return self.annotate(
            completed_yi=Subquery(latest.values("completed_yi")[:1]),
            reported_year=Subquery(latest.values("year")[:1]),
            reported_quarter=Subquery(latest.values("quarter")[:1]),
        )

    def industrial(self, *, least_yi=HUNDRED_MILLION):
        """Industrial projects of at least so many 亿元, the ones that count when they land: 1, but for a promise that
        names another size."""
        return self.exclude(state=Project.State.CANCELLED).filter(is_industrial=True, total_yi__gte=least_yi)

    def landed(self, *, since, until, least_yi=HUNDRED_MILLION):
        """Those that count as landed within the days, both included."""
        return self.industrial(least_yi=least_yi).filter(landed_on__gte=since, landed_on__lte=until)

    def awaited(self):
        """Those that are still to land; of a completed one only the day is missing in the register."""
        return self.industrial().filter(landed_on=None).exclude(state=Project.State.COMPLETED)


class Project(models.Model):
    """One project. `total_yi` and `main_area` are kept by the actions after the documented rules, so that ten
    thousand projects can be counted and sorted by the database; tests hold them to the rows they come from."""

    class State(models.TextChoices):
        PLANNED = "planned", _("前期")
        STARTED = "started", _("在建")
        COMPLETED = "completed", _("完工")
        STALLED = "stalled", _("停滞")
        CANCELLED = "cancelled", _("取消")

    class LandingBasis(models.TextChoices):
        SIGNED = "signed", _("签约")
        APPROVED = "approved", _("立项批复")
        LAND = "land", _("取得用地")
        STARTED = "started", _("开工")
        OPERATING = "operating", _("投产运营")

    class Origin(models.TextChoices):
        PUBLIC = "public", _("公开信息")
        ENTERED = "entered", _("单位填报")
        DEMO = "demo", _("演示数据")

    code = models.CharField(_("项目编号"), max_length=12, unique=True)
    name = models.CharField(_("项目名称"), max_length=120)
    field = models.ForeignKey(Field, models.PROTECT, related_name="+", verbose_name=_("领域"))
    chapter = models.ForeignKey(
        Chapter, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("章节")
    )
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("责任单位")
    )
    main_area = models.ForeignKey(Area, models.PROTECT, related_name="+", verbose_name=_("主要所在地区"))
    is_industrial = models.BooleanField(_("产业项目"), default=False)
    state = models.CharField(_("项目状态"), max_length=10, choices=State, default=State.PLANNED)
    starts = models.CharField(_("开工"), max_length=10, blank=True, help_text=AS_KNOWN)
    ends = models.CharField(_("计划完工"), max_length=10, blank=True, help_text=AS_KNOWN)
    completed = models.CharField(_("实际完工"), max_length=10, blank=True, help_text=AS_KNOWN)
    landed_on = models.DateField(_("落地日期"), null=True, blank=True)
    landing_basis = models.CharField(_("落地认定"), max_length=10, choices=LandingBasis, blank=True)
    landing_words = models.CharField(_("落地认定说明"), max_length=200, blank=True)
    total_yi = models.DecimalField(_("总投资（亿元）"), max_digits=12, decimal_places=4, null=True, blank=True)
    origin = models.CharField(_("项目来源"), max_length=8, choices=Origin, default=Origin.ENTERED)
    source = models.CharField(_("出处"), max_length=200, blank=True)
    note = models.TextField(_("说明"), blank=True)
    is_demo = models.BooleanField(_("演示数据"), default=False)
    version = models.PositiveIntegerField(_("版本"), default=1)

    # As `ProjectQuerySet.with_last_report` and its like lay beside the row:
    completed_yi: Decimal | None
    reported_year: int | None
    reported_quarter: int

    objects = ProjectQuerySet.as_manager()

    class Meta:
        ordering = ["code"]
        verbose_name = verbose_name_plural = _("项目")
        constraints = [
            models.CheckConstraint(condition=Q(code__regex=r"^PRJ-[0-9]{4,8}$"), name="project_code_is_prj_and_number"),
            models.CheckConstraint(
                condition=Q(is_demo=True, origin="demo") | (Q(is_demo=False) & ~Q(origin="demo")),
                name="project_demo_says_so",
            ),
            models.CheckConstraint(
                condition=~Q(origin="public") | ~Q(source=""), name="project_from_the_public_names_its_source"
            ),
            models.CheckConstraint(
                condition=Q(landed_on__isnull=True, landing_basis="")
                | (Q(landed_on__isnull=False) & ~Q(landing_basis="")),
                name="project_landing_says_by_which_rule",
            ),
            models.CheckConstraint(
                condition=Q(total_yi__isnull=True) | Q(total_yi__gt=0), name="project_total_is_positive"
            ),
            partial_date("starts", "project_start_is_a_date"),
            partial_date("ends", "project_end_is_a_date"),
            partial_date("completed", "project_completion_is_a_date"),
        ]
        indexes = [
            models.Index(fields=["main_area", "landed_on"], name="project_by_landing"),
            models.Index(fields=["state"], name="project_by_state"),
            models.Index(fields=["-total_yi", "code"], name="project_by_total"),
        ]

    def __str__(self):
        return f"{self.code} {self.name}"


class ProjectShare(models.Model):
    """How much of a project lies in a county; the shares of a project sum to one. `is_inferred`: nobody has said how
    the counties share it, so each counts the same."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="shares", verbose_name=_("项目"))
    area = models.ForeignKey(Area, models.PROTECT, related_name="+", verbose_name=_("地区"))
    share = models.DecimalField(_("分摊比例"), max_digits=7, decimal_places=6)
    is_inferred = models.BooleanField(_("比例为推定"), default=False)

    class Meta:
        ordering = ["project", "-share", "area"]
        verbose_name = verbose_name_plural = _("地区分摊")
        constraints = [
            models.UniqueConstraint(fields=["project", "area"], name="share_once_per_county"),
            models.CheckConstraint(condition=Q(share__gt=0, share__lte=1), name="share_is_part_of_one"),
        ]

    def __str__(self):
        return f"{self.project_id}/{self.area_id} {self.share}"

    @property
    def percent(self):
        return 100 * self.share


class Recorded(models.Model):
    """Who put a row there, and when."""

    at = models.DateTimeField(_("记录时间"))
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("经办账号")
    )
    by_name = models.CharField(_("经办人"), max_length=200)
    is_demo = models.BooleanField(_("演示数据"), default=False)

    class Meta:
        abstract = True


class ProjectAmount(Recorded):
    """What a project costs, as said at a stage and on a date. A correction is a new row that names the one
    it `corrects`; which row counts as the total investment says `projects.amounts`."""

    class Stage(models.TextChoices):
        PLANNED = "planned", _("计划")
        SIGNED = "signed", _("签约")
        FEASIBILITY = "feasibility", _("工可估算")
        APPROVED = "approved", _("批复")
        DESIGN = "design", _("初设概算")
        ESTIMATE = "estimate", _("概算")

    project = models.ForeignKey(Project, models.CASCADE, related_name="amounts", verbose_name=_("项目"))
    stage = models.CharField(_("投资阶段"), max_length=12, choices=Stage)
    amount_yi = models.DecimalField(_("金额（亿元）"), max_digits=12, decimal_places=4)
    dated = models.CharField(_("金额日期"), max_length=10, blank=True, help_text=AS_KNOWN)
    source = models.CharField(_("出处"), max_length=200, blank=True)
    corrects = models.OneToOneField(
        "self", models.CASCADE, null=True, blank=True, related_name="corrected_by", verbose_name=_("更正的记录")
    )

    class Meta:
        ordering = ["project", "id"]
        verbose_name = verbose_name_plural = _("投资额")
        constraints = [
            models.CheckConstraint(condition=Q(amount_yi__gt=0), name="project_amount_is_positive"),
            partial_date("dated", "project_amount_date_is_a_date"),
        ]

    def __str__(self):
        return f"{self.project_id} {self.stage} {self.amount_yi}"


class ScheduleYear(models.Model):
    """The investment that a project plans to complete in a year."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="schedule", verbose_name=_("项目"))
    year = models.PositiveSmallIntegerField(_("年份"))
    planned_yi = models.DecimalField(_("计划投资（亿元）"), max_digits=12, decimal_places=4)

    class Meta:
        ordering = ["project", "year"]
        verbose_name = verbose_name_plural = _("年度投资计划")
        constraints = [
            models.UniqueConstraint(fields=["project", "year"], name="schedule_once_per_year"),
            models.CheckConstraint(condition=Q(planned_yi__gte=0), name="schedule_is_not_negative"),
            models.CheckConstraint(condition=Q(year__gte=2000, year__lte=2100), name="schedule_year_is_plausible"),
        ]

    def __str__(self):
        return f"{self.project_id}/{self.year} {self.planned_yi}"


class ProgressReportQuerySet(models.QuerySet):
    def invested(self):
        """The reports in force that say an investment, the earliest quarter first."""
        return self.filter(is_current=True, completed_yi__isnull=False).order_by("year", "quarter")

    def of_outer_project(self):
        """For a subquery on projects: `invested` of each, the latest first."""
        return self.invested().filter(project=OuterRef("pk")).reverse()


class ProgressReport(Recorded):
    """A quarter of a project. `completed_yi` is cumulative: everything invested from the project's start to the
    quarter's end. A later version of the same quarter takes the place of the earlier one, which stays to be read.
    `added_yi`, what it exceeds the project's earlier report by, is kept by the action, so that years are plain sums."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="progress", verbose_name=_("项目"))
    year = models.PositiveSmallIntegerField(_("年份"))
    quarter = models.PositiveSmallIntegerField(_("季度"))
    version = models.PositiveIntegerField(_("版本"), default=1)
    is_current = models.BooleanField(_("现行"), default=True)
    completed_yi = models.DecimalField(
        _("累计完成投资（亿元）"),
        max_digits=12,
        decimal_places=4,
        null=True,
        blank=True,
        help_text=_("自开工起至本季度末"),
    )
    added_yi = models.DecimalField(
        _("比上次新增（亿元）"),
        max_digits=12,
        decimal_places=4,
        null=True,
        blank=True,
        editable=False,
        help_text=_("由登记时算出：累计完成投资减去此前最近一次所报"),
    )
    image = models.TextField(_("形象进度"), blank=True)
    problem = models.TextField(_("存在问题"), blank=True)
    next_step = models.TextField(_("下一步"), blank=True)

    objects = ProgressReportQuerySet.as_manager()

    class Meta:
        ordering = ["project", "year", "quarter", "version"]
        verbose_name = verbose_name_plural = _("季度进展")
        constraints = [
            models.UniqueConstraint(
                fields=["project", "year", "quarter", "version"], name="progress_version_is_unique"
            ),
            models.UniqueConstraint(
                fields=["project", "year", "quarter"], condition=Q(is_current=True), name="progress_has_one_current"
            ),
            models.CheckConstraint(condition=Q(quarter__gte=1, quarter__lte=4), name="progress_quarter_is_one_of_four"),
            models.CheckConstraint(condition=Q(year__gte=2000, year__lte=2100), name="progress_year_is_plausible"),
            models.CheckConstraint(
                condition=Q(completed_yi__isnull=True) | Q(completed_yi__gte=0), name="progress_is_not_negative"
            ),
        ]

    def __str__(self):
        return f"{self.project_id}/{self.year}Q{self.quarter} v{self.version}"


class Contribution(models.Model):
    """What a project is expected to add to an indicator of a county by the end of a year, in the indicator's unit and
    in its good direction (a positive value narrows the gap)."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="contributions", verbose_name=_("项目"))
    indicator = models.ForeignKey(Indicator, models.PROTECT, related_name="+", verbose_name=_("指标"))
    area = models.ForeignKey(Area, models.PROTECT, related_name="+", verbose_name=_("地区"))
    year = models.PositiveSmallIntegerField(_("年份"))
    value = models.DecimalField(_("预期贡献"), max_digits=15, decimal_places=6)

    class Meta:
        ordering = ["project", "indicator", "area", "year"]
        verbose_name = verbose_name_plural = _("对指标的预期贡献")
        constraints = [
            models.UniqueConstraint(fields=["project", "indicator", "area", "year"], name="contribution_once_per_cell"),
            models.CheckConstraint(condition=Q(year__gte=2000, year__lte=2100), name="contribution_year_is_plausible"),
            models.CheckConstraint(condition=Q(value__gt=0), name="contribution_is_positive"),
        ]

    def __str__(self):
        return f"{self.project_id} {self.indicator_id}/{self.area_id}/{self.year}"


class ProjectEvent(Recorded):
    """One write on a project: what changed, old and new, by whom. The project's history, open as the project is."""

    class Kind(models.TextChoices):
        CREATED = "created", _("登记")
        EDITED = "edited", _("修改")
        AMOUNT = "amount", _("投资额")
        PROGRESS = "progress", _("进展")
        STATE = "state", _("状态变更")

    project = models.ForeignKey(Project, models.CASCADE, related_name="events", verbose_name=_("项目"))
    kind = models.CharField(_("类别"), max_length=8, choices=Kind)
    version = models.PositiveIntegerField(_("版本"))
    old = models.JSONField(_("原值"), null=True)
    new = models.JSONField(_("新值"), null=True)
    reason = models.TextField(_("理由"), blank=True)

    class Meta:
        ordering = ["project", "id"]
        verbose_name = verbose_name_plural = _("项目变动")

    def __str__(self):
        return f"{self.project_id} {self.kind} v{self.version}"


class LandingGoal(models.Model):
    """How many industrial projects of a size are to have landed within two days, all counties together: what the
    promises of the plan that are counted from this register say, pushed here by them."""

    code = models.CharField(_("承诺编号"), max_length=8, primary_key=True)
    least_total_yi = models.DecimalField(_("总投资不低于（亿元）"), max_digits=12, decimal_places=4)
    number = models.PositiveIntegerField(_("个数"))
    comparison = models.CharField(_("比较"), max_length=2)
    first_on = models.DateField(_("自"))
    last_on = models.DateField(_("至"))
    position = models.PositiveSmallIntegerField(_("次序"), default=0)

    class Meta:
        ordering = ["position", "code"]
        verbose_name = verbose_name_plural = _("落地目标")

    def __str__(self):
        return self.code

    @property
    def name(self) -> str:
        """What is counted, by its size."""
        if self.least_total_yi == HUNDRED_MILLION:
            return str(_("亿元以上产业项目"))
        return str(_("{money}以上产业项目")).format(money=yi_words(self.least_total_yi))

"""The plan as a text: documents, period, chapters, fields, milestones; and how a fact is known."""

from datetime import date
from pathlib import Path

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Organisation
from areas.models import Area
from lib.files.paths import STORED_NAME, inside
from lib.web.languages import Named, is_english


class Cite(models.TextChoices):
    """How a fact is known. Only `plan` and `official` are certain."""

    PLAN = "plan", _("方案起草说明原文")
    OFFICIAL = "official", _("主管部门正式表")
    COUNTY = "county", _("县级公开文件")
    PUBLIC = "public", _("其他公开资料")
    INFERRED = "inferred", _("本平台推定")
    DEMO = "demo", _("演示数据")


CERTAIN = (Cite.PLAN, Cite.OFFICIAL)


class Cited(models.Model):
    """The provenance that every fact of the plan carries."""

    cite = models.CharField(_("依据类别"), max_length=10, choices=Cite, default=Cite.OFFICIAL)
    words = models.TextField(_("原文"), blank=True)
    source = models.CharField(_("出处"), max_length=200, blank=True)
    note = models.TextField(_("说明"), blank=True)

    class Meta:
        abstract = True

    @property
    def is_provisional(self) -> bool:
        return self.cite not in CERTAIN


class PolicyDocument(Cited):
    class Level(models.TextChoices):
        NATIONAL = "national", _("国家")
        PROVINCIAL = "provincial", _("省")
        MUNICIPAL = "municipal", _("市")
        COUNTY = "county", _("县级")

    code = models.CharField(_("代码"), max_length=40, primary_key=True)
    title = models.CharField(_("标题"), max_length=200)
    issuer = models.CharField(_("发文机关"), max_length=120)
    issued = models.CharField(_("日期"), max_length=10, blank=True, help_text=_("已知的精度：年、年-月或年-月-日"))
    date_cite = models.CharField(_("日期依据"), max_length=10, choices=Cite, default=Cite.PLAN)
    level = models.CharField(_("层级"), max_length=12, choices=Level)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "code"]
        verbose_name = verbose_name_plural = _("政策文件")

    def __str__(self):
        return self.title

    @property
    def is_date_provisional(self) -> bool:
        return self.date_cite not in CERTAIN


class Plan(models.Model):
    """The one plan that this installation monitors: whose it is, its period, what its areas are called together."""

    REPORTING_DAY = "06-30"

    document = models.ForeignKey(PolicyDocument, models.PROTECT, related_name="+", verbose_name=_("文件"))
    area = models.ForeignKey(Area, models.PROTECT, related_name="+", verbose_name=_("城市"))
    owner = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("主管单位")
    )
    finance = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("登记市级资金的单位")
    )
    baseline_year = models.PositiveSmallIntegerField(_("基期年"))
    final_year = models.PositiveSmallIntegerField(_("目标年"))
    whole = models.CharField(_("全部地区的称呼"), max_length=40, default="各县（市）")
    whole_en = models.CharField(_("全部地区的英文称呼"), max_length=60, blank=True)
    reporting_day = models.CharField(
        _("上年数据到期日"), max_length=5, default=REPORTING_DAY, help_text=_("次年的 月-日，例如 06-30")
    )
    judged_to = models.PositiveSmallIntegerField(_("已判定到的年份"), null=True, editable=False)

    class Meta:
        verbose_name = verbose_name_plural = _("方案")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(final_year__gt=models.F("baseline_year")), name="plan_ends_after_its_baseline"
            ),
            models.CheckConstraint(
                condition=Q(reporting_day__regex=r"^(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$"),
                name="plan_reporting_day_is_month_and_day",
            ),
        ]

    def __str__(self):
        return f"{self.document_id} {self.baseline_year}–{self.final_year}"

    @property
    def calendar(self) -> tuple[int, int, str]:
        """All that says which year falls due when."""
        return self.baseline_year, self.final_year, self.reporting_day

    def due_year(self, on: date) -> int:
        """The latest year whose reporting day has passed on that day: the day itself is still in time."""
        month, day = map(int, self.reporting_day.split("-"))
        return on.year - (1 if (on.month, on.day) > (month, day) else 2)

    @property
    def shown_whole(self) -> str:
        """What all areas together are called, in the reader's language."""
        return (is_english() and self.whole_en) or self.whole


class Chapter(Cited):
    number = models.PositiveSmallIntegerField(_("章"), primary_key=True)
    title = models.CharField(_("标题"), max_length=60)
    subjects = models.TextField(_("主要内容"), blank=True)

    class Meta:
        ordering = ["number"]
        verbose_name = verbose_name_plural = _("章节")

    def __str__(self):
        return f"第{self.number}章 {self.title}"


class Field(Named, Cited):
    """领域: the plan's four fields of facilities, and what its other chapters need."""

    code = models.CharField(_("代码"), max_length=20, primary_key=True)
    name = models.CharField(_("名称"), max_length=40)
    name_en = models.CharField(_("英文名"), max_length=60)
    position = models.PositiveSmallIntegerField(_("次序"), default=0)

    class Meta:
        ordering = ["position"]
        verbose_name = verbose_name_plural = _("领域")

    def __str__(self):
        return self.name


class Milestone(Cited):
    year = models.PositiveSmallIntegerField(_("年份"), unique=True)

    class Meta:
        ordering = ["year"]
        verbose_name = verbose_name_plural = _("里程碑")

    def __str__(self):
        return str(self.year)


class GovernanceBody(Cited):
    name = models.CharField(_("机构"), max_length=60, unique=True)
    members = models.CharField(_("成员"), max_length=200, blank=True)
    duty = models.CharField(_("职责"), max_length=200, blank=True)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position"]
        verbose_name = verbose_name_plural = _("组织机构")

    def __str__(self):
        return self.name


class Meeting(models.Model):
    """联席会议: one sitting of the joint conference, with what it decided."""

    held_on = models.DateField(_("召开日期"))
    title = models.CharField(_("名称"), max_length=120)
    chair = models.CharField(_("主持"), max_length=60, blank=True)
    minutes = models.TextField(_("纪要"), blank=True)
    is_demo = models.BooleanField(_("演示数据"), default=False)

    class Meta:
        ordering = ["-held_on", "-id"]
        verbose_name = verbose_name_plural = _("联席会议")
        constraints = [models.UniqueConstraint(fields=["held_on", "title"], name="meeting_is_unique")]

    def __str__(self):
        return f"{self.held_on} {self.title}"


class Decision(models.Model):
    """议定事项: what a meeting decided, in its own words and order."""

    meeting = models.ForeignKey(Meeting, models.PROTECT, related_name="decisions", verbose_name=_("会议"))
    number = models.PositiveSmallIntegerField(_("序号"))
    words = models.TextField(_("内容"))

    class Meta:
        ordering = ["number"]
        verbose_name = verbose_name_plural = _("议定事项")
        constraints = [models.UniqueConstraint(fields=["meeting", "number"], name="decision_number_is_unique")]

    def __str__(self):
        return f"{self.number}. {self.words[:40]}"


class WorkItemQuerySet(models.QuerySet):
    def visible_to(self, user):
        """The plan's tasks are open to every login."""
        return self if user.is_authenticated else self.none()

    def overdue(self, on: date):
        """Open ones whose due date has passed."""
        return self.filter(state=WorkItem.State.OPEN, due_on__lt=on)


class WorkItem(models.Model):
    """任务: what one unit has to do by a day, for a chapter of the plan or from a decision of a meeting."""

    class State(models.TextChoices):
        OPEN = "open", _("进行中")
        DONE = "done", _("已完成")
        CANCELLED = "cancelled", _("已取消")

    code = models.CharField(_("编号"), max_length=12, unique=True)
    title = models.CharField(_("任务"), max_length=200)
    chapter = models.ForeignKey(Chapter, models.PROTECT, related_name="work_items", verbose_name=_("章节"))
    area = models.ForeignKey(
        Area,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("地区"),
        help_text=_("市级任务留空"),
    )
    responsible = models.ForeignKey(Organisation, models.PROTECT, related_name="work_items", verbose_name=_("责任单位"))
    due_on = models.DateField(_("完成期限"))
    decision = models.ForeignKey(
        Decision, models.PROTECT, null=True, blank=True, related_name="work_items", verbose_name=_("议定事项")
    )
    state = models.CharField(_("状态"), max_length=10, choices=State, default=State.OPEN)
    closed_on = models.DateField(_("办结日期"), null=True, blank=True)
    version = models.PositiveIntegerField(_("版本"), default=1)
    is_demo = models.BooleanField(_("演示数据"), default=False)

    objects = WorkItemQuerySet.as_manager()

    class Meta:
        ordering = ["due_on", "code"]
        verbose_name = verbose_name_plural = _("任务")
        constraints = [
            models.CheckConstraint(
                condition=Q(state="open", closed_on=None) | Q(state__in=["done", "cancelled"], closed_on__isnull=False),
                name="work_item_is_closed_on_a_day",
            ),
        ]

    def __str__(self):
        return f"{self.code} {self.title}"


class ProgressStatement(models.Model):
    """进展: what the unit, or the city, said of a task at a time. Never changed, never deleted."""

    work_item = models.ForeignKey(WorkItem, models.PROTECT, related_name="statements", verbose_name=_("任务"))
    at = models.DateTimeField(_("时间"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    by_name = models.CharField(_("填报人"), max_length=200)
    words = models.TextField(_("进展"))
    percent_done = models.PositiveSmallIntegerField(_("完成比例（%）"), null=True, blank=True)
    new_state = models.CharField(_("状态"), max_length=10, choices=WorkItem.State, blank=True)

    class Meta:
        ordering = ["id"]
        verbose_name = verbose_name_plural = _("进展")
        constraints = [
            models.CheckConstraint(
                condition=Q(percent_done=None) | Q(percent_done__lte=100), name="statement_percent_is_at_most_100"
            ),
        ]

    def __str__(self):
        return f"{self.work_item_id} {self.at:%Y-%m-%d}"


class StatementFileQuerySet(models.QuerySet):
    def visible_to(self, user):
        """As evidence: the county that it is about, the unit that answers for the task, and who sees all counties."""
        if not user.is_authenticated:
            return self.none()
        if user.sees_all_counties:
            return self
        own = Q(statement__work_item__responsible=user.own_unit_id) if user.own_unit_id is not None else Q(pk=None)
        if user.own_area_code:
            own |= Q(statement__work_item__area=user.own_area_code)
        return self.filter(own)


def is_stored_by_name(name: str) -> models.CheckConstraint:
    """`stored_as` is a random name of ours and no path."""
    return models.CheckConstraint(condition=Q(stored_as__regex=STORED_NAME), name=name)


class KeptFile(models.Model):
    """佐证: a file that bears something out, as `lib.files.documents.describe` tells of it. It lies outside the web
    root in `folder`, under `stored_as`, a random name."""

    folder: str

    name = models.CharField(_("文件名"), max_length=160)
    content_type = models.CharField(_("类型"), max_length=100)
    size = models.PositiveIntegerField(_("字节数"))
    sha256 = models.CharField(_("校验值"), max_length=64)
    stored_as = models.CharField(_("存放名"), max_length=64, unique=True)

    class Meta:
        abstract = True

    @property
    def path(self) -> Path:
        """OutsideFolder where the stored name, say of a restored row, leads elsewhere."""
        return inside(Path(settings.MEDIA_ROOT) / self.folder, self.stored_as)


class StatementFile(KeptFile):
    """A file that was handed in with a statement on a task."""

    folder = "tasks"
    statement = models.ForeignKey(ProgressStatement, models.PROTECT, related_name="files", verbose_name=_("进展"))

    objects = StatementFileQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        verbose_name = verbose_name_plural = _("进展佐证")
        constraints = [
            models.UniqueConstraint(fields=["statement", "sha256"], name="statement_has_a_file_once"),
            models.CheckConstraint(condition=Q(size__gt=0), name="statement_file_is_not_empty"),
            is_stored_by_name("task_file_has_a_stored_name"),
        ]

    def __str__(self):
        return f"{self.statement_id} {self.name}"

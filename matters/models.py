"""What is followed until it is done: matters with their steps, words on a number, lights, the working days."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Organisation, User
from areas.models import Area
from indicators.models import Indicator
from lib.database.versions import VersionsQuerySet
from plan.models import KeptFile, is_stored_by_name

COUNTY_UNITS = (Organisation.Kind.COUNTY, Organisation.Kind.BUREAU)


class Reach(models.TextChoices):
    """Who may see the thing that something is about at all."""

    OPEN = "open", _("全部账号")
    COUNTY = "county", _("本地区和市里")
    CITY = "city", _("市里")


def within_reach(user: User) -> Q:
    """Rows about things that this user may see."""
    if user.sees_all_counties:
        return Q()
    own = Q(reach=Reach.COUNTY, area=user.own_area_code) if user.own_area_code else Q(pk=None)
    return Q(reach=Reach.OPEN) | own


def of_own_county(user: User, field: str) -> Q:
    """Rows whose unit, named by `field`, belongs to the county that this user's office is of."""
    if user.role != User.Role.COUNTY or not user.own_area_code:
        return Q(pk=None)
    return Q(**{f"{field}__area": user.own_area_code, f"{field}__kind__in": COUNTY_UNITS})


class MatterQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Whom it concerns (its unit, its helpers, who issued it, the office of its unit's county) and the city; and of
        these only who may see the thing that it is about."""
        if not user.is_authenticated:
            return self.none()
        if user.sees_all_counties:
            return self
        unit = user.own_unit_id
        if unit is None:
            return self.none()
        helped = Matter.helpers.through.objects.filter(organisation=unit).values("matter")
        concerned = Q(owner=unit) | Q(issuer=unit) | Q(pk__in=helped) | of_own_county(user, "owner")
        return self.filter(concerned, within_reach(user))

    def under_way(self):
        """Those that are neither closed nor withdrawn."""
        return self.exclude(state__in=Matter.ENDED)


class About(models.Model):
    """What something is about: a thing of another room by kind and key, with its name as it was then."""

    about_kind = models.CharField(_("对象类别"), max_length=12)
    about_key = models.CharField(_("对象键"), max_length=80)
    about_title = models.CharField(_("对象名称"), max_length=200)
    reach = models.CharField(_("可见范围"), max_length=6, choices=Reach, default=Reach.OPEN)
    area = models.ForeignKey(Area, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("地区"))

    class Meta:
        abstract = True


class Matter(About):
    """督办事项: what one unit is asked to do by a day, followed until it is closed."""

    class State(models.TextChoices):
        ISSUED = "issued", _("已交办")
        SIGNED = "signed", _("已签收")
        UNDER_WAY = "under_way", _("办理中")
        REPORTED = "reported", _("已报结")
        VERIFIED = "verified", _("已核实")
        CLOSED = "closed", _("已销号")
        WITHDRAWN = "withdrawn", _("已撤办")

    class Origin(models.TextChoices):
        LINE = "line", _("调度清单")
        DECISION = "decision", _("议定事项")
        INSTRUCTION = "instruction", _("批示")
        CONTRADICTION = "conflict", _("数据矛盾")

    code = models.CharField(_("编号"), max_length=12, unique=True)
    title = models.CharField(_("事项"), max_length=200)
    words = models.TextField(_("要求"))
    origin = models.CharField(_("来源"), max_length=12, choices=Origin)
    owner = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name=_("承办单位"))
    helpers = models.ManyToManyField(Organisation, related_name="+", blank=True, verbose_name=_("协办单位"))
    issuer = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("交办单位")
    )
    issued_at = models.DateTimeField(_("交办时间"))
    issued_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    issued_by_name = models.CharField(_("交办人"), max_length=200)
    due_on = models.DateField(_("办理期限"))
    asked_due_on = models.DateField(_("申请延期至"), null=True, blank=True)
    state = models.CharField(_("状态"), max_length=10, choices=State, default=State.ISSUED)
    percent_done = models.PositiveSmallIntegerField(_("完成比例（%）"), null=True, blank=True)
    level = models.PositiveSmallIntegerField(_("升级次数"), default=0)
    indicator = models.ForeignKey(
        Indicator, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("关联指标")
    )
    year = models.PositiveSmallIntegerField(_("关联年份"), null=True, blank=True)
    figure_mark = models.CharField(_("所见版本"), max_length=60, blank=True)
    closed_at = models.DateTimeField(_("销号或撤办时间"), null=True, blank=True)
    asks_reopening = models.BooleanField(_("申请恢复"), default=False)
    version = models.PositiveIntegerField(_("版本"), default=1)
    is_demo = models.BooleanField(_("演示数据"), default=False)

    objects = MatterQuerySet.as_manager()

    ENDED = (State.CLOSED, State.WITHDRAWN)

    class Meta:
        ordering = ["-code"]
        verbose_name = verbose_name_plural = _("督办事项")
        indexes = [models.Index(fields=["about_kind", "about_key"], name="matter_by_thing")]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["closed", "withdrawn"], closed_at__isnull=False)
                | (~Q(state__in=["closed", "withdrawn"]) & Q(closed_at=None)),
                name="matter_closed_says_when",
            ),
            models.CheckConstraint(
                condition=Q(asks_reopening=False) | Q(state="closed"), name="matter_asks_reopening_once_closed"
            ),
            models.CheckConstraint(
                condition=Q(asked_due_on=None) | Q(state__in=["signed", "under_way"], asked_due_on__gt=F("due_on")),
                name="matter_asks_for_a_later_day_while_open",
            ),
            models.CheckConstraint(
                condition=Q(indicator=None, year=None)
                | Q(indicator__isnull=False, year__isnull=False, area__isnull=False),
                name="matter_of_a_figure_names_its_cell",
            ),
            models.CheckConstraint(
                condition=~Q(reach="county") | Q(area__isnull=False), name="matter_of_a_county_names_it"
            ),
            models.CheckConstraint(
                condition=Q(percent_done=None) | Q(percent_done__lte=100), name="matter_percent_is_at_most_100"
            ),
            models.CheckConstraint(condition=~Q(words="") & ~Q(title=""), name="matter_says_what_is_asked"),
        ]

    def __str__(self):
        return f"{self.code} {self.title}"

    @property
    def is_open(self) -> bool:
        return self.state not in self.ENDED

    @property
    def state_words(self) -> str:
        """The state, and what is asked for beside it."""
        words = str(self.get_state_display())
        if self.asks_reopening:
            return f"{words} · {_('申请恢复')}"
        return f"{words} · {_('申请延期')}" if self.asked_due_on else words


class MatterStep(models.Model):
    """One step of a matter: who, when, why, from which state to which. Never changed, never deleted."""

    class Step(models.TextChoices):
        ISSUE = "issue", _("交办")
        SIGN = "sign", _("签收")
        PROGRESS = "progress", _("填报进展")
        ASK_DELAY = "ask_delay", _("申请延期")
        GRANT_DELAY = "grant_delay", _("同意延期")
        REFUSE_DELAY = "refuse_delay", _("不同意延期")
        REPORT = "report", _("报结")
        VERIFY = "verify", _("核实")
        SEND_BACK = "send_back", _("退回")
        CLOSE = "close", _("销号")
        WITHDRAW = "withdraw", _("撤办")
        ESCALATE = "escalate", _("升级")
        REOPEN = "reopen", _("恢复办理")
        KEEP_CLOSED = "keep_closed", _("维持销号")
        FIGURE_CLOSES = "fig_closes", _("自动销号")
        FIGURE_TURNS = "fig_turns", _("情况反复，申请恢复")
        FIGURE_SETTLES = "fig_settles", _("再次达到要求")

    matter = models.ForeignKey(Matter, models.PROTECT, related_name="steps", verbose_name=_("督办事项"))
    number = models.PositiveIntegerField(_("序号"))
    step = models.CharField(_("操作"), max_length=12, choices=Step)
    old_state = models.CharField(_("原状态"), max_length=10, blank=True)
    new_state = models.CharField(_("新状态"), max_length=10, choices=Matter.State)
    at = models.DateTimeField(_("时间"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    by_name = models.CharField(_("经办"), max_length=200)
    words = models.TextField(_("说明"), blank=True)
    due_on = models.DateField(_("期限"), null=True, blank=True)
    figure_version = models.PositiveIntegerField(_("数值版本"), null=True, blank=True)

    class Meta:
        ordering = ["matter", "number"]
        verbose_name = verbose_name_plural = _("督办流转")
        constraints = [
            models.UniqueConstraint(fields=["matter", "number"], name="matter_step_number_is_unique"),
            models.CheckConstraint(
                condition=~Q(words="") | Q(step__in=["sign", "grant_delay", "verify", "close", "fig_settles"]),
                name="matter_step_that_needs_words_has_some",
            ),
        ]

    def __str__(self):
        return f"{self.matter_id}/{self.number} {self.step}"


class MatterFileQuerySet(models.QuerySet):
    def visible_to(self, user):
        """As the matter that it belongs to."""
        return self.filter(step__matter__in=Matter.objects.visible_to(user))


class MatterFile(KeptFile):
    """A file that was handed in with a step."""

    folder = "matters"
    step = models.ForeignKey(MatterStep, models.PROTECT, related_name="files", verbose_name=_("督办流转"))

    objects = MatterFileQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        verbose_name = verbose_name_plural = _("督办佐证")
        constraints = [
            models.UniqueConstraint(fields=["step", "sha256"], name="matter_step_has_a_file_once"),
            models.CheckConstraint(condition=Q(size__gt=0), name="matter_file_is_not_empty"),
            is_stored_by_name("matter_file_has_a_stored_name"),
        ]

    def __str__(self):
        return f"{self.step_id} {self.name}"


class RemarkQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Who may see the thing reads the notes on it; a question, and that something was read (已阅), whom it concerns
        and the city alone. A reply goes with what it replies to."""
        if not user.is_authenticated:
            return self.none()
        if user.sees_all_counties:
            return self
        begun = Remark.objects.filter(_circle(user), parent=None).values("pk")
        return self.filter(Q(pk__in=begun) | Q(parent__in=begun), within_reach(user))


def _circle(user: User) -> Q:
    """Threads that are open, or that this user takes part in: as writer, as named unit or person, as the office of a
    named unit's county."""
    unit = user.own_unit_id
    named = Remark.persons.through.objects.filter(user=user).values("remark")
    found = Q(is_restricted=False) | Q(pk__in=named)
    if unit is not None:
        units = Remark.units.through.objects.filter(Q(organisation=unit) | of_own_county(user, "organisation"))
        found |= Q(unit=unit) | Q(pk__in=units.values("remark"))
    return found


class Remark(About):
    """A word on a number or another thing: a note, a question to a unit, or that it was read. Never changed, never
    deleted; a thread is settled or not."""

    class Kind(models.TextChoices):
        NOTE = "note", _("备注")
        QUESTION = "question", _("提问")
        SEEN = "seen", _("已阅")

    kind = models.CharField(_("类别"), max_length=10, choices=Kind)
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="replies", verbose_name=_("所回复")
    )
    words = models.TextField(_("内容"), blank=True)
    seen_version = models.CharField(_("所谈版本"), max_length=80, blank=True)
    is_restricted = models.BooleanField(_("只给有关单位"), default=False)
    units = models.ManyToManyField(Organisation, related_name="+", blank=True, verbose_name=_("提到的单位"))
    persons = models.ManyToManyField(settings.AUTH_USER_MODEL, related_name="+", blank=True, verbose_name=_("提到的人"))
    at = models.DateTimeField(_("时间"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    by_name = models.CharField(_("发言人"), max_length=200)
    unit = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("发言单位")
    )
    resolved_at = models.DateTimeField(_("了结时间"), null=True, blank=True)
    resolved_by_name = models.CharField(_("了结人"), max_length=200, blank=True)
    is_demo = models.BooleanField(_("演示数据"), default=False)

    objects = RemarkQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        verbose_name = verbose_name_plural = _("备注")
        indexes = [models.Index(fields=["about_kind", "about_key"], name="note_by_thing")]
        constraints = [
            models.CheckConstraint(condition=Q(kind="seen") | ~Q(words=""), name="note_says_something"),
            models.CheckConstraint(
                condition=Q(resolved_at=None, resolved_by_name="")
                | (Q(resolved_at__isnull=False, parent=None) & ~Q(resolved_by_name="")),
                name="note_settled_says_by_whom",
            ),
            models.CheckConstraint(
                condition=~Q(reach="county") | Q(area__isnull=False), name="note_of_a_county_names_it"
            ),
        ]

    def __str__(self):
        return f"{self.about_kind}/{self.about_key} {self.words[:30]}"


class LightRuleQuerySet(VersionsQuerySet):
    def visible_to(self, user):
        """When a light turns is open to every login."""
        return self if user.is_authenticated else self.none()


class LightRule(models.Model):
    """One version of the rule of lights: by how many points of the time passed something may lag (序时进度)."""

    version = models.PositiveIntegerField(_("版本"), unique=True)
    yellow_points = models.PositiveSmallIntegerField(_("黄灯：落后序时进度（百分点）"))
    red_points = models.PositiveSmallIntegerField(_("红灯：落后序时进度（百分点）"))
    reason = models.TextField(_("理由"))
    recorded_at = models.DateTimeField(_("记录时间"))
    superseded_at = models.DateTimeField(_("被替代时间"), null=True, blank=True)
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    recorded_by_name = models.CharField(_("记录人姓名"), max_length=200, blank=True)

    objects = LightRuleQuerySet.as_manager()

    class Meta:
        ordering = ["-version"]
        verbose_name = verbose_name_plural = _("亮灯规则")
        constraints = [
            models.CheckConstraint(
                condition=Q(yellow_points__gte=1, red_points__gt=F("yellow_points"), red_points__lte=100),
                name="light_rule_turns_yellow_before_red",
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="light_rule_says_why"),
            models.CheckConstraint(
                condition=Q(superseded_at__isnull=True) | Q(superseded_at__gte=F("recorded_at")),
                name="light_rule_ends_after_it_begins",
            ),
        ]

    def __str__(self):
        return f"v{self.version} {self.yellow_points}/{self.red_points}"

"""What leaves the site: messages, their deliveries, who wants which how; subscribers of the feed; thresholds; looks."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Organisation, User
from areas.models import Area
from projects.models import Project
from reporting.models import Notice


class Channel(models.TextChoices):
    MAIL = "mail", _("电子邮件")
    WORK_NOTICE = "work_notice", _("钉钉工作通知")
    DINGTALK = "dingtalk", _("钉钉群机器人")
    WECOM = "wecom", _("企业微信群机器人")
    WEBHOOK = "webhook", _("Webhook")


class Preference(models.Model):
    """What a person wants to get, when and by what; who has none gets every notice of the own unit by mail, at once.
    Empty lists of kinds, counties and indicators mean all."""

    class Rhythm(models.TextChoices):
        AT_ONCE = "at_once", _("随时")
        DAILY = "daily", _("工作日8:30汇总")
        WEEKLY = "weekly", _("每周一8:30汇总")

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="message_preference")
    rhythm = models.CharField(_("何时发送"), max_length=10, choices=Rhythm, default=Rhythm.AT_ONCE)
    by_mail = models.BooleanField(_("发电子邮件"), default=True)
    by_work_notice = models.BooleanField(_("发钉钉工作通知"), default=False)
    dingtalk_user = models.CharField(_("钉钉用户编号"), max_length=64, blank=True)
    kinds = models.JSONField(_("通知类别"), default=list)
    areas = models.JSONField(_("地区"), default=list)
    indicators = models.JSONField(_("指标"), default=list)
    follows_feed = models.BooleanField(_("官方数据有变动时告诉我"), default=False)
    quiet_from = models.TimeField(_("免打扰开始"), null=True, blank=True)
    quiet_until = models.TimeField(_("免打扰结束"), null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("消息设置")
        constraints = [
            models.CheckConstraint(
                condition=Q(quiet_from=None, quiet_until=None) | Q(quiet_from__isnull=False, quiet_until__isnull=False),
                name="preference_quiet_hours_have_both_ends",
            ),
        ]

    def __str__(self):
        return f"{self.user_id} {self.rhythm}"


class MessageQuerySet(models.QuerySet):
    def visible_to(self, user):
        """A person's own, and those of the own unit for who acts on its notices."""
        if not user.is_authenticated or user.is_service:
            return self.none()
        own = Q(person=user.pk)
        if user.role in Notice.READERS and user.own_unit_id is not None:
            own |= Q(organisation=user.own_unit_id)
        return self.filter(own)

    def unread_by(self, user):
        """What was written to this person alone and has not been read yet."""
        return self.filter(person=user.pk, read_at=None, withdrawn_at=None, kind__in=Message.TO_READ)


class Message(models.Model):
    """One text for each cause, to a unit or to a person. `cause` names what it came of: there is never a second one.
    `read_at`: when the person said so; a unit reads its notices. `follows`: the message whose cause went after it had
    left."""

    cause = models.CharField(_("起因"), max_length=120, unique=True)
    notice = models.OneToOneField(Notice, models.SET_NULL, null=True, related_name="message", verbose_name=_("通知"))
    organisation = models.ForeignKey(
        Organisation, models.CASCADE, null=True, related_name="+", verbose_name=_("收件单位")
    )
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, null=True, related_name="+")
    kind = models.CharField(_("类别"), max_length=20)
    title = models.CharField(_("标题"), max_length=300)
    words = models.TextField(_("内容"))
    href = models.CharField(_("页面"), max_length=300, blank=True)
    by_name = models.CharField(_("发出人"), max_length=200)
    area = models.ForeignKey(Area, models.PROTECT, null=True, related_name="+", verbose_name=_("区划"))
    at = models.DateTimeField(_("时间"), db_index=True)
    is_demo = models.BooleanField(_("演示数据"), default=False)
    read_at = models.DateTimeField(_("已读时间"), null=True)
    follows = models.OneToOneField("self", models.CASCADE, null=True, related_name="follow_up")
    withdrawn_at = models.DateTimeField(_("撤回时间"), null=True)
    withdrawn_why = models.CharField(_("撤回原因"), max_length=200, blank=True)

    objects = MessageQuerySet.as_manager()

    MATTER, NOTE = "matter", "note"
    TO_READ = (MATTER, NOTE)  # what people say to a person; lines and figures tell themselves elsewhere

    class Meta:
        ordering = ["-id"]
        verbose_name = verbose_name_plural = _("消息")
        constraints = [
            models.CheckConstraint(
                condition=Q(organisation=None, person__isnull=False) | Q(organisation__isnull=False, person=None),
                name="message_is_to_a_unit_or_a_person",
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at=None, withdrawn_why="") | Q(withdrawn_at__isnull=False) & ~Q(withdrawn_why=""),
                name="message_withdrawn_says_why",
            ),
            models.CheckConstraint(
                condition=Q(read_at=None) | Q(person__isnull=False), name="message_is_read_by_its_person"
            ),
        ]

    def __str__(self):
        return f"{self.pk} {self.cause}"


class EndpointQuerySet(models.QuerySet):
    def visible_to(self, user):
        """The own unit's, for its people; an administrator sees all; leaders and tokens have none."""
        if not user.is_authenticated or user.is_service:
            return self.none()
        if user.role == User.Role.ADMINISTRATOR:
            return self
        return self.filter(organisation=user.own_unit_id) if user.own_unit_id is not None else self.none()


class Endpoint(models.Model):
    """A program of a unit's that is told by webhook: of changes of the feed after `cursor`, of the unit's notices, or
    of both. The secret that its messages are signed with is kept nowhere: it is made of SECRET_KEY, `uid` and
    `generation` (`messaging/signing.py`)."""

    uid = models.CharField(_("标识"), max_length=16, unique=True)
    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="+", verbose_name=_("单位"))
    name = models.CharField(_("名称"), max_length=80)
    url = models.CharField(_("接收地址"), max_length=500)
    generation = models.PositiveIntegerField(_("第几个密钥"), default=1)
    renewed_at = models.DateTimeField(_("换密钥时间"), null=True)
    wants_changes = models.BooleanField(_("官方数据的变动"), default=True)
    wants_notices = models.BooleanField(_("发给本单位的通知"), default=False)
    cursor = models.PositiveBigIntegerField(_("已排队到的变更编号"), default=0)
    created_at = models.DateTimeField(_("登记时间"))
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    created_by_name = models.CharField(_("登记人"), max_length=200)
    ended_at = models.DateTimeField(_("停用时间"), null=True)
    ended_why = models.CharField(_("停用原因"), max_length=200, blank=True)

    objects = EndpointQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        verbose_name = verbose_name_plural = _("订阅程序")
        constraints = [
            models.CheckConstraint(
                condition=Q(wants_changes=True) | Q(wants_notices=True), name="endpoint_wants_something"
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None, ended_why="") | Q(ended_at__isnull=False) & ~Q(ended_why=""),
                name="endpoint_ended_says_why",
            ),
        ]

    def __str__(self):
        return f"{self.name} {self.uid}"


class DeliveryQuerySet(models.QuerySet):
    def visible_to(self, user):
        """What went to the person, to the own unit's robots, to the own unit's programs; an administrator and the
        city's office, who watch the channels, see all."""
        if not user.is_authenticated or user.is_service:
            return self.none()
        if user.role in {User.Role.ADMINISTRATOR, User.Role.MUNICIPAL}:
            return self
        own = Q(person=user.pk)
        if user.own_unit_id is not None:
            own |= Q(endpoint__organisation=user.own_unit_id) | Q(person=None, message__organisation=user.own_unit_id)
        return self.filter(own)

    def due(self, channel, at):
        """What waits for its turn on this channel, the oldest first."""
        return self.filter(channel=channel, state=Delivery.State.WAITING, due_at__lte=at).order_by("due_at", "id")


class Delivery(models.Model):
    """A message, or rows of the feed after `after` up to `upto`, on its way to one receiver by one channel: the row is
    the outbox and, afterwards, the log. `receiver` names who gets it, and a message goes to each once."""

    class State(models.TextChoices):
        WAITING = "waiting", _("等待发送")
        SENDING = "sending", _("正在发送")
        SENT = "sent", _("已送达")
        DEAD = "dead", _("没有送达")
        WITHDRAWN = "withdrawn", _("已撤回")

    channel = models.CharField(_("渠道"), max_length=12, choices=Channel)
    receiver = models.CharField(_("收件人"), max_length=60)
    message = models.ForeignKey(Message, models.CASCADE, null=True, related_name="deliveries", verbose_name=_("消息"))
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, null=True, related_name="+")
    endpoint = models.ForeignKey(Endpoint, models.CASCADE, null=True, related_name="deliveries")
    after = models.PositiveBigIntegerField(_("此编号之后"), null=True)
    upto = models.PositiveBigIntegerField(_("到此编号"), null=True)
    state = models.CharField(_("状态"), max_length=10, choices=State, default=State.WAITING)
    created_at = models.DateTimeField(_("时间"))
    due_at = models.DateTimeField(_("最早发送时间"))
    tries = models.PositiveSmallIntegerField(_("已试次数"), default=0)
    error = models.CharField(_("没有送达的原因"), max_length=300, blank=True)
    state_at = models.DateTimeField(_("状态时间"))

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        verbose_name = verbose_name_plural = _("发送记录")
        indexes = [
            models.Index(fields=["channel", "due_at"], condition=Q(state="waiting"), name="delivery_waiting"),
            models.Index(fields=["state"], condition=Q(state__in=["sending", "dead"]), name="delivery_in_doubt"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["message", "channel", "receiver"], name="delivery_once_to_each"),
            models.CheckConstraint(
                condition=Q(message__isnull=False, after=None, upto=None)
                | Q(message=None, endpoint__isnull=False, upto__gt=F("after")),
                name="delivery_carries_a_message_or_changes",
            ),
            models.CheckConstraint(condition=~Q(state="dead") | ~Q(error=""), name="delivery_dead_says_why"),
        ]

    def __str__(self):
        return f"{self.channel} {self.receiver} {self.state}"

    @property
    def receiver_name(self) -> str:
        """Who gets it, as a page says it."""
        if self.person is not None:
            return self.person.title
        return self.endpoint.name if self.endpoint is not None else self.receiver


class ThresholdQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Each person's own."""
        return self.filter(user=user.pk) if user.is_authenticated and not user.is_service else self.none()


class Threshold(models.Model):
    """A line that a person has drawn: told when a number passes it, and again when it is back. `is_crossed` is what
    was last told; None while there is no number."""

    class Subject(models.TextChoices):
        INDICATOR = "indicator", _("指标的实际值")
        PROJECT = "project", _("项目完成投资占计划（%）")
        MATCHING = "matching", _("县级配套比")

    class Side(models.TextChoices):
        BELOW = "below", _("低于")
        ABOVE = "above", _("高于")

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="thresholds")
    subject = models.CharField(_("看什么"), max_length=10, choices=Subject)
    area = models.ForeignKey(Area, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("地区"))
    indicator = models.CharField(_("指标代码"), max_length=16, blank=True)
    project = models.ForeignKey(
        Project, models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("项目")
    )
    side = models.CharField(_("方向"), max_length=6, choices=Side)
    limit = models.DecimalField(_("界限"), max_digits=15, decimal_places=6)
    is_crossed = models.BooleanField(_("已越过"), null=True)
    turns = models.PositiveIntegerField(_("越过和回来的次数"), default=0)
    value = models.FloatField(_("最近的数"), null=True)
    created_at = models.DateTimeField(_("设立时间"))

    objects = ThresholdQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        verbose_name = verbose_name_plural = _("提醒线")
        constraints = [
            models.CheckConstraint(
                condition=Q(subject="indicator", area__isnull=False, project=None) & ~Q(indicator="")
                | Q(subject="project", area=None, indicator="", project__isnull=False)
                | Q(subject="matching", area__isnull=False, indicator="", project=None),
                name="threshold_has_its_subject",
            ),
        ]

    def __str__(self):
        return f"{self.user_id} {self.subject} {self.side} {self.limit}"


class LastLook(models.Model):
    """Up to which change, and when, a person has seen what is new."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    number = models.PositiveBigIntegerField(_("已看到的变更编号"))
    at = models.DateTimeField(_("时间"))

    class Meta:
        verbose_name = verbose_name_plural = _("最近一次查看")

    def __str__(self):
        return f"{self.user_id} {self.number}"


class FeedReader(models.Model):
    """How far the feed has been put into messages to persons; one row."""

    number = models.PositiveBigIntegerField(_("已读到的变更编号"), default=0)

    class Meta:
        verbose_name = verbose_name_plural = _("变更的读取位置")

    def __str__(self):
        return str(self.number)

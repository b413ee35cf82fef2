"""How somebody proves who he is, and for how long that holds: passwords that were, sessions that are, second factors,
and the names that a directory knows people by."""

from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import ROLE_OF_KIND, Organisation, User


class LoginSessionQuerySet(models.QuerySet):
    def of(self, owner: User):
        """Those of this user's that still open something, the youngest first."""
        return self.filter(user=owner, expire_date__gt=timezone.now()).order_by("-started_at", "-session_key")


class LoginSession(AbstractBaseSession):
    """A session of the site, with what its owner is shown of it. The key is what a browser proves itself by, so no page
    shows it; `handle` names the row instead."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        null=True,
        related_name="+",
        db_constraint=False,  # the account may go while a request of its is under way
        verbose_name=_("用户"),
    )
    handle = models.CharField(_("标识"), max_length=16, blank=True, db_index=True)
    started_at = models.DateTimeField(_("登录时间"), null=True)
    address = models.CharField(_("来源地址"), max_length=64, blank=True)
    browser = models.CharField(_("浏览器"), max_length=200, blank=True)

    objects = LoginSessionQuerySet.as_manager()  # type: ignore[assignment,misc]  # Django's declares its own for the class

    class Meta(AbstractBaseSession.Meta):
        verbose_name = verbose_name_plural = _("登录会话")  # type: ignore[assignment]  # Django's own is a text

    def __str__(self):
        return f"{self.handle} {self.started_at}"

    @classmethod
    def get_session_store_class(cls):
        raise NotImplementedError("identity.sessions.SessionStore")

    @property
    def seen_at(self) -> datetime:
        """The last request, to a tenth of the idle time: a busy user costs no write for each."""
        return self.expire_date - timedelta(seconds=settings.SESSION_COOKIE_AGE)


class PasswordRecord(models.Model):
    """A password that an account has or had, as its hash. `is_temporary`: somebody else chose it, so that its owner has
    to choose another."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", verbose_name=_("用户"))
    hash = models.CharField(_("散列"), max_length=128)
    at = models.DateTimeField(_("设定时间"))
    is_temporary = models.BooleanField(_("首次登录须修改"), default=False)

    class Meta:
        ordering = ["-at", "-id"]
        verbose_name = verbose_name_plural = _("口令记录")

    def __str__(self):
        return f"{self.user_id} {self.at:%Y-%m-%d}"


class SecondFactor(models.Model):
    """What an account has beside its password, and how often a wrong one was given: five times, and it waits.
    `secret` is sealed with the site's key; `last_step` is the latest time step that was used, so that no code counts
    twice."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="second_factor", verbose_name=_("用户")
    )
    secret = models.CharField(_("密钥"), max_length=200, blank=True)
    totp_at = models.DateTimeField(_("动态口令启用时间"), null=True)
    last_step = models.PositiveBigIntegerField(_("已用时间步"), default=0)
    failures = models.PositiveSmallIntegerField(_("连续失败"), default=0)
    failed_at = models.DateTimeField(_("最近失败"), null=True)

    class Meta:
        verbose_name = verbose_name_plural = _("第二因子")
        constraints = [
            models.CheckConstraint(
                condition=Q(totp_at__isnull=True) | ~Q(secret=""),  # nosec B106  # none
                name="second_factor_in_use_has_a_secret",
            ),
        ]

    def __str__(self):
        return str(self.user_id)


class RecoveryCode(models.Model):
    """One of the codes that get in once each where the telephone is lost; only its digest is kept."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", verbose_name=_("用户"))
    digest = models.CharField(_("摘要"), max_length=64)
    used_at = models.DateTimeField(_("使用时间"), null=True)

    class Meta:
        verbose_name = verbose_name_plural = _("恢复码")
        constraints = [models.UniqueConstraint(fields=["user", "digest"], name="recovery_code_is_there_once")]

    def __str__(self):
        return str(self.user_id)


class Passkey(models.Model):
    """A key of WebAuthn: the public half, by which an answer of its owner's device is checked."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="passkeys", verbose_name=_("用户"))
    name = models.CharField(_("名称"), max_length=60)
    credential_id = models.CharField(_("凭据标识"), max_length=1400, unique=True)
    credential = models.TextField(_("公钥"))
    sign_count = models.PositiveBigIntegerField(_("签名计数"), default=0)
    created_at = models.DateTimeField(_("登记时间"))
    last_used_at = models.DateTimeField(_("最近使用"), null=True)

    class Meta:
        ordering = ["created_at", "id"]
        verbose_name = verbose_name_plural = _("通行密钥")

    def __str__(self):
        return self.name


class FactorReset(models.Model):
    """Somebody has lost the second factor: one person asks for it to be taken away, another one agrees."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", verbose_name=_("用户"))
    reason = models.CharField(_("理由"), max_length=200)
    asked_at = models.DateTimeField(_("提出时间"))
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("提出人")
    )
    asked_by_name = models.CharField(_("提出人姓名"), max_length=200)
    settled_at = models.DateTimeField(_("办结时间"), null=True)
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("办结人")
    )
    settled_by_name = models.CharField(_("办结人姓名"), max_length=200, blank=True)
    is_agreed = models.BooleanField(_("同意"), null=True)

    class Meta:
        ordering = ["-asked_at", "-id"]
        verbose_name = verbose_name_plural = _("第二因子重置")
        constraints = [
            models.UniqueConstraint(
                fields=["user"], condition=Q(settled_at__isnull=True), name="factor_reset_one_open_for_a_user"
            ),
            models.CheckConstraint(
                condition=Q(settled_at__isnull=True, is_agreed__isnull=True, settled_by_name="")
                | (Q(settled_at__isnull=False, is_agreed__isnull=False) & ~Q(settled_by_name="")),
                name="factor_reset_settled_says_by_whom_and_how",
            ),
            models.CheckConstraint(condition=~Q(asked_by=F("settled_by")), name="factor_reset_takes_two_people"),
        ]

    def __str__(self):
        return f"{self.user_id} {self.asked_at:%Y-%m-%d}"


class Provider(models.TextChoices):
    OIDC = "oidc", _("统一身份认证（OIDC）")
    CAS = "cas", _("统一身份认证（CAS）")
    LDAP = "ldap", _("目录服务（LDAP/AD）")


class ExternalIdentity(models.Model):
    """The one account of a person whom a directory knows by `subject`, a name of its own that never changes hands."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="identities", verbose_name=_("用户")
    )
    provider = models.CharField(_("来源"), max_length=8, choices=Provider)
    subject = models.CharField(_("目录标识"), max_length=200)
    linked_at = models.DateTimeField(_("关联时间"))
    last_login_at = models.DateTimeField(_("最近登录"), null=True)

    class Meta:
        ordering = ["provider", "subject"]
        verbose_name = verbose_name_plural = _("目录身份")
        constraints = [
            models.UniqueConstraint(fields=["provider", "subject"], name="identity_belongs_to_one_account"),
            models.UniqueConstraint(fields=["provider", "user"], name="account_has_one_identity_at_a_provider"),
        ]

    def __str__(self):
        return f"{self.provider}:{self.subject}"


class PostRule(models.Model):
    """What a unit and a post of the directory are here. The first rule that fits, in the order of `position`, counts;
    an empty post fits every post."""

    ROLES = (*ROLE_OF_KIND.values(), User.Role.LEADER)

    position = models.PositiveSmallIntegerField(_("顺序"), default=100)
    directory_unit = models.CharField(_("目录中的单位"), max_length=200)
    directory_post = models.CharField(_("目录中的职务或组"), max_length=200, blank=True, help_text=_("空白：任何职务"))
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("单位")
    )
    role = models.CharField(_("角色"), max_length=16, choices=User.Role)
    is_active = models.BooleanField(_("启用"), default=True)

    class Meta:
        ordering = ["position", "id"]
        verbose_name = verbose_name_plural = _("职务对应")
        constraints = [
            models.UniqueConstraint(
                fields=["directory_unit", "directory_post"], name="post_rule_one_for_a_unit_and_post"
            ),
            models.CheckConstraint(
                condition=Q(organisation__isnull=False) | Q(role=User.Role.LEADER),
                name="post_rule_of_a_role_with_scope_names_a_unit",
            ),
            models.CheckConstraint(
                condition=Q(role__in=["municipal", "leader", "county", "bureau", "department"]),
                name="post_rule_makes_no_administrator",
            ),
        ]

    def __str__(self):
        return f"{self.directory_unit} {self.directory_post}".strip()


class PersonalChoice(models.Model):
    """How a person wants the site: light or dark, and what he comes back to."""

    class Appearance(models.TextChoices):
        AUTO = "auto", _("随系统")
        LIGHT = "light", _("浅色")
        DARK = "dark", _("深色")

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="choice", verbose_name=_("用户"))
    appearance = models.CharField(_("外观"), max_length=5, choices=Appearance, default=Appearance.AUTO)
    favourites = models.JSONField(_("收藏"), default=list, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("个人偏好")

    def __str__(self):
        return f"{self.user_id} {self.appearance}"

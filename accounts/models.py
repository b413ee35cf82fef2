"""Who may do what: organisations, users, roles."""

from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth.models import AbstractUser, UserManager
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from areas.models import Area
from lib.web.languages import Named


class Organisation(Named, models.Model):
    """A unit that reports, reviews or pulls. Codes: the city's own; `330127-DRC`, `330127-health`."""

    class Kind(models.TextChoices):
        MUNICIPAL = "municipal", _("市发改委")
        COUNTY = "county", _("县级发改局")
        BUREAU = "bureau", _("县级部门")
        DEPARTMENT = "department", _("市级部门")

    code = models.CharField(_("代码"), max_length=40, unique=True)
    name = models.CharField(_("名称"), max_length=80)
    name_en = models.CharField(_("英文名"), max_length=120, blank=True)
    kind = models.CharField(_("类型"), max_length=12, choices=Kind)
    area = models.ForeignKey(Area, models.PROTECT, related_name="organisations", verbose_name=_("所属区划"))
    duty = models.CharField(
        _("职能部门"), max_length=40, blank=True, help_text=_("与指标“责任部门”同名，例：住房城乡建设局")
    )
    is_demo = models.BooleanField(_("演示数据"), default=False)

    class Meta:
        ordering = ["code"]
        verbose_name = verbose_name_plural = _("单位")
        constraints = [
            models.UniqueConstraint(
                fields=["area", "duty"], condition=~models.Q(duty=""), name="organisation_one_per_area_and_duty"
            ),
        ]

    def __str__(self):
        return self.name


class AccountManager(UserManager):
    def create_superuser(self, username, email=None, password=None, **more):
        """`manage.py createsuperuser`: an administrator, the role that needs no organisation."""
        return super().create_superuser(username, email, password, **{"role": User.Role.ADMINISTRATOR, **more})


class User(AbstractUser):
    class Role(models.TextChoices):
        ADMINISTRATOR = "administrator", _("系统管理员")
        MUNICIPAL = "municipal", _("市发改委")
        LEADER = "leader", _("领导")
        COUNTY = "county", _("县级发改局")
        BUREAU = "bureau", _("县级部门")
        DEPARTMENT = "department", _("市级部门")
        # Where an office divides the administrator into three (ADMINISTRATORS=three): none sees data, none can be two.
        SYSTEM = "system", _("系统管理员（三员）")
        SECURITY = "security", _("安全管理员")
        AUDITOR = "auditor", _("审计管理员")

    OFFICERS = (Role.SYSTEM, Role.SECURITY, Role.AUDITOR)

    role = models.CharField(_("角色"), max_length=16, choices=Role, default=Role.DEPARTMENT)
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="users", verbose_name=_("单位")
    )
    is_demo = models.BooleanField(_("演示数据"), default=False)
    is_service = models.BooleanField(_("接口账号"), default=False, editable=False)

    objects = AccountManager()  # type: ignore[misc]  # Django's users declare theirs for the class

    class Meta(AbstractUser.Meta):
        verbose_name = verbose_name_plural = _("用户")  # type: ignore[assignment]  # Django's own is a text
        constraints = [
            models.CheckConstraint(
                condition=models.Q(organisation__isnull=False)
                | models.Q(role__in=["administrator", "leader", "system", "security", "auditor"]),
                name="user_of_a_role_with_scope_has_an_organisation",
            ),
            models.CheckConstraint(
                condition=models.Q(is_service=False) | models.Q(is_staff=False, is_superuser=False),
                name="user_of_a_token_is_no_staff",
            ),
            models.CheckConstraint(
                condition=~models.Q(role__in=["system", "security", "auditor"])
                | models.Q(is_superuser=False, is_service=False, organisation=None),
                name="user_of_three_administrators_is_no_other",
            ),
        ]

    def __str__(self):
        return self.title

    @property
    def title(self) -> str:
        """How the user is shown to others: person, unit."""
        person = self.get_full_name() or self.username
        return f"{person}（{self.organisation.name}）" if self.organisation else person

    @property
    def person_id(self) -> int:
        """The account of who stands behind this one: behind a token's the person who made it, where that is known."""
        maker = self.token.created_by_id if self.is_service else None
        return maker or self.pk

    @property
    def unit_name(self) -> str:
        """The unit that speaks; the person where there is none."""
        return self.organisation.name if self.organisation else self.title

    @property
    def sees_all_counties(self) -> bool:
        """May read unapproved matter (submissions, entries, evidence) of every county."""
        return self.role in {self.Role.ADMINISTRATOR, self.Role.MUNICIPAL, self.Role.LEADER}

    @property
    def own_unit_id(self) -> int | None:
        """The unit that this user acts for: one of the kind that the role speaks for. Who only reads (leaders), and
        whose unit is of another kind by now, acts for none, whatever unit the account names."""
        unit = self.organisation
        return unit.pk if unit is not None and ROLE_OF_KIND[unit.kind] == self.role else None

    @property
    def own_area_code(self) -> str | None:
        """The county whose unapproved matter this user reads, for the roles bound to one."""
        if self.role in {self.Role.COUNTY, self.Role.BUREAU} and self.own_unit_id is not None:
            return self.organisation.area_id  # type: ignore[union-attr]  # who has an own unit has a unit
        return None

    @property
    def scope(self) -> tuple[str, int | None, str | None]:
        """All of this user that decides which sheets, matters and tasks are shown: role, unit and county. What was
        written to a person alone depends on the person besides."""
        return self.role, self.own_unit_id, self.own_area_code

    @property
    def is_officer(self) -> bool:
        """One of the three administrators, who keep the site and see no data."""
        return self.role in self.OFFICERS

    @property
    def manages_tokens(self) -> bool:
        """Sees every unit's tokens and agrees to what they write."""
        return self.role in {self.Role.ADMINISTRATOR, self.Role.SECURITY}

    @property
    def imports_official_tables(self) -> bool:
        return self.role in {self.Role.ADMINISTRATOR, self.Role.MUNICIPAL}


ROLE_OF_KIND: dict[str, str] = {  # the role that speaks for a unit of this kind: its people's, and its tokens'
    Organisation.Kind.MUNICIPAL: User.Role.MUNICIPAL,
    Organisation.Kind.COUNTY: User.Role.COUNTY,
    Organisation.Kind.BUREAU: User.Role.BUREAU,
    Organisation.Kind.DEPARTMENT: User.Role.DEPARTMENT,
}
_SCOPE = "read|write:entries|write:transitions"


class AccessTokenQuerySet(models.QuerySet):
    def visible_to(self, user):
        """The own unit's, for its people; an administrator sees all. Leaders read pages and have no tokens."""
        if not user.is_authenticated or user.is_service:
            return self.none()
        if user.manages_tokens:
            return self
        return self.filter(organisation=user.own_unit_id) if user.own_unit_id is not None else self.none()

    def in_force(self, at: datetime | None = None):
        """Those that open something now: neither revoked nor at their end."""
        at = at or timezone.now()
        begun = at - timedelta(days=settings.TOKEN_MOST_DAYS)
        return self.filter(revoked_at=None, expires_at__gt=at, created_at__gt=begun)

    def awaiting_consent(self):
        """Those in force whose writing no administrator has agreed to yet."""
        return self.in_force().filter(Q(scopes__contains="write:"), confirmed_at=None)


class AccessToken(models.Model):
    """A key to the API that belongs to a unit. Only its digest is kept; `key`, the public part, finds the row.

    Requests made with it act as `user`, an account of its own that nobody can log in with: so every rule that asks
    a user for role, unit or county holds for tokens as it stands, and the log names the token. What it may write it
    may only once an administrator has agreed (`confirmed_at`); whoever is asked to be another than somebody is told
    apart by the person who made it (`accounts.persons`)."""

    class Scope(models.TextChoices):
        READ = "read", _("读取")
        WRITE_ENTRIES = "write:entries", _("填报数据")
        WRITE_TRANSITIONS = "write:transitions", _("办理流转")

    TRY = "try"  # stands alone: answered from the demonstration, whatever the site holds (`accounts.sandbox`)
    TRY_LABEL = _("试用：只读演示数据")

    key = models.CharField(_("标识"), max_length=16, unique=True)
    digest = models.CharField(_("摘要"), max_length=64)
    name = models.CharField(_("名称"), max_length=80)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="tokens", verbose_name=_("单位"))
    user = models.OneToOneField(User, models.PROTECT, related_name="token", verbose_name=_("接口账号"))
    scopes = models.CharField(_("权限"), max_length=60, default=Scope.READ, help_text=_("以空格分隔"))
    networks = models.TextField(_("限定地址"), blank=True, help_text=_("每行一个地址或网段；空白不限"))
    rate = models.PositiveIntegerField(_("每分钟次数"), default=6000)
    created_at = models.DateTimeField(_("生成时间"))
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+", verbose_name=_("生成人"))
    created_by_name = models.CharField(_("生成人姓名"), max_length=200)
    confirmed_at = models.DateTimeField(_("同意时间"), null=True, blank=True)
    confirmed_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+", verbose_name=_("同意人"))
    confirmed_by_name = models.CharField(_("同意人姓名"), max_length=200, blank=True)
    expires_at = models.DateTimeField(_("到期时间"))
    revoked_at = models.DateTimeField(_("作废时间"), null=True, blank=True)
    revoked_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+", verbose_name=_("作废人"))
    revoked_by_name = models.CharField(_("作废人姓名"), max_length=200, blank=True)
    revoke_reason = models.TextField(_("作废理由"), blank=True)
    last_used_at = models.DateTimeField(_("最近使用"), null=True, blank=True)

    objects = AccessTokenQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]
        verbose_name = verbose_name_plural = _("接口令牌")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(scopes__regex=f"^(({_SCOPE})( ({_SCOPE})){{0,2}}|try)$"),
                name="token_has_known_scopes",
            ),
            models.CheckConstraint(
                condition=models.Q(expires_at__gt=models.F("created_at")), name="token_ends_after_it_begins"
            ),
            models.CheckConstraint(condition=models.Q(rate__gt=0), name="token_rate_is_positive"),
            models.CheckConstraint(
                condition=models.Q(revoked_at__isnull=True, revoke_reason="")
                | (models.Q(revoked_at__isnull=False) & ~models.Q(revoke_reason="") & ~models.Q(revoked_by_name="")),
                name="token_revoked_says_by_whom_and_why",
            ),
            models.CheckConstraint(
                condition=models.Q(confirmed_at__isnull=True, confirmed_by_name="")
                | (models.Q(confirmed_at__isnull=False) & ~models.Q(confirmed_by_name="")),
                name="token_confirmed_says_by_whom",
            ),
        ]

    def __str__(self):
        return f"{self.name} {self.key}"

    @property
    def asked_scopes(self) -> list[str]:
        """What it was made for, agreed to or not."""
        return self.scopes.split()

    @property
    def scope_list(self) -> list[str]:
        """What it may do now: without an administrator's consent it writes nothing."""
        return [scope for scope in self.asked_scopes if self.confirmed_at or not scope.startswith("write:")]

    @property
    def is_for_trying(self) -> bool:
        return self.scopes == self.TRY

    @property
    def awaits_consent(self) -> bool:
        return self.scope_list != self.asked_scopes

    @property
    def scope_names(self) -> list[str]:
        if self.is_for_trying:
            return [str(self.TRY_LABEL)]
        return [str(self.Scope(scope).label) for scope in self.asked_scopes]

    @property
    def ends_at(self) -> datetime:
        """When it ends at the latest: its own end, or the longest life that the installation allows."""
        return min(self.expires_at, self.created_at + timedelta(days=settings.TOKEN_MOST_DAYS))


class TokenUsage(models.Model):
    """How often a token called one endpoint on one day with one outcome: counters, not a row for each request."""

    token = models.ForeignKey(AccessToken, models.CASCADE, related_name="usage", verbose_name=_("令牌"))
    on = models.DateField(_("日期"))
    endpoint = models.CharField(_("接口"), max_length=200)
    status = models.PositiveSmallIntegerField(_("状态码"))
    calls = models.PositiveBigIntegerField(_("次数"))

    class Meta:
        ordering = ["-on", "endpoint", "status"]
        verbose_name = verbose_name_plural = _("令牌调用")
        constraints = [
            models.UniqueConstraint(fields=["token", "on", "endpoint", "status"], name="token_usage_is_counted_once"),
        ]

    def __str__(self):
        return f"{self.token_id} {self.on} {self.endpoint} {self.status}"

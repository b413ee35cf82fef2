"""Who may do what: organisations, users, roles."""

from django.contrib.auth.models import AbstractUser, UserManager
from django.db import models

from areas.models import Area


class Organisation(models.Model):
    """A unit that reports, reviews or pulls. Codes: `HZDRC`, `HZ-STATS`, `330127-DRC`, `330127-health`."""

    class Kind(models.TextChoices):
        MUNICIPAL = "municipal", "市发改委"
        COUNTY = "county", "县（市）发改局"
        BUREAU = "bureau", "县（市）部门"
        DEPARTMENT = "department", "市级部门"

    code = models.CharField("代码", max_length=40, unique=True)
    name = models.CharField("名称", max_length=80)
    name_en = models.CharField("英文名", max_length=120, blank=True)
    kind = models.CharField("类型", max_length=12, choices=Kind)
    area = models.ForeignKey(Area, models.PROTECT, related_name="organisations", verbose_name="所属区划")
    duty = models.CharField("职能部门", max_length=40, blank=True, help_text="与指标“责任部门”同名，例：住房城乡建设局")
    is_demo = models.BooleanField("演示数据", default=False)

    class Meta:
        ordering = ["code"]
        verbose_name = verbose_name_plural = "单位"
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
        ADMINISTRATOR = "administrator", "系统管理员"
        MUNICIPAL = "municipal", "市发改委"
        LEADER = "leader", "领导"
        COUNTY = "county", "县（市）发改局"
        BUREAU = "bureau", "县（市）部门"
        DEPARTMENT = "department", "市级部门"

    role = models.CharField("角色", max_length=16, choices=Role, default=Role.DEPARTMENT)
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="users", verbose_name="单位"
    )
    is_demo = models.BooleanField("演示数据", default=False)

    objects = AccountManager()

    class Meta(AbstractUser.Meta):
        verbose_name = verbose_name_plural = "用户"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(organisation__isnull=False) | models.Q(role__in=["administrator", "leader"]),
                name="user_of_a_role_with_scope_has_an_organisation",
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
    def sees_all_counties(self) -> bool:
        """May read unapproved matter (submissions, entries, evidence) of every county."""
        return self.role in {self.Role.ADMINISTRATOR, self.Role.MUNICIPAL, self.Role.LEADER}

    @property
    def own_area_code(self) -> str | None:
        """The county whose unapproved matter this user reads, for the roles bound to one."""
        if self.role in {self.Role.COUNTY, self.Role.BUREAU} and self.organisation:
            return self.organisation.area_id
        return None

    @property
    def imports_official_tables(self) -> bool:
        return self.role in {self.Role.ADMINISTRATOR, self.Role.MUNICIPAL}

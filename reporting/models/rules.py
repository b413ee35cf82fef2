"""What is held against typed numbers: the largest yearly change, and rules between numbers, in versions."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from indicators.models import Indicator
from lib.database.versions import VersionsQuerySet
from plan.models import CERTAIN, Cite

RULE_CODE = r"^[A-Z][A-Z0-9]{0,7}$"


class CheckLimit(models.Model):
    """The largest yearly change of an indicator that needs no explanation; without a row, three times the change
    that the county's targets plan for a year."""

    indicator = models.OneToOneField(Indicator, models.CASCADE, related_name="check_limit", verbose_name=_("指标"))
    max_yearly_change = models.DecimalField(_("年度变动上限"), max_digits=15, decimal_places=6)

    class Meta:
        verbose_name = verbose_name_plural = _("核实限值")
        constraints = [
            models.CheckConstraint(condition=Q(max_yearly_change__gt=0), name="check_limit_is_positive"),
        ]

    def __str__(self):
        return f"{self.indicator_id} ±{self.max_yearly_change}"


class NumberRuleQuerySet(VersionsQuerySet):
    def visible_to(self, user):
        """What numbers must agree is open to every login."""
        return self if user.is_authenticated else self.none()


class NumberRule(models.Model):
    """One version of a rule between numbers, in the language of `reporting.rules.language`."""

    class Severity(models.TextChoices):
        HARD = "hard", _("强制性")
        SOFT = "soft", _("核实性")

    code = models.CharField(_("规则代码"), max_length=8)
    version = models.PositiveIntegerField(_("版本"))
    text = models.CharField(_("规则"), max_length=200)
    severity = models.CharField(_("类别"), max_length=4, choices=Severity)
    words = models.CharField(_("说明"), max_length=200, blank=True)
    cite = models.CharField(_("依据类别"), max_length=10, choices=Cite, default=Cite.OFFICIAL)
    reason = models.TextField(_("理由"))
    recorded_at = models.DateTimeField(_("记录时间"))
    superseded_at = models.DateTimeField(_("被替代时间"), null=True, blank=True)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("记录人")
    )
    recorded_by_name = models.CharField(_("记录人姓名"), max_length=200, blank=True)

    objects = NumberRuleQuerySet.as_manager()

    class Meta:
        ordering = ["code", "-version"]
        verbose_name = verbose_name_plural = _("数据间规则")
        constraints = [
            models.UniqueConstraint(fields=["code", "version"], name="number_rule_version_is_unique"),
            models.UniqueConstraint(
                fields=["code"], condition=Q(superseded_at__isnull=True), name="number_rule_has_one_in_force"
            ),
            models.CheckConstraint(condition=Q(code__regex=RULE_CODE), name="number_rule_has_a_code"),
            models.CheckConstraint(condition=Q(severity__in=["hard", "soft"]), name="number_rule_is_hard_or_soft"),
            models.CheckConstraint(condition=~Q(text="") & ~Q(reason=""), name="number_rule_says_what_and_why"),
            models.CheckConstraint(
                condition=Q(superseded_at__isnull=True) | Q(superseded_at__gte=F("recorded_at")),
                name="number_rule_ends_after_it_begins",
            ),
        ]

    def __str__(self):
        return f"{self.code} v{self.version} {self.text}"

    @property
    def is_provisional(self) -> bool:
        return self.cite not in CERTAIN

"""The promises of the plan beyond its indicators: how many projects, how much money, what is to be everywhere.

How far a promise is kept is never stored: it is derived from projects, funding and official values whenever it is
asked for (`commitments.frames`, `commitments.progress`), so that it cannot lag behind them."""

from decimal import Decimal
from pathlib import Path

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from areas.models import Area
from indicators.models import Indicator
from lib.files.paths import STORED_NAME, inside
from plan.models import CERTAIN, Cite, Cited
from projects.models import HUNDRED_MILLION


class CommitmentQuerySet(models.QuerySet):
    def visible_to(self, user):
        """What the plan promises is open to every login."""
        return self if user.is_authenticated else self.none()


class Commitment(Cited):
    """One promise in the plan's own `words`. `value` is in `unit`, each year's own where `is_every_year`; a promise
    in words alone has none and is told by statements."""

    class Scope(models.TextChoices):
        TOTAL = "total", _("各地区合计")
        EACH = "each", _("各地区")
        AREA = "area", _("单独一个地区")

    class Comparison(models.TextChoices):
        MORE = ">", _("超过")
        AT_LEAST = ">=", _("不少于")
        LESS = "<", _("低于")
        AT_MOST = "<=", _("不超过")
        EXACTLY = "=", _("等于")

    class Source(models.TextChoices):
        """What tells how far it is kept."""

        PROJECTS = "projects", _("项目登记")
        INDICATOR = "indicator", _("指标")
        FUNDING = "funding", _("资金流水")
        MATCHING = "matching", _("配套规则")
        STATEMENTS = "statements", _("书面说明")

    code = models.CharField(_("承诺编号"), max_length=8, primary_key=True)
    name = models.CharField(_("承诺"), max_length=80)
    unit = models.CharField(_("单位"), max_length=12, blank=True)
    comparison = models.CharField(_("比较"), max_length=2, choices=Comparison, blank=True)
    value = models.DecimalField(_("承诺值"), max_digits=15, decimal_places=6, null=True, blank=True)
    from_year = models.PositiveSmallIntegerField(_("起始年"), null=True, blank=True)
    to_year = models.PositiveSmallIntegerField(_("终止年"), null=True, blank=True)
    years_cite = models.CharField(_("年份依据"), max_length=10, choices=Cite, blank=True)
    is_every_year = models.BooleanField(_("每年"), default=False)
    scope = models.CharField(_("口径范围"), max_length=8, choices=Scope)
    scope_cite = models.CharField(_("口径依据"), max_length=10, choices=Cite, blank=True)
    area = models.ForeignKey(Area, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("地区"))
    source_kind = models.CharField(_("数据来自"), max_length=12, choices=Source)
    indicator = models.ForeignKey(
        Indicator, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("对应指标")
    )
    funding_source = models.CharField(_("对应资金"), max_length=8, blank=True)
    least_total_yi = models.DecimalField(
        _("项目总投资不低于（亿元）"), max_digits=12, decimal_places=4, null=True, blank=True
    )
    position = models.PositiveSmallIntegerField(_("次序"), default=0)

    objects = CommitmentQuerySet.as_manager()

    class Meta:
        ordering = ["position", "code"]
        verbose_name = verbose_name_plural = _("承诺")
        constraints = [
            models.CheckConstraint(
                condition=Q(source_kind="statements", value=None) | (~Q(source_kind="statements") & Q(value__gte=0)),
                name="commitment_has_a_value_or_is_in_words",
            ),
            models.CheckConstraint(
                condition=Q(scope="area", area__isnull=False) | (~Q(scope="area") & Q(area=None)),
                name="commitment_of_one_county_names_it",
            ),
            models.CheckConstraint(
                condition=Q(to_year=None) | Q(to_year__gte=F("from_year")), name="commitment_ends_after_it_begins"
            ),
        ]

    def __str__(self):
        return f"{self.code} {self.name}"

    @property
    def counted_from_yi(self) -> Decimal:
        """The total from which a project counts, in 亿元; of a promise that names none, that of any large project."""
        return self.least_total_yi or Decimal(HUNDRED_MILLION)

    @property
    def is_our_reading(self) -> bool:
        """Whether the plan's words leave open over which counties or years it counts, and we have chosen."""
        return any(cite and cite not in CERTAIN for cite in (self.scope_cite, self.years_cite))

    @property
    def counted_words(self) -> str:
        """Of money: in which of its four stages it counts, for pages beside show another."""
        return gettext("按下达数计") if self.source_kind == self.Source.FUNDING else ""


class StatementQuerySet(models.QuerySet):
    def visible_to(self, user):
        """The words are open to every login, as the promise is; for the file see `with_files_for`."""
        return self if user.is_authenticated else self.none()

    def with_files_for(self, user):
        """Those with a file that the user may have: as evidence, the county that it is about and who sees all counties,
        and as with the file of a statement on a task."""
        rows = self.visible_to(user).exclude(stored_as="")
        if not user.is_authenticated or user.sees_all_counties:
            return rows
        return rows.filter(area=user.own_area_code) if user.own_area_code else rows.none()


class CommitmentStatement(models.Model):
    """书面说明: what a county, or the city, says of a promise in words on a day, with a file that bears it out. Never
    changed; the latest of a county is its standing."""

    class Standing(models.TextChoices):
        FULFILLED = "fulfilled", _("已兑现")
        ON_TRACK = "on_track", _("正在推进")
        BEHIND = "behind", _("进展滞后")

    commitment = models.ForeignKey(Commitment, models.PROTECT, related_name="statements", verbose_name=_("承诺"))
    area = models.ForeignKey(Area, models.PROTECT, related_name="+", verbose_name=_("地区"))
    standing = models.CharField(_("判断"), max_length=10, choices=Standing)
    words = models.TextField(_("说明"))
    stated_on = models.DateField(_("日期"))
    at = models.DateTimeField(_("记录时间"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    by_name = models.CharField(_("填报人"), max_length=200)
    file_name = models.CharField(_("佐证文件"), max_length=160, blank=True)
    content_type = models.CharField(max_length=100, blank=True)
    stored_as = models.CharField(max_length=64, blank=True)
    is_demo = models.BooleanField(_("演示数据"), default=False)

    objects = StatementQuerySet.as_manager()

    class Meta:
        ordering = ["-stated_on", "-id"]
        verbose_name = verbose_name_plural = _("承诺说明")
        constraints = [
            models.CheckConstraint(condition=~Q(words=""), name="statement_says_something"),
            models.CheckConstraint(
                condition=Q(file_name="", stored_as="") | (~Q(file_name="") & ~Q(stored_as="")),
                name="statement_file_is_stored",
            ),
            models.CheckConstraint(
                condition=Q(stored_as="") | Q(stored_as__regex=STORED_NAME), name="statement_file_has_a_stored_name"
            ),
        ]

    def __str__(self):
        return f"{self.commitment_id} {self.area_id} {self.stated_on}"

    @property
    def path(self) -> Path:
        """OutsideFolder where the stored name, say of a restored row, leads elsewhere."""
        return inside(Path(settings.MEDIA_ROOT) / "statements", self.stored_as)

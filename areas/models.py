"""The city and its counties, by their GB/T 2260 codes."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from lib.web.languages import Named


class AreaQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self if user.is_authenticated else self.none()

    def counties(self):
        """The areas that carry targets: counties, county-level cities and districts, in the plan's order."""
        return self.exclude(kind=Area.Kind.CITY)

    def judged(self):
        """The counties, and the city where the plan gives it targets of its own."""
        return self.exclude(kind=Area.Kind.CITY, has_own_rows=False)


class Area(Named, models.Model):
    class Kind(models.TextChoices):
        CITY = "city", _("设区市")
        COUNTY = "county", _("县")
        COUNTY_LEVEL_CITY = "county_level_city", _("县级市")
        DISTRICT = "district", _("市辖区")

    code = models.CharField(_("区划代码"), max_length=6, primary_key=True, help_text=_("GB/T 2260，六位数字"))
    name = models.CharField(_("名称"), max_length=40)
    name_en = models.CharField(_("英文名"), max_length=60)
    kind = models.CharField(_("类型"), max_length=20, choices=Kind)
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name=_("上级")
    )
    is_provincial_pilot = models.BooleanField(_("省级试点"), default=False)
    has_own_rows = models.BooleanField(
        _("有自己的目标和数值"),
        default=False,
        help_text=_("设区市在方案里有自己的目标时勾选：它像各地区一样报送、评估，但不计入地区个数"),
    )
    population_2020 = models.PositiveIntegerField(_("常住人口（人，七普）"), null=True, blank=True)
    note = models.CharField(_("说明"), max_length=200, blank=True)
    first_year = models.PositiveSmallIntegerField(
        _("起始年"), null=True, blank=True, help_text=_("从哪一年起才有这个地区；一直有的留空")
    )
    last_year = models.PositiveSmallIntegerField(
        _("终止年"), null=True, blank=True, help_text=_("到哪一年为止；一直有的留空")
    )
    position = models.PositiveSmallIntegerField(_("次序"), default=0)

    objects = AreaQuerySet.as_manager()

    class Meta:
        ordering = ["position", "code"]
        verbose_name = verbose_name_plural = _("区划")
        constraints = [
            models.CheckConstraint(condition=models.Q(code__regex=r"^[0-9]{6}$"), name="area_code_is_gbt2260"),
        ]

    def __str__(self):
        return self.name

    def is_there(self, year: int) -> bool:
        """Whether the area has that year."""
        return (self.first_year is None or year >= self.first_year) and (
            self.last_year is None or year <= self.last_year
        )

"""Years of public holidays and make-up days that an operator has loaded."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class HolidayYear(models.Model):
    """A year's public holidays and make-up days, loaded from a file; takes the place of what the release brings."""

    year = models.PositiveSmallIntegerField(_("年份"), primary_key=True)
    source = models.CharField(_("依据"), max_length=200)
    days_off = models.JSONField(_("放假的工作日"))
    days_worked = models.JSONField(_("上班的周末"))
    loaded_at = models.DateTimeField(_("载入时间"))

    class Meta:
        ordering = ["-year"]
        verbose_name = verbose_name_plural = _("放假安排")
        constraints = [models.CheckConstraint(condition=~Q(source=""), name="holiday_year_names_its_source")]

    def __str__(self):
        return f"{self.year} {self.source}"

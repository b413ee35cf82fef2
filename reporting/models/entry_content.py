"""What an entry says, as it is now and in every version of it."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from indicators.terms.parts import RatioParts


class EntryContent(models.Model):
    """What a clerk types for one indicator: a value, or the parts that it is divided from; of a stage also the day on
    which it was reached. A blank value needs a word in `explanation`. One part alone is kept too: nothing typed is
    lost."""

    value = models.DecimalField(_("数值"), max_digits=15, decimal_places=6, null=True, blank=True)
    numerator = models.DecimalField(_("分子"), max_digits=15, decimal_places=6, null=True, blank=True)
    denominator = models.DecimalField(_("分母"), max_digits=15, decimal_places=6, null=True, blank=True)
    reached_on = models.DateField(_("达到日期"), null=True, blank=True)
    explanation = models.TextField(_("说明"), blank=True)

    class Meta:
        abstract = True

    @property
    def parts(self) -> RatioParts:
        return RatioParts(self.numerator, self.denominator)

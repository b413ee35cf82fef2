"""Charts that other sites show in a frame."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

LONGEST_ADDRESS = 500


class Embedding(models.Model):
    """One chart that listed sites may show without a login, always with the official numbers of the day.

    `chart`: its address without the kind and with its choice, "/charts/path/330127/P02?benchmark=standard"; `hosts`:
    the origins that may frame it, separated by blanks. Who knows `key` sees the picture, for it stands in the pages of
    those sites."""

    key = models.CharField(max_length=43, unique=True)
    chart = models.CharField(_("图"), max_length=LONGEST_ADDRESS)
    title = models.CharField(_("标题"), max_length=300)
    hosts = models.CharField(_("可以嵌入的网站"), max_length=500)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("开放人"))
    created_by_name = models.CharField(_("开放人姓名"), max_length=200)
    created_at = models.DateTimeField(_("开放时间"))
    ended_at = models.DateTimeField(_("停止时间"), null=True, blank=True)
    ended_by_name = models.CharField(_("停止人姓名"), max_length=200, blank=True)
    reason = models.CharField(_("停止理由"), max_length=200, blank=True)

    class Meta:
        ordering = ["-created_at", "-id"]
        verbose_name = verbose_name_plural = _("对外嵌入的图")
        constraints = [
            models.CheckConstraint(condition=Q(chart__startswith="/charts/"), name="embedding_is_of_a_chart"),
            models.CheckConstraint(
                condition=(Q(ended_at__isnull=True) & Q(reason=""))
                | (Q(ended_at__isnull=False) & ~Q(reason="") & ~Q(ended_by_name="")),
                name="embedding_ended_says_by_whom_and_why",
            ),
        ]

    def __str__(self):
        return self.title

    @property
    def is_open(self) -> bool:
        """Not ended, and who opened it still has a login."""
        return self.ended_at is None and self.created_by.is_active

"""What an uploaded table has recorded, for the day within which it can be undone."""

from datetime import timedelta

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

CAN_BE_UNDONE = timedelta(days=1)


class UploadedTable(models.Model):
    """One table that was confirmed: the row is the claim, and there is one by a token, so that no file is recorded
    twice. `recorded` is what the door needs to undo it; `told` what undoing could and could not take back."""

    token = models.CharField(max_length=32, primary_key=True)
    kind = models.CharField(_("类别"), max_length=20)
    place = models.CharField(_("位置"), max_length=40, blank=True)
    name = models.CharField(_("文件"), max_length=200)
    sha256 = models.CharField("SHA-256", max_length=64)
    at = models.DateTimeField(_("确认时间"), default=timezone.now, db_index=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("经办人")
    )
    words = models.CharField(_("结果"), max_length=300, blank=True)
    recorded = models.JSONField(default=dict)
    undone_at = models.DateTimeField(_("撤销时间"), null=True, blank=True)
    reason = models.CharField(_("撤销理由"), max_length=500, blank=True)
    told = models.JSONField(default=list)

    class Meta:
        ordering = ["-at"]
        verbose_name = verbose_name_plural = _("已确认的上传")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(undone_at__isnull=True) | ~models.Q(reason=""), name="upload_undone_says_why"
            ),
        ]

    def __str__(self):
        return f"{self.name} {self.at:%Y-%m-%d %H:%M}"

    @property
    def can_be_undone(self) -> bool:
        return self.undone_at is None and timezone.now() - self.at < CAN_BE_UNDONE

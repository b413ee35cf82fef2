"""What is official has versions: what, since when, by whom, on what ground."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from lib.database.versions import VersionsQuerySet
from plan.models import Cited, PolicyDocument

IN_FORCE = Q(superseded_at__isnull=True)


class VersionedQuerySet(VersionsQuerySet):
    def visible_to(self, user):
        """Official figures are open to every login."""
        return self if user.is_authenticated else self.none()


class Versioned(Cited):
    """One version of something official: what, since when, by whom, on what ground."""

    class Via(models.TextChoices):
        FIXTURE = "fixture", _("方案基础数据")
        IMPORT = "import", _("表格导入")
        EDIT = "edit", _("页面修改")
        APPROVAL = "approval", _("审核通过")
        DEMO = "demo", _("演示数据")
        RULE = "rule", _("由方案的规则换算")

    version = models.PositiveIntegerField(_("版本"))
    recorded_at = models.DateTimeField(_("记录时间"), db_index=True)
    superseded_at = models.DateTimeField(_("被替代时间"), null=True, blank=True)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("经办人")
    )
    recorded_via = models.CharField(_("途径"), max_length=10, choices=Via)
    document = models.ForeignKey(
        PolicyDocument, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("依据文件")
    )
    reason = models.TextField(_("理由"), blank=True)
    is_demo = models.BooleanField(_("演示数据"), default=False)

    objects = VersionedQuerySet.as_manager()

    class Meta:
        abstract = True

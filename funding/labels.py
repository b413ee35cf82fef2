"""What the codes of money and matching are called on pages and in files."""

from django.utils.translation import gettext_lazy as _

STATUS_NAMES = {
    "met": _("达到"),
    "near": _("接近"),
    "short": _("不足"),
    "exempt": _("豁免"),
    "no_base": _("无基数"),
    "no_rule": _("无规则"),
}
LEVEL_NAMES = {"source": _("资金来源"), "area": _("地区"), "field": _("领域"), "project": _("项目")}

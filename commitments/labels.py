"""What the codes of promises are called on pages and in files."""

from django.utils.translation import gettext_lazy as _

STATUS_NAMES = {
    "fulfilled": _("已兑现"),
    "on_track": _("符合序时"),
    "behind": _("落后序时"),
    "broken": _("到期未兑现"),
    "not_due": _("未到期"),
    "unknown": _("没有数据"),
}

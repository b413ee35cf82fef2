"""What the kernel's codes are called on pages and in files."""

from django.utils.translation import gettext_lazy as _

STATUS_NAMES = {
    "met": _("达标"),
    "near": _("接近"),
    "behind": _("滞后"),
    "unreported": _("未报"),
    "not_due": _("未到报送期"),  # true of a year to come, and of one that is over and not yet reported
    "no_target": _("无目标"),
    "no_standard": _("无省定标准"),
    "not_applicable": _("不适用"),
}
URGENT = ("behind", "near", "unreported")  # what needs a word, the worst first
GRADE_NAMES = {
    "very_likely": _("很可能"),
    "likely": _("可能"),
    "even": _("各半"),
    "unlikely": _("不大可能"),
    "very_unlikely": _("很不可能"),
    "unknown": _("无法判断"),
}
OUTLOOK_NAMES = {
    "achieved": _("已实现"),
    "on_track": _("进度相符"),
    "undecided": _("存疑"),
    "accelerate": _("需提速"),
    "limited": _("难以实现"),
    "moving_away": _("背离"),
    "missed": _("未实现"),
    "unknown": _("无法判断"),
}

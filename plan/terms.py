"""Words that stand in the data in Chinese and have one official English name: units of measure and
bureaus."""

from decimal import Decimal

from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from lib.numbers import plain, rounded
from lib.web.languages import is_english

TERMS = {
    "个": _("个"),
    "家": _("家"),
    "亩": _("亩"),
    "倍": _("倍"),
    "人": _("人"),
    "亿元": _("亿元"),
    "万元": _("万元"),
    "亿元/年": _("亿元/年"),
    "个/千人": _("个/千人"),
    "个百分点": _("个百分点"),
    "阶段": _("阶段"),
    "是": _("是"),
    "否": _("否"),
    "教育局": _("教育局"),
    "规划和自然资源局": _("规划和自然资源局"),
    "发展和改革局": _("发展和改革局"),
    "住房城乡建设局": _("住房城乡建设局"),
    "综合行政执法局": _("综合行政执法局"),
    "经济和信息化局": _("经济和信息化局"),
    "卫生健康局": _("卫生健康局"),
    "医疗保障局": _("医疗保障局"),
    "统计局": _("统计局"),
    "民政局": _("民政局"),
    "交通运输局": _("交通运输局"),
}


def wan_words(wan: float | Decimal, decimals: int = 0) -> str:
    """Money in a sentence, from 万元: "5,400万元"; in English, which counts by thousands, "54 million yuan"."""
    if is_english():
        return f"{plain(wan / 100)} million yuan"
    return f"{plain(wan, decimals)}{TERMS['万元']}"


def yi_words(yi: float | Decimal) -> str:
    """As `wan_words`, from 亿元, to two places: "14.88亿元"; "1,488 million yuan"."""
    shown = round(float(yi), 2)
    return f"{plain(shown * 100)} million yuan" if is_english() else f"{plain(shown)}{TERMS['亿元']}"


def yi_pair(done: float, promised: float) -> tuple[str, str, str]:
    """(done, promised, unit) of money in 亿元 side by side: ("14.88", "15", "亿元"); in English by the million."""
    if is_english():
        return plain(round(done * 100, 1)), plain(round(promised * 100, 1)), "million yuan"
    return rounded(done, 2), plain(promised), "亿元"


def term(words: str) -> str:
    """The word in the language of the page; as it is where no other is known."""
    return str(TERMS.get(words, words))


def english(words: str) -> str:
    """The English word, whatever the language of the page."""
    with override("en"):
        return term(words)

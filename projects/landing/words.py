"""What the register says in its heading: how many projects have landed against the plan's first promise."""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from lib.numbers import rounded
from lib.sentences import Phrase, Sentence, sentence
from projects.landing.counter import Counter


def heading(counters: Sequence[Counter]) -> Sentence:
    """Of the first promise: how many have landed of how many, and whether that keeps the time-proportional pace. Of a
    plan that promises none, what the page is about."""
    if not counters:
        return sentence(_("重大项目"))
    first = counters[0]
    words = _("已落地{name} {n} 个，方案承诺 {promised} 个")
    if first.comparison == ">":
        words = _("已落地{name} {n} 个，方案承诺超过 {promised} 个")
    landed = words.format(name=first.name, n=first.done, promised=first.promised)
    return sentence(landed, _("，"), pace(first), _("。"))


def pace(counter: Counter) -> Phrase:
    """How far the counter is ahead of what is due by now, or short of it."""
    if counter.is_ahead:
        return Phrase(_("比序时进度多 {n} 个").format(n=rounded(counter.lead, 1)))
    return Phrase(_("比序时进度少 {n} 个").format(n=rounded(counter.shortfall, 1)), "behind")

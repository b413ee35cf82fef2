"""What the page of two years says in its heading: tested words with their moods."""

from django.utils.translation import gettext as _

from figures.compare import Totals
from lib.sentences import Phrase, Sentence, joined, sentence


def heading(year: int, earlier: int | None, totals: Totals) -> Sentence:
    """How many values compare, and which way they moved; or why nothing does."""
    if not earlier:
        return sentence(_("{year}年是基期年，没有更早的年份可比；请选较晚的年份。").format(year=year))
    if not totals.both:
        words = _("{earlier}年和{year}年没有两年都有实际值的项，还不能对比。")
        return sentence(words.format(earlier=earlier, year=year))
    words = _("{year}年比{earlier}年：{both}项可比，{better}项向好")
    compared = words.format(year=year, earlier=earlier, both=totals.both, better=totals.better)
    moved = joined([Phrase(compared), *_rest(totals)], _("，"))
    return sentence(*moved, *_turned(totals), _("。"))


def _rest(totals: Totals) -> list[Phrase]:
    """What did not get better."""
    told = []
    if totals.worse:
        told.append(Phrase(_("{n}项变差").format(n=totals.worse), "behind"))
    if totals.same:
        told.append(Phrase(_("{n}项持平").format(n=totals.same)))
    return told


def _turned(totals: Totals) -> list[Phrase]:
    """What is met and was not, and the other way round."""
    told = []
    if totals.gained:
        told += [Phrase(_("；")), Phrase(_("{n}项转为达标").format(n=totals.gained))]
    if totals.lost:
        told += [Phrase(_("，")), Phrase(_("{n}项不再达标").format(n=totals.lost), "behind")]
    return told

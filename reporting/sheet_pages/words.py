"""What the pages of reporting say in their headings, and how many days are left: tested words with their moods."""

from collections.abc import Mapping, Sequence

from django.utils.translation import gettext as _

from lib.sentences import Phrase, Sentence, sentence
from reporting.models import Submission
from reporting.sheet_pages.rows import SheetPageRow


def days_left(days: int) -> Sentence:
    """Until the last day of a round; `days` is negative where that day is over."""
    if days < 0:
        return sentence(Phrase(_("已逾期{n}天").format(n=-days), "behind"))
    return sentence(_("还有{n}天").format(n=days))


def sheet_heading(submission: Submission, counts: Mapping[str, int], *, may_edit: bool) -> Sentence:
    """Whose sheet of which year; for who types, how far his rows are (`counts` of
    `reporting.sheet_pages.rows`), else its state."""
    place = _("{area}{year}年度报送：").format(area=submission.area.shown_name, year=submission.round.year)
    if not may_edit:
        return sentence(place, submission.get_state_display(), _("。"))
    filled = _("您负责{n}项，已填{m}项").format(n=counts["total"], m=counts["filled"])
    if not counts["hard"]:
        return sentence(place, filled, _("。"))
    wrong = Phrase(_("{n}项必须更正").format(n=counts["hard"]), "behind")
    return sentence(place, filled, _("，"), wrong, _("。"))


def readings_words(rows: Sequence[SheetPageRow]) -> str:
    """Why the rows beside one's own cannot be typed in."""
    if any(row.line.entry.is_derived for row in rows):
        return _("由其他单位填，或由登记簿自动取数，只看")
    return _("由其他单位填，只看")


def progress_heading(year: int, *, is_open: bool, late: int) -> Sentence:
    """How many units of the year have not handed over yet; a `year` of 0 where none was ever opened."""
    if not year:
        return sentence(_("还没有开放过报送年度，由市里在“报送”页开放。"))
    if not is_open:
        return sentence(_("{year}年没有在这里开放填报；已有的官方数值不是从填报来的。").format(year=year))
    if not late:
        return sentence(_("{year}年报送：没有单位等着交出。").format(year=year))
    before, _number, after = _("{year}年报送：还有 {n} 个单位没有交出。").partition("{n}")
    return sentence(before.format(year=year), Phrase(str(late), "behind"), after)

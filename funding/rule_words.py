"""A matching rule in one sentence, with the years it holds for."""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from funding.models import MatchingRule
from lib.numbers import plain
from lib.sentences import Sentence, sentence


def in_force(rules: Sequence[MatchingRule]) -> Sentence:
    """The rules in force, the earliest years first: what a county has to match, with what, and how much at least."""
    if not rules:
        return sentence(_("当时没有生效的配套规则"), _("。"))
    told = [_rule(rule) for rule in rules]
    return sentence(_("；").join(told), _("。"))


def _rule(rule: MatchingRule) -> str:
    words = _("{years}年，每{base} 1 元（{sources}），各地区的 {source} 至少{matched} {ratio} 元")
    return words.format(
        years=_years(rule),
        base=rule.get_base_state_display(),
        sources=_("＋").join(source.code for source in rule.base_sources.all()),
        source=rule.match_source_id,
        matched=rule.get_match_state_display(),
        ratio=plain(rule.floor_ratio),
    )


def _years(rule: MatchingRule) -> str:
    """2025, 2025–2027, or 2025– where no end is set."""
    if rule.effective_to == rule.effective_from:
        return str(rule.effective_from)
    return f"{rule.effective_from}–{rule.effective_to or ''}"

"""The matching rule: a change is a new version with a reason; years that no rule speaks of are closed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import MAXYEAR, datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from funding.actions import FlowError, FlowForbidden
from funding.matching import Rule, years_left
from funding.models import FundingSource, MatchingExemption, MatchingRule, State
from journal.actions import actor_name, log_audit
from lib.database.queues import wait_in_line
from plan.models import Cite


@dataclass(frozen=True)
class RuleTerms:
    """What a matching rule says. Sources and areas by their codes; exemptions as (area, year or None for all)."""

    effective_from: int
    effective_to: int | None
    base_sources: Sequence[str]
    match_source: str
    floor_ratio: Decimal
    tolerance: Decimal
    base_state: str = State.ALLOCATED
    match_state: str = State.ARRIVED
    exemptions: Sequence[tuple[str, int | None]] = ()
    cite: str = Cite.OFFICIAL
    words: str = ""
    document: str = ""

    def kernel_rule(self) -> Rule:
        """As the kernel takes it, before it has a number."""
        return Rule(
            version=0,
            first=self.effective_from,
            last=self.effective_to,
            base_sources=frozenset(self.base_sources),
            base_state=self.base_state,
            match_source=self.match_source,
            match_state=self.match_state,
            floor=self.floor_ratio,
            tolerance=self.tolerance,
            exempt=frozenset(self.exemptions),
        )


@transaction.atomic
def define_rule(terms: RuleTerms, *, reason: str, by: User | None, at: datetime | None = None) -> MatchingRule:
    """Put a rule in force for its years. A rule in force that speaks of some of them is superseded; for the years that
    are left to it, it is recorded anew as a version of its own. Nothing is overwritten.

    FlowError in words where the terms cannot be: no reason, years out of order, a base that holds the match itself."""
    check_rule(terms, reason, by)
    wait_in_line("matching rules")
    moment = at or timezone.now()
    standing = MatchingRule.objects.select_for_update().as_of().order_by("effective_from")
    overlapping = [rule for rule in standing if _overlaps(rule, terms)]
    old = [_rule_words(rule) for rule in overlapping]
    MatchingRule.objects.filter(pk__in=[rule.pk for rule in overlapping]).update(superseded_at=moment)
    for rule in overlapping:
        years = (rule.effective_from, rule.effective_to), (terms.effective_from, terms.effective_to)
        for first, last in years_left(*years):
            _create_rule(terms_of(rule, first, last), rule.reason, by, moment)
    made = _create_rule(terms, reason.strip(), by, moment)
    row = {"key": f"v{made.version}", "old": {"rules": old} if old else None, "new": _rule_words(made)}
    log_audit(action="define_rule", subject="funding.matchingrule", rows=[row], by=by, reason=made.reason)
    return made


def check_rule(terms: RuleTerms, reason: str, by: User | None) -> None:
    """FlowError with all that speaks against the terms; FlowForbidden where the rule is not this user's to change."""
    if by is not None and by.role not in {User.Role.ADMINISTRATOR, User.Role.MUNICIPAL}:
        raise FlowForbidden([(None, _("配套规则由市发改委修改。"))])
    problems = _rule_problems(terms, reason)
    if problems:
        raise FlowError([(None, words) for words in problems])


def _rule_problems(terms: RuleTerms, reason: str) -> list[str]:
    sources = set(FundingSource.objects.values_list("code", flat=True))
    checks = [
        (bool(reason.strip()), _("请写明理由。")),
        (bool(terms.base_sources), _("请至少选一种计入基数的资金。")),
        ({*terms.base_sources, terms.match_source} <= sources, _("有不认识的资金来源。")),
        (terms.match_source not in terms.base_sources, _("配套资金自己不能计入基数。")),
        (2000 <= terms.effective_from <= 2100, _("起始年应为四位年份。")),
        (terms.effective_to is None or terms.effective_to >= terms.effective_from, _("终止年不能早于起始年。")),
        (terms.floor_ratio >= 0 and terms.tolerance >= 0, _("比例和容差不能为负。")),
    ]
    return [words for is_right, words in checks if not is_right]


def _overlaps(rule: MatchingRule, terms: RuleTerms) -> bool:
    if rule.effective_to is not None and rule.effective_to < terms.effective_from:
        return False
    return terms.effective_to is None or rule.effective_from <= terms.effective_to


def terms_of(rule: MatchingRule, first: int, last: int | None) -> RuleTerms:
    """The same terms for fewer years; exemptions of other years stay behind."""
    end = MAXYEAR if last is None else last
    kept = []
    for each in rule.exemptions.all():
        if each.year is None or first <= each.year <= end:
            kept.append((each.area_id, each.year))
    names = ("floor_ratio", "tolerance", "base_state", "match_state", "cite", "words", "document")
    return RuleTerms(
        effective_from=first,
        effective_to=last,
        base_sources=[source.code for source in rule.base_sources.all()],
        match_source=rule.match_source_id,
        exemptions=kept,
        **{name: getattr(rule, name) for name in names},
    )


def _create_rule(terms: RuleTerms, reason: str, by: User | None, moment: datetime) -> MatchingRule:
    latest = MatchingRule.objects.aggregate(last=Max("version"))["last"] or 0
    names = ("effective_from", "effective_to", "base_state", "match_state", "floor_ratio", "tolerance")
    texts = ("cite", "words", "document")
    rule = MatchingRule.objects.create(
        version=latest + 1,
        match_source_id=terms.match_source,
        reason=reason,
        recorded_at=moment,
        recorded_by=by,
        recorded_by_name=actor_name(by),
        **{name: getattr(terms, name) for name in (*names, *texts)},
    )
    rule.base_sources.set(terms.base_sources)  # type: ignore[arg-type]  # its primary keys are texts
    each_once = dict.fromkeys(terms.exemptions)
    exemptions = [MatchingExemption(rule=rule, area_id=area, year=year) for area, year in each_once]
    MatchingExemption.objects.bulk_create(exemptions)
    return rule


def _rule_words(rule: MatchingRule) -> dict:
    """A rule as the log keeps it."""
    return {
        "version": rule.version,
        "years": [rule.effective_from, rule.effective_to],
        "base": sorted(source.code for source in rule.base_sources.all()),
        "base_state": rule.base_state,
        "match": rule.match_source_id,
        "match_state": rule.match_state,
        "floor_ratio": str(rule.floor_ratio),
        "tolerance": str(rule.tolerance),
        "exemptions": [[each.area_id, each.year] for each in rule.exemptions.all()],
    }

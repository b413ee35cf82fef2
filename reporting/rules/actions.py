"""Writes of the rules between numbers: versions, never changed in place, each with a reason."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from journal.actions import actor_name, log_audit
from lib.reasons import says_something
from lib.refusals import Invalid, NotAllowed
from plan.models import Cite
from reporting.models import RULE_CODE, NumberRule
from reporting.rules.contradictions import StandingRule, read_rule
from reporting.rules.language import RuleError

EDITORS = (User.Role.MUNICIPAL, User.Role.ADMINISTRATOR)


@dataclass(frozen=True)
class NumberRuleTerms:
    """What a rule says: `text` in the language of rules, `words` why it must hold."""

    code: str
    text: str
    severity: str
    words: str = ""
    cite: str = Cite.OFFICIAL

    @property
    def content(self) -> dict[str, Any]:
        return {"text": self.text, "severity": self.severity, "words": self.words, "cite": self.cite}


def standing(terms: NumberRuleTerms) -> StandingRule:
    """The rule as it would stand, unsaved. Invalid in words where it cannot."""
    if not re.fullmatch(RULE_CODE, terms.code):
        raise Invalid(_("规则代码由大写字母和数字组成，字母开头，例如 R01。"))
    if terms.severity not in NumberRule.Severity.values:
        raise Invalid(_("类别应是强制性或核实性。"))
    try:
        rule = read_rule(terms.text)
    except RuleError as error:
        raise Invalid(str(error)) from error
    return StandingRule(NumberRule(code=terms.code, version=0, **terms.content), rule)


@transaction.atomic
def define_number_rule(
    terms: NumberRuleTerms, *, reason: str, by: User | None, at: datetime | None = None
) -> NumberRule:
    """Put a rule, or the next version of one, in force. Invalid in words; the same again changes nothing."""
    _require_city(by)
    standing(terms)
    if not says_something(reason):
        raise Invalid(_("请写明理由（不少于6个字，“核实无误”不算）。"))
    at = at or timezone.now()
    versions = list(NumberRule.objects.select_for_update().filter(code=terms.code).order_by("version"))
    present = next((row for row in versions if row.superseded_at is None), None)
    if present is not None and {name: getattr(present, name) for name in terms.content} == terms.content:
        return present
    NumberRule.objects.filter(code=terms.code, superseded_at=None).update(superseded_at=at)
    made = NumberRule.objects.create(
        code=terms.code,
        version=versions[-1].version + 1 if versions else 1,
        **terms.content,
        reason=reason.strip(),
        recorded_at=at,
        recorded_by=by,
        recorded_by_name=actor_name(by),
    )
    old = {"text": present.text, "severity": present.severity} if present else None
    _log("define_number_rule", terms.code, old, {"text": made.text, "severity": made.severity}, by, made.reason)
    return made


@transaction.atomic
def withdraw_number_rule(code: str, *, reason: str, by: User | None, at: datetime | None = None) -> None:
    """End a rule; its versions stay to be read. Invalid where none of that code is in force."""
    _require_city(by)
    if not says_something(reason):
        raise Invalid(_("请写明理由（不少于6个字，“核实无误”不算）。"))
    present = NumberRule.objects.select_for_update().filter(code=code, superseded_at=None).first()
    if present is None:
        raise Invalid(_("没有生效的规则 {code}。").format(code=code))
    NumberRule.objects.filter(pk=present.pk).update(superseded_at=at or timezone.now())
    old = {"text": present.text, "severity": present.severity}
    _log("withdraw_number_rule", code, old, None, by, reason.strip())


@transaction.atomic
def record_number_rules(rows: Iterable[NumberRuleTerms], *, at: datetime) -> int:
    """The plan file's rules; a code that ever stood stays as the city has it. The number recorded."""
    known = set(NumberRule.objects.values_list("code", flat=True))
    fresh = [terms for terms in rows if terms.code not in known]
    for terms in fresh:
        define_number_rule(terms, reason=_("方案文件所列的数据间规则"), by=None, at=at)
    return len(fresh)


def _require_city(by: User | None) -> None:
    if by is not None and by.role not in EDITORS:
        raise NotAllowed(_("数据间规则由市发改委修改。"))


def _log(action: str, code: str, old: dict | None, new: dict | None, by: User | None, reason: str) -> None:
    rows = [{"key": code, "old": old, "new": new}]
    log_audit(action=action, subject="reporting.numberrule", rows=rows, by=by, reason=reason)

"""What of the plan is known by our reading or by a published page alone, and its confirmation: with the document that
says so and a reason, each through the action that its own page uses. Facts and their indicators are confirmed by the
official tables (`figures.official_imports`)."""

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from django.db import models, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from commitments.models import Commitment
from funding.models import FundingSource, MatchingRule
from funding.rule_actions import define_rule, terms_of
from indicators.cells.inputs import UNCERTAIN
from indicators.models import ContextFigure, IndicatorDefinition, KnownShortfall, Observation, Standard, Target
from journal.actions import log_audit
from lib.reasons import says_something
from lib.refusals import Invalid, NotAllowed
from plan.actions import find_or_record_document
from plan.models import CERTAIN, Chapter, Cite, Field, GovernanceBody, Milestone, PolicyDocument
from reporting.models import NumberRule
from reporting.rules.actions import NumberRuleTerms, define_number_rule

CITES = ("cite", "date_cite", "scope_cite", "years_cite")
MAKERS = (User.Role.MUNICIPAL, User.Role.ADMINISTRATOR)


@dataclass(frozen=True)
class OpenPoint:
    """One of them. `key` names it in a form; `reading` is how it is read here; `known_by` the kinds of its grounds."""

    key: str
    name: str
    reading: str
    known_by: tuple[str, ...]


@dataclass(frozen=True)
class OpenKind:
    """All of one kind that are open, in the plan's order."""

    title: str
    points: tuple[OpenPoint, ...]


@dataclass(frozen=True)
class _Kind:
    model: type[models.Model]
    title: Any  # translated when it is shown
    name: Callable[[Any], str] = str
    audit_key: Callable[[Any], str] = lambda row: str(row.pk)


def _context_key(row) -> str:
    return f"{row.area_id}/{row.name}/{row.year}"


def _context_name(row) -> str:
    return f"{row.area.name} {row.year} {row.name} {row.value.normalize():f} {row.unit}"


# Simple rows: kept in place, every change in the log.
KINDS: dict[str, _Kind] = {
    "document": _Kind(PolicyDocument, gettext_lazy("政策文件")),
    "chapter": _Kind(Chapter, gettext_lazy("章节")),
    "field": _Kind(Field, gettext_lazy("领域")),
    "milestone": _Kind(Milestone, gettext_lazy("里程碑")),
    "body": _Kind(GovernanceBody, gettext_lazy("组织机构")),
    "shortfall": _Kind(
        KnownShortfall,
        gettext_lazy("方案自述的差距"),
        lambda row: f"{row.indicator_id} {row.year or ''}".strip(),
        lambda row: row.indicator_id,
    ),
    "context": _Kind(ContextFigure, gettext_lazy("背景数据"), _context_name, _context_key),
    "promise": _Kind(Commitment, gettext_lazy("承诺的口径和年份")),
    "source": _Kind(FundingSource, gettext_lazy("资金来源")),
}
RULE, NUMBER_RULE = "rule", "number_rule"  # these have versions


def may_confirm(user: User) -> bool:
    """As the plan's objects in the back office: the city's commission and administrators."""
    return user.role in MAKERS


def open_points() -> list[OpenKind]:
    """By kind, those alone of which something is open."""
    found = [OpenKind(str(kind.title), tuple(_simple(name, kind))) for name, kind in KINDS.items()]
    found.append(OpenKind(_("配套规则"), tuple(_matching_rules())))
    found.append(OpenKind(_("数据间规则"), tuple(_number_rules())))
    return [kind for kind in found if kind.points]


def open_facts() -> dict[str, int]:
    """How many indicators, targets, standards and official values in force wait for the official tables."""
    definitions = IndicatorDefinition.objects.as_of().exclude(cite__in=CERTAIN, tolerance_cite__in=CERTAIN)
    counts = {"indicators": definitions.count()}
    for name, model in (("targets", Target), ("standards", Standard), ("values", Observation)):
        counts[name] = model.objects.as_of().filter(UNCERTAIN).count()
    return counts


def _cites(model: type[models.Model]) -> list[str]:
    names = {field.name for field in model._meta.concrete_fields}
    return [name for name in CITES if name in names]


def _open_cites(row: models.Model) -> dict[str, str]:
    """{column: kind of grounds} of those that do not count as certain; an empty one says nothing."""
    found = {name: getattr(row, name) for name in _cites(type(row))}
    return {name: cite for name, cite in found.items() if cite and cite not in CERTAIN}


def _simple(name: str, kind: _Kind) -> Iterator[OpenPoint]:
    rows = kind.model._default_manager.all()
    if kind.model is ContextFigure:
        rows = rows.select_related("area")
    for row in rows:
        cites = _open_cites(row)
        if cites:
            yield OpenPoint(f"{name}:{row.pk}", kind.name(row), _reading(row), _words(cites.values()))


def _reading(row) -> str:
    return "；".join(text for text in (row.words and f"「{row.words}」", row.note, row.source) if text)


def _words(cites: Iterable[str]) -> tuple[str, ...]:
    return tuple(str(Cite(cite).label) for cite in dict.fromkeys(cites))


def _matching_rules() -> Iterator[OpenPoint]:
    for rule in MatchingRule.objects.as_of().order_by("effective_from").prefetch_related("base_sources"):
        if rule.is_provisional:
            base = " + ".join(source.code for source in rule.base_sources.all())
            name = f"{rule.effective_from}–{rule.effective_to or ''} {base} → {rule.match_source_id}"
            yield OpenPoint(f"{RULE}:{rule.version}", name, rule.reason, _words([rule.cite]))


def _number_rules() -> Iterator[OpenPoint]:
    for rule in NumberRule.objects.as_of().order_by("code"):
        if rule.is_provisional:
            yield OpenPoint(f"{NUMBER_RULE}:{rule.code}", f"{rule.code} {rule.text}", rule.words, _words([rule.cite]))


@transaction.atomic
def confirm_points(keys: Collection[str], *, document: str, reason: str, by: User) -> int:
    """Each of them stands confirmed by that document from now on; the number of those. Words, numbers and notes stay as
    they are. Invalid where nothing is chosen, something is not open any more, or document or reason is missing."""
    if not may_confirm(by):
        raise NotAllowed(_("方案的内容由市级主管单位或系统管理员确认。"))
    chosen = list(dict.fromkeys(keys))
    if not chosen:
        raise Invalid(_("请选择要确认的内容。"))
    if not document.strip():
        raise Invalid(_("请写明依据的文件。"))
    if not says_something(reason):
        raise Invalid(_("请写明理由（不少于6个字，“核实无误”不算）。"))
    known = set()
    for kind_of_points in open_points():
        known |= {point.key for point in kind_of_points.points}
    gone = [key for key in chosen if key not in known]
    if gone:
        raise Invalid(_("有{n}项已经确认过，或已不在方案里；请核对后再选。").format(n=len(gone)))
    issuer = by.organisation.name if by.organisation else ""
    title = find_or_record_document(title=document.strip(), issuer=issuer).title
    for key in chosen:
        kind, _colon, own = key.partition(":")
        CONFIRM.get(kind, _confirm_simple)(kind, own, title, reason.strip(), by)
    return len(chosen)


def _confirm_simple(name: str, key: str, title: str, reason: str, by: User) -> None:
    kind = KINDS[name]
    row = kind.model._default_manager.select_for_update(of=("self",)).get(pk=key)
    before = _open_cites(row) | {"source": row.source}  # type: ignore[attr-defined]  # each of KINDS is Cited
    after = dict.fromkeys(_open_cites(row), str(Cite.OFFICIAL)) | {"source": title[:200]}
    kind.model._default_manager.filter(pk=row.pk).update(**after)
    told = {"key": kind.audit_key(row), "old": before, "new": after}
    log_audit(action="edit", subject=kind.model._meta.label_lower, rows=[told], by=by, reason=reason)


def _confirm_rule(_kind: str, version: str, title: str, reason: str, by: User) -> None:
    rule = MatchingRule.objects.as_of().get(version=version)
    terms = terms_of(rule, rule.effective_from, rule.effective_to)
    define_rule(replace(terms, cite=Cite.OFFICIAL, document=title[:200]), reason=reason, by=by)


def _confirm_number_rule(_kind: str, code: str, title: str, reason: str, by: User) -> None:
    rule = NumberRule.objects.as_of().get(code=code)
    terms = NumberRuleTerms(rule.code, rule.text, rule.severity, rule.words, Cite.OFFICIAL)
    define_number_rule(terms, reason=f"{reason}（{title}）", by=by)


CONFIRM: dict[str, Callable[[str, str, str, str, User], None]] = {
    RULE: _confirm_rule,
    NUMBER_RULE: _confirm_number_rule,
}

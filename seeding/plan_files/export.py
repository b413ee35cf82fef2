"""What stands in the database as a plan file: `load_plan` of it into an empty database gives the same plan. Without
what the demonstration made, and without what a plan file does not hold (logins, submissions, flows, history)."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

import yaml

from accounts.models import Organisation
from areas.models import Area
from commitments.models import Commitment
from funding.models import FundingSource, MatchingRule
from indicators.actions import PARTS
from indicators.models import (
    ContextFigure,
    IndicatorDefinition,
    KnownShortfall,
    Observation,
    Standard,
    Target,
    TargetRule,
    Versioned,
)
from indicators.terms.applicability import AREA_MARK
from lib.value_words import stage_name, stage_names
from plan.models import Chapter, Field, GovernanceBody, Milestone, Plan, PolicyDocument
from projects.models import Project
from reporting.models import NumberRule
from seeding.plan_files.projects import INFERRED, INFERRED_BEFORE
from seeding.plan_files.rows import DIRECTIONS, SCOPES

CITED = ("cite", "words", "source", "note")
HEAD = "# The plan as it stands in a site, written by export_plan. plan.schema.json says what may stand here.\n"


def plan_file_text() -> str:
    """The whole file. Raises `Plan.DoesNotExist` where no plan is loaded."""
    dumped = yaml.safe_dump(plan_rows(), allow_unicode=True, sort_keys=False, default_flow_style=None, width=10**6)
    return HEAD + dumped


def plan_rows() -> dict:
    """Its sections; an empty one is left out."""
    plan = Plan.objects.select_related("document", "owner", "finance").get()
    sections = {
        "plan": _plan(plan),
        "departments": _departments(),
        "documents": [_document(row) for row in PolicyDocument.objects.all()],
        "areas": [_area(row) for row in Area.objects.all()],
        "milestones": [_row(row, "year", *CITED) for row in Milestone.objects.all()],
        "chapters": [_row(row, "number", "title", "subjects", *CITED) for row in Chapter.objects.all()],
        "fields": [_row(row, "code", "name", "name_en", *CITED) for row in Field.objects.all()],
        "owners": _owners(),
        "indicators": [_indicator(row) for row in _definitions()],
        "targets": [*_facts(Target), *_target_rules()],
        "standards": _facts(Standard),
        "observations": _facts(Observation),
        "known_shortfalls": [_shortfall(row) for row in KnownShortfall.objects.order_by("indicator")],
        "context": [_context(row) for row in ContextFigure.objects.order_by("id")],
        "commitments": [_commitment(row) for row in Commitment.objects.all()],
        "funding_sources": [_source(row) for row in FundingSource.objects.all()],
        "matching_rule": _rule(),
        "number_rules": [_number_rule(row) for row in NumberRule.objects.as_of().order_by("code")],
        "governance": [_body(row) for row in GovernanceBody.objects.all()],
        "projects": [_project(row) for row in Project.objects.filter(origin=Project.Origin.PUBLIC)],
    }
    return {name: rows for name, rows in sections.items() if rows}


def _number(value: Decimal) -> int | float:
    return int(value) if value == int(value) else float(value)


def _filled(values: Mapping) -> dict:
    """Without what is empty; numbers as numbers."""
    return {key: _plain(value) for key, value in values.items() if not _is_empty(value)}


def _is_empty(value: object) -> bool:
    return value is None or value is False or value == ""


def _plain(value: object) -> object:
    if isinstance(value, Decimal):
        return _number(value)
    return str(value) if isinstance(value, str) else value


def _row(row, *names: str, **more) -> dict:
    return _filled({**{name: getattr(row, name) for name in names}, **more})


def _plan(plan: Plan) -> dict:
    owner = plan.owner or Organisation.objects.filter(kind=Organisation.Kind.MUNICIPAL).first()
    office = Organisation.objects.filter(kind=Organisation.Kind.COUNTY).exclude(duty="").first()
    return _filled(
        {
            "code": plan.document_id,
            "title": plan.document.title,
            "city": plan.area_id,
            "owner": _row(owner, "code", "name", "name_en"),
            "finance": plan.finance.code if plan.finance else "",
            "county_office": office.duty if office else "",
            "baseline_year": plan.baseline_year,
            "final_year": plan.final_year,
            "whole": plan.whole,
            "whole_en": plan.whole_en,
            "reporting_day": plan.reporting_day,
        }
    )


def _departments() -> list[dict]:
    rows = Organisation.objects.filter(kind=Organisation.Kind.DEPARTMENT, is_demo=False)
    return [_row(row, "code", "name", "name_en") for row in rows]


def _owners() -> dict[str, str]:
    """Each bureau's code, out of the codes of its units in the counties; in the order of the catalogue."""
    owners = {row.owner: "" for row in _definitions()}
    for unit in Organisation.objects.filter(is_demo=False).exclude(duty="").select_related("area"):
        owners[unit.duty] = unit.code.removeprefix(f"{unit.area_id}-")
    return {name: code or f"unit{number}" for number, (name, code) in enumerate(owners.items(), start=1)}


def _document(row: PolicyDocument) -> dict:
    return _row(row, "code", "title", "issuer", "level", *CITED, "date_cite", date=row.issued)


def _area(row: Area) -> dict:
    names = ("code", "name", "name_en", "kind", "population_2020", "first_year", "last_year", "note")
    return _row(row, *names, parent=row.parent_id, provincial_pilot=row.is_provincial_pilot, own_rows=row.has_own_rows)


def _definitions() -> Iterable[IndicatorDefinition]:
    return IndicatorDefinition.objects.as_of().filter(is_demo=False).order_by("indicator__position", "indicator")


def _indicator(row: IndicatorDefinition) -> dict:
    names = ("name", "name_en", "unit", "kind", "decimals", "tolerance", "tolerance_cite", "origin", "force", "owner")
    words = next(word for word, direction in DIRECTIONS.items() if direction == row.direction)
    bounds = [None if bound is None else _number(bound) for bound in (row.lower_bound, row.upper_bound)]
    more = {"field": row.field_id, "chapter": row.chapter_id, "origin_cite": row.cite}
    if not row.stages:  # of stages the ends follow from their number
        more["bounds"] = bounds
    texts = ("definition", "derived_from", "aggregation", "words", "source", "note")
    found = {"code": row.indicator_id, **_row(row, *names, direction=words, **more), **_row(row, *texts)}
    if row.stages:
        found["stages"] = list(row.stage_names)
    if row.stages_en:
        found["stages_en"] = list(stage_names(row.stages_en))
    if row.only_areas:
        found["only_areas"] = row.only_areas.split(AREA_MARK)
    found |= _row(row, "first_year", "last_year")
    if row.break_year:
        found["break"] = {"year": row.break_year, "words": row.break_note}
    return found | _parts(row) | _filled({"quarterly": row.is_quarterly})


def _parts(row: IndicatorDefinition) -> dict:
    """What the value is divided from; nothing where the row names no parts."""
    if row.parts is None:
        return {}
    named = {}
    for part in ("numerator", "denominator"):
        named[part] = _filled({text: getattr(row, f"{part}_{text}") for text in ("name", "unit", "source")})
    return named | _row(row, "parts_factor", "parts_cite")


def _facts(model: Any) -> list[dict]:
    rows = (
        model.objects.as_of()
        .filter(is_demo=False)
        .exclude(recorded_via=Versioned.Via.RULE)
        .order_by("indicator__position", "indicator", "area", "year")
    )
    stages = {row.indicator_id: row.stage_names for row in _definitions()}
    names: tuple[str, ...] = ("year", *CITED, "year_cite")
    if model is Observation:
        names = ("year", *PARTS, *CITED, "year_cite")
    found = []
    for row in rows:
        value = _amount(row.value, stages.get(row.indicator_id, ()))
        key = {"indicator": row.indicator_id, "area": row.area_id}
        found.append({**key, "value": value, **_upper_end(row), **_row(row, *names)})
    return found


def _amount(value: Decimal, stages: Sequence[str]) -> int | float | str:
    """A number, or the stage that it stands for."""
    return stage_name(value, stages) or _number(value)


def _upper_end(row: Any) -> dict:
    """Of a band its upper end; the day on which a stage was reached."""
    if not isinstance(row, Observation):
        return _filled({"value_high": row.value_high})
    return {"reached_on": row.reached_on.isoformat()} if row.reached_on else {}


def _rule_amount(rule: TargetRule, stages: Mapping[str, Sequence[str]]) -> object:
    if rule.amount is None or rule.kind != TargetRule.Kind.YEARLY:
        return rule.amount
    return _amount(rule.amount, stages.get(rule.indicator_id, ()))


def _target_rules() -> list[dict]:
    stages = {row.indicator_id: row.stage_names for row in _definitions()}
    rules = TargetRule.objects.as_of().order_by("indicator__position", "indicator", "area")
    return [_target_rule(rule, stages) for rule in rules]


def _target_rule(rule: TargetRule, stages: Mapping[str, Sequence[str]]) -> dict:
    return {
        "indicator": rule.indicator_id,
        "area": rule.area_id,
        "target_kind": str(rule.kind),
        **_filled({"value": _rule_amount(rule, stages), "value_high": rule.amount_high}),
        **_filled({"than": rule.other_id, "comparison": rule.comparison}),
        "from": rule.first_year,
        "to": rule.last_year,
        **_row(rule, *CITED),
    }


def _shortfall(row: KnownShortfall) -> dict:
    return {"indicator": row.indicator_id, **_row(row, "year", *CITED)}


def _context(row: ContextFigure) -> dict:
    return {"area": row.area_id, **_row(row, "name", "unit", "year", "value", *CITED)}


def _commitment(row: Commitment) -> dict:
    names = ("code", "name", "unit", "comparison", "value", "years_cite", "scope_cite", "least_total_yi", *CITED)
    scope = next((word for word, scope in SCOPES.items() if scope == row.scope), row.area_id)
    derived = f"{row.source_kind} {row.indicator_id}" if row.indicator_id else row.source_kind
    years = {"from": row.from_year, "to": row.to_year, "every_year": row.is_every_year}
    return _row(row, *names, scope=scope, derived_from=derived, **years)


def _source(row: FundingSource) -> dict:
    return _row(row, "code", "name", "name_en", "payer", "keeper", "commitment", "promised_yearly_yi", *CITED)


def _rule() -> dict:
    """The first of the rules in force: a file holds one."""
    rule = MatchingRule.objects.as_of().order_by("effective_from").first()
    if rule is None:
        return {}
    values = {
        "from": rule.effective_from,
        "to": rule.effective_to,
        "base_sources": list(rule.base_sources.values_list("code", flat=True)),
        "match_source": rule.match_source_id,
        "note": rule.reason,
    }
    return _filled({**values, **_row(rule, "floor_ratio", "tolerance", "cite", "words")})


def _number_rule(row: NumberRule) -> dict:
    return {"code": row.code, "rule": row.text, **_row(row, "severity", "words", "cite")}


def _body(row: GovernanceBody) -> dict:
    return _row(row, "members", "duty", *CITED, body=row.name)


def _project(row: Project) -> dict:
    note = row.note.removesuffix(INFERRED).removesuffix(INFERRED_BEFORE).removesuffix("；")
    dates = {"started": row.starts, "expected": row.ends, "completed": row.completed}
    amounts = []
    for amount in row.amounts.filter(corrected_by=None).order_by("id"):
        told = {"stage": amount.get_stage_display(), "value": amount.amount_yi, "date": amount.dated}
        amounts.append(_filled(told))
    areas = list(row.shares.order_by("area").values_list("area", flat=True))
    more = {"field": row.field_id, "industrial": row.is_industrial, "areas": areas, "amounts": amounts, **dates}
    return _row(row, "code", "name", "source", note=note, **more)

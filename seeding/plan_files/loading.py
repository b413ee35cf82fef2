"""The known facts of a plan (a file as `fixtures/plan.yaml`) brought into the database through the apps' actions.

Idempotent, and never over what the owner has imported or edited: a fact is recorded only where nothing is in
force, where the demonstration is, or where this file put an earlier reading of itself.
"""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actions import record_organisations
from accounts.models import Organisation, User
from areas.actions import record_areas
from areas.models import Area
from commitments.actions import record_commitments
from funding.actions import record_sources
from funding.models import MatchingRule
from funding.rule_actions import define_rule
from indicators.actions import Grounds, RecordedFacts, dispatch_recompute, record_facts, set_target_rules
from indicators.definitions.actions import define_indicators
from indicators.models import (
    ContextFigure,
    IndicatorDefinition,
    KnownShortfall,
    Observation,
    Standard,
    Target,
    Versioned,
)
from journal.actions import add_pending, stamp
from plan.actions import PlanTerms, record_documents, record_plan_text, set_plan
from plan.models import Cite, Plan, PolicyDocument
from reporting.rounds.actions import assign_responsibilities
from reporting.rules.actions import record_number_rules
from seeding.plan_files import rows as plan_rows
from seeding.plan_files.check import read_plan
from seeding.plan_files.projects import load_projects
from seeding.plan_files.yaml_text import PlanFault, PlanFileError

OVERWRITABLE = (Versioned.Via.FIXTURE, Versioned.Via.DEMO, Versioned.Via.RULE)
SERIES = ((Target, "targets"), (Standard, "standards"), (Observation, "observations"))


@dataclass(frozen=True)
class Loaded:
    """Keys recorded, by series; how many projects were entered."""

    indicators: RecordedFacts
    facts: dict[str, RecordedFacts]
    projects: int


def load_plan(file: Path, *, at: datetime | None = None, is_dry_run: bool = False) -> Loaded:
    """Load the whole file, or nothing. `at`: the recorded time (the demonstration pretends one); default now.
    `is_dry_run`: tell what it would record, and write nothing. Raises `PlanFileError` with every fault."""
    return record_plan(read_plan(file), at=at, is_dry_run=is_dry_run)


def record_plan(data: dict, *, at: datetime | None = None, is_dry_run: bool = False, by: User | None = None) -> Loaded:
    """The same of the checked rows of a file. `by`: who brought it by page; None: the system itself."""
    _require_own(data)
    with transaction.atomic():
        loaded = _load(data, at or timezone.now(), by)
        if is_dry_run:
            transaction.set_rollback(True)
    return loaded


def _require_own(data: dict) -> None:
    """A site monitors one plan; another one needs a database of its own."""
    plan = Plan.objects.select_related("document").first()
    if plan is not None and plan.document_id != data["plan"]["code"]:
        words = _("这个网站监测的是“{title}”（{code}）。另一份方案请载入另一个空数据库。")
        raise PlanFileError(
            [PlanFault(("plan", "code"), words.format(title=plan.document.title, code=plan.document_id))]
        )


def _load(data: dict, at: datetime, by: User | None) -> Loaded:
    grounds = Grounds(by=by, via=Versioned.Via.FIXTURE, reason="载入方案基础数据", at=at)
    _load_frame(data)
    counties = list(Area.objects.counties().values_list("code", flat=True))
    definitions = define_indicators(_definitions(data["indicators"]), grounds=grounds)
    facts = {
        str(model._meta.model_name): record_facts(
            model, _unclaimed(model, plan_rows.facts(data[key], counties, data["indicators"])), grounds=grounds
        )
        for model, key in SERIES
    }
    set_target_rules(
        plan_rows.target_rules(data["targets"], counties, data["plan"], data["indicators"]), grounds=grounds
    )
    _load_remarks(data)
    projects = load_projects(data["projects"], at=at)
    _load_funding(data, at)
    record_commitments([plan_rows.commitment(row, data["funding_sources"]) for row in data["commitments"]])
    record_number_rules([plan_rows.number_rule(row) for row in data["number_rules"]], at=at)
    assign_responsibilities(by=by)
    stamp("plan")  # areas and the plan's text are in no log
    return Loaded(definitions, facts, projects)


def _load_frame(data: dict) -> None:
    """Areas, documents, the plan's text, its units and the plan itself."""
    record_areas([plan_rows.area(row) for row in data["areas"]])
    documents = [plan_rows.document(row) for row in data["documents"]]
    if data["plan"]["code"] not in {row["code"] for row in documents}:
        documents.append(plan_rows.own_document(data["plan"]))
    record_documents(documents)
    record_plan_text(
        chapters=[plan_rows.cited(row) for row in data["chapters"]],
        fields=[plan_rows.cited(row) for row in data["fields"]],
        milestones=[plan_rows.cited(row) for row in data["milestones"]],
        bodies=[plan_rows.body(row) for row in data["governance"]],
    )
    city = Area.objects.get(code=data["plan"]["city"])
    record_organisations(plan_rows.organisations(data, city, list(Area.objects.judged())))
    _set_plan(data["plan"], city)


def _set_plan(row: dict, city: Area) -> None:
    """The plan's own terms; where its years move, everything is judged anew."""
    terms = PlanTerms(
        document=PolicyDocument.objects.get(code=row["code"]),
        area=city,
        owner=Organisation.objects.get(code=row["owner"]["code"]),
        finance=Organisation.objects.filter(code=row.get("finance")).first(),
        baseline_year=row["baseline_year"],
        final_year=row["final_year"],
        whole=row["whole"],
        whole_en=row.get("whole_en", ""),
        reporting_day=row.get("reporting_day", Plan.REPORTING_DAY),
    )
    if set_plan(terms):
        add_pending({(None, "")})
        dispatch_recompute()


def _definitions(rows: list[dict]) -> list[dict]:
    """The catalogue's rows that this file may set: unknown ones, and those it set itself."""
    claimed = set(
        IndicatorDefinition.objects.as_of().exclude(recorded_via__in=OVERWRITABLE).values_list("indicator", flat=True)
    )
    return [plan_rows.definition(row, position) for position, row in enumerate(rows) if row["code"] not in claimed]


def _unclaimed(model, rows: list) -> list:
    """Leaves out every key whose fact the owner has imported, edited or approved."""
    claimed = set(
        model.objects.as_of().exclude(recorded_via__in=OVERWRITABLE).values_list("area_id", "indicator_id", "year")
    )
    return [row for row in rows if row.key not in claimed]


def _load_remarks(data: dict) -> None:
    for row in data["known_shortfalls"]:
        values = {key: value for key, value in row.items() if key != "indicator"}
        KnownShortfall.objects.get_or_create(indicator_id=row["indicator"], defaults=values)
    for row in data["context"]:
        values = {"cite": Cite.PUBLIC, **row, "value": plan_rows.number(row["value"])}
        key = {"area_id": values.pop("area"), "name": values.pop("name"), "year": values.pop("year")}
        ContextFigure.objects.get_or_create(**key, defaults=values)


def _load_funding(data: dict, at: datetime) -> None:
    """The sources of money, and the plan's matching rule where none was ever defined."""
    promises = {row["code"]: row for row in data["commitments"]}
    record_sources([plan_rows.source(row, promises) for row in data["funding_sources"]])
    rule = data["matching_rule"]
    if rule and not MatchingRule.objects.exists():
        define_rule(plan_rows.rule_terms(rule, promises), reason=plan_rows.rule_reason(rule, promises), by=None, at=at)

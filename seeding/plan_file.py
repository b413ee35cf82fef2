"""The known facts of the plan (`fixtures/plan.yaml`) brought into the database through the apps' actions.

Idempotent, and never over what the owner has imported or edited: a fact is recorded only where nothing is in
force, where the demonstration is, or where this file put an earlier reading of itself.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import yaml
from django.db import transaction
from django.utils import timezone

from accounts.actions import record_organisations
from areas.actions import record_areas
from areas.models import Area
from commitments.actions import record_commitments
from funding.actions import RuleTerms, define_rule, record_sources
from funding.models import FundingSource, MatchingRule
from indicators.actions import FactRow, Grounds, RecordedFacts, define_indicators, record_facts
from indicators.models import (
    ContextFigure,
    IndicatorDefinition,
    KnownShortfall,
    Observation,
    Standard,
    Target,
    Versioned,
)
from journal.actions import stamp
from plan.actions import record_documents, record_plan_text, set_plan
from plan.models import Cite, PolicyDocument
from plan.terms import english
from reporting.rounds import assign_responsibilities
from seeding.plan_projects import load_projects

OVERWRITABLE = (Versioned.Via.FIXTURE, Versioned.Via.DEMO)


@dataclass(frozen=True)
class Loaded:
    """Keys recorded, by series; how many projects were entered."""

    indicators: RecordedFacts
    facts: dict[str, RecordedFacts]
    projects: int


def read_plan(file: Path) -> dict:
    return yaml.safe_load(Path(file).read_text(encoding="utf-8"))


@transaction.atomic
def load_plan(file: Path, *, at: datetime | None = None) -> Loaded:
    """Load the whole file. `at`: the recorded time (the demonstration pretends one); default now."""
    data = read_plan(file)
    grounds = Grounds(by=None, via=Versioned.Via.FIXTURE, reason="载入方案基础数据", at=at or timezone.now())
    record_areas([_area(row) for row in data["areas"]])
    record_documents([_document(row) for row in data["documents"]])
    record_plan_text(
        chapters=[{**row, "cite": Cite.PLAN} for row in data["chapters"]],
        fields=data["fields"],
        milestones=[{**row, "cite": Cite.PLAN} for row in data["milestones"]],
        bodies=[_body(row) for row in data["governance"]],
    )
    city = Area.objects.get(kind=Area.Kind.CITY)
    document = PolicyDocument.objects.get(level=PolicyDocument.Level.MUNICIPAL)
    set_plan(document=document, area=city, baseline_year=2022, final_year=2027)
    record_organisations(_organisations(data["owners"], city))
    definitions = define_indicators(_definitions(data["indicators"]), grounds=grounds)
    facts = {
        str(model._meta.model_name): record_facts(model, _unclaimed(model, _facts(data[key])), grounds=grounds)
        for model, key in ((Target, "targets"), (Standard, "standards"), (Observation, "observations"))
    }
    _load_remarks(data)
    projects = load_projects(data["projects"], at=grounds.at)
    _load_funding(data, grounds.at)
    record_commitments([_commitment(row, data["funding_sources"]) for row in data["commitments"]])
    assign_responsibilities(by=None)
    stamp("plan")  # areas and the plan's text are in no log
    return Loaded(definitions, facts, projects)


def _area(row):
    values = {key: row[key] for key in ("code", "name", "name_en", "kind", "population_2020", "note") if key in row}
    return {**values, "parent_id": row.get("parent"), "is_provincial_pilot": row.get("provincial_pilot", False)}


def _document(row):
    values = {**row, "issued": str(row["date"]), "date_cite": row.get("date_cite", row["cite"])}
    del values["date"]
    return values


def _body(row):
    values = {key: value for key, value in row.items() if key != "body"}
    return {**values, "name": row["body"], "cite": Cite.PLAN}


def _organisations(owners: dict, city: Area) -> list[dict]:
    """The city's units and, for each county, one for every responsible bureau of the indicators."""
    names = (
        ("HZDRC", "municipal", "杭州市发展和改革委员会", "Development and Reform Commission"),
        ("HZ-STATS", "department", "杭州市统计局", "Statistics Bureau"),
        ("HZ-FINANCE", "department", "杭州市财政局", "Finance Bureau"),
    )
    rows = [
        {"code": code, "name": name, "name_en": f"{city.name_en} {name_en}", "kind": kind, "area": city}
        for code, kind, name, name_en in names
    ]
    for county in Area.objects.counties():
        for duty, code in owners.items():
            kind = "county" if code == "DRC" else "bureau"
            own = {"name": f"{county.name}{duty}", "name_en": f"{county.name_en} {english(duty)}"}
            rows.append({"code": f"{county.code}-{code}", **own, "kind": kind, "area": county, "duty": duty})
    return rows


def _definitions(rows: list[dict]) -> list[dict]:
    """The catalogue's rows that this file may set: unknown ones, and those it set itself."""
    claimed = (
        IndicatorDefinition.objects.as_of().exclude(recorded_via__in=OVERWRITABLE).values_list("indicator", flat=True)
    )
    return [_definition(row, position) for position, row in enumerate(rows) if row["code"] not in set(claimed)]


def _definition(row: dict, position: int) -> dict:
    lower, upper = (None if bound is None else Decimal(str(bound)) for bound in row["bounds"])
    return {
        "code": row["code"],
        "position": position,
        "name": row["name"],
        "name_en": row["name_en"],
        "unit": row["unit"],
        "direction": 1 if row["direction"] == "higher" else -1,
        "kind": row["kind"],
        "decimals": row["decimals"],
        "tolerance": Decimal(str(row["tolerance"])),
        "tolerance_cite": Cite.INFERRED,
        "lower_bound": lower,
        "upper_bound": upper,
        "field_id": row["field"],
        "chapter_id": row["chapter"],
        "origin": row["origin"],
        "cite": row["origin_cite"],
        "owner": row["owner"],
        "definition": row["definition"],
        "derived_from": row.get("derived_from", ""),
    }


def _facts(rows: list[dict]) -> list[FactRow]:
    """A row without an area, or with `each_county`, speaks for every county."""
    counties = list(Area.objects.counties().values_list("code", flat=True))
    texts = ("cite", "year_cite", "words", "source", "note")
    return [
        FactRow(area, row["indicator"], row["year"], Decimal(str(row["value"])), **{k: row.get(k, "") for k in texts})
        for row in rows
        for area in (counties if row.get("area", "each_county") == "each_county" else [row["area"]])
    ]


def _unclaimed(model, rows: list[FactRow]) -> list[FactRow]:
    """Leaves out every key whose fact the owner has imported, edited or approved."""
    claimed = set(
        model.objects.as_of().exclude(recorded_via__in=OVERWRITABLE).values_list("area_id", "indicator_id", "year")
    )
    return [row for row in rows if row.key not in claimed]


def _load_remarks(data: dict) -> None:
    for row in data["known_shortfalls"]:
        values = {"year": row.get("year"), "cite": row["cite"], "words": row["words"]}
        KnownShortfall.objects.get_or_create(indicator_id=row["indicator"], defaults=values)
    for row in data["context"]:
        key = {name: row[name] for name in ("area", "name", "year")}
        key["area_id"] = key.pop("area")
        values = {
            "unit": row["unit"],
            "value": Decimal(str(row["value"])),
            "cite": Cite.PUBLIC,
            "source": row["source"],
        }
        ContextFigure.objects.get_or_create(**key, defaults=values)


SCOPES = {"three_counties_total": "total", "each_county": "each"}
SIZES = {"C01": 1, "C02": 10}  # "总投资1亿元以上", "其中10亿元以上": the size stands in the words alone, in 亿元


def _commitment(row: dict, sources: list[dict]) -> dict:
    """A promise's row as the columns of `Commitment`."""
    kind, _, indicator = row.get("derived_from", "statements").partition(" ")
    money = next((source["code"] for source in sources if source.get("commitment") == row["code"]), "")
    is_named = row["scope"] in SCOPES
    return {
        **{name: row.get(name, "") for name in ("code", "name", "unit", "comparison", "words", "note")},
        "value": row.get("value"),
        "from_year": row.get("from"),
        "to_year": row.get("to"),
        "years_cite": row.get("years_cite", ""),
        "is_every_year": row.get("every_year", False),
        "scope": SCOPES.get(row["scope"], "area"),
        "scope_cite": row.get("scope_cite", ""),
        "area_id": None if is_named else row["scope"],
        "source_kind": "matching" if kind == "funding" and not money else kind,
        "indicator_id": indicator or None,
        "funding_source": money,
        "least_total_yi": SIZES.get(row["code"]),
        "cite": Cite.PLAN,
    }


def _load_funding(data: dict, at: datetime) -> None:
    """The sources of money, and the plan's matching rule where none was ever defined."""
    promises = {row["code"]: row for row in data["commitments"]}
    record_sources([_source(row, promises) for row in data["funding_sources"]])
    if MatchingRule.objects.exists():
        return
    promise = next(row for row in data["commitments"] if row.get("unit") == "倍")
    terms = RuleTerms(
        effective_from=promise["from"],
        effective_to=promise["to"],
        base_sources=[row["code"] for row in data["funding_sources"] if row.get("counts_for_matching")],
        match_source=next(row["code"] for row in data["funding_sources"] if row.get("is_match")),
        floor_ratio=Decimal(str(promise["value"])),
        tolerance=Decimal("0.05"),
        cite=Cite.INFERRED,
        words=promise["words"],
    )
    define_rule(terms, reason=promise["note"], by=None, at=at)


def _source(row: dict, promises: dict) -> dict:
    """What the plan promises of a source is known by its words; the rest is our reading. The city enters what it
    promised, the counties what they find themselves."""
    matching = next(each for each in promises.values() if each.get("unit") == "倍")
    promise = promises.get(row.get("commitment"), matching if row.get("is_match") else None)
    return {
        "code": row["code"],
        "name": row["name"],
        "payer": row["payer"],
        "promised_yearly_yi": Decimal(str(promise["value"])) if promise and promise.get("unit") == "亿元/年" else None,
        "commitment": promise["code"] if promise else "",
        "keeper": FundingSource.Keeper.CITY if row.get("commitment") else FundingSource.Keeper.COUNTY,
        "cite": Cite.PLAN if promise else Cite.INFERRED,
        "words": promise["words"] if promise else "",
        "note": promise.get("note", "") if promise else "",
    }

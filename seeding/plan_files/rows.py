"""Rows of a plan file as the columns of the models they become. What a row leaves open stands here, once."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from areas.models import Area
from commitments.models import Commitment
from funding.models import FundingSource
from funding.rule_actions import RuleTerms
from indicators.actions import FactRow
from indicators.terms.applicability import AREA_MARK
from lib.value_words import STAGE_MARK, stage_number
from plan.models import Cite, PolicyDocument
from plan.terms import english
from reporting.rules.actions import NumberRuleTerms

SCOPES = {"all_counties_total": Commitment.Scope.TOTAL, "each_county": Commitment.Scope.EACH}
DIRECTIONS = {"higher": 1, "lower": -1, "within": 0}
THAN = {"higher": ">", "lower": "<"}  # a row that is compared with another is to pass it
FACT_TEXTS = ("cite", "year_cite", "words", "source", "note")


def number(value: float | int | None) -> Decimal | None:
    return None if value is None else Decimal(str(value))


def area(row: dict) -> dict:
    names = ("code", "name", "name_en", "kind", "population_2020", "first_year", "last_year", "note")
    values = {name: row[name] for name in names if name in row}
    marks = {"is_provincial_pilot": row.get("provincial_pilot", False), "has_own_rows": row.get("own_rows", False)}
    return {**values, **marks, "parent_id": row.get("parent")}


def cited(row: dict) -> dict:
    """The plan's own words, where the row says nothing else."""
    return {"cite": Cite.PLAN, **row}


def document(row: dict) -> dict:
    values = {key: value for key, value in cited(row).items() if key != "date"}
    return {**values, "issued": str(row.get("date", "")), "date_cite": row.get("date_cite", values["cite"])}


def own_document(plan: dict) -> dict:
    """The plan itself as a document, for a file whose `documents` do not hold it."""
    return {
        "code": plan["code"],
        "title": plan["title"],
        "issuer": plan["owner"]["name"],
        "level": PolicyDocument.Level.MUNICIPAL,
        "cite": Cite.PLAN,
        "date_cite": Cite.PLAN,
    }


def body(row: dict) -> dict:
    values = {key: value for key, value in cited(row).items() if key != "body"}
    return {**values, "name": row["body"]}


def organisations(data: dict, city: Area, counties: list[Area]) -> list[dict]:
    """The owner, the city's departments and, for each county, one unit for every responsible bureau."""
    rows = [{"name_en": "", **data["plan"]["owner"], "kind": "municipal", "area": city}]
    for row in data["departments"]:
        rows.append({"name_en": "", **row, "kind": "department", "area": city})
    office = data["plan"].get("county_office")
    for county in counties:
        for duty, code in data["owners"].items():
            names = {"name": f"{county.name}{duty}", "name_en": f"{county.name_en} {english(duty)}"}
            kind = "county" if duty == office else "bureau"
            rows.append({"code": f"{county.code}-{code}", **names, "kind": kind, "area": county, "duty": duty})
    return rows


def definition(row: dict, position: int) -> dict:
    stages = row.get("stages", [])
    whole = (0, len(stages) - 1) if stages else (None, None)
    lower, upper = (number(bound) for bound in row.get("bounds", whole))
    return {
        "code": row["code"],
        "position": position,
        "name": row["name"],
        "name_en": row.get("name_en", ""),
        "unit": row["unit"],
        "direction": DIRECTIONS[row["direction"]],
        "kind": row["kind"],
        "decimals": row.get("decimals", 0 if stages else 1),
        "force": row.get("force", ""),
        "stages": STAGE_MARK.join(stages),
        "stages_en": STAGE_MARK.join(row.get("stages_en", [])),
        "only_areas": AREA_MARK.join(row.get("only_areas", [])),
        "first_year": row.get("first_year"),
        "last_year": row.get("last_year"),
        "break_year": row.get("break", {}).get("year"),
        "break_note": row.get("break", {}).get("words", ""),
        "tolerance": number(row["tolerance"]),
        "tolerance_cite": row.get("tolerance_cite", Cite.INFERRED),
        "lower_bound": lower,
        "upper_bound": upper,
        "field_id": row["field"],
        "chapter_id": row["chapter"],
        "origin": row["origin"],
        "cite": row.get("origin_cite", Cite.PLAN),
        "owner": row["owner"],
        "definition": row.get("definition", ""),
        "derived_from": row.get("derived_from", ""),
        **parts(row),
        "aggregation": row.get("aggregation", ""),
        "is_quarterly": row.get("quarterly", False),
        **{key: row[key] for key in ("words", "source", "note") if key in row},
    }


def parts(row: dict) -> dict:
    """What the row's value is divided from, where it names that: a percentage is a hundred times its quotient."""
    named: dict[str, str] = {}
    for part in ("numerator", "denominator"):
        told = row.get(part, {})
        named |= {f"{part}_{text}": told.get(text, "") for text in ("name", "unit", "source")}
    usual = 100 if row["unit"] == "%" else 1
    factor = number(row.get("parts_factor", usual)) if "numerator" in row else None
    return {**named, "parts_factor": factor, "parts_cite": row.get("parts_cite", Cite.INFERRED)}


def spoken_for(row: dict, counties: list[str], definition: Mapping) -> list[str]:
    """The areas of a row; of one that speaks for all, those that have the indicator."""
    if row.get("area", "each_county") != "each_county":
        return [row["area"]]
    own = definition.get("only_areas")
    return list(counties) if own is None else [code for code in counties if code in own]


def amount(value: float | int | str, definition: Mapping) -> Decimal | None:
    """A number, or the stage that is named."""
    if isinstance(value, str):
        return stage_number(value, definition.get("stages", []))
    return number(value)


def upper_end(row: dict, definition: Mapping) -> Decimal | None:
    """Of a band its upper end: the lower one where the plan gives one number (左右)."""
    if definition["direction"] != "within":
        return None
    return number(row.get("value_high", row["value"]))


def facts(rows: list[dict], counties: list[str], indicators: list[dict]) -> list[FactRow]:
    """A row without an area, or with `each_county`, speaks for every county."""
    definitions = {row["code"]: row for row in indicators}
    found = []
    for row in rows:
        if "target_kind" not in row:
            definition = definitions[row["indicator"]]
            found += [_fact(row, code, definition) for code in spoken_for(row, counties, definition)]
    return found


def _fact(row: dict, area: str, definition: Mapping) -> FactRow:
    return FactRow(
        area,
        row["indicator"],
        row["year"],
        amount(row["value"], definition),
        **{key: row.get(key, "") for key in FACT_TEXTS},
        numerator=number(row.get("numerator")),
        denominator=number(row.get("denominator")),
        reached_on=date.fromisoformat(row["reached_on"]) if "reached_on" in row else None,
        value_high=upper_end(row, definition),
    )


def target_rules(rows: list[dict], counties: list[str], plan: dict, indicators: list[dict]) -> list[dict]:
    """The rows of targets that have a kind, as the columns of `TargetRule`."""
    definitions = {row["code"]: row for row in indicators}
    found = []
    for row in rows:
        if "target_kind" in row:
            definition = definitions[row["indicator"]]
            rule = _target_rule(row, plan, definition)
            found += [{"area_id": code, **rule} for code in spoken_for(row, counties, definition)]
    return found


def _target_rule(row: dict, plan: dict, definition: Mapping) -> dict:
    """All but the area."""
    value = value_high = None
    if "value" in row:
        value, value_high = amount(row["value"], definition), upper_end(row, definition)
    return {
        "indicator_id": row["indicator"],
        "kind": row["target_kind"],
        "amount": value,
        "amount_high": value_high,
        "other_id": row.get("than"),
        "comparison": row.get("comparison", comparison(row, definition)),
        "first_year": row.get("from", plan["baseline_year"] + 1),
        "last_year": row.get("to", plan["final_year"]),
        **{name: row.get(name, "") for name in ("cite", "words", "source", "note")},
    }


def comparison(row: dict, definition: Mapping) -> str:
    """Where the file says nothing of it: what is compared with another row is to pass it."""
    return THAN.get(definition["direction"], "") if "than" in row else ""


def commitment(row: dict, sources: list[dict]) -> dict:
    """A promise's row as the columns of `Commitment`."""
    kind, _, indicator = row.get("derived_from", "statements").partition(" ")
    own_sources = [source["code"] for source in sources if source.get("commitment") == row["code"]]
    is_named = row["scope"] in SCOPES
    texts = ("code", "name", "unit", "comparison", "words", "source", "note", "years_cite", "scope_cite")
    return {
        **{name: row.get(name, "") for name in texts},
        "value": number(row.get("value")),
        "from_year": row.get("from"),
        "to_year": row.get("to"),
        "is_every_year": row.get("every_year", False),
        "scope": SCOPES.get(row["scope"], Commitment.Scope.AREA),
        "area_id": None if is_named else row["scope"],
        "source_kind": kind,
        "indicator_id": indicator or None,
        "funding_source": own_sources[0] if own_sources and kind == "funding" else "",
        "least_total_yi": number(row.get("least_total_yi")),
        "cite": row.get("cite", Cite.PLAN),
    }


def source(row: dict, promises: dict[str, dict]) -> dict:
    """What the plan promises of a source is known by the promise's words; what a note adds is our reading."""
    promise = promises.get(row.get("commitment", ""), {})
    note = row.get("note", promise.get("note", ""))
    return {
        "code": row["code"],
        "name": row["name"],
        "name_en": row.get("name_en", ""),
        "payer": row.get("payer", ""),
        "promised_yearly_yi": number(row.get("promised_yearly_yi")),
        "commitment": row.get("commitment", ""),
        "keeper": row.get("keeper", FundingSource.Keeper.CITY),
        "cite": row.get("cite", Cite.PLAN if promise and not note else Cite.INFERRED),
        "words": row.get("words", promise.get("words", "")),
        "source": row.get("source", ""),
        "note": note,
    }


def rule_terms(row: dict, promises: dict[str, dict]) -> RuleTerms:
    promise = promises.get(row.get("commitment", ""), {})
    return RuleTerms(
        effective_from=row["from"],
        effective_to=row.get("to"),
        base_sources=row["base_sources"],
        match_source=row["match_source"],
        floor_ratio=Decimal(str(row["floor_ratio"])),
        tolerance=Decimal(str(row["tolerance"])),
        cite=row.get("cite", Cite.INFERRED),
        words=row.get("words", promise.get("words", "")),
    )


def number_rule(row: dict) -> NumberRuleTerms:
    return NumberRuleTerms(row["code"], row["rule"], row["severity"], row.get("words", ""), row.get("cite", Cite.PLAN))


def rule_reason(row: dict, promises: dict[str, dict]) -> str:
    return row.get("note") or promises.get(row.get("commitment", ""), {}).get("note") or "载入方案的配套规则"

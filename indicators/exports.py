"""The plan's tables in force as the workbook that the owner fills in; importing it again changes nothing but
what is provisional. Demonstration numbers are left out: importing them would make invented data official."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from accounts.models import Organisation
from areas.models import Area
from indicators.facts.notes import joint_note
from indicators.frames import period
from indicators.importing.workbook import (
    ABOUT,
    ABOUT_OBSERVATIONS,
    INDICATORS,
    OBSERVATIONS,
    STANDARDS,
    TARGETS,
    write_workbook,
)
from indicators.models import Fact, IndicatorDefinition, Standard, Target
from plan.models import CERTAIN, Chapter, Field


def export_plan() -> bytes:
    """Sheets 指标, 年度目标, 省定标准 with what is in force, and 填表说明."""
    definitions = list(_definitions())
    years = list(period().years)[1:]
    years = sorted({*years, *_years_used()})
    tables = [
        (INDICATORS, [_definition_row(row) for row in definitions]),
        (TARGETS, _fact_rows(Target, definitions)),
        (STANDARDS, _united(_fact_rows(Standard, definitions))),
    ]
    return write_workbook(tables, years=years, choices=_choices(), about=ABOUT)


def export_observation_template() -> bytes:
    """An empty sheet for official values."""
    return write_workbook([(OBSERVATIONS, [])], choices=_fact_choices(), about=ABOUT_OBSERVATIONS)


def _definitions():
    rows = IndicatorDefinition.objects.as_of().select_related("indicator", "field", "chapter")
    return rows.order_by("indicator__position", "indicator")


def _years_used() -> set[int]:
    span = period().years
    found = set()
    for model in (Target, Standard):
        rows = model.objects.as_of().filter(is_demo=False, year__in=list(span))
        found |= set(rows.order_by().values_list("year", flat=True).distinct())
    return found


def _labels(choices) -> list[str]:
    return [str(label) for label in choices.labels]


def _choices() -> dict[str, Sequence[str]]:
    row = IndicatorDefinition
    duties = Organisation.objects.exclude(duty="").order_by("duty").values_list("duty", flat=True).distinct()
    found: dict[str, Sequence[str]] = {
        "direction": _labels(row.Direction),
        "kind": _labels(row.Kind),
        "origin": _labels(row.Origin),
        "field": list(Field.objects.values_list("name", flat=True)),
        "chapter": [f"{chapter.number} {chapter.title}" for chapter in Chapter.objects.all()],
        "owner": list(duties),
        "aggregation": _labels(row.Aggregation),
        "force": _labels(row.Force),
    }
    found |= _fact_choices()
    return {name: words for name, words in found.items() if words}


def _fact_choices() -> dict[str, Sequence[str]]:
    """What a number may speak of: a county, an indicator, a year of the plan."""
    codes = _definitions().values_list("indicator", flat=True)
    return {
        "area": list(Area.objects.judged().values_list("code", flat=True)),
        "code": list(codes),
        "year": [str(year) for year in period().years],
    }


def _definition_row(row: IndicatorDefinition) -> dict:
    columns = [column.name for column in INDICATORS.columns if column.name not in {"code", "field", "chapter"}]
    values = {name: getattr(row, name) or None for name in columns}
    for name in ("direction", "kind", "origin"):
        values[name] = getattr(row, f"get_{name}_display")()
    for name in ("tolerance", "lower_bound", "upper_bound", "decimals", "parts_factor"):
        values[name] = getattr(row, name)
    values["aggregation"] = row.get_aggregation_display() or None
    values["force"] = row.get_force_display() or None
    provisional = set()
    if row.cite not in CERTAIN:
        provisional = {column.name for column in INDICATORS.columns}
    elif row.tolerance_cite not in CERTAIN:
        provisional = {"tolerance"}
    return values | {
        "code": row.indicator_id,
        "field": row.field.name,
        "chapter": f"{row.chapter_id} {row.chapter.title}",
        "provisional": provisional,
    }


def _fact_rows(model: type[Fact], definitions: Sequence[IndicatorDefinition]) -> list[dict]:
    """A row for every indicator and county, also where nothing is known."""
    facts: dict[tuple[str, str], list[Fact]] = {}
    for fact in model.objects.as_of().filter(is_demo=False).order_by("year"):
        facts.setdefault((fact.area_id, fact.indicator_id), []).append(fact)
    rows = []
    for row in definitions:
        for area in Area.objects.judged():
            own = facts.get((area.code, row.indicator_id), [])
            values: dict[Any, Any] = {fact.year: _in_cell(fact, row) for fact in own}  # beside the names of columns
            rows.append(
                {
                    "area": area.code,
                    "area_name": area.name,
                    "code": row.indicator_id,
                    "name": row.name,
                    "unit": row.unit,
                    **values,
                    "note": joint_note(own) or None,
                    "provisional": {fact.year for fact in own if fact.is_provisional},
                }
            )
    return rows


def _in_cell(fact: Fact, row: IndicatorDefinition) -> Decimal | str:
    """A number as a number; a band and a stage as they are read again."""
    if row.stages or getattr(fact, "value_high", None) is not None:
        return row.typed_words(fact.value, getattr(fact, "value_high", None))
    return fact.value


def _united(rows: list[dict]) -> list[dict]:
    """One row without a county where every county has the same standard."""
    apart = {"area", "area_name"}
    by_code: dict[str, list[dict]] = {}
    for row in rows:
        by_code.setdefault(row["code"], []).append(row)
    united = []
    for own in by_code.values():
        bare = [{name: value for name, value in row.items() if name not in apart} for row in own]
        united += [bare[0]] if all(row == bare[0] for row in bare) else own
    return united

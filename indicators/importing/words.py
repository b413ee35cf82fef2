"""How an uploaded row of the official table is told: its key, its numbers, its columns."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import cast

from django.db import models

from areas.models import Area
from indicators.actions import FactRow
from indicators.facts.notes import joint_note
from indicators.models import Fact, IndicatorDefinition, Observation
from lib.numbers import plain
from lib.value_words import stage_names, value_words

CONFIRMED_WORDS = "转为正式"


def key_words(key: tuple[str, str, int], counties: Mapping[str, Area], name: str = "") -> str:
    area, indicator, year = key
    return f"{counties[area].name} {indicator} {name} {year}年".replace("  ", " ")


def joint_notes(facts: Iterable[Fact]) -> dict[tuple[str, str], str]:
    """What an export says beside each row of a county and an indicator."""
    rows: dict[tuple[str, str], list[Fact]] = {}
    for fact in sorted(facts, key=lambda each: each.year):
        if not fact.is_demo:
            rows.setdefault((fact.area_id, fact.indicator_id), []).append(fact)
    return {key: joint_note(own) for key, own in rows.items()}


def words_of_equal(old: Fact, row: FactRow) -> str:
    """What changes where the number does not; "" where it does."""
    if old.value != row.value:
        return ""
    if (old.cite, old.year_cite) != (row.cite, row.year_cite):
        return f"数值不变，{CONFIRMED_WORDS}"
    if getattr(old, "value_high", None) != row.value_high:
        return ""
    if isinstance(old, Observation) and old.reached_on != row.reached_on:
        return "阶段不变，达到日期有改动"
    if isinstance(old, Observation) and old.parts != row.parts:
        return "数值不变，补记分子、分母" if old.parts.is_empty else "数值不变，分子、分母有改动"
    return f"数值不变，说明由“{old.note or '（空）'}”改为“{row.note}”"


def number_words(number: Fact | FactRow, definition: Mapping) -> str:
    """A number with its unit; of a band both ends, of a stage its name and the day."""
    stages = stage_names(definition["stages"])
    words = value_words(number.value, high=getattr(number, "value_high", None), stages=stages)
    day = getattr(number, "reached_on", None)
    told = words if stages else f"{words} {definition['unit']}"
    return f"{told}（{day} 达到）" if day else told


def quotient_words(row: FactRow) -> str:
    """The parts behind a number, as people write a quotient."""
    return f"（{plain(row.numerator)} ÷ {plain(row.denominator)}）" if row.parts.are_both else ""


def mark_words(fact: Fact) -> str:
    if fact.is_demo:
        return "（演示）"
    return "（暂定）" if fact.is_provisional else ""


def _column(name: str) -> models.Field:
    found = IndicatorDefinition._meta.get_field(name.removesuffix("_id"))
    return cast(models.Field, found)  # and no relation from elsewhere


def column_label(name: str) -> str:
    return str(_column(name).verbose_name)


def column_value_words(name: str, value) -> str:
    if value in (None, ""):
        return "（空）"
    if isinstance(value, Decimal):
        return plain(value)
    choices: dict = dict(_column(name).flatchoices)
    return str(choices.get(value, value))


def confirmed_words(before: Sequence[str]) -> str:
    return CONFIRMED_WORDS if "cite" in before else ""

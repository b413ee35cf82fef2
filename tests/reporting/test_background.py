"""What a sheet is held against is read once, and anew as soon as any of it is another."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from indicators.actions import FactRow, Grounds, record_facts
from indicators.definitions.actions import DEFINITION_FIELDS, define_indicators
from indicators.models import Indicator, IndicatorDefinition, Observation, Standard, Target, Versioned
from projects.changes.parts import Progress
from projects.changes.progress import report_progress
from projects.models import Project
from reporting.background import background_of
from reporting.checks.limit_proposals import set_check_limits
from reporting.entries import saving
from reporting.entries.saving import Typed, save_entries, sheet_tag
from reporting.models import Submission
from reporting.rounds.actions import open_round
from reporting.rules.actions import NumberRuleTerms, define_number_rule
from reporting.sheets import entries_of

ENTRIES = "/api/v1/submissions/330127/2024/entries/"


def city() -> User:
    return User.objects.get(username="municipal")


def grounds() -> Grounds:
    return Grounds(by=city(), via=Versioned.Via.IMPORT, reason="更正")


def fact(model: type, year: int) -> None:
    record_facts(model, [FactRow("330127", "P02", year, Decimal("91.5"), cite="official")], grounds=grounds())


def limit() -> None:
    set_check_limits({"P02": Decimal(2)}, by=city(), reason="按上年波动")


def rule() -> None:
    define_number_rule(NumberRuleTerms("R90", "P02 <= 99", "soft", ""), reason="会议纪要明确", by=city())


def definition() -> None:
    row = IndicatorDefinition.objects.as_of().values(*DEFINITION_FIELDS).get(indicator="P02")
    row |= {"code": "P02", "position": Indicator.objects.get(code="P02").position, "tolerance": row["tolerance"] + 1}
    define_indicators([row], grounds=grounds())


def later_year(county) -> None:
    open_round(year=2028, due_on=date(2029, 3, 31), areas=[county], by=None)


def investment() -> None:
    """Of the register that a rule of the demonstration compares with."""
    project = Project.objects.filter(shares__area="330127", state=Project.State.STARTED).first()
    last = project.progress.filter(is_current=True).order_by("year", "quarter").last()
    more = Progress(last.year, last.quarter, last.completed_yi + Decimal("0.1"), "开挖")
    report_progress(project=project, progress=more, by=None)


CHANGES = {
    "a value of an earlier year": lambda sheet: fact(Observation, 2023),
    "a value of the sheet's own year": lambda sheet: fact(Observation, sheet.round.year),
    "a target": lambda sheet: fact(Target, 2026),
    "a standard": lambda sheet: fact(Standard, 2026),
    "a limit": lambda sheet: limit(),
    "a rule": lambda sheet: rule(),
    "a definition": lambda sheet: definition(),
    "a register": lambda sheet: investment(),
    "a year that is opened": lambda sheet: later_year(sheet.area),
}


def content(background) -> dict:
    """All that it holds, to be compared."""
    return {
        "span": background.span,
        "definitions": {code: row.version for code, row in background.definitions.items()},
        "limits": background.limits,
        "facts": {key: row.value for key, row in background.facts.items()},
        "cells": {name: column.astype(str).tolist() for name, column in background.cells.items()},
        "registers": background.numbers.registers,
        "rules": [each.row.text for each in background.rules],
    }


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_whatever_changes_is_seen(demo, change):
    sheet = Submission.objects.select_related("round", "area").get(area="330127", round__year=2025)
    before = background_of(sheet)
    assert background_of(sheet) is before
    change(sheet)
    assert content(background_of(sheet)) != content(before)


def test_what_is_typed_leaves_it_as_it_is_and_a_save_asks_for_nothing_of_it(sheet, actors):
    health = actors["330127-health"]
    save_entries(submission=sheet, typed=[Typed("P03", Decimal("2.1"))], by=health)
    before = background_of(sheet)
    with CaptureQueriesContext(connection) as asked:
        save_entries(submission=sheet, typed=[Typed("P03", Decimal("2.2"))], by=health)
    assert background_of(sheet) is before
    told = [each["sql"] for each in asked]
    assert [sql for sql in told if "observation" in sql or "definition" in sql or "numberrule" in sql] == []
    assert len(told) <= 13


def test_no_sheet_shares_another_one_s(demo):
    sheets = Submission.objects.select_related("round", "area").filter(round__year__in=[2024, 2025])
    seen = {(background_of(sheet).area, background_of(sheet).year) for sheet in sheets}
    assert seen == {(sheet.area_id, sheet.round.year) for sheet in sheets}


def test_a_sheet_shows_what_is_typed_there_whatever_another_reader_tried(sheet, actors):
    """Judging puts the typed values among the kernel's input: never among what others read."""
    kept = background_of(sheet).cells["value"].tolist()
    trial = [Typed("P03", Decimal("7.7"))]
    save_entries(submission=sheet, typed=trial, by=actors["330127-health"], dry_run=True)
    assert str(background_of(sheet).cells["value"].tolist()) == str(kept)


def test_the_tag_is_of_what_this_save_left_and_not_of_what_another_one_wrote_since(sheet, actors, monkeypatch):
    """A tag of the later state would let the sender write over what it has never seen."""
    health, schools = actors["330127-health"], actors["330127-DRC"]
    of_ours = []
    read = saving.read_lines

    def meanwhile(*given):
        monkeypatch.setattr(saving, "read_lines", read)
        of_ours.append(tag_of(sheet))
        own = sheet.entries.filter(part__organisation=schools.organisation).exclude(indicator="P03").first()
        save_entries(submission=sheet, typed=[Typed(own.indicator_id, Decimal(3))], by=schools)
        return read(*given)

    monkeypatch.setattr(saving, "read_lines", meanwhile)
    saved = save_entries(submission=sheet, typed=[Typed("P03", Decimal("2.3"))], by=health)
    assert saved.etag == of_ours[0] != tag_of(sheet)


def tag_of(sheet: Submission) -> str:
    fresh = Submission.objects.get(pk=sheet.pk)
    return sheet_tag(fresh, {entry.indicator_id: entry.version for entry in entries_of(fresh)})

"""Undoing an import of official tables: what it changed goes back to the version before, as a version after it."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from areas.models import Area
from indicators.actions import PARTS, SERIES, FactRow, Grounds, record_facts
from indicators.definitions.actions import DEFINITION_FIELDS, define_indicators
from indicators.importing.preview import OfficialPreview
from indicators.models import Fact, IndicatorDefinition, Observation, Versioned
from journal.actions import lock_feed
from lib.numbers import plain
from plan.models import PolicyDocument
from uploads.doors import UndoneLine

MODELS: dict[str, type[Fact]] = {str(series): model for model, series in SERIES.items()}


def versions_in_force(preview: OfficialPreview) -> dict[str, dict[tuple, int]]:
    """By series, and "definitions": the version in force of every key that the import speaks of."""
    found: dict[str, dict[tuple, int]] = {}
    for model, rows in preview.facts.items():
        keys = {row.key for row in rows}
        found[SERIES[model]] = {key: fact.version for key, fact in _in_force(model, keys).items()}
    codes = [row["code"] for row in preview.definitions]
    definitions = IndicatorDefinition.objects.as_of().filter(indicator__in=codes)
    found["definitions"] = {(definition.indicator_id,): definition.version for definition in definitions}
    return found


def moved(before: Mapping[str, Mapping], after: Mapping[str, Mapping]) -> dict[str, list]:
    """What an import has recorded, for undoing it: [key, version before (0: none), version since] of what moved."""
    found: dict[str, list] = {}
    for name, versions in after.items():
        found[name] = []
        for key, now in versions.items():
            old = before[name].get(key, 0)
            if old != now:
                found[name].append([list(key), old, now])
    return found


def _in_force(model: type[Fact], keys: Iterable[tuple]) -> dict[tuple, Fact]:
    keys = set(keys)
    rows = model.objects.as_of().filter(indicator__in={code for _area, code, _year in keys})
    found = {(fact.area_id, fact.indicator_id, fact.year): fact for fact in rows.select_related("recorded_by")}
    return {key: fact for key, fact in found.items() if key in keys}


@transaction.atomic
def undo_import(recorded: Mapping[str, Any], *, by: User | None, reason: str) -> list[UndoneLine]:
    """Bring back what stood before, with the provenance that it had; a key that somebody has changed since stays."""
    lock_feed()
    lines = _undo_definitions(recorded.get("definitions", []), by, reason)
    for series, model in MODELS.items():
        lines += _undo_facts(model, recorded.get(series, []), by, reason)
    return lines


def _undo_facts(model: type[Fact], rows: Sequence, by: User | None, reason: str) -> list[UndoneLine]:
    since = {tuple(key): (before, version) for key, before, version in rows}
    now = _in_force(model, since)
    old = _versions(model, {key: before for key, (before, _since) in since.items()})
    names = dict(Area.objects.values_list("code", "name"))
    lines: list[UndoneLine] = []
    restored: dict[tuple[str, PolicyDocument | None], list[FactRow]] = {}
    for key, (before, version) in since.items():
        area, code, year = key
        fact, last = now.get(key), old.get(key)
        what = f"{model._meta.verbose_name} {names.get(area, area)} {code} {year}"
        was = _shown(last) if before else str(_("（没有数）"))
        hindrance = _hindrance(fact, version)
        lines.append(UndoneLine(what, _shown(fact), was, hindrance))
        if not hindrance:
            restored.setdefault(_provenance(last), []).append(_row(key, last))
    for (via, document), facts in restored.items():
        grounds = Grounds(by=by, via=via, reason=reason, document=document)
        record_facts(model, facts, grounds=grounds, counts_notes=True)
    return lines


def _provenance(last: Fact | None) -> tuple[str, PolicyDocument | None]:
    """The door and the document by which it came; of what was not there before, a hand."""
    if last is None:
        return Versioned.Via.EDIT, None
    return last.recorded_via, last.document


def _versions(model: type[Fact], versions: Mapping[tuple, int]) -> dict[tuple, Fact]:
    rows = model.objects.filter(indicator__in={code for _area, code, _year in versions}).select_related("document")
    found = {(fact.area_id, fact.indicator_id, fact.year, fact.version): fact for fact in rows}
    return {key: found[(*key, version)] for key, version in versions.items() if version}


def _row(key: tuple, last: Fact | None) -> FactRow:
    area, indicator, year = key
    if last is None:
        return FactRow(area, indicator, year, None)
    texts = {name: getattr(last, name) for name in ("cite", "year_cite", "words", "source", "note")}
    parts = {name: getattr(last, name) for name in PARTS if isinstance(last, Observation)}
    return FactRow(area, indicator, year, last.value, **texts, **parts)


def _hindrance(now: Versioned | None, version: int) -> str:
    if now is None:
        return str(_("之后已撤回，保留现在的"))
    if now.version != version:
        who = now.recorded_by.title if now.recorded_by else _("别人")
        return str(_("{who}之后改过，保留现在的").format(who=who))
    return ""


def _shown(fact: Fact | None) -> str:
    return plain(fact.value) if fact is not None else ""


def _undo_definitions(rows: Sequence, by: User | None, reason: str) -> list[UndoneLine]:
    codes = [code for (code,), _before, _version in rows]
    found = IndicatorDefinition.objects.filter(indicator__in=codes).select_related("recorded_by", "indicator")
    kept = {(row.indicator_id, row.version): row for row in found}
    now = {row.indicator_id: row for row in found if row.superseded_at is None}
    lines = []
    for (code,), before, version in rows:
        row, old = now.get(code), kept.get((code, before))
        hindrance = _hindrance(row, version)
        if not hindrance and old is None:
            hindrance = str(_("新增的指标留着：代码登记之后不再另作他用"))
        name, old_name = row.name if row else "", old.name if old else ""
        lines.append(UndoneLine(f"{_('口径')} {code} {name}", name, old_name, hindrance))
        if not hindrance and old is not None:
            grounds = Grounds(by=by, via=old.recorded_via, reason=reason, document=old.document)
            define_indicators([_definition(old)], grounds=grounds)
    return lines


def _definition(old: IndicatorDefinition) -> dict:
    names = (*DEFINITION_FIELDS, "words", "source", "note")
    values = {name: getattr(old, name) for name in names}
    return {"code": old.indicator_id, "position": old.indicator.position, **values}

"""Writes of the catalogue: a changed definition is a new version with its grounds."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from django.db import transaction

from indicators.actions import Grounds, RecordedFacts, dispatch_recompute
from indicators.models import (
    Indicator,
    IndicatorDefinition,
)
from journal.actions import actor_name, add_pending, lock_feed, log_audit, record_changes
from journal.models import Change
from plan.models import Cite

PART_FIELDS = (
    "numerator_name",
    "numerator_unit",
    "numerator_source",
    "denominator_name",
    "denominator_unit",
    "denominator_source",
    "parts_factor",
    "parts_cite",
)

# What a table or a caller that does not speak of it leaves as it stands; of a new row, this.
KEPT_FIELDS: dict[str, object] = {
    **dict.fromkeys(PART_FIELDS, ""),
    "parts_factor": None,
    "parts_cite": Cite.OFFICIAL,
    "aggregation": "",
    "is_quarterly": False,
    "force": "",
    "stages": "",
    "stages_en": "",
    "only_areas": "",
    "first_year": None,
    "last_year": None,
    "break_year": None,
    "break_note": "",
}

DEFINITION_FIELDS = (
    "name",
    "name_en",
    "unit",
    "direction",
    "kind",
    "decimals",
    "tolerance",
    "tolerance_cite",
    "lower_bound",
    "upper_bound",
    "field_id",
    "chapter_id",
    "origin",
    "force",
    "stages",
    "stages_en",
    "only_areas",
    "first_year",
    "last_year",
    "break_year",
    "break_note",
    "owner",
    "definition",
    "derived_from",
    *PART_FIELDS,
    "aggregation",
    "is_quarterly",
    "cite",
)


@transaction.atomic
def define_indicators(rows: Sequence[dict], *, grounds: Grounds) -> RecordedFacts:
    """Bring definitions to what `rows` say: each a mapping with `code`, `position` and DEFINITION_FIELDS (those of
    KEPT_FIELDS may be left out), and the other columns of provenance. A changed one gets a next version; recompute of
    the row is asked for."""
    lock_feed()
    # In the order of `refresh_pools`: two who lock the same rows in different orders wait for each other for ever.
    list(Indicator.objects.filter(code__in=[row["code"] for row in rows]).order_by("code").select_for_update())
    result, changes, audit = RecordedFacts(), [], []
    for row in rows:
        Indicator.objects.update_or_create(code=row["code"], defaults={"position": row["position"]})
        latest = IndicatorDefinition.objects.filter(indicator=row["code"]).order_by("-version").first()
        old = latest if latest and latest.superseded_at is None else None
        values = kept_fields(old) | {key: value for key, value in row.items() if key not in {"code", "position"}}
        before = (
            {name: getattr(old, name) for name in DEFINITION_FIELDS if getattr(old, name) != values[name]}
            if old
            else {}
        )
        if old and not before:
            result.same.append(row["code"])
            continue
        if old:
            IndicatorDefinition.objects.filter(pk=old.pk).update(superseded_at=grounds.at)
        version = latest.version + 1 if latest else 1
        IndicatorDefinition.objects.create(indicator_id=row["code"], version=version, **values, **grounds.columns())
        (result.changed if old else result.new).append(row["code"])
        after = {name: values[name] for name in (before or DEFINITION_FIELDS)}
        audit.append({"key": row["code"], "old": _as_texts(before) or None, "new": _as_texts(after)})
        told = {"old": _as_json(before) or None, "new": _as_json(after)}
        changes.append(_definition_change(row["code"], version, told, grounds))
    if changes:
        add_pending({(None, row["key"]) for row in audit})
        dispatch_recompute()
        label = IndicatorDefinition._meta.label_lower
        log_audit(action="define", subject=label, rows=audit, by=grounds.by, reason=grounds.reason)
        record_changes(changes)
    return result


def kept_fields(old: IndicatorDefinition | None) -> dict[str, object]:
    """The columns that a row may leave out, as they stand."""
    return {name: getattr(old, name) for name in KEPT_FIELDS} if old else dict(KEPT_FIELDS)


def _as_texts(values: Mapping[str, object]) -> dict[str, str]:
    """As the audit log has always held them."""
    return {name: str(value) for name, value in values.items()}


def _as_json(values: Mapping[str, object]) -> dict[str, object]:
    """As the feed tells them: null, true and numbers as such. Decimals have few enough places to be doubles."""
    return {name: float(value) if isinstance(value, Decimal) else value for name, value in values.items()}


def _definition_change(code: str, version: int, told: Mapping, grounds: Grounds) -> Change:
    return Change(
        at=grounds.at,
        kind=Change.Kind.REDEFINED,
        indicator=code,
        version=version,
        actor_name=actor_name(grounds.by),
        reason=grounds.reason,
        document=grounds.document.title if grounds.document else "",
        details=dict(told),
    )

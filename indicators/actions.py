"""Every write to the catalogue and its facts. Each is atomic, audited, fed to the change feed, and asks for
the recompute that it makes necessary in the same transaction."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Greatest
from django.utils import timezone

from accounts.models import User
from indicators import tasks
from indicators.models import (
    Benchmark,
    Fact,
    IndicatorDefinition,
    Observation,
    QuarterlyFigure,
    ReportingYear,
    Standard,
    Target,
    TargetRule,
    Versioned,
)
from indicators.terms.parts import NO_PARTS, RatioParts
from indicators.terms.target_kinds import FROM_BASE, target_numbers, terms_words, upper_ends
from journal.actions import actor_name, add_pending, lock_feed, log_audit, record_changes
from journal.models import Change
from plan.models import Cite, Plan, PolicyDocument

FactKey = tuple[str, str, int]  # (county, indicator, year)
PARTS = ("numerator", "denominator")
UPPER_END = "value_high"
OF_VALUES_ALONE = (*PARTS, "reached_on")
SERIES: dict[type[Fact], str] = {
    Observation: Change.Series.OBS,
    Target: Change.Series.TARGET,
    Standard: Change.Series.STANDARD,
}


@dataclass(frozen=True)
class FactRow:
    """One number to be recorded; `value` None withdraws the one in force."""

    area: str
    indicator: str
    year: int
    value: Decimal | None
    cite: str = Cite.OFFICIAL
    year_cite: str = ""
    words: str = ""
    source: str = ""
    note: str = ""
    numerator: Decimal | None = None  # of official values alone: what they were divided from
    denominator: Decimal | None = None
    reached_on: date | None = None  # and of a stage the day on which it was reached
    value_high: Decimal | None = None  # of targets and standards alone: the upper end of a band

    @property
    def parts(self) -> RatioParts:
        return RatioParts(self.numerator, self.denominator)

    @property
    def key(self) -> tuple[str, str, int]:
        return self.area, self.indicator, self.year


@dataclass(frozen=True)
class Grounds:
    """Why and how a version came: who, through which door, on what document, when."""

    by: User | None
    via: str
    reason: str = ""
    document: PolicyDocument | None = None
    at: datetime = field(default_factory=timezone.now)

    @property
    def is_demo(self) -> bool:
        return self.via == Versioned.Via.DEMO

    def columns(self) -> dict:
        return {
            "recorded_at": self.at,
            "recorded_by": self.by,
            "recorded_via": self.via,
            "reason": self.reason,
            "document": self.document,
            "is_demo": self.is_demo,
        }


@dataclass
class RecordedFacts:
    """What a write did, as lists of keys."""

    new: list = field(default_factory=list)
    changed: list = field(default_factory=list)
    same: list = field(default_factory=list)
    withdrawn: list = field(default_factory=list)


def dispatch_recompute() -> None:
    """Send the sweep after the commit. A broker that is down costs nothing: the outbox has the work."""
    transaction.on_commit(tasks.sweep_pending.delay, robust=True)


@transaction.atomic
def record_facts(
    model: type[Fact], rows: Sequence[FactRow], *, grounds: Grounds, counts_notes: bool = False
) -> RecordedFacts:
    """Bring the facts of one series to what `rows` say: new ones begin, changed ones get a next version (the
    old one is closed, never overwritten), equal ones stay, a value of None withdraws.

    A row whose number is equal but whose provenance is firmer or weaker counts as changed; with `counts_notes` (where
    somebody has looked at the notes, as in an official table) also one whose note is another. Versions of one key
    follow each other in time also where `grounds.at` is a pretended date: none begins before the last one ended."""
    lock_feed()
    current, latest = _versions_in_place(model, [row.key for row in rows])
    result, fresh, closing, changes, audit = RecordedFacts(), [], [], [], []
    for row in rows:
        old = current.get(row.key)
        verdict = compare(old, row, counts_notes=counts_notes)
        getattr(result, verdict).append(row.key)
        if verdict == "same" or (old is None and row.value is None):
            continue
        last = latest.get(row.key)
        if old is not None:
            closing.append(old.pk)
        if row.value is not None:
            fresh.append(_next_version(model, row, last, grounds))
        changes.append(_change(model, row, old, last, grounds))
        audit.append(_audit_row(row, old))
    model.objects.filter(pk__in=closing).update(superseded_at=Greatest("recorded_at", grounds.at))
    model.objects.bulk_create(fresh, batch_size=500)
    if changes:
        add_pending({(row["area"], row["indicator"]) for row in audit})
        dispatch_recompute()
        log_audit(action="record", subject=model._meta.label_lower, rows=audit, by=grounds.by, reason=grounds.reason)
        record_changes(changes)
    if model is Observation and changes:
        follow_rules({(row.area, row.indicator) for row in rows}, grounds)
    return result


def _next_version(model: type[Fact], row: FactRow, last: Fact | None, grounds: Grounds) -> Fact:
    """What `row` says as a row of `model`, which has not all of its columns."""
    lacking = {UPPER_END} if model is Observation else set(OF_VALUES_ALONE)
    values = {column.name: getattr(row, column.name) for column in fields(row) if column.name not in lacking}
    values["area_id"], values["indicator_id"] = values.pop("area"), values.pop("indicator")
    begins = {"version": last.version + 1 if last else 1, "recorded_at": _moment(last, grounds)}
    return model(**values, **grounds.columns() | begins)


@transaction.atomic
def set_target_rules(rows: Sequence[dict], *, grounds: Grounds) -> RecordedFacts:
    """The plan's rules for targets, each a mapping of the columns of `TargetRule`, and the numbers that follow from
    them. A changed rule gets a next version, with the reason; the plan's file never changes one that was edited."""
    lock_feed()
    audit = list(filter(None, [_set_rule(row, grounds) for row in rows]))
    if audit:
        subject = TargetRule._meta.label_lower
        log_audit(action="define", subject=subject, rows=audit, by=grounds.by, reason=grounds.reason)
    return follow_rules({(row["area_id"], row["indicator_id"]) for row in rows}, grounds)


def _set_rule(row: Mapping, grounds: Grounds) -> dict | None:
    """The audit row of what has changed."""
    key = {"area_id": row["area_id"], "indicator_id": row["indicator_id"]}
    latest = TargetRule.objects.select_for_update(of=("self",)).filter(**key).order_by("-version").first()
    old = latest if latest and latest.superseded_at is None else None
    differs = [name for name in row if name not in key]
    before = None
    if old is not None:
        is_edited = old.recorded_via == Versioned.Via.EDIT
        if is_edited and grounds.via == Versioned.Via.FIXTURE:
            return None
        differs = [name for name in differs if getattr(old, name) != row[name]]
        before = {name: str(getattr(old, name)) for name in differs}
    if not differs:
        return None
    begins = {"version": latest.version + 1 if latest else 1, "recorded_at": _moment(latest, grounds)}
    if old is not None:
        TargetRule.objects.filter(pk=old.pk).update(superseded_at=begins["recorded_at"])
    TargetRule.objects.create(**row, **grounds.columns() | begins)
    after = {name: str(row[name]) for name in differs}
    subject = {"area": row["area_id"], "indicator": row["indicator_id"]}
    return {**subject, "key": "/".join(subject.values()), "old": before, "new": after}


def follow_rules(keys: Collection[tuple[str, str]], grounds: Grounds) -> RecordedFacts:
    """Bring the targets of these areas and indicators to what their rules make of the base values in force. A number
    that was imported, edited or stands in the plan by itself stays; a demonstration value is no base."""
    rules = _rules_of(keys)
    if not rules or grounds.is_demo:
        return RecordedFacts()
    rows = {row.key: row for row in ruled_rows(rules)}
    own, others = _ruled_and_others({rule.indicator_id for rule in rules})
    followed = {(rule.area_id, rule.indicator_id) for rule in rules}
    gone = []
    for area, code, year in own - rows.keys():
        if (area, code) in followed:
            gone.append(FactRow(area, code, year, None))
    rows_open = [row for key, row in rows.items() if key not in others]
    return record_facts(Target, [*gone, *rows_open], grounds=replace(grounds, via=Versioned.Via.RULE))


def _rules_of(keys: Collection[tuple[str, str]]) -> list[TargetRule]:
    """The rules for these areas and indicators, and those that compare with them."""
    codes = {code for _area, code in keys}
    found = TargetRule.objects.as_of().filter(Q(indicator__in=codes) | Q(other__in=codes))
    wanted = set(keys)
    return [rule for rule in found if wanted & {(rule.area_id, rule.indicator_id), (rule.area_id, rule.other_id)}]


def ruled_rows(rules: Sequence[TargetRule]) -> Iterator[FactRow]:
    """The targets that follow from the rules and the official values in force."""
    baseline_year = Plan.objects.values_list("baseline_year", flat=True).get()
    codes = {rule.indicator_id for rule in rules}
    codes |= {rule.other_id for rule in rules if rule.other_id}
    values: dict[tuple[str, str], dict[int, Decimal]] = {}
    for row in Observation.objects.as_of().filter(indicator__in=codes, is_demo=False):
        values.setdefault((row.area_id, row.indicator_id), {})[row.year] = row.value
    definitions = {row.indicator_id: row for row in IndicatorDefinition.objects.as_of().filter(indicator__in=codes)}
    for rule in rules:
        base = values.get((rule.area_id, rule.indicator_id), {}).get(baseline_year)
        beside = values.get((rule.area_id, rule.other_id or ""), {})
        numbers = target_numbers(rule.terms, base=base, baseline_year=baseline_year, others=beside)
        is_band = definitions[rule.indicator_id].is_band
        ends = upper_ends(rule.terms, numbers) if is_band else {}
        for year, number in numbers.items():
            note = _rule_note(rule, definitions, base, beside.get(year), baseline_year)
            yield _ruled(rule, year, number, ends.get(year), note)


def rule_words(rule: TargetRule, definitions: Mapping[str, IndicatorDefinition]) -> str:
    """What the plan asks by the rule, in one Chinese phrase that names the other row."""
    terms = rule.terms
    if rule.other_id and rule.other_id in definitions:
        terms = replace(terms, other=definitions[rule.other_id].name)
    return terms_words(terms)


def _rule_note(
    rule: TargetRule,
    definitions: Mapping[str, IndicatorDefinition],
    base: Decimal | None,
    beside: Decimal | None,
    baseline_year: int,
) -> str:
    """How the number came of the plan's words."""
    told = ""
    if base is not None and rule.kind in FROM_BASE:
        told = f"，{baseline_year}年基期值{base.normalize():f}"
    if beside is not None and rule.other_id:
        told = f"，当年{rule.other_id}为{beside.normalize():f}"
    return f"由“{rule_words(rule, definitions)}”换算{told}"


def _ruled_and_others(codes: Collection[str]) -> tuple[set[FactKey], set[FactKey]]:
    """The targets in force that follow from a rule, and those that stand by themselves; demonstration gives way."""
    own: set[FactKey] = set()
    others: set[FactKey] = set()
    found = Target.objects.as_of().filter(indicator__in=codes).exclude(recorded_via=Versioned.Via.DEMO)
    for area, code, year, via in found.values_list("area_id", "indicator_id", "year", "recorded_via"):
        side = own if via == Versioned.Via.RULE else others
        side.add((area, code, year))
    return own, others


def _ruled(rule: TargetRule, year: int, number: Decimal, high: Decimal | None, note: str) -> FactRow:
    """The target of one year with the words of the plan and how it became this number."""
    key = (rule.area_id, rule.indicator_id, year)
    joined = "；".join(filter(None, (rule.note, note)))
    return FactRow(*key, number, cite=rule.cite, words=rule.words, source=rule.source, note=joined, value_high=high)


def _versions_in_place(model: type[Fact], keys: Collection[FactKey]) -> tuple[dict[FactKey, Fact], dict[FactKey, Fact]]:
    """The row in force and the latest row ever, by key."""
    areas = {area for area, _code, _year in keys}
    indicators = {code for _area, code, _year in keys}
    years = {year for _area, _code, year in keys}
    rows = model.objects.filter(area__in=areas, indicator__in=indicators, year__in=years).select_for_update()
    current: dict[FactKey, Fact] = {}
    latest: dict[FactKey, Fact] = {}
    for row in rows.order_by("version"):
        key = (row.area_id, row.indicator_id, row.year)
        latest[key] = row
        if row.superseded_at is None:
            current[key] = row
    return current, latest


def compare(old: Fact | None, row: FactRow, *, counts_notes: bool = False) -> str:
    """What recording `row` over `old` would be: the name of a list of `Recorded`."""
    if row.value is None:
        return "withdrawn" if old else "same"
    if old is None:
        return "new"
    return "same" if _is_same(old, row, counts_notes=counts_notes) else "changed"


def _is_same(old: Fact, row: FactRow, *, counts_notes: bool) -> bool:
    if (old.value, old.cite, old.year_cite) != (row.value, row.cite, row.year_cite):
        return False
    if counts_notes and old.note != row.note:
        return False
    if isinstance(old, Observation):
        return (old.parts, old.reached_on) == (row.parts, row.reached_on)
    return not isinstance(old, Benchmark) or old.value_high == row.value_high


def _moment(last: Versioned | None, grounds: Grounds) -> datetime:
    """When the next version begins: not before the last one ended."""
    if last is None:
        return grounds.at
    return max(grounds.at, last.superseded_at or last.recorded_at)


def _change(model: type[Fact], row: FactRow, old: Fact | None, last: Fact | None, grounds: Grounds) -> Change:
    version = last.version if last else 0
    if row.value is None:
        kind = Change.Kind.WITHDRAWN
    elif model is Observation:
        kind = Change.Kind.REVISED if version else Change.Kind.APPROVED
    else:
        kind = Change.Kind.RETARGETED
    return Change(
        at=_moment(last, grounds),
        kind=kind,
        series=SERIES[model],
        area_id=row.area,
        indicator=row.indicator,
        year=row.year,
        version=version + 1 if row.value is not None else version,
        value=row.value,
        previous=old.value if old else None,
        details=_upper_ends(row, old) or None,
        actor_name=actor_name(grounds.by),
        reason=grounds.reason,
        document=grounds.document.title if grounds.document else row.source,
        is_demo=grounds.is_demo or bool(old and old.is_demo and row.value is None),
    )


def _upper_ends(row: FactRow, old: Fact | None) -> dict[str, float]:
    """The upper ends of the band that is and that was, of a row that has one."""
    both = {UPPER_END: row.value_high, "previous_high": getattr(old, UPPER_END, None)}
    return {name: float(value) for name, value in both.items() if value is not None}


def _audit_row(row: FactRow, old: Fact | None) -> dict:
    before = after = None
    if old is not None:
        parts = old.parts if isinstance(old, Observation) else NO_PARTS
        ends = _upper_end(getattr(old, UPPER_END, None))
        before = {"value": str(old.value), **ends, **part_words(parts), "cite": old.cite, "version": old.version}
    if row.value is not None:
        after = {"value": str(row.value), **_upper_end(row.value_high), **part_words(row.parts), "cite": row.cite}
    key = "/".join(map(str, row.key))
    return {"key": key, "area": row.area, "indicator": row.indicator, "old": before, "new": after}


def _upper_end(value: Decimal | None) -> dict[str, str]:
    return {} if value is None else {UPPER_END: str(value)}


def part_words(parts: RatioParts) -> dict[str, str]:
    """For a log: those that there are."""
    both = {"numerator": parts.numerator, "denominator": parts.denominator}
    return {name: str(value) for name, value in both.items() if value is not None}


@transaction.atomic
def withdraw_demo(*, by: User | None, kept: Mapping[type[Fact], Sequence[FactRow]] | None = None) -> int:
    """Withdraw every demonstration fact in force but those that say what `kept` says, and forget the demonstration's
    reporting years; the number of facts. Their rows stay, closed; the feed tells of each withdrawal."""
    grounds = Grounds(by=by, via=Versioned.Via.EDIT, reason="清除演示数据")
    count = 0
    for model in SERIES:
        staying = {row.key: row for row in (kept or {}).get(model, ())}
        found = model.objects.filter(is_demo=True, superseded_at__isnull=True)
        keys = [(f.area_id, f.indicator_id, f.year) for f in found if not _says_the_same(f, staying)]
        rows = [FactRow(*key, None) for key in keys]
        count += len(record_facts(model, rows, grounds=grounds).withdrawn)
    quarters = QuarterlyFigure.objects.filter(is_demo=True, superseded_at__isnull=True)
    quarters.update(superseded_at=Greatest("recorded_at", grounds.at))
    ReportingYear.objects.filter(is_demo=True).delete()
    add_pending({(None, "")})
    dispatch_recompute()
    return count


def _says_the_same(fact: Fact, rows: Mapping[FactKey, FactRow]) -> bool:
    row = rows.get((fact.area_id, fact.indicator_id, fact.year))
    return row is not None and compare(fact, row) == "same"

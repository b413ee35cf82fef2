"""Every write of reporting. One function a step, for the page, the API, the workbook, the command and the seed alike;
one at a time or many: the same status, the same audit, the same recompute.

Each locks the submission's row first, so that steps on one sheet follow each other; steps on others do not wait."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from functools import partial

from django.db import transaction
from django.utils import timezone

from accounts.models import Organisation, User
from areas.models import Area
from indicators.actions import FactRow, Grounds, approve_reporting_year, open_reporting_year, record_facts
from indicators.models import IndicatorDefinition, Observation, Versioned
from journal.actions import actor_name, log_audit, record_changes
from journal.models import Change
from plan.models import Cite
from reporting.errors import Conflict, Invalid, NotAllowed, Refused, WrongState
from reporting.models import (
    Entry,
    EntryVersion,
    Evidence,
    Notice,
    Part,
    Responsibility,
    Round,
    Submission,
    Transition,
)
from reporting.notices import tell_opened, tell_sent_back, tell_step
from reporting.sheets import Line, is_conflict, official_facts, read_sheet

State, Action, Role = Submission.State, Transition.Action, User.Role
LIMIT = Decimal(10) ** 9

# action: (states it starts from, state it leads to, roles that may)
STEPS = {
    Action.SUBMIT: ((State.DRAFT, State.RETURNED, State.REOPENED), State.SUBMITTED, (Role.COUNTY,)),
    Action.WITHDRAW: ((State.SUBMITTED,), State.DRAFT, (Role.COUNTY,)),
    Action.RETURN: ((State.SUBMITTED,), State.RETURNED, (Role.MUNICIPAL,)),
    Action.APPROVE: ((State.SUBMITTED,), State.APPROVED, (Role.MUNICIPAL,)),
    Action.REOPEN: ((State.APPROVED,), State.REOPENED, (Role.MUNICIPAL,)),
}
WHO_ACTS = {
    State.DRAFT: "等{area}填报、提交",
    State.RETURNED: "已退回，等{area}更正后重新提交",
    State.REOPENED: "已重新开放，等{area}更正后重新提交",
    State.SUBMITTED: "已提交，等市发改委审核；{area}可以撤回",
    State.APPROVED: "已通过；要更正请市发改委重新开放",
}


@dataclass(frozen=True)
class Typed:
    """What was typed for one entry. `version` is the one the typist saw; None does not check."""

    indicator: str
    value: Decimal | None
    explanation: str = ""
    version: int | None = None


@dataclass
class Saved:
    """The sheet's lines of the entries that were sent, after the save (or as they would be, in a dry run)."""

    lines: list[Line] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)


@transaction.atomic
def assign_responsibilities(*, by: User | None) -> int:
    """Give each indicator of each county without a responsible unit to the one whose duty is the indicator's owner;
    the number given. What was assigned by hand stays."""
    units = {(unit.area_id, unit.duty): unit for unit in Organisation.objects.exclude(duty="")}
    given = 0
    for area in Area.objects.counties():
        for definition in IndicatorDefinition.objects.as_of():
            unit = units.get((area.code, definition.owner))
            if unit is not None:
                _, is_new = Responsibility.objects.get_or_create(
                    area=area, indicator_id=definition.indicator_id, defaults={"organisation": unit}
                )
                given += is_new
    if given:
        log_audit(
            action="assign", subject="reporting.responsibility", rows=[{"key": "*", "new": {"given": given}}], by=by
        )
    return given


@transaction.atomic
def open_round(
    *,
    year: int,
    due_on: date,
    areas: Iterable[Area],
    by: User | None,
    at: datetime | None = None,
    is_demo: bool = False,
) -> Round:
    """Open a year: a submission for each county, a part for each responsible unit, an empty entry for each row."""
    at = at or timezone.now()
    round_, is_new = Round.objects.get_or_create(
        year=year, defaults={"opened_at": at, "due_on": due_on, "is_demo": is_demo}
    )
    if not is_new:
        raise Invalid(f"{year}年的报送已经开放过。")
    areas = list(areas)
    codes = list(IndicatorDefinition.objects.as_of().values_list("indicator", flat=True))
    for area in areas:
        submission = Submission.objects.create(round=round_, area=area, state_at=at)
        _make_parts(submission, codes, at)
        _log_step(submission, None, Action.OPEN, "", State.DRAFT, by, at)
        tell_opened(submission, by=by, at=at)
    open_reporting_year(year=year, areas=areas, opened_at=at, due_on=due_on, by=by, is_demo=is_demo)
    return round_


def _make_parts(submission, codes, at) -> None:
    duties = Responsibility.objects.filter(area=submission.area, indicator__in=codes)
    parts = {}
    for duty in duties.select_related("organisation").order_by("organisation"):
        part = parts.get(duty.organisation_id)
        if part is None:
            part = Part.objects.create(submission=submission, organisation=duty.organisation, state_at=at)
            parts[duty.organisation_id] = part
        Entry.objects.create(part=part, submission=submission, indicator_id=duty.indicator_id)


@transaction.atomic
def save_entries(
    *,
    submission: Submission,
    typed: Sequence[Typed],
    by: User,
    dry_run: bool = False,
    is_demo: bool = False,
    at: datetime | None = None,
) -> Saved:
    """Store what was typed, all or none (`is_demo`: by the demonstration, not by a person).

    A value that parses is always stored, whatever the findings; a stale version refuses with both values
    (`Conflict`); a row of another unit's is refused (`NotAllowed`)."""
    at = at or timezone.now()
    submission = _locked(submission, at)
    entries = {
        entry.indicator_id: entry for entry in submission.entries.select_related("part__organisation", "saved_by")
    }
    _check_rows(submission, entries, typed, by)
    _check_versions(entries, typed)
    facts = _facts(submission)
    changed = [row for row in typed if _differs(entries[row.indicator], row, facts.get(row.indicator))]
    if not dry_run and changed:
        officials = {code: fact.version for code, fact in facts.items()}
        audit = [_store(entries[row.indicator], row, officials.get(row.indicator), by, at, is_demo) for row in changed]
        rows = [{**row, "area": submission.area_id} for row in audit]
        log_audit(action="save", subject="reporting.entry", rows=rows, by=by)
    proposed = {row.indicator: (row.value, row.explanation) for row in typed}
    lines = read_sheet(submission, proposed=proposed if dry_run else None, indicators=list(proposed))
    return Saved(lines, [row.indicator for row in changed])


@transaction.atomic
def fill_derived(*, submission: Submission, indicator: str, value: Decimal | None, is_demo: bool) -> bool:
    """A register's figure (H01: landed projects) put into its row, which is read-only from then on; True where the
    row took it. Frozen once submitted."""
    submission = _locked(submission)
    entry = submission.entries.filter(indicator=indicator).first()
    if entry is None or not submission.is_editable or (entry.is_derived and entry.value == value):
        return False
    entry.is_derived = True
    official = _facts(submission).get(indicator)
    seen = official and official.version
    row = _store(entry, Typed(indicator, value, "由登记簿自动取数"), seen, None, timezone.now(), is_demo)
    log_audit(action="fill", subject="reporting.entry", rows=[{**row, "area": submission.area_id}], by=None)
    return True


@transaction.atomic
def hand_over(*, part: Part, by: User, at: datetime | None = None) -> Transition:
    """The unit's part is done. Refused while an entry has an obstacle; the words name each."""
    submission, part = _locked_part(part, at)
    _require_own_part(part, by)
    require_editable(submission)
    if part.state == Part.State.HANDED_OVER:
        return part.transitions.last()
    _require_no_obstacles(read_sheet(submission, indicators=list(part.entries.values_list("indicator", flat=True))))
    return _move_part(submission, part, Action.HAND_OVER, Part.State.HANDED_OVER, by, at)


@transaction.atomic
def take_back(*, part: Part, by: User, at: datetime | None = None) -> Transition:
    """The unit opens its own part again, as long as the county has not submitted."""
    submission, part = _locked_part(part, at)
    _require_own_part(part, by)
    require_editable(submission)
    return _move_part(submission, part, Action.TAKE_BACK, Part.State.OPEN, by, at)


@transaction.atomic
def send_back(*, part: Part, by: User, reason: str, at: datetime | None = None) -> Transition:
    """The county opens a bureau's part again, with a reason that the bureau reads."""
    submission, part = _locked_part(part, at)
    if by.role != Role.COUNTY or by.own_area_code != submission.area_id:
        raise NotAllowed("只有本县发改局可以把部门填报退回。")
    require_editable(submission)
    step = _move_part(submission, part, Action.SEND_BACK, Part.State.OPEN, by, at, _required(reason))
    tell_sent_back(part, submission, step)
    return step


@transaction.atomic
def change_state(
    *,
    submission: Submission,
    action: str,
    by: User,
    reason: str = "",
    until: datetime | None = None,
    entries: Sequence[str] = (),
    exceptions: dict[str, str] | None = None,
    at: datetime | None = None,
) -> Transition:
    """Every step of a submission. `entries` are the indicator codes that a return names; `exceptions` the reasons, by
    unit code, for submitting without a part handed over. Doing the same step twice does it once."""
    at = at or timezone.now()
    submission = _locked(submission, at)
    sources, target, roles = STEPS[action]
    if by.role not in roles or (by.role == Role.COUNTY and by.own_area_code != submission.area_id):
        raise NotAllowed(f"{Action(action).label}须由{'、'.join(role.label for role in roles)}办理。")
    last = submission.transitions.filter(part=None).last()
    if submission.state == target and last.action == action:
        return last
    if submission.state not in sources:
        raise WrongState(_state_words(submission), state=submission.state)
    PREPARE[action](submission, by=by, reason=reason, until=until, entries=entries, exceptions=exceptions or {}, at=at)
    return _move(submission, action, target, by, at, reason, until if action == Action.REOPEN else None, entries)


@dataclass(frozen=True)
class Outcome:
    """What became of one submission of many: the step, or why it was refused."""

    submission: Submission
    step: Transition | None = None
    refusal: Refused | None = None


def change_states(*, submissions: Iterable[Submission], action: str, by: User, **more) -> list[Outcome]:
    """The same step of many submissions: `change_state` for each in a transaction of its own, so that one that is
    refused holds up no other. `more` is what `change_state` takes."""
    outcomes = []
    for submission in submissions:
        try:
            step = change_state(submission=submission, action=action, by=by, **more)
        except Refused as refusal:
            outcomes.append(Outcome(submission, refusal=refusal))
        else:
            outcomes.append(Outcome(submission, step))
    return outcomes


def lapse_reopened(*, at: datetime | None = None) -> int:
    """Lock again every reopened submission whose time is over; the number locked. Also done at each step."""
    at = at or timezone.now()
    over = Submission.objects.filter(state=State.REOPENED, reopened_until__lte=at)
    return sum(_lapse_one(submission, at) for submission in over)


@transaction.atomic
def _lapse_one(submission: Submission, at: datetime) -> bool:
    before = submission.state
    return _locked(submission, at).state != before


def _locked(submission: Submission, at: datetime | None = None) -> Submission:
    """The submission as it now is, its row locked until the transaction ends; a reopening that is over is ended."""
    found = Submission.objects.select_for_update(of=["self"]).select_related("round", "area").get(pk=submission.pk)
    at = at or timezone.now()
    if found.state == State.REOPENED and found.reopened_until <= at:
        _restore_approved(found, at)
        _move(found, Action.LAPSE, State.APPROVED, None, at, "重新开放的时间已过，未提交的修改保留在历史中。")
        found.parts.filter(state=Part.State.OPEN).update(state=Part.State.HANDED_OVER, state_at=at)
    return found


def _locked_part(part: Part, at: datetime | None) -> tuple[Submission, Part]:
    submission = _locked(Submission(pk=part.submission_id), at)
    return submission, Part.objects.select_related("organisation").get(pk=part.pk)


def _restore_approved(submission: Submission, at: datetime) -> None:
    """Entries go back to what was approved, the demonstration's as such; what was typed since stays as versions
    before it."""
    for entry in submission.entries.all():
        approved = entry.versions.filter(is_approved=True).last()
        if approved and approved.version != entry.version:
            content = Typed(entry.indicator_id, approved.value, approved.explanation)
            _store(entry, content, entry.official_version, None, at, approved.is_demo)
            entry.versions.filter(version=entry.version).update(is_approved=True)


def _check_rows(submission, entries, typed, by) -> None:
    require_editable(submission)
    for row in typed:
        entry = entries.get(row.indicator)
        if entry is None:
            raise Invalid(f"{row.indicator}：本表没有这个指标。", indicator=row.indicator)
        _require_open_row(entry, by)
        if row.value is not None and (abs(row.value) >= LIMIT or row.value != round(row.value, 6)):
            raise Invalid(f"{row.indicator}：数值应小于10亿，小数不超过6位。", indicator=row.indicator)


def _require_open_row(entry: Entry, by: User) -> None:
    code = entry.indicator_id
    _require_own_part(entry.part, by)
    if entry.is_derived:
        raise NotAllowed(f"{code}：由登记簿自动取数，不需填报。", indicator=code)
    if entry.part.state == Part.State.HANDED_OVER:
        raise WrongState(f"{entry.part.organisation.name}的部分已交出，请先取回再修改。", indicator=code)


def lock_open_row(entry: Entry, by: User, at: datetime | None = None) -> Entry:
    """The entry as it now is, its sheet locked until the transaction ends, where `by` may change it now; else the
    refusal that saving it would give. For what belongs to an entry: its evidence."""
    submission = _locked(Submission(pk=entry.submission_id), at)
    require_editable(submission)
    entry = Entry.objects.select_related("part__organisation", "submission__round").get(pk=entry.pk)
    _require_open_row(entry, by)
    return entry


def _check_versions(entries, typed) -> None:
    stale = [row for row in typed if row.version is not None and row.version != entries[row.indicator].version]
    if stale:
        both = [_both_values(entries[row.indicator], row) for row in stale]
        raise Conflict("别人刚刚保存了同一项，请比较两个数后再定。", conflicts=both)


def _both_values(entry, row) -> dict:
    return {
        "indicator": row.indicator,
        "yours": row.value,
        "theirs": entry.value,
        "version": entry.version,
        "by": entry.saved_by.title if entry.saved_by else "",
    }


def _differs(entry: Entry, row: Typed, official: Observation | None) -> bool:
    """Whether saving changes anything. The same number again, over an imported one that is another, confirms it."""
    is_same = (entry.value, entry.explanation) == (row.value, row.explanation)
    return not is_same or entry.version == 0 or is_conflict(entry, official)


def _facts(submission) -> dict[str, Observation]:
    """The official values in force of the county's year, by indicator."""
    facts = official_facts(submission.area_id, [submission.round.year])
    return {code: fact for (code, _year), fact in facts.items()}


def _store(entry: Entry, row: Typed, official: int | None, by: User | None, at: datetime, is_demo: bool) -> dict:
    old = {"value": entry.value and str(entry.value), "explanation": entry.explanation}
    entry.value, entry.explanation, entry.version = row.value, row.explanation, entry.version + 1
    entry.saved_at, entry.saved_by, entry.official_version, entry.is_demo = at, by, official, is_demo
    entry.save()
    EntryVersion.objects.create(
        entry=entry,
        version=entry.version,
        value=row.value,
        explanation=row.explanation,
        at=at,
        by=by,
        by_name=actor_name(by),
        is_demo=is_demo,
    )
    new = {"value": row.value is not None and str(row.value) or None, "explanation": row.explanation}
    return {"key": f"{entry.submission_id}/{entry.indicator_id}", "old": old, "new": new}


def _require_own_part(part: Part, by: User) -> None:
    if by.role not in {Role.COUNTY, Role.BUREAU} or by.organisation_id != part.organisation_id:
        raise NotAllowed(f"这一项由{part.organisation.name}填报，您的账号不能修改。")


def require_editable(submission: Submission) -> None:
    """Refuses while the sheet is not to be changed, saying where it stands and who may act."""
    if not submission.is_editable:
        raise WrongState(_state_words(submission), state=submission.state)


def _state_words(submission: Submission) -> str:
    words = WHO_ACTS[submission.state].format(area=submission.area.name)
    return f"{submission.area.name}{submission.round.year}年报送{words}。"


def _required(reason: str) -> str:
    if not reason.strip():
        raise Invalid("请写明理由，对方会看到。")
    return reason.strip()


def _require_no_obstacles(lines: Sequence[Line]) -> None:
    blocked = {line.entry.indicator_id: line.obstacles for line in lines if line.obstacles}
    if blocked:
        names = {line.entry.indicator_id: line.definition.name for line in lines}
        words = "；".join(f"{names[code]}：{'；'.join(reasons)}" for code, reasons in blocked.items())
        raise Invalid(f"还有{len(blocked)}项需要处理：{words}", obstacles=blocked)


def _prepare_submit(submission, *, exceptions, **_) -> None:
    late = []
    for part in submission.parts.select_related("organisation").filter(state=Part.State.OPEN):
        reason = exceptions.get(part.organisation.code, "").strip()
        if reason:
            Part.objects.filter(pk=part.pk).update(reason=reason)
        else:
            late.append(part.organisation.name)
    if late:
        raise Invalid(f"{'、'.join(late)}还没有交出；请等其交出，或逐个写明不等的理由。", late=late)
    excepted = set(submission.parts.filter(state=Part.State.OPEN).values_list("pk", flat=True))
    _require_no_obstacles([line for line in read_sheet(submission) if line.entry.part_id not in excepted])


def _prepare_return(submission, *, reason, entries, **_) -> None:
    """Names the entries; their parts open again, each entry carries the reviewer's words."""
    _required(reason)
    named = list(submission.entries.filter(indicator__in=entries))
    if not named or len(named) != len(set(entries)):
        raise Invalid("请选出要更正的指标。")
    submission.entries.update(returned_note="")
    Entry.objects.filter(pk__in=[entry.pk for entry in named]).update(returned_note=reason.strip())
    Part.objects.filter(pk__in={entry.part_id for entry in named}).update(state=Part.State.OPEN, reason=reason.strip())


def _prepare_approve(submission, *, by, reason, at, **_) -> None:
    """Publishes the entries as official values, in the caller's transaction."""
    lines = read_sheet(submission)
    conflicts = [line.definition.name for line in lines if line.conflict]
    if conflicts:
        raise WrongState(f"{'、'.join(conflicts)}的官方数值已由导入更新，请退回县里核对。", conflicts=conflicts)
    words = reason.strip() or f"{submission.round.year}年度报送审核通过"
    for is_demo in (False, True):
        rows = [_fact(submission, line.entry) for line in lines if line.entry.is_demo is is_demo]
        via = Versioned.Via.DEMO if is_demo else Versioned.Via.APPROVAL
        record_facts(Observation, rows, grounds=Grounds(by=by, via=via, reason=words, at=at))
    approve_reporting_year(area=submission.area, year=submission.round.year, approved_at=at, by=by)
    submission.entries.update(returned_note="")
    for line in lines:
        line.entry.versions.filter(version=line.entry.version).update(is_approved=True)


def _fact(submission, entry) -> FactRow:
    cite = Cite.DEMO if entry.is_demo else Cite.OFFICIAL
    return FactRow(
        submission.area_id, entry.indicator_id, submission.round.year, entry.value, cite=cite, note=entry.explanation
    )


def _prepare_reopen(submission, *, by, reason, until, entries, at, **_) -> None:
    """Opens the parts of the named entries, or every part where none is named."""
    _required(reason)
    if until is None or until <= at:
        raise Invalid("请给出重新开放的截止时间，须晚于现在。")
    parts = submission.parts.filter(entries__indicator__in=entries) if entries else submission.parts
    Part.objects.filter(pk__in=parts.values("pk")).update(state=Part.State.OPEN, state_at=at, reason=reason.strip())
    change = Change(
        at=at,
        kind=Change.Kind.REOPENED,
        area_id=submission.area_id,
        year=submission.round.year,
        actor_name=actor_name(by),
        reason=reason.strip(),
        is_demo=submission.round.is_demo,
    )
    record_changes([change])


def _prepare_withdraw(submission, **_) -> None:
    """Nothing else moves: the parts stay as handed over until a unit takes its own back."""


PREPARE = {
    Action.SUBMIT: _prepare_submit,
    Action.WITHDRAW: _prepare_withdraw,
    Action.RETURN: _prepare_return,
    Action.APPROVE: _prepare_approve,
    Action.REOPEN: _prepare_reopen,
}


def _move(submission, action, target, by, at, reason="", until=None, entries=()) -> Transition:
    old = submission.state
    submission.state, submission.state_at, submission.reopened_until = target, at, until
    submission.save(update_fields=["state", "state_at", "reopened_until"])
    step = _log_step(submission, None, action, old, target, by, at, reason, entries)
    tell_step(submission, step)
    return step


def _move_part(submission, part, action, target, by, at=None, reason="") -> Transition:
    old, part.state, part.state_at, part.reason = part.state, target, at or timezone.now(), reason
    part.save(update_fields=["state", "state_at", "reason"])
    return _log_step(submission, part, action, old, target, by, part.state_at, reason)


def _log_step(submission, part, action, old, new, by, at, reason="", entries=()) -> Transition:
    key = f"{submission}/{part.organisation.code}" if part else str(submission)
    row = {"key": key, "area": submission.area_id, "old": {"state": old}, "new": {"state": new}}
    log_audit(action=action, subject="reporting.submission", rows=[row], by=by, reason=reason)
    return Transition.objects.create(
        submission=submission,
        part=part,
        action=action,
        old_state=old,
        new_state=new,
        at=at,
        by=by,
        by_name=actor_name(by),
        reason=reason.strip(),
        named_entries=sorted(entries),
    )


@transaction.atomic
def remove_demo_round() -> int:
    """Delete the demonstration's rounds with everything typed in them; the number. What was published from them
    is withdrawn as the demonstration's facts are."""
    rounds = Round.objects.filter(is_demo=True)
    sheets = Submission.objects.filter(round__in=rounds)
    evidence = Evidence.objects.filter(entry__submission__in=sheets)
    for path in [each.path for each in evidence]:
        transaction.on_commit(partial(path.unlink, missing_ok=True))
    evidence.delete()
    EntryVersion.objects.filter(entry__submission__in=sheets).delete()
    for inner in (Notice, Transition, Entry, Part):
        inner.objects.filter(submission__in=sheets).delete()
    sheets.delete()
    return rounds.delete()[0]

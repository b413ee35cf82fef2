"""The steps of a submission and of its parts: one function each, for the page, the API, the workbook, the command and
the seed alike; one at a time or many: the same status, the same audit, the same recompute.

The other writes of reporting: entries in `saving`, rounds in `rounds`, what approval publishes in `publishing`."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from journal.actions import actor_name, record_changes
from journal.models import Change
from lib.refusals import Invalid, NotAllowed, NotReady, Refused, WrongState
from reporting.entries.saving import lock_submission
from reporting.models import Entry, Part, Submission, Transition
from reporting.publishing import publish
from reporting.reminders.notices import tell_sent_back
from reporting.sheets import Line, read_sheet
from reporting.steps import (
    CLOSED_TO,
    STEPS,
    Action,
    Role,
    StepDetails,
    move,
    move_part,
    require_editable,
    require_own_part,
    required,
    state_words,
)


@transaction.atomic
def hand_over(*, part: Part, by: User, at: datetime | None = None) -> Transition:
    """The unit's part is done. Refused while an entry has an obstacle; the words name each."""
    submission, part = _locked_part(part, at)
    require_own_part(part, by)
    require_editable(submission)
    if part.state == Part.State.HANDED_OVER and (last := part.transitions.last()):
        return last
    require_no_obstacles(read_sheet(submission, indicators=list(part.entries.values_list("indicator", flat=True))))
    return move_part(submission, part, Action.HAND_OVER, Part.State.HANDED_OVER, by, at)


@transaction.atomic
def take_back(*, part: Part, by: User, at: datetime | None = None) -> Transition:
    """The unit opens its own part again, as long as the county has not submitted."""
    submission, part = _locked_part(part, at)
    require_own_part(part, by)
    require_editable(submission)
    return move_part(submission, part, Action.TAKE_BACK, Part.State.OPEN, by, at)


@transaction.atomic
def send_back(*, part: Part, by: User, reason: str, at: datetime | None = None) -> Transition:
    """The county opens a bureau's part again, with a reason that the bureau reads."""
    submission, part = _locked_part(part, at)
    if by.role != Role.COUNTY or by.own_area_code != submission.area_id:
        raise NotAllowed(_("只有本地区发改局可以把部门填报退回。"))
    require_editable(submission)
    step = move_part(submission, part, Action.SEND_BACK, Part.State.OPEN, by, at, required(reason))
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
    submission = lock_submission(submission, at)
    sources, target, roles = STEPS[action]
    if by.role not in roles or (by.role == Role.COUNTY and by.own_area_code != submission.area_id):
        raise NotAllowed(
            _("{label}须由{roles}办理。").format(
                label=Action(action).label, roles="、".join(str(role.label) for role in roles)
            )
        )
    last = submission.transitions.filter(part=None).exclude(action__in=[Action.CLOSE, Action.RESUME]).last()
    is_same = action != Action.REOPEN or until in {None, submission.reopened_until}
    if submission.state == target and last is not None and last.action == action and is_same:
        return last
    if submission.state not in sources or (submission.is_closed and action in CLOSED_TO):
        raise WrongState(state_words(submission), state=submission.state)
    PREPARE[action](submission, by=by, reason=reason, until=until, entries=entries, exceptions=exceptions or {}, at=at)
    if exceptions and action == Action.SUBMIT:
        reason = "；".join(filter(None, [reason, *_excepted_words(submission, exceptions)]))
    return move(submission, action, target, by, at, reason, until if action == Action.REOPEN else None, entries)


def take_step(submission: Submission, action: str, by: User, details: StepDetails) -> Transition:
    """A step by its name, as buttons and addresses have it: of the user's own part (hand_over, take_back), or of the
    whole submission."""
    if action in OWN_STEPS:
        part = submission.parts.filter(organisation=by.own_unit_id).first()
        if part is None:
            raise NotAllowed(_("您的单位在本表没有要填的指标。"))
        return OWN_STEPS[action](part=part, by=by)
    if action not in STEPS:
        words = _("没有“{action}”这一步。可以是 {known}。")
        raise Invalid(words.format(action=action, known="、".join([*OWN_STEPS, *STEPS])))
    return change_state(submission=submission, action=action, by=by, **vars(details))


OWN_STEPS = {"hand_over": hand_over, "take_back": take_back}


@dataclass(frozen=True)
class Outcome:
    """What became of one submission of many: the step, or why it was refused."""

    submission: Submission
    step: Transition | None = None
    refusal: Refused | None = None


def change_states(*, submissions: Iterable[Submission], action: str, by: User, **more: Any) -> list[Outcome]:
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


def _locked_part(part: Part, at: datetime | None) -> tuple[Submission, Part]:
    submission = lock_submission(Submission(pk=part.submission_id), at)
    return submission, Part.objects.select_related("organisation").get(pk=part.pk)


def require_no_obstacles(lines: Sequence[Line], excepted: Collection[int] = ()) -> None:
    """Of parts that are not waited for (`excepted`) blanks and missing explanations pass, but no figure that cannot be:
    it would be published."""
    blocked = {}
    for line in lines:
        is_waited_for = line.entry.part_id not in excepted
        reasons = line.obstacles if is_waited_for else line.faults
        if reasons:
            blocked[line.entry.indicator_id] = reasons
    if blocked:
        names = {line.entry.indicator_id: line.definition.name for line in lines}
        words = "；".join(f"{names[code]}：{'；'.join(reasons)}" for code, reasons in blocked.items())
        raise NotReady(_("还有{n}项需要处理：{words}").format(n=len(blocked), words=words), obstacles=blocked)


def _prepare_submit(submission: Submission, *, exceptions: Mapping[str, str], **_rest: object) -> None:
    late: dict[str, str] = {}
    parts = submission.parts.select_related("organisation")
    if unknown := set(exceptions) - {part.organisation.code for part in parts}:
        known = "、".join(f"{part.organisation.code}（{part.organisation.name}）" for part in parts)
        words = _("本表没有代码为“{code}”的单位；可以是：{known}。")
        raise Invalid(words.format(code=min(unknown)[:60], known=known))
    for part in parts.filter(state=Part.State.OPEN):
        reason = exceptions.get(part.organisation.code, "").strip()
        if reason:
            Part.objects.filter(pk=part.pk).update(reason=reason)
        else:
            late[part.organisation.code] = part.organisation.name
    if late:
        words = _("{late}还没有交出；请等其交出，或逐个写明不等的理由。").format(late="、".join(late.values()))
        raise NotReady(words, late=late)
    excepted = set(submission.parts.filter(state=Part.State.OPEN).values_list("pk", flat=True))
    require_no_obstacles(read_sheet(submission), excepted)


def _excepted_words(submission: Submission, exceptions: dict[str, str]) -> list[str]:
    """For the log: which units were not waited for, and why."""
    parts = submission.parts.select_related("organisation").filter(state=Part.State.OPEN)
    names = {part.organisation.code: part.organisation.name for part in parts}
    return [f"未等{names[code]}：{words.strip()}" for code, words in exceptions.items() if code in names]


def _prepare_return(submission: Submission, *, reason: str, entries: Sequence[str], **_rest: object) -> None:
    """Names the entries; their parts open again, each entry carries the reviewer's words."""
    required(reason)
    named = list(submission.entries.filter(indicator__in=entries))
    if not named or len(named) != len(set(entries)):
        raise Invalid(_("请选出要更正的指标。"))
    submission.entries.update(returned_note="")
    Entry.objects.filter(pk__in=[entry.pk for entry in named]).update(returned_note=reason.strip())
    Part.objects.filter(pk__in={entry.part_id for entry in named}).update(state=Part.State.OPEN, reason=reason.strip())


def _prepare_reopen(
    submission: Submission,
    *,
    by: User,
    reason: str,
    until: datetime | None,
    entries: Sequence[str],
    at: datetime,
    **_rest: object,
) -> None:
    """Opens the parts of the named entries, or every part where none is named."""
    required(reason)
    if until is None or until <= at:
        raise Invalid(_("请给出重新开放的截止时间，须晚于现在。"))
    if submission.entries.filter(indicator__in=entries).count() != len(set(entries)):
        raise Invalid(_("请选出要更正的指标。"))
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


def _prepare_withdraw(submission: Submission, **_rest: object) -> None:
    """Nothing else moves: the parts stay as handed over until a unit takes its own back."""


PREPARE: dict[str, Callable[..., object]] = {
    Action.SUBMIT: _prepare_submit,
    Action.WITHDRAW: _prepare_withdraw,
    Action.RETURN: _prepare_return,
    Action.APPROVE: publish,
    Action.REOPEN: _prepare_reopen,
}

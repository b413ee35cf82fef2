"""The record of a step: which there are, who may take them, what is written down of each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from journal.actions import actor_name, log_audit
from lib.listapi.lists import BadParameter, moment
from lib.refusals import Invalid, NotAllowed, WrongState
from reporting.models import Part, Submission, Transition
from reporting.reminders.notices import tell_step

State, Action, Role = Submission.State, Transition.Action, User.Role

# action: (states it starts from, state it leads to, roles that may)
STEPS: dict[str, tuple[tuple[str, ...], str, tuple[User.Role, ...]]] = {
    Action.SUBMIT: ((State.DRAFT, State.RETURNED, State.REOPENED), State.SUBMITTED, (Role.COUNTY,)),
    Action.WITHDRAW: ((State.SUBMITTED,), State.DRAFT, (Role.COUNTY,)),
    Action.RETURN: ((State.SUBMITTED,), State.RETURNED, (Role.MUNICIPAL,)),
    Action.APPROVE: ((State.SUBMITTED,), State.APPROVED, (Role.MUNICIPAL,)),
    Action.REOPEN: ((State.APPROVED,), State.REOPENED, (Role.MUNICIPAL,)),
}
# What a closed year no longer allows: what leaves a sheet to be typed in, or comes from one.
CLOSED_TO = {Action.SUBMIT, Action.WITHDRAW, Action.RETURN}
WHO_ACTS: dict[str, Any] = {
    State.DRAFT: _("等{area}填报、提交"),
    State.RETURNED: _("已退回，等{area}更正后重新提交"),
    State.REOPENED: _("已重新开放，等{area}更正后重新提交"),
    State.SUBMITTED: _("已提交，等市发改委审核；{area}可以撤回"),
    State.APPROVED: _("已通过；要更正请市发改委重新开放"),
}
WHEN_CLOSED: dict[str, Any] = {
    State.SUBMITTED: _("已提交，等市发改委审核；这一年已关闭，要退回或撤回须由市发改委重新打开这一年"),
    State.APPROVED: WHO_ACTS[State.APPROVED],
}
CLOSED = _("已关闭，不再填报；要补报须由市发改委重新打开这一年")


@dataclass(frozen=True)
class StepDetails:
    """What is sent with a step, whichever door it came by. `entries` are the indicator codes that a return or a
    reopening names; `exceptions` the reasons, by unit code, for submitting without a part handed over."""

    reason: str = ""
    until: datetime | None = None
    entries: Sequence[str] = ()
    exceptions: Mapping[str, str] = field(default_factory=dict)


def parse_until(text: str) -> datetime | None:
    """The end of a reopening as it is typed; a date means its end, as everywhere. Invalid where it is neither."""
    if not text:
        return None
    try:
        return moment("until", text)
    except BadParameter as error:
        words = _("until 应为日期，或日期和时间，例如 2026-04-15 或 2026-04-15T18:00。")
        raise Invalid(str(words)) from error


def require_editable(submission: Submission) -> None:
    """Refuses while the sheet is not to be changed, saying where it stands and who may act."""
    if not submission.is_editable:
        raise WrongState(state_words(submission), state=submission.state)


def state_words(submission: Submission) -> str:
    return _("{area}{year}年报送{words}。").format(
        area=submission.area.shown_name, year=submission.round.year, words=next_words(submission)
    )


def next_words(submission: Submission) -> str:
    """Where the sheet stands and who acts next."""
    if submission.is_closed:
        return str(WHEN_CLOSED.get(submission.state, CLOSED))
    return WHO_ACTS[submission.state].format(area=submission.area.shown_name)


def required(reason: str) -> str:
    if not reason.strip():
        raise Invalid(str(_("请写明理由，对方会看到。")))
    return reason.strip()


def is_own_part(part: Part, user: User) -> bool:
    """Whether the part is for this user to fill: that of the unit that the user acts for in its county."""
    return user.own_area_code is not None and user.own_unit_id == part.organisation_id


def require_own_part(part: Part, by: User) -> None:
    if not is_own_part(part, by):
        raise NotAllowed(
            _("这一项由{organisation}填报，您的账号不能修改。").format(organisation=part.organisation.shown_name)
        )


def move(submission, action, target, by, at, reason="", until=None, entries=()) -> Transition:
    old = submission.state
    submission.state, submission.state_at, submission.reopened_until = target, at, until
    submission.save(update_fields=["state", "state_at", "reopened_until"])
    step = log_step(submission, None, action, old, target, by, at, reason, entries)
    tell_step(submission, step)
    return step


def move_part(submission, part, action, target, by, at=None, reason="") -> Transition:
    old, part.state, part.state_at, part.reason = part.state, target, at or timezone.now(), reason
    part.save(update_fields=["state", "state_at", "reason"])
    return log_step(submission, part, action, old, target, by, part.state_at, reason)


def log_step(submission, part, action, old, new, by, at, reason="", entries=()) -> Transition:
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

"""A year's reporting as a whole: opened, closed, opened again; and who has which rows in it."""

from collections.abc import Iterable
from datetime import date, datetime
from functools import partial

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Organisation, User
from areas.models import Area
from indicators.models import IndicatorDefinition
from indicators.years.actions import open_reporting_year
from journal.actions import log_audit
from lib.refusals import Invalid, NotAllowed
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
from reporting.reminders.notices import tell_opened, tell_step
from reporting.steps import Action, Role, State, log_step, required


@transaction.atomic
def assign_responsibilities(*, by: User | None) -> int:
    """Give each indicator of each county without a responsible unit to the one whose duty is the indicator's owner;
    the number given. What was assigned by hand stays."""
    units = {(unit.area_id, unit.duty): unit for unit in Organisation.objects.exclude(duty="")}
    given = 0
    for area in Area.objects.judged():
        for definition in IndicatorDefinition.objects.as_of():
            unit = units.get((area.code, definition.owner))
            if unit is not None and definition.scope.has(area.code):
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
    """Open a year: a submission for each county, a part for each responsible unit, an empty entry for each row.
    The administrator may too, who sets a site up."""
    if by is None or by.role != Role.ADMINISTRATOR:
        _require_city(by)
    at = at or timezone.now()
    round_, is_new = Round.objects.get_or_create(
        year=year, defaults={"opened_at": at, "due_on": due_on, "is_demo": is_demo}
    )
    if not is_new:
        raise Invalid(_("{year}年的报送已经开放过。").format(year=year))
    areas = list(areas)
    scopes = {row.indicator_id: row.scope for row in IndicatorDefinition.objects.as_of()}
    areas = [area for area in areas if area.is_there(year)]
    for area in areas:
        codes = [code for code, scope in scopes.items() if scope.has(area.code, year)]
        submission = Submission.objects.create(round=round_, area=area, state_at=at)
        _make_parts(submission, codes, at)
        log_step(submission, None, Action.OPEN, "", State.DRAFT, by, at)
        tell_opened(submission, by=by, at=at)
    open_reporting_year(year=year, areas=areas, opened_at=at, due_on=due_on, by=by, is_demo=is_demo)
    return round_


@transaction.atomic
def close_round(*, round_: Round, by: User, reason: str = "", at: datetime | None = None) -> Round:
    """End a year's reporting. Nothing more is typed, handed over, submitted, withdrawn or returned in it; what is
    submitted may still be approved, what is approved reopened for a time. Doing so twice does it once."""
    at, round_ = at or timezone.now(), _locked_round(round_, by)
    if not round_.is_closed:
        round_.closed_at = at
        round_.save(update_fields=["closed_at"])
        _tell_all(round_, Action.CLOSE, reason, by, at)
    return round_


@transaction.atomic
def resume_round(*, round_: Round, by: User, reason: str, at: datetime | None = None) -> Round:
    """Open a closed year again, with a reason that every unit reads; each sheet goes on from where it stood."""
    at, round_ = at or timezone.now(), _locked_round(round_, by)
    if round_.is_closed:
        required(reason)
        round_.closed_at = None
        round_.save(update_fields=["closed_at"])
        _tell_all(round_, Action.RESUME, reason, by, at)
    return round_


def _locked_round(round_: Round, by: User) -> Round:
    """The round and, so that no save is under way, its sheets: locked until the transaction ends."""
    _require_city(by)
    round_ = Round.objects.select_for_update().get(pk=round_.pk)
    list(Submission.objects.filter(round=round_).order_by("pk").select_for_update(of=["self"]).values_list("pk"))
    return round_


def _require_city(by: User | None) -> None:
    """None: the system itself, for the demonstration."""
    if by is not None and by.role != Role.MUNICIPAL:
        raise NotAllowed(_("一个年度由市发改委开放、关闭和重新打开。"))


def _tell_all(round_: Round, action: Transition.Action, reason: str, by: User | None, at: datetime) -> None:
    for submission in round_.submissions.select_related("area"):
        submission.round = round_
        step = log_step(submission, None, action, submission.state, submission.state, by, at, reason)
        tell_step(submission, step)


def _make_parts(submission: Submission, codes: Iterable[str], at: datetime) -> None:
    duties = Responsibility.objects.filter(area=submission.area, indicator__in=codes)
    parts: dict[int, Part] = {}
    for duty in duties.select_related("organisation").order_by("organisation"):
        part = parts.get(duty.organisation_id)
        if part is None:
            part = Part.objects.create(submission=submission, organisation=duty.organisation, state_at=at)
            parts[duty.organisation_id] = part
        Entry.objects.create(part=part, submission=submission, indicator_id=duty.indicator_id)


@transaction.atomic
def remove_demo_round() -> int:
    """Delete the demonstration's rounds with everything typed in them; the number. What was published from them
    is withdrawn as the demonstration's facts are."""
    Notice.objects.filter(is_demo=True).delete()
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

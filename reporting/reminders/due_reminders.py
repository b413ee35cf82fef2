"""Who is late, and telling them: by the clock before and after the due date, and by one click."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Organisation, User
from journal.actions import log_audit
from lib.days import start_of_day
from lib.refusals import NotAllowed, Refused, WrongState
from reporting.models import Notice, Part, Submission
from reporting.reminders.dispatch_notices import oversees
from reporting.reminders.notices import counties_of, day_words, sheet_words, units_open_in, write_notices

Kind = Notice.Kind
DAYS_BEFORE = (1, 7)
FIRST_HOUR = 8  # nobody is told at night
PAUSE = timedelta(hours=1)


@dataclass
class Reminded:
    """The units that were told, and those left alone because they had been reminded within the hour."""

    told: list[str] = field(default_factory=list)
    spared: list[str] = field(default_factory=list)

    @property
    def words(self) -> str:
        parts = []
        if self.told:
            parts.append(_("已催报{units}。").format(units=_("、").join(self.told)))
        if self.spared:
            parts.append(_("{units}一小时内已催过，没有重复发送。").format(units=_("、").join(self.spared)))
        return "".join(parts)


@transaction.atomic
def remind(
    *, submission: Submission, by: User, unit: Organisation | None = None, at: datetime | None = None
) -> Reminded:
    """Tell the units that are late with this submission, or the one `unit`: the city the county and its units, the
    county its bureaus. Each at most once an hour; when none is left to tell, `WrongState` says so."""
    at = at or timezone.now()
    submission = _locked(submission)
    if not oversees(by, submission.area_id):
        raise NotAllowed(_("只有市发改委和本地区发改局可以催报。"))
    late = [found for found in late_units(submission) if found.pk != by.organisation_id]
    if unit is not None:
        late = [found for found in late if found.pk == unit.pk]
    if not late:
        raise WrongState(
            _("{area}{year}年报送没有需要催报的单位。").format(
                area=submission.area.shown_name, year=submission.round.year
            ),
            state=submission.state,
        )
    notices = submission.notices.filter(kind=Kind.REMINDER, at__gt=at - PAUSE)
    recently = set(notices.values_list("organisation", flat=True))
    told = []
    done = Reminded()
    for found in late:
        if found.pk in recently:
            done.spared.append(found.shown_name)
        else:
            told.append(found)
            done.told.append(found.shown_name)
    if not told:
        raise WrongState(done.words, state=submission.state)
    head = f"{by.unit_name}催报："
    words = {found: head + _ask(submission, found, at) for found in told}
    write_notices(submission, Kind.REMINDER, words, by=by, at=at)
    rows = [{"key": f"{submission}/{found.code}", "area": submission.area_id} for found in told]
    log_audit(action="remind", subject="reporting.submission", rows=rows, by=by)
    return done


def remind_many(
    *, submissions: Iterable[Submission], by: User, unit: Organisation | None = None, at: datetime | None = None
) -> list[tuple[str, bool]]:
    """`remind` for each of several sheets: (what became of it in words, whether anybody was told). Sheets with nobody
    left to tell are passed over in silence as long as another has somebody."""
    outcomes = []
    of_late_ones = []
    for submission in submissions:
        try:
            done = remind(submission=submission, by=by, unit=unit, at=at)
        except Refused as refusal:
            outcome = (refusal.words, False)
            has_late = bool(late_units(submission))
        else:
            outcome = (done.words, True)
            has_late = True
        outcomes.append(outcome)
        if has_late:
            of_late_ones.append(outcome)
    return of_late_ones or outcomes


def remind_due(*, at: datetime | None = None) -> int:
    """Seven days and one day before the due date, and daily after it, tell every unit that is late; the number of
    notices. Idempotent: a run that was missed is made up for, a second one on a day tells nobody twice."""
    at = at or timezone.now()
    if timezone.localtime(at).hour < FIRST_HOUR:
        return 0
    going = Q(round__closed_at=None) | Q(state=Submission.State.REOPENED)
    waiting = Submission.objects.filter(going, state__in=Submission.EDITABLE, round__opened_at__lte=at)
    written = 0
    for found in waiting.select_related("round", "area"):
        if _asked_for(found, at):  # asked once more under the lock, which most sheets need not take
            written += _remind_one(found, at)
    return written


@transaction.atomic
def _remind_one(submission: Submission, at: datetime) -> int:
    submission = _locked(submission)
    asked = _asked_for(submission, at)
    if asked is None:
        return 0
    kind, units = asked
    words = {unit: _ask(submission, unit, at) for unit in units}
    return len(write_notices(submission, kind, words, by=None, at=at))


def _asked_for(submission: Submission, at: datetime) -> tuple[str, list[Organisation]] | None:
    """The kind of notice that is now due and the units that have not had it; None where there are none."""
    today, due = timezone.localdate(at), due_on(submission)
    left = (due - today).days
    stage = next((days for days in DAYS_BEFORE if left <= days), None)
    is_over = left < 0
    if stage is None or (submission.state == Submission.State.REOPENED and is_over):
        return None
    if is_over:  # every day anew
        kind, kinds, since = Kind.OVERDUE, [Kind.OVERDUE], today
    else:  # once in each stage; the notice that the sheet was opened says the day as well
        kind, kinds, since = Kind.DUE_SOON, [Kind.DUE_SOON, Kind.OPENED, Kind.REOPENED], due - timedelta(days=stage)
    notices = submission.notices.filter(kind__in=kinds, at__gte=start_of_day(since), at__lte=at)
    had = set(notices.values_list("organisation", flat=True))
    units = [unit for unit in late_units(submission) if unit.pk not in had]
    if not units:
        return None
    return kind, units


def late_units(submission: Submission) -> list[Organisation]:
    """Those who must still act before the sheet is submitted: units whose part is open, and the county's office."""
    if not submission.is_editable:
        return []
    units = [*counties_of(submission), *units_open_in(submission)]
    return list(dict.fromkeys(units))


def due_on(submission: Submission) -> date:
    """The round's due date; where the sheet is reopened, the end of that."""
    if submission.state == Submission.State.REOPENED:
        return timezone.localdate(submission.reopened_until)
    return submission.round.due_on


def _ask(submission: Submission, unit: Organisation, at: datetime) -> str:
    """What is asked of the unit: "…3月31日截止，还有7天。本单位的部分还没有交出。" """
    due = due_on(submission)
    when = _days_words((due - timezone.localdate(at)).days)
    words = f"{sheet_words(submission)}{day_words(due)}截止，{when}。"
    has_open_part = submission.parts.filter(organisation=unit, state=Part.State.OPEN).exists()
    if has_open_part:
        words += "本单位的部分还没有交出。"
    if unit.kind != Organisation.Kind.COUNTY:
        return words
    waiting = [found.name for found in units_open_in(submission) if found.pk != unit.pk]
    if waiting:
        words += f"未交出：{'、'.join(waiting)}。"
    elif not has_open_part:
        words += "请提交。"
    return words


def _days_words(left: int) -> str:
    if left == 0:
        return "今天到期"
    return f"还有{left}天" if left > 0 else f"已逾期{-left}天"


def _locked(submission: Submission) -> Submission:
    return Submission.objects.select_for_update(of=["self"]).select_related("round", "area").get(pk=submission.pk)

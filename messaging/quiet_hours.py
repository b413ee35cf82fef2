"""When a message leaves: at once, with the digest of a working day or of the week, and not in a person's quiet hours.
Pure but for the calendar of working days."""

from datetime import date, datetime, time, timedelta

from lib.days import SHANGHAI
from messaging.models import Preference
from workdays.calendar import is_working_day

DIGEST_AT = time(8, 30)
FURTHEST = 30  # days: longer than any holidays
Rhythm = Preference.Rhythm


def due_at(at: datetime, preference: Preference | None) -> datetime:
    """The earliest moment, `at` or later, at which this person wants to get it."""
    if preference is None:
        return at
    rhythm, moment = Rhythm(preference.rhythm), at
    if rhythm == Rhythm.DAILY:
        moment = next_digest(at)
    elif rhythm == Rhythm.WEEKLY:
        moment = next_weekly_digest(at)
    return after_quiet(moment, preference.quiet_from, preference.quiet_until)


def next_digest(at: datetime) -> datetime:
    """8:30 of the first working day that has it still to come."""
    today = at.astimezone(SHANGHAI).date()
    days = (today + timedelta(days=n) for n in range(FURTHEST))
    moments = (digest_of(day) for day in days if is_working_day(day))
    return next(moment for moment in moments if moment >= at)


def next_weekly_digest(at: datetime) -> datetime:
    """8:30 of Monday, or of the first working day of a week whose Monday is a holiday."""
    monday = at.astimezone(SHANGHAI).date()
    monday -= timedelta(days=monday.weekday())
    mondays = (monday + timedelta(weeks=n) for n in range(FURTHEST // 7 + 1))
    moments = (digest_of(day) for day in map(first_working_day, mondays) if day)
    return next(moment for moment in moments if moment >= at)


def first_working_day(monday: date) -> date | None:
    """Of the week that begins on this Monday; None where it has none."""
    days = (monday + timedelta(days=n) for n in range(7))
    return next((day for day in days if is_working_day(day)), None)


def digest_of(day: date) -> datetime:
    """The digest's moment on a day."""
    return datetime.combine(day, DIGEST_AT, SHANGHAI)


def after_quiet(at: datetime, quiet_from: time | None, quiet_until: time | None) -> datetime:
    """The end of the quiet hours where `at` falls into them; they may go over midnight."""
    if quiet_from is None or quiet_until is None or quiet_from == quiet_until:
        return at
    here = at.astimezone(SHANGHAI)
    now = here.time()
    if quiet_from > quiet_until:
        is_evening, is_inside = now >= quiet_from, now >= quiet_from or now < quiet_until
    else:
        is_evening, is_inside = False, quiet_from <= now < quiet_until
    if not is_inside:
        return at
    # Of hours over midnight an evening's end on the day after.
    day = here.date() + timedelta(days=int(is_evening))
    return datetime.combine(day, quiet_until, SHANGHAI)

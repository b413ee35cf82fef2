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
    moments = {Rhythm.DAILY: next_digest, Rhythm.WEEKLY: next_weekly_digest}
    wanted = moments.get(Rhythm(preference.rhythm))
    return after_quiet(wanted(at) if wanted else at, preference.quiet_from, preference.quiet_until)


def next_digest(at: datetime) -> datetime:
    """8:30 of the first working day that has it still to come."""
    day = at.astimezone(SHANGHAI).date()
    found = (digest_of(day + timedelta(days=n)) for n in range(FURTHEST) if is_working_day(day + timedelta(days=n)))
    return next(moment for moment in found if moment >= at)


def next_weekly_digest(at: datetime) -> datetime:
    """8:30 of Monday, or of the first working day of a week whose Monday is a holiday."""
    monday = at.astimezone(SHANGHAI).date()
    monday -= timedelta(days=monday.weekday())
    weeks = (first_working_day(monday + timedelta(weeks=n)) for n in range(FURTHEST // 7 + 1))
    return next(digest_of(day) for day in weeks if day is not None and digest_of(day) >= at)


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
    is_over_night = quiet_from > quiet_until
    inside = (now >= quiet_from or now < quiet_until) if is_over_night else quiet_from <= now < quiet_until
    if not inside:
        return at
    day = here.date() + timedelta(days=1) if is_over_night and now >= quiet_from else here.date()
    return datetime.combine(day, quiet_until, SHANGHAI)

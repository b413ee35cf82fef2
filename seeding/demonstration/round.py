"""The demonstration's open round: one county approved, one submitted, one still at it, each step taken by the
demonstration's own logins through the actions that real people use."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal

from accounts.models import User
from areas.models import Area
from indicators.actions import FactRow
from projects.landing.landed_projects import fill_sheets
from reporting.actions import change_state, hand_over
from reporting.demonstration import DUE_AFTER, OPENED_BEFORE
from reporting.entries.saving import Typed, save_entries
from reporting.models import Responsibility, Round, Submission
from reporting.rounds.actions import open_round

EXPLANATION = "演示：较上年的变化见年度工作总结第三部分"
DONE, NOT_DONE = ("330122", "330182"), "330127"
# Chun'an is not done: these units have handed over, and housing has typed what the checks object to.
HANDED_OVER = ("transport", "education", "civil", "insurance")
STILL_TYPING = {"housing": {"P02": "95.7", "P15": "9.6", "P16": "812"}}


def load_round(*, year: int, rows: Mapping[tuple[str, str], FactRow], today: datetime) -> None:
    """Open `year` and bring each county to where it stands; rows by (area, indicator). Nothing is done where the
    year is open already, or where the logins are not the demonstration's."""
    people = {user.organisation_id: user for user in User.objects.filter(is_demo=True, role__in=["county", "bureau"])}
    city = User.objects.filter(is_demo=True, role=User.Role.MUNICIPAL).first()
    units = Responsibility.objects.filter(area__in=[*DONE, NOT_DONE]).values_list("organisation", flat=True)
    if Round.objects.filter(year=year).exists() or city is None or not set(units) <= people.keys():
        return
    due = (today + DUE_AFTER).date()
    opened = today - OPENED_BEFORE
    round_ = open_round(year=year, due_on=due, areas=Area.objects.counties(), by=None, at=opened, is_demo=True)
    fill_sheets(at=opened)
    sheets = {sheet.area_id: sheet for sheet in Submission.objects.filter(round=round_).select_related("round", "area")}
    for code in DONE:
        _complete(sheets[code], rows, people, today - timedelta(days=8))
    change_state(submission=sheets[DONE[0]], action="approve", by=city, at=today - timedelta(days=6))
    _begin(sheets[NOT_DONE], rows, people, today - timedelta(days=2))


def _complete(sheet, rows, people, at) -> None:
    for part in sheet.parts.select_related("organisation"):
        _type_part(sheet, part, rows, people[part.organisation_id], at)
        hand_over(part=part, by=people[part.organisation_id], at=at)
    county = next(user for user in people.values() if user.role == "county" and user.own_area_code == sheet.area_id)
    change_state(submission=sheet, action="submit", by=county, at=at + timedelta(hours=3))


def _begin(sheet, rows, people, at) -> None:
    for part in sheet.parts.select_related("organisation"):
        unit = part.organisation.code.partition("-")[2]
        if unit in HANDED_OVER:
            _type_part(sheet, part, rows, people[part.organisation_id], at)
            hand_over(part=part, by=people[part.organisation_id], at=at)
        elif unit in STILL_TYPING:
            typed = [Typed(code, Decimal(value)) for code, value in STILL_TYPING[unit].items()]
            save_entries(submission=sheet, typed=typed, by=people[part.organisation_id], is_demo=True, at=at)


def _type_part(sheet, part, rows, by, at) -> None:
    """Types the part, and explains where the checks ask for it."""
    codes = list(part.entries.filter(is_derived=False).values_list("indicator", flat=True))
    known = {code: rows.get((sheet.area_id, code)) for code in codes}
    typed = [Typed(code, row and row.value, "", parts=row.parts if row else None) for code, row in known.items()]
    saved = save_entries(submission=sheet, typed=typed, by=by, is_demo=True, at=at)
    asked = [line.entry for line in saved.lines if line.obstacles]
    if asked:
        explained = [Typed(entry.indicator_id, entry.value, EXPLANATION) for entry in asked]  # the parts stay
        save_entries(submission=sheet, typed=explained, by=by, is_demo=True, at=at + timedelta(minutes=5))

"""A round of 2024 on the plan's known facts: opened with nothing typed yet, or with Chun'an's sheet submitted."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from accounts.models import Organisation, User
from areas.models import Area
from reporting.actions import change_state, hand_over
from reporting.entries.saving import Typed, save_entries
from reporting.models import Round, Submission
from reporting.rounds.actions import assign_responsibilities, open_round
from tests.worlds import world

OPENED = datetime(2025, 1, 15, 2, tzinfo=UTC)


@dataclass
class Actors:
    """People by unit: actors["330127-health"], actors["municipal"]; without one: actors["leader"]."""

    by_name: dict

    def __getitem__(self, name) -> User:
        if name not in self.by_name:
            self.by_name[name] = _person(name)
        return self.by_name[name]


def _person(name: str) -> User:
    """The person of that name, made where nobody has needed it yet."""
    known = User.objects.filter(username=name).first()
    if known:
        return known
    if name in {"administrator", "leader"}:
        return User.objects.create(username=name, role=name)
    role, code = {"municipal": ("municipal", "HZDRC"), "stats": ("department", "HZ-STATS")}.get(name, (None, name))
    unit = Organisation.objects.get(code=code)
    return User.objects.create(username=name, role=role or unit.kind, organisation=unit)


@world("round_2024", base="plan")
def _open_round():
    assign_responsibilities(by=None)
    open_round(year=2024, due_on=date(2025, 3, 31), areas=Area.objects.counties(), by=None, at=OPENED)


@world("submitted", base="round_2024")
def _submit():
    people, submission = Actors({}), _sheet()
    fill_sheet(submission, people)
    change_state(submission=submission, action="submit", by=people["330127-DRC"])


def _sheet() -> Submission:
    return Submission.objects.get(round__year=2024, area="330127")


def fill_sheet(submission: Submission, people: Actors, **values: str) -> None:
    for part in submission.parts.select_related("organisation"):
        by = people[part.organisation.code]
        codes = part.entries.values_list("indicator", flat=True)
        typed = [Typed(code, Decimal(values.get(code, "1")), "演练用数，说明从略") for code in codes]
        save_entries(submission=submission, typed=typed, by=by)
        hand_over(part=part, by=by)


@pytest.fixture
def actors(plan):
    return Actors({})


@pytest.fixture
def round_2024(plan):
    return Round.objects.get(year=2024)


@pytest.fixture
def sheet(round_2024):
    """Chun'an's submission."""
    return _sheet()


@pytest.fixture
def fill(actors):
    """fill(submission, P02="93.4"): every row typed by its unit (1 where none is given) and handed over."""

    def filled(submission, **values):
        fill_sheet(submission, actors, **values)
        return submission

    return filled


@pytest.fixture
def submitted(sheet):
    """Chun'an's submission with 1 in every row."""
    return sheet

"""A round of 2024 on the plan's known facts: opened, nothing typed yet."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from accounts.models import Organisation, User
from areas.models import Area
from reporting.actions import Typed, assign_responsibilities, change_state, hand_over, open_round, save_entries
from reporting.models import Submission

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
    if name in {"administrator", "leader"}:
        return User.objects.create(username=name, role=name)
    role, code = {"municipal": ("municipal", "HZDRC"), "stats": ("department", "HZ-STATS")}.get(name, (None, name))
    unit = Organisation.objects.get(code=code)
    return User.objects.create(username=name, role=role or unit.kind, organisation=unit)


@pytest.fixture
def actors(plan):
    return Actors({})


@pytest.fixture
def round_2024(plan):
    assign_responsibilities(by=None)
    return open_round(year=2024, due_on=date(2025, 3, 31), areas=Area.objects.counties(), by=None, at=OPENED)


@pytest.fixture
def sheet(round_2024):
    """Chun'an's submission."""
    return Submission.objects.get(round=round_2024, area="330127")


@pytest.fixture
def fill(actors):
    """fill(submission, P02="93.4"): every row typed by its unit (1 where none is given) and handed over."""

    def filled(submission, **values):
        for part in submission.parts.select_related("organisation"):
            by = actors[part.organisation.code]
            codes = part.entries.values_list("indicator", flat=True)
            typed = [Typed(code, Decimal(values.get(code, "1")), "演练用数，说明从略") for code in codes]
            save_entries(submission=submission, typed=typed, by=by)
            hand_over(part=part, by=by)
        return submission

    return filled


@pytest.fixture
def submitted(sheet, fill, actors):
    fill(sheet)
    change_state(submission=sheet, action="submit", by=actors["330127-DRC"])
    sheet.refresh_from_db()
    return sheet

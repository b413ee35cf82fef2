"""A matter about an unapproved entry of Chun'an's, asked of its housing bureau by the city, and who acts in it."""

from datetime import date, datetime

import pytest

from accounts.models import Organisation, User
from lib.days import SHANGHAI
from matters.actions import Order, issue_matter
from matters.things import find_thing

TODAY = date(2026, 3, 22)  # a Sunday; the demonstration's day
PDF = b"%PDF-1.4\n1 0 obj\n<< >>\nendobj\ntrailer\n<< >>\n%%EOF\n"


def at(day: int, hour: int = 10) -> datetime:
    """In March 2026."""
    return datetime(2026, 3, day, hour, tzinfo=SHANGHAI)


def user(name: str) -> User:
    return User.objects.select_related("organisation").get(username=name)


def unit(code: str) -> Organisation:
    return Organisation.objects.get(code=code)


@pytest.fixture
def media(settings, tmp_path):
    """Where files go that the test hands in."""
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


@pytest.fixture
def asked(demo, media):
    """Of the bureau, by the city, on 22 March, due on the 31st; about the bureau's own unapproved entry."""
    thing = find_thing("entry", "330127/2025/P02", user("municipal"))
    order = Order("请核对填报数。", unit("330127-housing"), date(2026, 3, 31))
    return issue_matter(thing=thing, order=order, by=user("municipal"), at=at(22, 9))

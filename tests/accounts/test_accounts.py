"""The first administrator of an installation without the demonstration."""

import pytest
from django.core.management import call_command

from accounts.models import User


@pytest.mark.django_db
def test_createsuperuser_makes_an_administrator(monkeypatch):
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", "a long password of one's own")
    call_command("createsuperuser", username="owner", email="", interactive=False, verbosity=0)
    owner = User.objects.get(username="owner")
    assert (owner.role, owner.is_staff, owner.check_password("a long password of one's own")) == (
        "administrator",
        True,
        True,
    )

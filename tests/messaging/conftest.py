"""People with addresses, and receivers on this machine."""

import pytest

from accounts.models import Organisation
from lib.web.outbound import Allowed
from tests.messaging.receivers import DingTalk, HttpServer, SmtpServer, WeCom, listening
from tests.reporting.conftest import actors, fill, round_2024, sheet, submitted  # noqa: F401  (fixtures)


@pytest.fixture
def city(actors):  # noqa: F811
    """The city's office has an address."""
    user = actors["municipal"]
    user.email = "review@example.org"
    user.save()
    return user


@pytest.fixture
def smtp(settings):
    with listening(SmtpServer()) as server:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = server.server_address
        settings.DEFAULT_FROM_EMAIL, settings.EMAIL_TIMEOUT = "site@example.org", 5
        yield server


@pytest.fixture
def program(settings):
    """A subscriber's program, at an address that the installation allows."""
    with listening(HttpServer()) as server:
        settings.OUTBOUND_HOSTS = ["127.0.0.1"]
        settings.OUTBOUND_ALLOWED = Allowed.of(settings.OUTBOUND_HOSTS)
        yield server


@pytest.fixture
def dingtalk(settings):
    with listening(DingTalk()) as server:
        settings.DINGTALK_ADDRESS = server.address
        settings.DINGTALK_ROBOTS = {"HZDRC": "robot-token:SECabc"}
        settings.DINGTALK_APP_KEY, settings.DINGTALK_APP_SECRET, settings.DINGTALK_AGENT_ID = "key", "app-secret", 7
        yield server


@pytest.fixture
def wecom(settings):
    with listening(WeCom()) as server:
        settings.WECOM_ADDRESS, settings.WECOM_ROBOTS = server.address, {"HZDRC": "wecom-key"}
        yield server


@pytest.fixture
def office(plan):
    return Organisation.objects.get(code="HZDRC")

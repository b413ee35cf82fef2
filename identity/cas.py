"""CAS 3: to the server's login, and back with a ticket that the server is asked about."""

from typing import Any
from xml.etree.ElementTree import ParseError  # nosec B405  # the exception alone

import requests
from cas import CASClientV3
from django.conf import settings
from django.utils.translation import gettext as _

from identity.arrival import Arrival, Attributes, NotTaken, arrival_of
from identity.models import Provider

SECONDS = 10
LONGEST_TICKET = 1000


class _InTime(requests.Session):
    """Asks no longer than SECONDS, and follows the server to no other address."""

    def request(self, *args: Any, **kwargs: Any) -> requests.Response:
        response = super().request(*args, **{**kwargs, "timeout": SECONDS, "allow_redirects": False})
        response.raise_for_status()
        return response


def login_address(back: str) -> str:
    return str(_client(back).get_login_url())


def arrived(ticket: str, back: str) -> Arrival:
    """Whom the ticket was given to; `NotTaken` where the server does not know it for this site."""
    try:
        user, attributes, _granting = _client(back).verify_ticket(ticket[:LONGEST_TICKET])
    except (requests.RequestException, ParseError, IndexError, AttributeError, ValueError) as error:
        raise NotTaken(_("统一身份认证现在连不上，请稍后再试，或找系统管理员。")) from error
    if not user:
        raise NotTaken(_("统一身份认证的票据无效或已用过，请重新登录。"))
    names = Attributes("", settings.CAS_NAME_ATTRIBUTE, settings.CAS_UNIT_ATTRIBUTE, settings.CAS_POST_ATTRIBUTE)
    return arrival_of(Provider.CAS, user, attributes or {}, names)


def _client(back: str) -> CASClientV3:
    server = settings.CAS_URL.rstrip("/") + "/"
    return CASClientV3(service_url=back, server_url=server, session=_InTime())

"""What a directory says of somebody who proved to it who he is, whichever protocol brought it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from lib.refusals import NotAllowed

LONGEST = 200


def providers() -> list[str]:
    """Which ways in there are beside the form that asks for a password."""
    ways = [("oidc", settings.OIDC_ISSUER), ("cas", settings.CAS_URL)]
    return [name for name, address in ways if address]


class NotTaken(NotAllowed):
    """What the provider brought proves nobody, or it cannot be asked."""


@dataclass(frozen=True)
class Arrival:
    """`subject` is the directory's own name of the person, which never changes hands; `units` and `posts` what it says
    of the duty; `username` and `name` what the account is called when it is made."""

    provider: str
    subject: str
    username: str
    name: str
    units: tuple[str, ...] = ()
    posts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Attributes:
    """By which names a provider tells of a person (settings OIDC_…, CAS_…, LDAP_…)."""

    username: str
    name: str
    unit: str
    post: str


def arrival_of(provider: str, subject: str, given: Mapping[str, Any], names: Attributes) -> Arrival:
    """What was given, by its names; `NotTaken` where it has no subject."""
    if not subject or len(subject) > LONGEST:
        raise NotTaken(_("统一身份认证没有说明这是谁，请联系其管理员。"))
    username = texts_of(given.get(names.username)) or (subject,)
    name = texts_of(given.get(names.name)) or username
    return Arrival(
        provider=provider,
        subject=subject,
        username=username[0],
        name=name[0],
        units=texts_of(given.get(names.unit)),
        posts=texts_of(given.get(names.post)),
    )


def texts_of(value: Any) -> tuple[str, ...]:
    """One text or many, as texts without what is empty."""
    values = value if isinstance(value, (list, tuple)) else [value]
    texts = [str(each).strip() for each in values if each is not None]
    return tuple(text for text in texts if text)

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
    ways = []
    if settings.OIDC_ISSUER:
        ways.append("oidc")
    if settings.CAS_URL:
        ways.append("cas")
    return ways


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
    texts = []
    for each in values:
        text = "" if each is None else str(each).strip()
        if text:
            texts.append(text)
    return tuple(texts)

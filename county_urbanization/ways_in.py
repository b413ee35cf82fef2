"""The settings of how people come in beside the password: single sign-on, directories, second factors, and how many
administrators there are. All of it is off unless the environment asks for it (`.env.example`); settings.py takes over
each of them."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

from county_urbanization.environment import env

SESSIONS_AT_ONCE = env.int("SESSIONS_AT_ONCE", default=0)  # of one login; the oldest ends. 0: any number
PASSWORD_HISTORY = env.int("PASSWORD_HISTORY", default=0)  # former passwords that do not come back
PASSWORD_DAYS = env.int("PASSWORD_DAYS", default=0)  # after which a new one is asked for. 0: never
SECOND_FACTOR_ROLES = env.list("SECOND_FACTOR_ROLES", default=[])  # who has to have one: roles, or `all`
ASK_AGAIN_MINUTES = env.int("ASK_AGAIN_MINUTES", default=0)  # how old a proof may be. 0: any age
LOCAL_PASSWORDS = env.bool("LOCAL_PASSWORDS", default=True)
SEALED_ADMINISTRATOR = env.str("SEALED_ADMINISTRATOR", default="")  # the one local password left without them
ADMINISTRATORS_STATED = env.str("ADMINISTRATORS", default="")  # told at each start where an office has not chosen
ADMINISTRATORS = ADMINISTRATORS_STATED or "one"  # one who does all, or three of whom none can be two
OIDC_ISSUER = env.str("OIDC_ISSUER", default="")
OIDC_CLIENT_ID = env.str("OIDC_CLIENT_ID", default="")
OIDC_CLIENT_SECRET = env.str("OIDC_CLIENT_SECRET", default="")
OIDC_SCOPES = env.str("OIDC_SCOPES", default="openid profile")
OIDC_USERNAME_CLAIM = env.str("OIDC_USERNAME_CLAIM", default="preferred_username")
OIDC_NAME_CLAIM = env.str("OIDC_NAME_CLAIM", default="name")
OIDC_UNIT_CLAIM = env.str("OIDC_UNIT_CLAIM", default="department")
OIDC_POST_CLAIM = env.str("OIDC_POST_CLAIM", default="post")
SIGN_ON_PLAIN = env.bool("SIGN_ON_PLAIN", default=False)
CAS_URL = env.str("CAS_URL", default="")
CAS_NAME_ATTRIBUTE = env.str("CAS_NAME_ATTRIBUTE", default="name")
CAS_UNIT_ATTRIBUTE = env.str("CAS_UNIT_ATTRIBUTE", default="department")
CAS_POST_ATTRIBUTE = env.str("CAS_POST_ATTRIBUTE", default="post")
LDAP_URL = env.str("LDAP_URL", default="")
LDAP_START_TLS = env.bool("LDAP_START_TLS", default=True)
LDAP_PLAIN = env.bool("LDAP_PLAIN", default=False)
LDAP_CA_FILE = env.str("LDAP_CA_FILE", default="")
LDAP_BIND_DN = env.str("LDAP_BIND_DN", default="")
LDAP_BIND_PASSWORD = env.str("LDAP_BIND_PASSWORD", default="")
LDAP_BASE = env.str("LDAP_BASE", default="")
LDAP_FILTER = env.str("LDAP_FILTER", default="")
LDAP_LOGIN_ATTRIBUTE = env.str("LDAP_LOGIN_ATTRIBUTE", default="uid")
LDAP_SUBJECT_ATTRIBUTE = env.str("LDAP_SUBJECT_ATTRIBUTE", default="entryUUID")
LDAP_NAME_ATTRIBUTE = env.str("LDAP_NAME_ATTRIBUTE", default="cn")
LDAP_UNIT_ATTRIBUTE = env.str("LDAP_UNIT_ATTRIBUTE", default="departmentNumber")
LDAP_POST_ATTRIBUTE = env.str("LDAP_POST_ATTRIBUTE", default="title")

THIS_MACHINE = {"localhost", "127.0.0.1", "::1"}
ROLES = {
    "administrator",
    "municipal",
    "leader",
    "county",
    "bureau",
    "department",
    "all",
    "system",
    "security",
    "auditor",
}


def faults_of(found: Mapping[str, Any]) -> list[str]:
    """What contradicts itself, in words for the operator."""
    faults = []
    if unknown := sorted(set(found["SECOND_FACTOR_ROLES"]) - ROLES):
        faults.append(f"SECOND_FACTOR_ROLES names {unknown[0]!r}. It can name: {', '.join(sorted(ROLES))}.")
    if found["ADMINISTRATORS"] not in {"one", "three"}:
        faults.append("ADMINISTRATORS: one, or three (system, security and audit administrator).")
    if not 0 <= found["PASSWORD_HISTORY"] <= 24:
        faults.append("PASSWORD_HISTORY: how many former passwords do not come back; 0 to 24.")
    if min(found["SESSIONS_AT_ONCE"], found["PASSWORD_DAYS"], found["ASK_AGAIN_MINUTES"]) < 0:
        faults.append("SESSIONS_AT_ONCE, PASSWORD_DAYS and ASK_AGAIN_MINUTES are 0 or more.")
    if not found["LOCAL_PASSWORDS"]:
        if not (found["OIDC_ISSUER"] or found["CAS_URL"] or found["LDAP_URL"]):
            faults.append("LOCAL_PASSWORDS=false, and no OIDC_ISSUER, CAS_URL or LDAP_URL: nobody would get in.")
        if not found["SEALED_ADMINISTRATOR"]:
            faults.append(
                "LOCAL_PASSWORDS=false: name the one login that still gets in by its password, for the day on which "
                "the directory does not answer, in SEALED_ADMINISTRATOR."
            )
    if found["OIDC_ISSUER"] and not found["OIDC_CLIENT_ID"]:
        faults.append("OIDC_ISSUER is set: set OIDC_CLIENT_ID too, and OIDC_CLIENT_SECRET where the provider gave one.")
    return faults + _sign_on_faults(found) + _ldap_faults(found)


def _sign_on_faults(found: Mapping[str, Any]) -> list[str]:
    """Who is on a line without TLS tells the site who comes in."""
    plain = [name for name in ("OIDC_ISSUER", "CAS_URL") if _is_readable(found[name])]
    if not plain or found["SIGN_ON_PLAIN"]:
        return []
    return [
        f"{' and '.join(plain)} begins with http://: whoever is on the line could come in as anybody. Use https://, or "
        "set SIGN_ON_PLAIN=true where the line is safe."
    ]


def _is_readable(address: str) -> bool:
    """Whether an address leads to another machine without TLS."""
    return bool(address) and not address.startswith("https://") and urlsplit(address).hostname not in THIS_MACHINE


def _ldap_faults(found: Mapping[str, Any]) -> list[str]:
    address = found["LDAP_URL"]
    if not address:
        return []
    faults = []
    if not address.startswith(("ldap://", "ldaps://")):
        faults.append("LDAP_URL begins with ldap:// or ldaps://.")
    if not found["LDAP_BASE"]:
        faults.append("LDAP_URL is set: set LDAP_BASE too, below which people are looked for.")
    if address.startswith("ldap://") and not found["LDAP_START_TLS"] and not found["LDAP_PLAIN"]:
        faults.append(
            "LDAP_URL has no TLS and LDAP_START_TLS is false: passwords would travel readable. Use ldaps://, or set "
            "LDAP_PLAIN=true where the line is safe."
        )
    return faults


if faults := faults_of(globals()):
    raise ImproperlyConfigured("\n".join(faults))

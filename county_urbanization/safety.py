"""Settings that open the site to others: refused, unless the operator allows them by name, and told at each start."""

import re
from collections.abc import Iterable
from ipaddress import IPv4Network, IPv6Network, ip_network

LEAST_KEY = 50  # characters; Django's own measure of a weak key, as is the next
LEAST_LETTERS = 5
WEAK_KEY, ANY_HOST, DEMO_LOGINS = "weak_secret_key", "any_host", "demo_logins"
ALLOWANCES = {
    WEAK_KEY: "SECRET_KEY is short or plain: who guesses it makes sessions of any user.",
    ANY_HOST: "ALLOWED_HOSTS lets every host name in: links in answers can be made to lead to other sites.",
    DEMO_LOGINS: "The demonstration logins work for others: everybody who knows their one password is administrator.",
}
OWN_MACHINE = {"localhost", "127.0.0.1", "[::1]", "::1", "testserver"}


def is_weak(secret_key: str) -> bool:
    """Whether others could find the key out by trying."""
    is_short = len(secret_key) < LEAST_KEY or len(set(secret_key)) < LEAST_LETTERS
    repeats = secret_key in (secret_key + secret_key)[1:-1]  # one word, written again and again
    return is_short or repeats or secret_key.startswith("django-insecure-")


def is_own_machine(hosts: Iterable[str]) -> bool:
    """Whether the site answers to no other names than those of the machine itself."""
    return not set(hosts) - OWN_MACHINE


def refusals(*, secret_key: str, hosts: Iterable[str], allowed: Iterable[str]) -> list[str]:
    """Why the site does not start with these settings, in words for the operator; none where it may."""
    allowed = set(allowed)
    found = [
        f"ALLOW_UNSAFE names {name!r}, which is not known. It can name: {', '.join(ALLOWANCES)}."
        for name in sorted(allowed - set(ALLOWANCES))
    ]
    if is_weak(secret_key) and WEAK_KEY not in allowed:
        found.append(
            f"SECRET_KEY is weak. Set at least {LEAST_KEY} random characters, for example those that "
            "`python -c 'import secrets; print(secrets.token_urlsafe(60))'` prints, the same on every host. "
            f"For a trial on your own machine: ALLOW_UNSAFE={WEAK_KEY}."
        )
    if "*" in hosts and ANY_HOST not in allowed:
        found.append(
            "ALLOWED_HOSTS=* takes every host name. Name those under which the site is reached. "
            f"For a trial: ALLOW_UNSAFE={ANY_HOST}."
        )
    return found


def told_at_start(*, https: bool, hosts: Iterable[str], proxies: int, allowed: Iterable[str]) -> list[str]:
    """What the operator should know at each start."""
    found = [f"ALLOW_UNSAFE={name}: {words}" for name, words in ALLOWANCES.items() if name in set(allowed)]
    if not https and not is_own_machine(hosts):
        found.append(
            "HTTPS is not set, and ALLOWED_HOSTS names more than this machine: passwords and sessions travel so that "
            "whoever is on the line reads them. Put a TLS proxy before the site and set HTTPS=true."
        )
    if https and not proxies:
        found.append(
            "HTTPS is set and TRUSTED_PROXIES is 0: every caller has the address of the proxy, in the log and for "
            "the limit of wrong passwords. Set TRUSTED_PROXIES to the number of proxies of yours."
        )
    return found


def networks(texts: Iterable[str]) -> tuple[IPv4Network | IPv6Network, ...]:
    """Addresses and networks; ValueError, in words, for what is none."""
    found = []
    for text in texts:
        try:
            found.append(ip_network(text.strip(), strict=False))
        except ValueError as error:
            raise ValueError(f"PROXY_ADDRESSES has {text!r}, which is neither an address nor a network.") from error
    return tuple(found)


def no_origins(texts: Iterable[str]) -> list[str]:
    """Those of the texts that are no origin as a browser names one: scheme and host, nothing behind, no wildcard."""
    return [text for text in texts if not re.fullmatch(r"https?://[a-z0-9.-]+(:[0-9]{1,5})?", text)]

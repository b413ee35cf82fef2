"""Settings that open the site to others: refused, unless the operator allows them by name, and told at each start."""

import re
from collections.abc import Iterable
from datetime import date

from lib.internet_addresses import Network, network_of

LEAST_KEY = 50  # characters; Django's own measure of a weak key, as is the next
LEAST_LETTERS = 5
WEAK_KEY, ANY_HOST, ANY_PROXY, DEMO_LOGINS = "weak_secret_key", "any_host", "any_proxy", "demo_logins"
ALLOWANCES = {
    WEAK_KEY: "SECRET_KEY is short or plain: who guesses it makes sessions of any user.",
    ANY_HOST: "ALLOWED_HOSTS lets every host name in: links in answers can be made to lead to other sites.",
    ANY_PROXY: "PROXY_ADDRESSES believes whole countries: who calls writes his own address, and no limit of wrong "
    "passwords holds him.",
    DEMO_LOGINS: "The demonstration logins work for others: everybody who knows their one password is administrator.",
}
# The networks that RFC 1918 and RFC 4193 set aside for one's own are no wider than this.
LEAST_PREFIX = {4: 8, 6: 7}
# What registries sell names under: `.cn`, and in countries also `.com.cn`, `.gov.cn`, `.zj.cn`.
REGISTRIES = {"ac", "co", "com", "edu", "gov", "mil", "net", "org"}
OWN_MACHINE = {"localhost", "127.0.0.1", "[::1]", "::1", "testserver"}


def is_weak(secret_key: str) -> bool:
    """Whether others could find the key out by trying."""
    is_short = len(secret_key) < LEAST_KEY or len(set(secret_key)) < LEAST_LETTERS
    repeats = secret_key in (secret_key + secret_key)[1:-1]  # one word, written again and again
    return is_short or repeats or secret_key.startswith("django-insecure-")


def is_own_machine(hosts: Iterable[str]) -> bool:
    """Whether the site answers to no other names than those of the machine itself."""
    return not set(hosts) - OWN_MACHINE


def is_any_host(host: str) -> bool:
    """Whether an entry of ALLOWED_HOSTS lets names in that anybody can register: `*`, `.cn`, `.gov.cn`."""
    if not host.startswith("."):
        return host == "*"
    *names, last = host.strip(".").lower().split(".")
    is_country = len(last) == 2
    is_registry = len(names) == 1 and is_country and (names[0] in REGISTRIES or len(names[0]) == 2)
    return not names or is_registry


def is_wide(network: Network) -> bool:
    """Whether no proxies of one's own are spread so far."""
    return network.prefixlen < LEAST_PREFIX[network.version]


def refusals(
    *, secret_key: str, hosts: Iterable[str], allowed: Iterable[str], proxies: Iterable[Network] = ()
) -> list[str]:
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
    open_hosts = [host for host in hosts if is_any_host(host)]
    if open_hosts and ANY_HOST not in allowed:
        what = "every host name" if "*" in open_hosts else "every name that somebody registers there"
        found.append(
            f"ALLOWED_HOSTS={','.join(open_hosts)} takes {what}. Name those under which the site is reached. "
            f"For a trial: ALLOW_UNSAFE={ANY_HOST}."
        )
    wide = [str(network) for network in proxies if is_wide(network)]
    if wide and ANY_PROXY not in allowed:
        found.append(
            f"PROXY_ADDRESSES={','.join(wide)} believes everybody about his own address. Name the proxies of yours, "
            f"for example 10.1.2.3 or 10.1.2.0/24. For a trial: ALLOW_UNSAFE={ANY_PROXY}."
        )
    return found


def told_at_start(
    *, https: bool, hosts: Iterable[str], proxies: int, allowed: Iterable[str], administrators: str
) -> list[str]:
    """What the operator should know at each start. `administrators`: the choice that the office has made, or empty."""
    hosts = list(hosts)
    found = [f"ALLOW_UNSAFE={name}: {words}" for name, words in ALLOWANCES.items() if name in set(allowed)]
    if not https and not is_own_machine(hosts):
        found.append(
            "HTTPS is not set, and ALLOWED_HOSTS names more than this machine: passwords and sessions travel so that "
            "whoever is on the line reads them. Put a TLS proxy before the site and set HTTPS=true."
        )
    if domains := [host for host in hosts if host.startswith(".")]:
        found.append(
            f"ALLOWED_HOSTS={','.join(domains)} takes every name under it, and links in answers "
            "lead to the name that was asked for. Name the site's own."
        )
    if https and not proxies:
        found.append(
            "HTTPS is set and TRUSTED_PROXIES is 0: every caller has the address of the proxy, in the log and for "
            "the limit of wrong passwords. Set TRUSTED_PROXIES to the number of proxies of yours."
        )
    if not administrators and not is_own_machine(hosts):
        found.append(
            "ADMINISTRATORS is not set: one administrator keeps accounts, rights and log alike. Write "
            "ADMINISTRATORS=one where the office has decided so, or appoint three and write ADMINISTRATORS=three."
        )
    return found


def networks(texts: Iterable[str]) -> tuple[Network, ...]:
    """Addresses and networks; ValueError, in words, for what is none."""
    found = []
    for text in texts:
        try:
            found.append(network_of(text))
        except ValueError as error:
            raise ValueError(f"PROXY_ADDRESSES has {text!r}, which is neither an address nor a network.") from error
    return tuple(found)


def no_origins(texts: Iterable[str]) -> list[str]:
    """Those of the texts that are no origin as a browser names one: scheme and host, nothing behind, no wildcard."""
    return [text for text in texts if not re.fullmatch(r"https?://[a-z0-9.-]+(:[0-9]{1,5})?", text)]


# What an office may state of its data (operations/resources.py), and the values where the guideline names them.
STATEMENTS: dict[str, tuple[str, ...]] = {
    "代码前段": (),
    "提供方代码": (),
    "共享类型": ("无条件共享", "有条件共享", "不予共享"),
    "共享条件": (),
    "开放类型": ("无条件开放", "有条件开放", "不予开放"),
    "开放条件": (),
    "更新周期": (),
    "发布日期": (),
}


def wrong_statement(stated: object) -> str:
    """What is wrong with the statements for the directory of data, in words for the operator; empty: nothing."""
    if not isinstance(stated, dict):
        return f"a JSON object of {', '.join(STATEMENTS)} is needed."
    for name, value in stated.items():
        if name not in STATEMENTS:
            return f"{name!r} is not known. Known: {', '.join(STATEMENTS)}."
        if not isinstance(value, str) or not value.strip():
            return f"{name!r} needs a text; leave it out where there is none."
        if STATEMENTS[name] and value not in STATEMENTS[name]:
            return f"{name!r} cannot be {value!r}. It can be: {', '.join(STATEMENTS[name])}."
    return "" if "发布日期" not in stated else _wrong_day(stated["发布日期"])


def _wrong_day(text: str) -> str:
    try:
        date.fromisoformat(text)
    except ValueError:
        return f"'发布日期' cannot be {text!r}. Write a date such as 2026-03-31."
    return ""

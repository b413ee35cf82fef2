"""Where the next page of another system's rows is, as `Source.paging` says. Pure.

paging.next             a member that holds the address of the next page
data.cursor=cursor      a member whose value goes into that parameter of the question
=pageNum                a parameter that counts the pages, from 1 to one without rows
"""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit, urlunsplit

from django.utils.translation import gettext as _

RULE = re.compile(r"(?P<member>[^=\s]*)(=(?P<parameter>[^=\s&?#]+))?")
FIRST_PAGE = 1


class NoNextPage(Exception):
    """The rule finds something that is no next page; the words say what."""


def is_rule(text: str) -> bool:
    """Whether the text is one of the three forms, or nothing."""
    found = RULE.fullmatch(text)
    return found is not None and text != "="


def first_address(rule: str, address: str) -> str:
    """The address of the first page: with its number where pages are counted."""
    member, parameter = _parts(rule)
    if member or not parameter:
        return address
    return _with(address, parameter, str(FIRST_PAGE))


def next_address(rule: str, told: Any, address: str, rows: list) -> str | None:
    """The address of the page after the one of `address`, whose answer is `told`; None after the last. NoNextPage for
    what is none, or leads to another host: the password goes nowhere else."""
    member, parameter = _parts(rule)
    if member:
        value = _told_in(told, member)
        if value is None:
            return None
        return _with(address, parameter, value) if parameter else _same_host(address, value)
    if not parameter or not rows:
        return None
    number = int(dict(parse_qsl(urlsplit(address).query))[parameter])
    return _with(address, parameter, str(number + 1))


def _told_in(told: Any, member: str) -> str | None:
    """The address or the cursor that the member holds; None where it says that there is no further page."""
    value = member_of(told, member)
    if value is None or value is False or value == "":
        return None
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise NoNextPage(_("“{member}”里不是下一页的地址或游标。").format(member=member))
    return str(value)


def member_of(told: Any, path: str) -> Any:
    """What stands under these names, one within another (`data.rows`); None where nothing does."""
    for name in filter(None, path.split(".")):
        told = told.get(name) if isinstance(told, Mapping) else None
    return told


def _parts(rule: str) -> tuple[str, str]:
    found = RULE.fullmatch(rule)
    if found is None:
        return "", ""
    return found["member"], found["parameter"] or ""


def _with(address: str, parameter: str, value: str) -> str:
    parts = urlsplit(address)
    kept = [(name, text) for name, text in parse_qsl(parts.query, keep_blank_values=True) if name != parameter]
    return urlunsplit(parts._replace(query=urlencode([*kept, (parameter, value)])))


def _same_host(address: str, link: str) -> str:
    try:
        found = urljoin(address, link)
        is_same = urlsplit(found)[:2] == urlsplit(address)[:2]
    except ValueError:  # half an IPv6 address
        raise NoNextPage(_("下一页的地址不成地址：“{link}”。").format(link=link[:60])) from None
    if not is_same:
        raise NoNextPage(_("下一页在另一个主机上，没有去取：密码只发给登记的主机。"))
    return found

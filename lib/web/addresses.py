"""Addresses: parts that every room may use in its `urls.py` (importing this registers them), and what answers."""

from functools import lru_cache

from django.http import HttpRequest
from django.urls import ResolverMatch, register_converter, resolve, reverse
from django.urls.converters import StringConverter
from django.utils.http import url_has_allowed_host_and_scheme


class FileKind(StringConverter):
    """`<kind:kind>`: the two kinds of files that a table comes as."""

    regex = "csv|xlsx"


register_converter(FileKind, "kind")


@lru_cache(maxsize=500)
def resolved(path: str) -> ResolverMatch:
    """Django's `resolve` (Resolver404 and all), for paths that are asked for again and again: a system's lists."""
    return resolve(path)


@lru_cache(maxsize=20_000, typed=True)
def address_of(name: str, *args: str | int) -> str:
    """Django's `reverse` (NoReverseMatch and all), made once for each name and its parts: a page has hundreds of links,
    and each is searched for anew by patterns. Nothing else decides an address here: the site stands at the root of its
    host, and no language is in a path."""
    return reverse(name, args=args)


def own_address(request: HttpRequest, asked: str) -> str:
    """The address that a form names to come back to, where it is one of this site; else the first page."""
    is_path = asked.startswith("/") and url_has_allowed_host_and_scheme(
        asked, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return asked if is_path else "/"

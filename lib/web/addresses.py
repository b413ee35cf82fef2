"""Addresses: parts that every room may use in its `urls.py` (importing this registers them), and what answers."""

from functools import lru_cache

from django.urls import ResolverMatch, register_converter, resolve
from django.urls.converters import StringConverter


class FileKind(StringConverter):
    """`<kind:kind>`: the two kinds of files that a table comes as."""

    regex = "csv|xlsx"


register_converter(FileKind, "kind")


@lru_cache(maxsize=500)
def resolved(path: str) -> ResolverMatch:
    """Django's `resolve` (Resolver404 and all), for paths that are asked for again and again: a system's lists."""
    return resolve(path)

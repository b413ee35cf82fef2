"""The version of the data that an answer shows. Which room keeps it is said by `settings.DATA_VERSION`: a module with

statement(unaffected_by) -> Statement        # gives one row
version_of(row) -> Version
data_version(unaffected_by) -> Version       # both
"""

from datetime import datetime
from functools import cache
from importlib import import_module
from types import ModuleType

from django.conf import settings
from django.http import HttpRequest

Version = tuple[tuple, datetime]  # (what is another after every commit that could matter, when the latest of them was)


@cache
def versions() -> ModuleType:
    """The module that `settings.DATA_VERSION` names."""
    return import_module(settings.DATA_VERSION)


def version_for(request: HttpRequest, unaffected_by: tuple[str, ...]) -> Version:
    """The version at the time of this request: the one found with its token, else asked for now."""
    known: Version | None = getattr(request, "data_version", {}).get(unaffected_by)
    return known or versions().data_version(unaffected_by)

"""What of the API will be switched off: declared once in `settings.DEPRECATIONS_FILE`, told in three places. Answers
carry `Deprecation` (RFC 9745), `Sunset` (RFC 8594) and `Link`; the schema marks it `deprecated`; the change feed has a
row (`journal.deprecations`)."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime, time
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import Resolver404
from django.utils.http import http_date

from lib.days import SHANGHAI
from lib.web.addresses import resolved
from lib.web.problems import is_api

MONTHS = 6  # between the day of the declaration and the end, at the least
RULES = "/help/api/"  # the page that says what may change, and how
METHODS = ("get", "put", "post", "patch", "delete")


@dataclass(frozen=True)
class Deprecation:
    """One address, or one parameter or column of it, that ends with the beginning of `sunset_on` (Asia/Shanghai)."""

    id: str
    path: str
    deprecated_on: date
    sunset_on: date
    words: str
    parameter: str = ""
    column: str = ""
    instead: str = ""

    @property
    def headers(self) -> dict[str, str]:
        """As the two RFCs write them: seconds since 1970, and a date of HTTP."""
        links = [f'<{RULES}>; rel="deprecation"; type="text/html"']
        if self.instead:
            links.append(f'<{self.instead}>; rel="successor-version"')
        return {
            "Deprecation": f"@{int(_beginning(self.deprecated_on).timestamp())}",
            "Sunset": http_date(_beginning(self.sunset_on).timestamp()),
            "Link": ", ".join(links),
        }

    @property
    def note(self) -> str:
        """What the schema says of it."""
        instead = f"请改用 {self.instead}。" if self.instead else ""
        return f"将于{self.sunset_on}停用：{self.words}{instead}"

    def concerns(self, given: Mapping[str, Any]) -> bool:
        """Whether a request with these parameters uses it."""
        return not self.parameter or self.parameter in given


def _beginning(day: date) -> datetime:
    return datetime.combine(day, time.min, SHANGHAI).astimezone(UTC)


def declared() -> tuple[Deprecation, ...]:
    """All of them. ImproperlyConfigured names what is wrong with the file."""
    return _read(settings.DEPRECATIONS_FILE)


@lru_cache(maxsize=4)
def _read(name: str | Path) -> tuple[Deprecation, ...]:
    """Asked before every answer, so that the file is read once for each name."""
    file = Path(name)
    rows = yaml.safe_load(file.read_text(encoding="utf-8"))["deprecations"]
    found = tuple(_one(file, row) for row in rows)
    if len({each.id for each in found}) < len(found):
        raise ImproperlyConfigured(f"{file}: two deprecations have the same id.")
    return found


def _one(file: Path, row: dict) -> Deprecation:
    known = {each.name for each in fields(Deprecation)}
    if unknown := sorted(set(row) - known):
        raise ImproperlyConfigured(f"{file}: {unknown[0]!r} is no member of a deprecation; known: {sorted(known)}.")
    try:
        found = Deprecation(**row)
    except TypeError as error:
        raise ImproperlyConfigured(f"{file}: {row.get('id', 'a deprecation')}: {error}.") from None
    if found.sunset_on < _later(found.deprecated_on):
        raise ImproperlyConfigured(f"{file}: {found.id}: sunset_on has to be {MONTHS} months after deprecated_on.")
    if found.parameter and found.column:
        raise ImproperlyConfigured(f"{file}: {found.id}: a parameter or a column, not both.")
    return found


def _later(day: date) -> date:
    """The day MONTHS later; the last of its month where that is shorter."""
    year, month = divmod(day.month - 1 + MONTHS, 12)
    for last in (day.day, 30, 29, 28):
        try:
            return date(day.year + year, month + 1, min(day.day, last))
        except ValueError:
            continue
    raise AssertionError  # never: every month has 28 days


# Answers --------------------------------------------------------------------------------------------


class DeprecationMiddleware:
    """Puts the headers on. Stands outside of what keeps answers: a declaration counts for those that are kept too."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if declared() and is_api(request):
            for name, value in headers_for(request).items():
                response[name] = value
        return response


def headers_for(request: HttpRequest) -> dict[str, str]:
    """Those of the deprecation that ends first of what this request uses."""
    try:
        path = schema_path(resolved(request.path_info).route)
    except Resolver404:
        return {}
    used = [each for each in declared() if each.path == path and each.concerns(request.GET)]
    first = min(used, key=lambda each: each.sunset_on, default=None)
    return first.headers if first else {}


def schema_path(route: str) -> str:
    """The path as the schema writes it: api/v1/x/<int:year>/ → /api/v1/x/{year}/."""
    return "/" + re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", route)


# Schema ---------------------------------------------------------------------------------------------


def mark_deprecated(result: dict, **_kwargs: object) -> dict:
    """A step of drf-spectacular: the mark on addresses, parameters and columns. ImproperlyConfigured for a declaration
    of what the API does not have."""
    for each in declared():
        targets = _marked_by(each, result)
        if not targets:
            raise ImproperlyConfigured(f"{each.id}: the API has no {each.path} {each.parameter or each.column}".strip())
        for target in targets:
            target["deprecated"] = True
            target["description"] = f"{each.note}\n\n{target.get('description', '')}".strip()
    return result


def _marked_by(each: Deprecation, result: dict) -> list[dict]:
    methods = result["paths"].get(each.path, {})
    operations = [methods[name] for name in METHODS if name in methods]
    if not each.parameter and not each.column:
        return operations
    found: list[dict] = []
    for told in operations:
        if each.parameter:
            found += [given for given in told.get("parameters", []) if given["name"] == each.parameter]
        else:
            found += _columns(told, result, each.column)
    return found


def _columns(told: dict, result: dict, name: str) -> list[dict]:
    """The properties of that name in what the operation answers with, one page or one row."""
    schema = told["responses"].get("200", {}).get("content", {}).get("application/json", {}).get("schema", {})
    row = _resolved(schema, result)
    rows = _resolved(row.get("properties", {}).get("results", {}).get("items", {}), result)
    return [each["properties"][name] for each in (row, rows) if name in each.get("properties", {})]


def _resolved(schema: dict, result: dict) -> dict:
    named = schema.get("$ref", "").rpartition("/")[2]
    return result["components"]["schemas"][named] if named else schema

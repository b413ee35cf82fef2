"""Lines of the log: one JSON object each, or plain text; with request and user, and without secrets."""

import logging
import re
from copy import copy
from datetime import UTC, datetime

from pythonjsonlogger.json import JsonFormatter

from lib.web.tracing import current_request_id, current_user_id, hide_token

MASK = "***"
# name=value, "name": "value", Name: value; Bearer …; the password in an address such as postgres://user:password@host
SECRETS = re.compile(
    r"(?P<name>(?:[\w-]*password\w*|passwd|[\w-]*secret\w*|[\w-]*token|sessionid|authorization|(?:set-)?cookie|api[_-]?key)"
    r"\\?[\"']?\s*[:=]\s*\\?[\"']?)(?:Bearer\s+|Basic\s+)?[^\s\"'\\,;&}]+"
    r"|(?P<bearer>\bBearer\s+)[\w.~+/=-]+"
    r"|(?P<address>\b\w+://[^\s:/@]*:)[^\s@/]+(?=@)",
    re.IGNORECASE,
)
# One of these stands wherever SECRETS finds something; looking for them costs a fiftieth of looking for it.
HINTS = (
    "password",
    "passwd",
    "secret",
    "token",
    "sessionid",
    "authorization",
    "cookie",
    "apikey",
    "api_key",
    "api-key",
    "bearer",
    "://",
)


def mask(text: str) -> str:
    """The text with what looks like a secret covered."""
    plain = text.lower()
    if any(hint in plain for hint in HINTS):
        text = SECRETS.sub(lambda found: (found["name"] or found["bearer"] or found["address"]) + MASK, text)
    return hide_token(text)


class TraceFilter(logging.Filter):
    """Adds the request's number and the user's to every line."""

    def filter(self, record):
        record.request_id, record.user_id = current_request_id(), current_user_id()
        return True


class JsonLines(JsonFormatter):
    def __init__(self, *args, **kwargs):
        names = "{asctime}{levelname}{name}{message}{request_id}{user_id}"
        renamed = {"asctime": "time", "levelname": "level", "name": "logger"}
        super().__init__(names, style="{", rename_fields=renamed, json_ensure_ascii=False)

    def formatTime(self, record, datefmt=None):
        return datetime.fromtimestamp(record.created, tz=UTC).astimezone().isoformat(timespec="milliseconds")

    def add_fields(self, log_data, record, message_dict):
        """`request` is Django's own extra: an object, with the cookies of its caller."""
        super().add_fields(log_data, record, message_dict)
        log_data.pop("request", None)

    def format(self, record):
        return mask(super().format(record))


class PlainLines(logging.Formatter):
    def __init__(self, *args, **kwargs):
        super().__init__("{asctime} {levelname} {name} [{where}] {message}", style="{")

    def format(self, record):
        record = copy(record)
        record.where = f"{record.request_id or '-'} {record.user_id or '-'}"
        return mask(super().format(record))

"""Lines of the log: one JSON object each, or plain text; with request and user, and without secrets."""

import logging
import re
from copy import copy
from datetime import UTC, datetime
from typing import Any

from pythonjsonlogger.json import JsonFormatter

from lib.web.tracing import current_request_id, current_user_id, hide_token

MASK = "***"
LONGEST = 20_000  # characters of one field of a line; a message or a traceback that goes on is cut
# Each pattern takes a whole word at its beginning and gives nothing of it back (++), so that a line of any content
# costs in proportion to its length.
# name=value, "name": "value", Name: value
NAME = re.compile(r"(?<![\w-])(?P<name>[\w-]++)\\?[\"']?\s*+[:=]\s*+\\?[\"']?")
VALUE = re.compile(r"(?:(?:Bearer|Basic)\s++)?[^\s\"'\\,;&}]++", re.IGNORECASE)
BEARER = re.compile(r"\b(?P<before>Bearer\s++)[\w.~+/=-]++", re.IGNORECASE)
# The password in an address such as postgres://user:password@host
ADDRESS = re.compile(r"(?<!\w)(?P<before>\w++://[^\s:/@]*+:)[^\s@/]++(?=@)")
IN_NAME = ("password", "secret")
AT_ITS_END = ("passwd", "token", "sessionid", "authorization", "cookie", "apikey", "api_key", "api-key")
# One of these stands wherever a secret does; looking for them costs a fiftieth of looking for it.
HINTS = (*IN_NAME, *AT_ITS_END, "bearer", "://")


def mask(text: str) -> str:
    """The text with what looks like a secret covered."""
    plain = text.lower()
    if any(hint in plain for hint in HINTS):
        text = _without_named(text)
        text = BEARER.sub(rf"\g<before>{MASK}", text)
        text = ADDRESS.sub(rf"\g<before>{MASK}", text)
    return hide_token(text)


def _without_named(text: str) -> str:
    """The text with the values covered that stand behind such a name."""
    parts, done, place = [], 0, 0
    while found := NAME.search(text, place):
        place = found.end()
        value = VALUE.match(text, place) if _is_secret(found["name"].lower()) else None
        if value:
            parts += [text[done:place], MASK]
            done = place = value.end()
    return "".join([*parts, text[done:]])


def _is_secret(name: str) -> bool:
    return name.endswith(AT_ITS_END) or any(word in name for word in IN_NAME)


def cut(text: str) -> str:
    """The beginning of a text that goes on too long, and how long it was."""
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}… ({len(text)} characters)"


class TraceFilter(logging.Filter):
    """Adds the request's number and the user's to every line."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id, record.user_id = current_request_id(), current_user_id()
        return True


class JsonLines(JsonFormatter):
    """Each line one JSON object, without secrets."""

    def __init__(self, *args: object, **kwargs: object):
        names = "{asctime}{levelname}{name}{message}{request_id}{user_id}"
        renamed = {"asctime": "time", "levelname": "level", "name": "logger"}
        super().__init__(names, style="{", rename_fields=renamed, json_ensure_ascii=False)

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:
        return datetime.fromtimestamp(record.created, tz=UTC).astimezone().isoformat(timespec="milliseconds")

    def add_fields(self, log_data: dict[str, Any], record: logging.LogRecord, message_dict: dict[str, Any]) -> None:
        """`request` is Django's own extra: an object, with the cookies of its caller."""
        super().add_fields(log_data, record, message_dict)
        log_data.pop("request", None)
        for name, value in log_data.items():
            if isinstance(value, str):
                log_data[name] = cut(value)

    def format(self, record: logging.LogRecord) -> str:
        return mask(super().format(record))


class PlainLines(logging.Formatter):
    """Each line for people, without secrets."""

    def __init__(self, *args: object, **kwargs: object):
        super().__init__("{asctime} {levelname} {name} [{where}] {message}", style="{")

    def format(self, record: logging.LogRecord) -> str:
        record = copy(record)
        known = vars(record)
        record.where = f"{known['request_id'] or '-'} {known['user_id'] or '-'}"
        return mask(cut(super().format(record)))

"""What the API reads."""

from collections.abc import Iterator, Mapping
from json import JSONDecodeError
from typing import IO, Any

from django.utils.translation import gettext as _
from rest_framework import exceptions
from rest_framework.parsers import JSONParser

from lib.refusals import Refused
from lib.web.text_guard import fault_of


class Unreadable(Refused):
    """A body that is no JSON, or none that can be kept."""

    kind = "unreadable-body"


class PlainJSONParser(JSONParser):
    """JSON that the database can keep: nested within reason, its texts of a length and of characters that can be
    kept; else a 400."""

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        try:
            data = super().parse(stream, media_type, parser_context)
            words = next(filter(None, map(fault_of, _texts(data))), "")
        except RecursionError as error:
            raise Unreadable(_("JSON 嵌套过深。")) from error
        except exceptions.ParseError as error:
            raise Unreadable(_words(error.__context__)) from error
        if words:
            raise Unreadable(words)
        return data


def _words(error: BaseException | None) -> str:
    if not isinstance(error, JSONDecodeError):
        return _("正文不是 UTF-8 的 JSON。")
    return _("正文不是完整的 JSON：第{line}行第{column}个字符处读不下去。").format(
        line=error.lineno, column=error.colno
    )


def _texts(data: object) -> Iterator[str]:
    """Every text of it, names too."""
    if isinstance(data, str):
        yield data
    elif isinstance(data, dict):
        for name, value in data.items():
            yield name
            yield from _texts(value)
    elif isinstance(data, list):
        for value in data:
            yield from _texts(value)

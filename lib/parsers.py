"""What the API reads."""

from collections.abc import Iterator

from django.utils.translation import gettext as _
from rest_framework import exceptions
from rest_framework.parsers import JSONParser

from lib.characters import UNKEEPABLE


class PlainJSONParser(JSONParser):
    """JSON that the database can keep: nested within reason, its texts without control characters and halves of
    characters; else a 400."""

    def parse(self, stream, media_type=None, parser_context=None):
        try:
            data = super().parse(stream, media_type, parser_context)
            found = next(filter(None, map(UNKEEPABLE.search, _texts(data))), None)
        except RecursionError as error:
            raise exceptions.ParseError(_("JSON 嵌套过深。")) from error
        if found and "\ud800" <= found.group() <= "\udfff":
            raise exceptions.ParseError(_("文字里有不完整的字符（单独的代理项）。"))
        if found:
            raise exceptions.ParseError(
                _("文字里有不可见的控制字符（U+{code}）。").format(code=f"{ord(found.group()):04X}")
            )
        return data


def _texts(data) -> Iterator[str]:
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

"""What the API reads."""

import json
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import IO, Any, NoReturn

from django.utils.translation import gettext as _
from rest_framework.parsers import JSONParser

from lib.refusals import Refused
from lib.web.text_guard import fault_of

MOST_VALUES = 20_000  # in a body: each may be at fault, and each fault is told


class TooMuch(Refused):
    """A body that holds more than any of ours."""

    kind = "too-large"


class Unreadable(Refused):
    """A body that is no JSON, or none that can be kept."""

    kind = "unreadable-body"


class PlainJSONParser(JSONParser):
    """JSON that the database can keep: nested within reason, each name once in its object, its texts of a length and of
    characters that can be kept; else a 400, and a 413 where it holds more than MOST_VALUES. A number with a point or an
    exponent is a Decimal of the digits sent."""

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        try:
            data = json.loads(
                stream.read().decode("utf-8"),
                parse_float=Decimal,
                parse_constant=_refuse_constant,
                object_pairs_hook=_object_of,
            )
            words = next(filter(None, map(fault_of, _texts(data))), "")
        except RecursionError as error:
            raise Unreadable(_("JSON 嵌套过深。")) from error
        except json.JSONDecodeError as error:
            words = _("正文不是完整的 JSON：第{line}行第{column}个字符处读不下去。")
            raise Unreadable(words.format(line=error.lineno, column=error.colno)) from error
        except UnicodeDecodeError as error:
            raise Unreadable(_("正文不是 UTF-8 的 JSON。")) from error
        except (ValueError, ArithmeticError) as error:  # thousands of digits, an exponent without end
            raise Unreadable(_("正文里有一个数太长，读不下去。")) from error
        if words:
            raise Unreadable(words)
        return data


def _refuse_constant(name: str) -> NoReturn:
    """NaN and the infinities, which Python's reader knows and JSON does not."""
    words = _("正文里有 {name}：JSON 没有这样的数。没有数请写 null。")
    raise Unreadable(words.format(name=name))


def _object_of(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Of two members of one name the last would count and nobody know that the first was lost."""
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            words = _("正文的同一个对象里“{name}”写了两次，不知以哪个为准。请只写一次。")
            raise Unreadable(words.format(name=name[:60]), parameter=name[:60])
        found[name] = value
    return found


def _texts(data: object) -> Iterator[str]:
    """Every text of it, names too. TooMuch where it holds more than MOST_VALUES."""
    for count, value in enumerate(_values(data)):
        if count > MOST_VALUES:
            raise TooMuch(_("正文里最多 {most:,} 个值。请分几次发送。").format(most=MOST_VALUES))
        if isinstance(value, str):
            yield value


def _values(data: object) -> Iterator[object]:
    """All that a document holds, names and itself too."""
    yield data
    if isinstance(data, dict):
        for name, value in data.items():
            yield name
            yield from _values(value)
    elif isinstance(data, list):
        for value in data:
            yield from _values(value)

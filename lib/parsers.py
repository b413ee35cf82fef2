"""What the API reads."""

import json

from django.utils.translation import gettext as _
from rest_framework import exceptions
from rest_framework.parsers import JSONParser


class PlainJSONParser(JSONParser):
    """JSON that the database can keep: nested within reason, its texts without NUL and half characters; else a 400."""

    def parse(self, stream, media_type=None, parser_context=None):
        try:
            data = super().parse(stream, media_type, parser_context)
            text = json.dumps(data, ensure_ascii=False)
            text.encode()
        except RecursionError as error:
            raise exceptions.ParseError(_("JSON 嵌套过深。")) from error
        except UnicodeEncodeError as error:
            raise exceptions.ParseError(_("文字里有不完整的字符（单独的代理项）。")) from error
        if "\\u0000" in text:
            raise exceptions.ParseError(_("文字里有不可见的空字符（U+0000）。"))
        return data

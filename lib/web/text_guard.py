"""What no text of ours can hold, refused at the door, before it meets a database or a file that does not keep it."""

import re
from collections.abc import Callable

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils.translation import gettext as _

# PostgreSQL keeps no NUL; XML, and so no workbook, Word document or SDMX message, can name any of these.
UNKEEPABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
LONGEST = 32_767  # as much as a workbook's cell holds


class UnkeepableText(BadRequest):
    """400. Its words are for who has sent it."""


class CharactersMiddleware:
    """Refuses such texts in an address, its question or a form: one of those characters in a name would let nobody
    have the files that it stands in, and texts without end nobody the log. JSON is looked at by `lib.web.parsers`,
    tables by `lib.tabular.reading`."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        _require_keepable([request.path_info])
        _require_keepable(_texts(request.GET))
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *_view: object) -> None:
        """A form is read only where there is a view for it."""
        _require_keepable(_texts(request.POST))


def fault_of(text: str) -> str:
    """Why a text cannot be kept, in words for who has sent it; nothing where it can."""
    if len(text) > LONGEST:
        words = _("有一段文字长 {count:,} 字，最多 {most:,} 字。请缩短，或作为文件附上。")
        return words.format(count=len(text), most=LONGEST)
    if found := UNKEEPABLE.search(text):
        words = _("内容里有存不下来的字符（U+{code}），多半看不见。请删掉后再发。")
        return words.format(code=f"{ord(found.group()):04X}")
    return ""


def _require_keepable(texts: list[str]) -> None:
    for words in filter(None, map(fault_of, texts)):
        raise UnkeepableText(words)


def _texts(given: QueryDict) -> list[str]:
    found: list[str] = []
    for name, texts in given.lists():
        found += [name, *texts]
    return found

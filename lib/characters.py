"""What no text of ours can hold, refused at the door, before it meets a database that does not keep it."""

from django.core.exceptions import BadRequest
from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext as _

NUL = "\0"


class UnkeepableText(BadRequest):
    """400. Its words are for who has sent it."""


class CharactersMiddleware:
    """Refuses NUL in an address, its question or a form: PostgreSQL keeps none, and a workbook or XML can name none.
    JSON is looked at by `lib.parsers`."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request: HttpRequest):
        if NUL in request.path_info or has_nul(request.GET):
            raise _refusal()
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *_view) -> None:
        """A form is read only where there is a view for it."""
        if has_nul(request.POST):
            raise _refusal()


def _refusal() -> UnkeepableText:
    return UnkeepableText(_("内容里有不可见的空字符（U+0000），存不下来。请返回上一页，删掉后重新输入。"))


def has_nul(given: QueryDict) -> bool:
    return any(NUL in text for name, texts in given.lists() for text in (name, *texts))

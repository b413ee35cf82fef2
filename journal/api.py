"""The change feed as other systems pull it: in the order of its numbers, from the last one they have seen."""

from dataclasses import replace
from urllib.parse import urlencode

import orjson
from django.http import HttpResponse
from django.utils.translation import gettext as _

from journal.change_list import CHANGES, CURSOR, CURSOR_DIGITS, rows_upto
from journal.models import FeedCounter
from lib.listapi.lists import BadParameter
from lib.listapi.openapi import ListSchema, query
from lib.listapi.queries import ListQuery
from lib.listapi.views import JSON, ORJSON, WRITERS, ListView, Validators, wanted_format


class ChangesSchema(ListSchema):
    """A list whose cursor is a number, whose `next` is never null, and which has one order."""

    own = {
        "cursor": {"type": "integer", "minimum": 0, "maximum": 10**CURSOR_DIGITS - 1, "examples": [0]},
        "ordering": {"type": "string", "enum": ["number"]},
    }

    def written(self):
        found = super().written()
        kept = [each for each in found["GET"]["parameters"] if each["name"] not in self.own]
        words = {"cursor": CURSOR.description, "ordering": "只按编号排列"}
        found["GET"]["parameters"] = [*kept, *(query(name, self.own[name], words[name]) for name in self.own)]
        return found

    def named(self):
        found = super().named()
        page = found[f"{CHANGES.item}Page"]
        page["required"] = [*page["required"], "cursor"]
        page["properties"] = page["properties"] | {
            "next": {"type": "string", "format": "uri", "description": "下次从这里取；没有新行时也有"},
            "previous": {"type": "null"},
            "cursor": {"type": "integer", "description": "已取到的最后一个编号"},
        }
        return found


class ChangesView(ListView):
    """The feed. Its cursor is a number, and `next` is always there: who stores it misses nothing and sees nothing
    twice, because numbers follow the order of commits without a gap (`journal.actions.record_changes`)."""

    list = CHANGES
    schema = ChangesSchema()

    def get(self, request):
        kind = wanted_format(request, CHANGES.formats)
        cursor, asked = _asked(request.GET)
        validators = Validators.of(request, CHANGES, kind)
        head = FeedCounter.objects.values_list("last", flat=True).first() or 0
        if cursor > head:
            words = _("cursor 大于最新编号 {head}：数据可能从备份恢复过，请从头（cursor=0）再取。")
            raise BadParameter("cursor", words.format(head=head), last=head)
        if validators.match(request):
            return validators.put_on(HttpResponse(status=304))
        answer = _json(request, asked, head) if kind == "json" else WRITERS[kind](request, asked)
        return validators.put_on(answer)


def _asked(given) -> tuple[int, ListQuery]:
    given = given.copy()
    texts = given.pop("cursor", [])
    cursor = CURSOR.read(texts)[0] if texts else 0
    asked = ListQuery.of(CHANGES, given)
    if asked.ordering[0] != ("number", False):
        raise BadParameter("ordering", _("变更只按编号排列（ordering=number）。"))
    return cursor, replace(asked, conditions=(*asked.conditions, (CURSOR, (cursor,))))


def _json(request, asked: ListQuery, head: int) -> HttpResponse:
    """`head` was read before the rows, so all up to it are there; one committed meanwhile waits for the next call."""
    rows = rows_upto(asked, request.user, head, asked.page_size)
    last = rows[-1]["number"] if len(rows) == asked.page_size else head
    body = {"next": _next(request, last), "previous": None, "cursor": last, "results": rows}
    return HttpResponse(orjson.dumps(body, option=ORJSON), content_type=JSON)


def _next(request, number: int) -> str:
    given = [(name, value) for name, values in request.GET.lists() for value in values if name != "cursor"]
    return request.build_absolute_uri(f"{request.path}?{urlencode([*given, ('cursor', number)])}")

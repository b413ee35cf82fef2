"""The page of all that waits for its reader."""

from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from dispatch.open_uploads import open_uploads
from dispatch.todo import TodoRow, to_confirm, todo_of
from lib.sentences import Phrase, Sentence, sentence


@require_safe
def todo(request):
    """Every row with the days that it is late, and the tables that were sent and not confirmed."""
    today = timezone.localdate()
    rows = [(row, row.late(today)) for row in todo_of(request.user, today)]
    context = {
        "rows": rows,
        "heading": _heading(rows),
        "unconfirmed": list(to_confirm(request.user)),
        "uploads": open_uploads(request.user),
        "has_demo": any(row.is_demo for row, _late in rows),
    }
    return render(request, "dispatch/todo.html", context)


def _heading(rows: list[tuple[TodoRow, int]]) -> Sentence:
    if not rows:
        return sentence(_("没有等您办的事。"))
    late = sum(bool(days) for _row, days in rows)
    number = _("{n}件事等您办").format(n=len(rows))
    if not late:
        return sentence(number, _("。"))
    return sentence(number, _("，"), Phrase(_("{n}件逾期").format(n=late), "behind"), _("。"))

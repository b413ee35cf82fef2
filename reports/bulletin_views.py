"""The page of the monthly bulletin, and its files."""

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.models import User
from figures.asked import Asked
from figures.picture import Picture
from lib.days import start_of_day
from lib.tabular.exports import table_response
from lib.web import filters
from matters.month_results import MonthSpan, months_until, results
from matters.rights import LEADING, may_issue
from matters.things import city_office
from reports import bulletin as words
from reports.word import write_word

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


@require_safe
def bulletin(request):
    """Who was on time in a month, who was not; the month that is under way by default."""
    filters.refuse_unknown(request.GET, ("month",))
    months = months_until(timezone.localdate())
    month = _month(months, request.GET.get("month") or months[0].name)
    found = results(request.user, month)
    context = {
        "picture": Picture(Asked(), request.user),
        "months": months,
        "month": month,
        "heading": words.heading(month, found),
        "results": found,
        "has_demo": any(row.has_demo for row in found),
    }
    return render(request, "reports/bulletin.html", context)


@require_safe
def bulletin_file(request, month, kind):
    """The bulletin in the layout of official documents, or its matters as a table."""
    span = _month(months_until(timezone.localdate()), month)
    found = results(request.user, span)
    if kind == "docx":
        at = start_of_day(span.last)
        blocks = words.bulletin_blocks(span, found, issuer=_issuer(request.user))
        content = write_word(words.title(span), blocks, at=at, number=span.name)
        answer = HttpResponse(content, content_type=DOCX)
        answer["Content-Disposition"] = f'attachment; filename="bulletin-{span.name}.docx"'
        return answer
    notes = [words.opening_words(span, found)]
    return table_response(kind, f"bulletin-{span.name}", words.COLUMNS, words.table_rows(found), notes=notes)


def _issuer(user: User) -> str:
    """Who tells the units: the city's office, or a county's office its bureaus; empty for who tells nobody."""
    if user.role in LEADING:
        city = city_office()
        return city.name if city else ""
    return user.unit_name if may_issue(user) else ""


def _month(months: list[MonthSpan], name: str) -> MonthSpan:
    found = next((month for month in months if month.name == name), None)
    if found is None:
        raise Http404(_("没有 {month} 的通报；最早是 {first}。").format(month=name[:20], first=months[-1].name))
    return found

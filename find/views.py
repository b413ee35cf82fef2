"""The box in the header: a page of what fits, and its first lines while one types."""

from dataclasses import dataclass
from itertools import islice, product

from django.contrib import messages
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from areas.models import Area
from figures.asked import Asked
from figures.picture import Picture
from find.entries import KINDS, Findable, entries
from find.pinyin import initials
from find.search import Question, hits, understood
from identity.preferences import mark
from indicators.years.default_year import years_of
from lib.web.addresses import own_address
from lib.web.filters import refuse_unknown
from plan.models import Plan

MOST, FIRST = 60, 8
CELLS = 6  # of what is asked by county and indicator at once


@dataclass(frozen=True)
class Found:
    """What was asked, how it was understood, what fits."""

    text: str
    question: Question
    areas: list[Area]
    hits: list[Findable]
    example: str = ""

    @property
    def groups(self) -> list[tuple[str, list[Findable]]]:
        """(name of the kind, its hits), in the order of their best."""
        by_kind: dict[str, list[Findable]] = {}
        for entry in self.hits:
            by_kind.setdefault(entry.kind, []).append(entry)
        return [(str(KINDS[kind]), own) for kind, own in by_kind.items()]

    @property
    def understood_words(self) -> str:
        """What was understood, as a person would say it."""
        parts = []
        if self.areas:
            parts.append(_("地区{names}").format(names=", ".join(area.shown_name for area in self.areas)))
        if self.question.years:
            parts.append(_("年份{years}").format(years=", ".join(map(str, self.question.years))))
        if self.question.words:
            parts.append(_("文字“{words}”").format(words=" ".join(self.question.words)))
        return ", ".join(parts)


@require_safe
def find(request):
    """What fits `q`. A code that stands for one thing leads there at once."""
    refuse_unknown(request.GET, ("q",))
    found = _found(request, MOST)
    asked = found.text.strip().lower()
    exact = [entry for entry in found.hits if entry.low_code and entry.low_code == asked]
    if len(exact) == 1:
        return redirect(exact[0].href)
    return render(request, "find/find.html", {"found": found})


@require_safe
def suggest(request):
    """The first lines, as a fragment for the box."""
    refuse_unknown(request.GET, ("q",))
    return render(request, "find/_hits.html", {"found": _found(request, FIRST)})


@require_POST
def favourite(request):
    """Mark a page as one to come back to, or take the mark away."""
    path = own_address(request, request.POST.get("path", ""))
    known = next((entry.title for entry in entries(request.user) if entry.href == path), "")
    title = known or " ".join(request.POST.get("title", "").split()) or path
    is_marked = mark(request, request.user, path, title)
    messages.success(request, _("已收藏。") if is_marked else _("已取消收藏。"))
    return redirect(path)


def _found(request, most: int) -> Found:
    text = request.GET.get("q", "")
    areas = list(Area.objects.judged())
    plan = Plan.objects.first()
    names = {area.code: (area.name, area.name_en) for area in areas}
    question = understood(text, names, years_of(plan) if plan else ())
    known = entries(request.user)
    if question.is_empty:
        return Found(text, question, [], [], _example(areas, known))
    found = hits(question, known, most)
    named = [area for area in areas if area.code in question.areas]
    return Found(text, question, named, [*_cells(request, question, named, found), *found][:most])


def _example(areas: list[Area], known: list[Findable]) -> str:
    """A question that this site can answer: a county with an indicator, and one by the first letters of its pinyin."""
    indicator = next((entry for entry in known if entry.kind == "indicator"), None)
    if not areas or indicator is None:
        return ""
    return f"{areas[0].shown_name} {indicator.title} · {indicator.code} · {initials(indicator.names[0])}"


def _cells(request, question: Question, named: list[Area], found: list[Findable]) -> list[Findable]:
    """Where counties are named and an indicator fits: the numbers themselves, of the named year or the page's own."""
    indicators = [entry for entry in found if entry.kind == "indicator"]
    if not named or not indicators:
        return []
    years = question.years or (Picture(Asked(), request.user, is_bounded=True).year,)
    cells = []
    for indicator, area, year in islice(product(indicators, named, years), CELLS):
        title = f"{area.shown_name} · {indicator.title} · {year}"
        href = reverse("cell", args=[area.code, indicator.code, year])
        cells.append(Findable("cell", "", title, href, note=indicator.note))
    return cells

"""A word on a thing: what is asked about it (批示), what is said about it, on one page, whatever the thing is."""

from collections.abc import Callable
from urllib.parse import urlencode

from django.contrib import messages
from django.forms import Form
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from figures.asked import Asked
from figures.picture import Picture
from journal.once import carried_out_once
from lib.numbers import whole
from lib.refusals import Invalid, Refused
from matters.actions import issue_matter
from matters.forms import OrderForm, WordForm
from matters.models import Matter, Remark
from matters.notes import Word, add_note, reply_to, settle_note
from matters.register import in_order, listed
from matters.rights import LEADING, may_issue, may_note, may_settle
from matters.things import Thing, find_thing, kind_words
from workdays.calendar import calendar_words, work_calendar

Origin, Kind = Matter.Origin, Remark.Kind


@carried_out_once
def thing(request, kind, key):
    """The matters about a thing and the words on it; by POST one more."""
    found = find_thing(kind, key, request.user)
    if found is None or not may_note(request.user):
        raise Http404
    forms: dict[str, Form] = {"order": _order_form(request, found), "note": WordForm(auto_id="note_%s", thing=found)}
    said, refused = "", ""
    if request.method == "POST":
        what = request.POST.get("what", "")
        form = _bound(request, found, what)
        said, refused = _carried_out(request, found, what, form)
        if not refused:
            messages.success(request, said)
            return redirect("thing", kind=kind, key=key)
        if form is not None:
            forms["order" if what in ("order", "question", "seen") else "note"] = form
    context = _context(request, found) | {"forms": forms, "refused": refused}
    return render(request, "matters/thing.html", context, status=400 if refused else 200)


def _context(request, found: Thing) -> dict:
    user = request.user
    about = {"about_kind": found.kind, "about_key": found.key}
    today, calendar = timezone.localdate(), work_calendar()
    rows = in_order(Matter.objects.visible_to(user).filter(**about))
    return {
        "picture": Picture(Asked(), user),
        "thing": found,
        "kind_name": kind_words(found.kind),
        "matters": listed(rows, today),
        "threads": _threads(user, about),
        "may_issue": may_issue(user),
        "is_leading": user.role in LEADING,
        "calendar_words": calendar_words(calendar, today, calendar.after(today, 60)),
        "origin": _origin(request, found),
        "line": _line(found),
    }


def _line(found: Thing) -> str:
    """The address at which a reader draws a line of the own for the number; empty for what has none."""
    area, _slash, rest = found.key.partition("/")
    asked = {
        "cell": {"subject": "indicator", "area": area, "indicator": rest.partition("/")[0]},
        "project": {"subject": "project", "project": found.key},
        "match": {"subject": "matching", "area": area},
    }.get(found.kind)
    return f"{reverse('messages_mine')}?{urlencode(asked)}#thresholds" if asked else ""


def _threads(user, about: dict) -> list[tuple[Remark, list[Remark], bool]]:
    """(first word, replies, whether this user may settle it), what is not settled first, the newest first."""
    rows = Remark.objects.visible_to(user).filter(**about).prefetch_related("units", "persons")
    notes = list(rows.select_related("unit").order_by("at", "id"))
    begun = [note for note in notes if note.parent_id is None]
    replies: dict[int, list[Remark]] = {note.pk: [] for note in begun}
    for note in notes:
        if note.parent_id in replies:
            replies[note.parent_id].append(note)
    begun.reverse()
    ordered = sorted(begun, key=lambda note: note.resolved_at is not None or note.kind == Kind.SEEN)
    return [(note, replies[note.pk], may_settle(user, note)) for note in ordered]


def _order_form(request, found: Thing, data=None) -> OrderForm:
    return OrderForm(data, user=request.user, thing=found, calendar=work_calendar(), today=timezone.localdate())


def _origin(request, found: Thing) -> str:
    """From where the matter comes: the address says so of a line of the dispatch list and of a contradiction."""
    if found.kind == "decision":
        return Origin.DECISION
    asked = request.GET.get("from", "")
    return asked if asked in (Origin.LINE, Origin.CONTRADICTION) else Origin.INSTRUCTION


def _bound(request, found: Thing, what: str) -> Form | None:
    """The form that was sent, where what is done needs one."""
    if what in ("order", "question", "seen"):
        return _order_form(request, found, request.POST)
    return WordForm(request.POST, auto_id="note_%s", thing=found) if what in ("note", "reply") else None


def _carried_out(request, found: Thing, what: str, form: Form | None) -> tuple[str, str]:
    """(what was done, "") or ("", why not), in words."""
    act = ACTS.get(what)
    if act is None:
        raise Http404
    try:
        return act(request, found, form), ""
    except Refused as refusal:
        return "", refusal.words


def _valid(form: Form, *names: str) -> dict:
    """What was typed into these fields. Invalid with the fields' own words."""
    form.is_valid()
    wrong = {name: form.errors[name] for name in names if name in form.errors}
    if wrong:
        raise Invalid(
            "；".join(f"{form.fields[name].label}：{' '.join(map(str, each))}" for name, each in wrong.items())
        )
    return form.cleaned_data


def _order(request, found: Thing, form: OrderForm) -> str:
    _valid(form, *form.fields)
    matter = issue_matter(thing=found, order=form.order(origin=_origin(request, found)), by=request.user)
    words = _("已交办{unit}，编号 {code}，期限 {day}。")
    return words.format(unit=matter.owner.shown_name, code=matter.code, day=matter.due_on)


def _question(request, found: Thing, form: OrderForm) -> str:
    given = _valid(form, "words", "owner")
    add_note(thing=found, word=Word(given["words"], Kind.QUESTION, [given["owner"]]), by=request.user)
    return _("已向{unit}提问。").format(unit=given["owner"].shown_name)


def _seen(request, found: Thing, form: OrderForm) -> str:
    add_note(thing=found, word=Word(request.POST.get("words", ""), Kind.SEEN), by=request.user)
    return _("已阅。")


def _noted(request, found: Thing, form: WordForm) -> str:
    _valid(form, *form.fields)
    add_note(thing=found, word=form.word(), by=request.user)
    return _("已记下。")


def _replied(request, found: Thing, form: WordForm) -> str:
    _valid(form, *form.fields)
    reply_to(note=_note(request, found), thing=found, word=form.word(), by=request.user)
    return _("已回复。")


def _settled(request, found: Thing, form: None) -> str:
    settle_note(note=_note(request, found), by=request.user)
    return _("已了结。")


def _note(request, found: Thing) -> Remark:
    rows = Remark.objects.visible_to(request.user).filter(about_kind=found.kind, about_key=found.key)
    note = rows.filter(pk=whole(request.POST.get("note", "")) or 0).first()
    if note is None:
        raise Http404
    return note


ACTS: dict[str, Callable[..., str]] = {
    "order": _order,
    "question": _question,
    "seen": _seen,
    "note": _noted,
    "reply": _replied,
    "settle": _settled,
}

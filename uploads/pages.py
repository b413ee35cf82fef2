"""The pages of a door: the form, the preview, the faulty rows as a file, undoing. HTTP only."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from lib.refusals import Refused
from lib.tabular.cells import MAX_ROWS
from lib.tabular.exports import XLSX
from lib.tabular.faulty_rows import faulty_tables
from lib.tabular.typed_cells import check_typed
from uploads.doors import (
    AlreadyRecorded,
    Door,
    SentTable,
    confirm,
    fingerprint,
    require_undoable,
    undo,
    would_undo,
)

LISTED = 300


def receive(request: HttpRequest, door: Door) -> HttpResponse:
    """The form; by POST, a file that is put aside and shown as what it would do."""
    if request.method != "POST":
        return form_page(request, door)
    form = door.form_class(request.POST, request.FILES)
    if not form.is_valid():
        faults = [str(words) for words in form.errors.get("file", [])]
        return form_page(request, door, form=form, error=" ".join(faults), status=400)
    given = dict(form.cleaned_data)
    file = given.pop("file")
    sent = SentTable(file.name, file.read(), {name: str(text) for name, text in given.items()})
    try:
        door.preview(sent)
    except Refused as refusal:
        return form_page(request, door, form=form, error=refusal.words, status=refusal.status)
    return redirect(door.url("preview", door.keep(sent)))


def form_page(
    request: HttpRequest, door: Door, *, form: forms.Form | None = None, error: str = "", status: int = 200
) -> HttpResponse:
    context = {
        "door": door,
        "form": form or door.form_class(),
        "error": error,
        "recent": door.recent(),
        "most_rows": MAX_ROWS,
        **door.form_context(request),
    }
    return render(request, door.form_template, context, status=status)


def preview_page(request: HttpRequest, door: Door, token: str) -> HttpResponse:
    """What the file would do; by POST, type over its cells and look again, or record it."""
    sent = _sent(door, token)
    if request.method == "POST" and "check" in request.POST:
        return _type_over(request, door, token, sent)
    if request.method == "POST":
        return _confirm(request, door, token, sent)
    try:
        preview = door.preview(sent)
    except Refused as refusal:
        return form_page(request, door, error=refusal.words, status=refusal.status)
    return render(request, door.preview_template, _context(door, token, sent, preview))


def read_first(door: Door, token: str) -> None:
    """Read the file before the transaction that confirms it (`journal.once`), so that its reading holds up nobody."""
    sent = door.find(token)
    if sent is not None:
        door.preview(sent)


def _context(door: Door, token: str, sent: SentTable, preview: Any) -> dict:
    return {
        "door": door,
        "token": token,
        "sent": sent,
        "preview": preview,
        "fingerprint": fingerprint(sent, preview),
        "faulty": faulty_tables(preview.sheets, preview.problems),
        "form_url": door.url("form"),
        "refused_url": door.url("refused", token),
        "listed": LISTED,
        **door.context(preview),
    }


def _type_over(request: HttpRequest, door: Door, token: str, sent: SentTable) -> HttpResponse:
    """Keep what was typed, beside what was typed before, and show the preview again. Only cells that the page offers
    can be typed over, and only what differs from what stands there is kept."""
    if request.POST["check"] == "reset":
        door.type_over(token, {})
        return redirect(door.url("preview", token))
    try:
        preview = door.preview(sent)
    except Refused as refusal:
        return form_page(request, door, error=refusal.words, status=refusal.status)
    rows = []
    for table in faulty_tables(preview.sheets, preview.problems):
        rows += table.rows
    given = {place: text.replace("\r\n", "\n") for place, text in request.POST.items() if isinstance(text, str)}
    fresh = {}
    for row in rows:
        for cell in row.cells:
            text = given.get(cell.place, cell.text)
            if cell.is_input and text != cell.text:
                fresh[cell.place] = text
    if door.may_drop_rows:
        asked = set(request.POST.getlist("dropped"))
        fresh |= {row.drop: "" for row in rows if row.drop in asked}
    typed = {**sent.typed, **fresh}
    try:
        check_typed(typed)
    except Refused as refusal:
        messages.error(request, refusal.words)
    else:
        door.type_over(token, typed)
    return redirect(door.url("preview", token))


def _confirm(request: HttpRequest, door: Door, token: str, sent: SentTable) -> HttpResponse:
    seen, is_no_repetition = request.POST.get("fingerprint", ""), "no_repetition" in request.POST
    try:
        preview = confirm(door, token, sent, seen=seen, is_no_repetition=is_no_repetition)
    except AlreadyRecorded as refusal:
        messages.info(request, refusal.words)
        return redirect(door.done_url())
    except Refused as refusal:
        messages.error(request, refusal.words)
        return redirect(door.url("preview", token))
    door.shelf.forget(token)
    messages.success(request, door.done_words(preview, sent.name) + _("一天之内可以在上传页整体撤销。"))
    return redirect(door.done_url())


def refused_file(_request: HttpRequest, door: Door, token: str) -> HttpResponse:
    """The faulty rows as they came, the causes beside them."""
    try:
        preview = door.preview(_sent(door, token))
    except Refused as refusal:
        raise Http404(refusal.words) from refusal
    if not preview.problems:
        raise Http404(_("没有被拒绝的行。"))
    content, name = door.refused_file(preview)
    return workbook_response(content, name)


def undo_page(request: HttpRequest, door: Door, token: str) -> HttpResponse:
    """What undoing an upload would take back, and what it cannot; by POST, do it."""
    try:
        upload = require_undoable(door, token)
    except Refused as refusal:
        raise Http404(refusal.words) from refusal
    reason = request.POST.get("reason", "")
    if request.method == "POST":
        try:
            lines = undo(door, token, reason=reason)
        except Refused as refusal:
            messages.error(request, refusal.words)
        else:
            done = sum(not line.hindrance for line in lines)
            words = _("已撤销“{name}”：{done} 项恢复为上传之前的内容，{left} 项没有撤销。")
            messages.success(request, words.format(name=upload.name, done=done, left=len(lines) - done))
        return redirect(door.url("undo", token))
    lines = would_undo(door, upload) if upload.can_be_undone else []
    context = {
        "door": door,
        "upload": upload,
        "taken_back": [line for line in lines if not line.hindrance],
        "hindered": [line for line in lines if line.hindrance],
        "told": upload.told,
        "form_url": door.url("form"),
        "listed": LISTED,
    }
    return render(request, "uploads/undo.html", context)


def workbook_response(content: bytes, name: str) -> HttpResponse:
    headers = {"Content-Disposition": f'attachment; filename="{name}.xlsx"', "Cache-Control": "private, no-store"}
    return HttpResponse(content, content_type=XLSX, headers=headers)


def _sent(door: Door, token: str) -> SentTable:
    sent = door.find(token)
    if sent is None:
        raise Http404(_("没有这次上传：可能已经确认，或已过期（保留一天）。请重新上传。"))
    return sent

"""The unit's sources: registered, tried, fetched, ended; the city's office sees all."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from accounts.models import User
from journal.once import carried_out_once
from lib.refusals import Refused
from pulling.actions import edit_source, end_source, may_change, may_end, may_register, pull, register_source
from pulling.forms import SourceForm, refused
from pulling.models import WATCHERS, Source

BY_PAGE = 30


@carried_out_once
@never_cache
def pulls(request):
    """My unit's sources, or all of them; a POST registers one."""
    user = request.user
    can_register = may_register(user)
    if not can_register and not _watches(user):
        raise Http404
    is_sent = request.method == "POST"
    if is_sent and not can_register:
        raise Http404
    form = SourceForm(request.POST or None) if can_register else None
    if is_sent and form is not None and form.is_valid():
        try:
            source = register_source(values=form.values, secret=form.cleaned_data["secret"], by=user)
        except Refused as refusal:
            refused(form, refusal)
        else:
            messages.success(request, _("已登记。请先试取一次，看过结果再让它按时取。"))
            return redirect("pull", source.uid)
    rows = Source.objects.visible_to(user).select_related("organisation").order_by("ended_at", "-id")
    context = {"form": form, "sources": [(source, source.runs.filter(is_dry=False).first()) for source in rows]}
    return render(request, "pulling/pulls.html", context, status=_status(form))


def _watches(user: User) -> bool:
    return user.role in WATCHERS and not user.is_service


def _status(form: SourceForm | None) -> int:
    """400 where what was typed is refused."""
    return 400 if form is not None and form.errors else 200


@never_cache
def pull_source(request, uid):
    """One source: its settings, its runs; a POST changes the settings."""
    source = _source(request, uid)
    can_change = source.ended_at is None and may_change(request.user, source)
    is_sent = request.method == "POST"
    if is_sent and not can_change:
        raise Http404
    form = SourceForm(request.POST or None, initial=SourceForm.initial_of(source)) if can_change else None
    if is_sent and form is not None and form.is_valid():
        try:
            edit_source(source=source, values=form.values, secret=form.cleaned_data["secret"], by=request.user)
        except Refused as refusal:
            refused(form, refusal)
        else:
            messages.success(request, _("已保存。"))
            return redirect("pull", uid)
    runs = Paginator(source.runs.all(), BY_PAGE).get_page(request.GET.get("page"))
    context = {
        "source": source,
        "form": form,
        "page": runs,
        "last": source.runs.first(),
        "can_end": source.ended_at is None and may_end(request.user, source),
    }
    return render(request, "pulling/pull.html", context, status=_status(form))


@require_POST
def pull_now(request, uid, way):
    """Try or fetch once, at once."""
    source = _source(request, uid)
    try:
        run = pull(source=source, by=request.user, dry_run=way == "try")
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        tell = messages.success if run.is_good else messages.error
        tell(request, run.words)
    return redirect("pull", uid)


@require_POST
def pull_end(request, uid):
    try:
        end_source(source=_source(request, uid), reason=request.POST.get("reason", ""), by=request.user)
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("已停用，不再取数；密码已删去。"))
    return redirect("pull", uid)


def _source(request, uid) -> Source:
    rows = Source.objects.visible_to(request.user).select_related("organisation", "acts_as__organisation")
    return get_object_or_404(rows, uid=uid)
